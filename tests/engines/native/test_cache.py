"""Machine code on disk: another process runs the very same code, and nothing stale, foreign or broken is ever run."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from engines.native.problems import ROBERTSON, robertson

from ionostat import load
from ionostat.cell.equations import equations
from ionostat.cell.start import start
from ionostat.engines.native import cache, compile_system, rest_module
from ionostat.engines.native.cache import ObjectCode, code_name, load_or_compile
from ionostat.engines.native.kernel import _compiled_once
from ionostat.engines.native.module import compile_module
from ionostat.engines.native.rest_kernel import Bounds
from ionostat.engines.native.rest_kernel import _compiled_once as rest_compiled
from ionostat.engines.native.system import Outline, System
from ionostat.engines.native.tableau import METHODS
from ionostat.engines.native_rest import rest_kernel

METHOD = METHODS["RODAS4P2"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IONOSTAT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def compiled() -> ObjectCode:
    return compile_module(robertson(), METHOD, 1)


def never() -> ObjectCode:
    raise AssertionError("compiled again")


def outline(key: str, write: object) -> Outline:
    full = robertson()
    return Outline(full.n_states, full.n_parameters, full.mass, full.pattern, key, write)  # type: ignore[arg-type]


def run(system: System | Outline) -> np.ndarray:
    kernel = compile_system(system, lanes=1, method="RODAS4P2")
    return kernel.solve([[1.0, 0.0, 0.0]], [ROBERTSON], 0.0, 1e4, [1.0, 100.0], 1e-6, [1e-10] * 3).saved


def test_code_from_disk_gives_the_same_bits(folder: Path) -> None:
    fresh = run(robertson())
    np.testing.assert_array_equal(run(outline("robertson", robertson)), fresh)
    _compiled_once.cache_clear()
    np.testing.assert_array_equal(run(outline("robertson", never)), fresh)


def test_code_has_no_addresses_of_its_own(folder: Path) -> None:
    """The same object file at two places in memory: other addresses, the same code."""
    made = ObjectCode.from_bytes(compiled().to_bytes(), cache.Layout)
    first, second = made.load(), made.load()
    assert set(first.addresses) == {"solve_batch", "rhs_blocks", "slopes_blocks"}
    assert not set(first.addresses.values()) & set(second.addresses.values())
    assert first.layout.offsets == compiled().layout.offsets


@pytest.mark.parametrize("lanes", [1, 4, 16])
def test_what_is_written_is_read(lanes: int) -> None:
    made = compile_module(robertson(), METHOD, lanes)
    read = ObjectCode.from_bytes(made.to_bytes(), type(made.layout))
    assert (read.content, read.exports) == (made.content, made.exports)
    assert (read.layout.size, read.layout.offsets, read.layout.lanes) == (
        made.layout.size,
        made.layout.offsets,
        made.layout.lanes,
    )


def test_a_name_changes_with_all_that_code_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {code_name("key", ("RODAS4P2", 1))}
    names.add(code_name("another", ("RODAS4P2", 1)))
    names.add(code_name("key", ("RODAS5P", 1)))
    names.add(code_name("key", ("RODAS4P2", 16)))
    for change in (("x86_64-unknown-linux-gnu", "i486", "+avx"), ("x86_64-unknown-linux-gnu", "i486", "-avx")):
        monkeypatch.setattr(cache, "processor", lambda change=change: change)
        names.add(code_name("key", ("RODAS4P2", 1)))
    monkeypatch.undo()
    monkeypatch.setattr(cache.llvmlite, "__version__", "99")
    names.add(code_name("key", ("RODAS4P2", 1)))
    assert len(names) == 7


def test_another_processor_compiles_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_or_compile("key", ("RODAS4P2", 1), compiled)
    monkeypatch.setattr(cache, "processor", lambda: ("x86_64-unknown-linux-gnu", "i486", ""))
    with pytest.raises(AssertionError, match="compiled again"):
        load_or_compile("key", ("RODAS4P2", 1), never)


def test_broken_code_is_compiled_anew_and_replaced(folder: Path) -> None:
    load_or_compile("key", ("RODAS4P2", 1), compiled)
    (file,) = folder.iterdir()
    whole = file.read_bytes()
    for broken in (whole[: len(whole) // 2], whole[:-100] + bytes(100), b""):
        file.write_bytes(broken)
        load_or_compile("key", ("RODAS4P2", 1), compiled)
        assert file.read_bytes() == whole
    load_or_compile("key", ("RODAS4P2", 1), never)


def test_programs_without_a_name_are_not_kept(folder: Path) -> None:
    load_or_compile("", ("RODAS4P2", 1), compiled)
    run(robertson())
    assert not folder.exists()


def test_the_search_for_rests_is_kept_as_well(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    eq = equations(load("Kay2017_cell"))
    here = start(eq, eq.cell)
    x, p = np.tile(here.x, (20, 1)), np.tile(here.p, (20, 1))
    p[:, eq.parameter_index["plasma.nka.scale"]] = np.linspace(0.5, 1.5, 20)
    first = rest_kernel(eq, Bounds()).solve(x, p)
    assert first.converged.all()
    rest_compiled.cache_clear()
    rest_kernel.cache_clear()
    monkeypatch.setattr(rest_module, "compile_rest", never)
    again = rest_kernel(eq, Bounds()).solve(x, p)
    np.testing.assert_array_equal(again.x, first.x)
    rest_kernel.cache_clear()


# Whole processes

REST = """
import json, sys
import ionostat
run = ionostat.simulate("Kay2017_cell", "rest 10 min; ouabain 1 mM for 1 h")
bits = [v.hex() for v in run.x[-1].tolist()]
print(json.dumps({"bits": bits, "modules": sorted(sys.modules)}))
"""


def process(folder: Path | str, code: str = REST) -> subprocess.Popen[str]:
    environment = {**os.environ, "IONOSTAT_CACHE": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )


def result(process: subprocess.Popen[str]) -> dict[str, list[str]]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert err == ""
    found: dict[str, list[str]] = json.loads(out)
    return found


@pytest.mark.slow
def test_a_second_process_traces_and_compiles_nothing_and_gets_the_same_bits(folder: Path) -> None:
    first, without = result(process(folder)), result(process("off"))
    second = result(process(folder))
    assert second["bits"] == first["bits"] == without["bits"]
    for module in ("sympy", "pint", "scipy", "ionostat.cell.balance", "ionostat.engines.native.module"):
        assert module in first["modules"] or module == "scipy"
        assert module not in second["modules"]


@pytest.mark.slow
def test_two_processes_that_compile_at_once_agree(folder: Path) -> None:
    both = [result(p) for p in [process(folder), process(folder)]]
    assert both[0]["bits"] == both[1]["bits"] == result(process(folder))["bits"]
    assert not list(folder.glob("*.part"))


KILLED = """
import os, signal
from pathlib import Path
whole = Path.replace
def replace(self, target):  # the file is written, but not yet in its place
    if self.stat().st_size > 5000:
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(self, target)
Path.replace = replace
"""


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_keeps_its_code_harms_nobody(folder: Path) -> None:
    killed = process(folder, KILLED + REST)
    killed.communicate(timeout=120)
    assert killed.returncode == -signal.SIGKILL
    assert list(folder.glob("*.part"))
    first = result(process(folder))
    second = result(process(folder))
    assert second["bits"] == first["bits"]
    assert "ionostat.engines.native.module" in first["modules"]
    assert "ionostat.engines.native.module" not in second["modules"]


@pytest.mark.slow
def test_a_home_that_cannot_be_written_is_replaced_by_a_temporary_folder(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file, so that nothing can be kept in it")
    (tmp_path / "tmp").mkdir()
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    del environment["IONOSTAT_CACHE"]
    said, modules = [], []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", REST], capture_output=True, text=True, env=environment, timeout=120, check=True
        )
        said.append(done.stderr)
        modules.append(json.loads(done.stdout)["modules"])
    assert said[0].count("\n") == 1
    assert "cannot be written" in said[0]
    assert str(tmp_path / "tmp") in said[0]
    assert said[1] == ""
    assert "sympy" in modules[0]
    assert "sympy" not in modules[1]
