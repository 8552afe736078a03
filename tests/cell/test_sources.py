"""The text behind a mechanism: what may change its equations changes the hash; where none can be told it is None."""

import sys
from pathlib import Path

import pytest

from ionostat.cell.sources import sources_of
from ionostat.mechanisms.leak_ohmic import LeakOhmic
from ionostat.mechanisms.mechanism import Mechanism
from ionostat.mechanisms.registry import TYPES, mechanism_class

PUMP = """
from ionostat import SodiumPotassiumPump
class Pump(SodiumPotassiumPump):
    def saturation(self, at):
        return {law}
"""
BORROWED = """
from ionostat import SodiumPotassiumPump
class Pump(SodiumPotassiumPump):
    def saturation(self, at):
        from {module} import law
        return law(at)
"""


def pump(folder: Path, text: str, name: str = "pumps_of_mine") -> type[Mechanism]:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(text)
    return mechanism_class(f"{name}:Pump", folder=folder)


@pytest.mark.parametrize("name", TYPES)
def test_this_package_vouches_for_its_own(name: str) -> None:
    assert sources_of(mechanism_class(name)) == ""


def test_the_text_of_ones_own_module_counts(tmp_path: Path) -> None:
    first = sources_of(pump(tmp_path, PUMP.format(law="0.5")))
    second = sources_of(pump(tmp_path, PUMP.format(law="0.6")))
    assert first
    assert second
    assert first != second
    assert first == sources_of(pump(tmp_path / "moved", PUMP.format(law="0.5")))


@pytest.mark.parametrize("loaded", [False, True])
def test_so_does_that_of_a_module_it_imports_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loaded: bool
) -> None:
    helper = f"laws_of_mine_{loaded}"
    monkeypatch.syspath_prepend(tmp_path)
    text = BORROWED.format(module=helper)
    hashes = set()
    for value in ("0.5", "0.6"):
        (tmp_path / f"{helper}.py").write_text(f"def law(at):\n    return {value}\n")
        if loaded:
            __import__(helper)
        hashes.add(sources_of(pump(tmp_path, text)))
    monkeypatch.delitem(sys.modules, helper, raising=False)
    assert len(hashes) == 2
    assert None not in hashes


def test_a_package_of_ones_own_is_followed_by_relative_imports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "my_package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "laws.py").write_text("def law(at):\n    return 0.5\n")
    (package / "pumps.py").write_text(BORROWED.format(module=".laws"))
    monkeypatch.syspath_prepend(tmp_path)
    kind = mechanism_class("my_package.pumps:Pump")
    first = sources_of(kind)
    (package / "laws.py").write_text("def law(at):\n    return 0.6\n")
    assert None is not first != sources_of(kind)
    for name in ("my_package", "my_package.pumps"):
        monkeypatch.delitem(sys.modules, name)


def test_a_class_made_in_a_function_cannot_be_told() -> None:
    class Local(LeakOhmic):
        pass

    assert sources_of(Local) is None


def test_nor_one_with_a_method_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LeakOhmic, "rate", lambda self, at: 0.0)
    assert sources_of(LeakOhmic) is None


def test_nor_one_of_a_script_or_of_no_file() -> None:
    for name in ("__main__", "nowhere"):
        space: dict[str, object] = {"__name__": name}
        exec(PUMP.format(law="0.5"), space)
        kind = space["Pump"]
        assert isinstance(kind, type)
        assert sources_of(kind) is None
