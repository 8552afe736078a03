"""What is kept of a cell's equations: the same as what is traced, and found again only where it holds."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from cell.small import one_node
from laws.cases import CLOSURES, LIBRARY, cell, points

from ionostat import load, store
from ionostat.cell import equations as module
from ionostat.cell import feasible, observables, records
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import Expressions, _steady_gates, functions
from ionostat.cell.load import load_text
from ionostat.cell.observables import observables as observables_of
from ionostat.cell.start import start
from ionostat.errors import CellError

MEMORIES = (
    module._equations,
    module._assembled,
    module._system,
    module._programs,
    observables.observables,
    feasible._positives,
    feasible._node_potentials,
    functions,
    _steady_gates,
)


def forget() -> None:
    """What a new process does not know."""
    for memory in MEMORIES:
        memory.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty cache, and nothing in memory before or after."""
    monkeypatch.setenv("IONOSTAT_CACHE", str(tmp_path / "cache"))
    forget()
    yield tmp_path / "cache"
    forget()


def read(made: Cell) -> Equations:
    """The equations as a new process reads them; whatever it would have to trace is an error."""
    forget()
    return equations(made)


def no_tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    def traced(structure: object) -> None:
        raise AssertionError("traced again")

    traced.cache_clear = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(module, "_assembled", traced)


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_the_record_is_the_trace(name: str, closure: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = cell(name, closure)
    first = equations(made)
    x = points(name, closure, n=3)
    p = start(first, made).p
    ramp = next(q for q in first.parameters if q.endswith(".scale"))
    plain, full = first.system(), first.system((ramp,), audit=True)
    outlines = [(s.n_states, s.n_parameters, s.mass, s.controlled, s.pattern, s.key) for s in (plain, full)]
    values = observables_of(first).evaluate(x, p)
    rates, slopes = functions(first).rhs(x, p), functions(first).jacobian(x, p)
    steady, positive = _steady_gates(first)(x, p), feasible.positives(first, x, p)

    no_tracing(monkeypatch)
    again = read(made)
    assert (again.states, again.parameters) == (first.states, first.parameters)
    assert again.quadrature_names == first.quadrature_names
    systems = again.system(), again.system((ramp,), audit=True)
    assert [(s.n_states, s.n_parameters, s.mass, s.controlled, s.pattern, s.key) for s in systems] == outlines
    assert observables_of(again).units == observables_of(first).units
    for got, wanted in (
        (observables_of(again).evaluate(x, p), values),
        (_steady_gates(again)(x, p), steady),
        (feasible.positives(again, x, p), positive),
    ):
        assert list(got) == list(wanted)
        for n in wanted:
            np.testing.assert_array_equal(got[n], wanted[n])
    np.testing.assert_array_equal(functions(again).rhs(x, p), rates)
    np.testing.assert_array_equal(functions(again).jacobian(x, p), slopes)


def test_the_symbols_are_there_when_they_are_asked_for(folder: Path) -> None:
    equations(cell("Kay2017_cell"))
    again = read(cell("Kay2017_cell"))
    assert "assembled" not in vars(again)
    assert [s.symbol for s in again.states] == [s.symbol for s in again.assembled.states]
    assert len(again.rhs) == len(again.states)
    assert tuple(name for name, _, _ in again.quadratures) == again.quadrature_names
    assert len(again.system().rhs.outputs) == again.system().n_states
    made = cell("Kay2017_cell")
    here = start(again, made)
    ad_hoc = Expressions(again, {"V": again.traced.V(made.membranes[0])})(here.x, here.p)
    assert ad_hoc["V"] == observables_of(again).evaluate(here.x, here.p)["plasma.V"]


def test_numbers_share_a_record_and_structures_do_not(folder: Path) -> None:
    plain = equations(cell("Kay2017_cell")).record.key
    assert plain
    assert equations(cell("Kay2017_cell").with_({"plasma.nka.scale": 0.5})).record.key == plain
    others = [equations(cell("Kay2017_cell", "electroneutral")), equations(cell("KeenerSneyd_cell"))]
    keys = {plain, *(eq.record.key for eq in others)}
    assert len(keys) == 3
    eq = equations(cell("Kay2017_cell"))
    systems = [eq.system(), eq.system(audit=True), eq.system(("temperature",)), eq.system(("plasma.nka.scale",))]
    assert len({s.key for s in systems}) == 4


def test_another_version_of_this_package_or_of_sympy_finds_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = equations(cell("Kay2017_cell")).record.key
    monkeypatch.setattr(records, "generator", lambda: "another")
    assert read(cell("Kay2017_cell")).record.key not in ("", key)


def test_the_generator_is_all_that_writes_equations_and_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    records.generator.cache_clear()
    now = records.generator()
    monkeypatch.setattr(records, "content_of", lambda package, file: b"__version__ = 'other'")
    records.generator.cache_clear()
    assert records.generator() != now
    monkeypatch.undo()
    for part in ("cell/balance.py", "engines/native/step.py", "mechanisms/nka_hill.py", "maths.py"):
        copy = tmp_path / part.replace("/", "_")
        for file in records.PACKAGE.rglob("*.py"):
            target = copy / file.relative_to(records.PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(file)
        (copy / part).unlink()
        (copy / part).write_bytes((records.PACKAGE / part).read_bytes() + b"# changed\n")
        monkeypatch.setattr(records, "PACKAGE", copy)
        records.generator.cache_clear()
        assert records.generator() != now
        monkeypatch.undo()
    records.generator.cache_clear()
    assert records.generator() == now


OWN = """
from ionostat import SodiumPotassiumPump
class Pump(SodiumPotassiumPump):
    def saturation(self, at):
        return (at.inside.Na / at.inside.K / {half}) ** 3
"""


def test_a_changed_mechanism_file_is_traced_anew(folder: Path, tmp_path: Path) -> None:
    text = one_node().replace("{type: nka_cubic,", "{type: 'my_own:Pump',")
    (tmp_path / "cell.yaml").write_text(text)
    found = []
    for half in ("10", "20"):
        (tmp_path / "my_own.py").write_text(OWN.format(half=half))
        made = load(str(tmp_path / "cell.yaml"))
        eq = read(made)
        here = start(eq, made)
        assert eq.record.key
        found.append(float(observables_of(eq).evaluate(here.x, here.p)["plasma.nka.turnover"]))
    assert found[0] == pytest.approx(8 * found[1])


def test_a_cell_with_wrong_dimensions_is_refused_every_time(folder: Path, tmp_path: Path) -> None:
    text = one_node().replace("{type: nka_cubic,", "{type: 'my_own:Pump',")
    (tmp_path / "cell.yaml").write_text(text)
    (tmp_path / "my_own.py").write_text(OWN.format(half="at.V"))
    for _ in range(2):
        with pytest.raises(CellError, match="expected a flux density"):
            read(load(str(tmp_path / "cell.yaml")))


def test_a_mechanism_that_cannot_be_told_is_never_kept(folder: Path) -> None:
    made = load_text(one_node())
    equations(made)
    kept = {f.name for f in folder.iterdir()}
    eq = Equations(made, records.Record(""), (), (), ())
    assert eq.record.key_of("system") == ""
    assert eq.record.recall("anything", lambda: [1]) == [1]
    assert {f.name for f in folder.iterdir()} == kept


def test_a_damaged_record_is_made_anew(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    first = equations(cell("Kay2017_cell"))
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    with caplog.at_level(logging.WARNING):
        again = read(cell("Kay2017_cell"))
    assert again.states == first.states
    assert not caplog.records
    assert store.store().get(first.record.key_of("names")) is not None
