"""Every member is what `simulate` and `rest` make of it alone."""

from collections.abc import Mapping

import numpy as np
import pytest
from laws.cases import CLOSURES, LIBRARY, cell

from ionostat import load, rest, simulate
from ionostat.cell.description import Cell
from ionostat.errors import InputError
from ionostat.protocols import Protocol
from ionostat.studies.ensemble.block import compute
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.outcome import STATUSES

QUICK = {("Kay2017_cell", "capacitive"), ("Kay2017_cell", "electroneutral"), ("Huebel2016_neuron", "capacitive")}
EVERY = [
    pytest.param(name, closure, marks=() if (name, closure) in QUICK else pytest.mark.slow)
    for name in LIBRARY
    for closure in CLOSURES
]
Table = Mapping[str, np.ndarray]
PROTOCOL = (
    "rest 100 ms; plasma.nka.scale x 0.5 for 2 s; plasma.nka.scale -> 0.3 over 1 s; "
    "plasma.k_leak.scale = 2 for 100 ms, every 200 ms 3 times; plasma.cl_leak.scale = 3; rest 500 ms; wash 1 s"
)


def spread(made: Cell, n: int, *paths: str, seed: int = 5, width: float = 0.1) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    chosen = paths or ("plasma.nka.scale", "plasma.na_leak.scale", "plasma.cl_leak.scale", "cytosol.Na")
    return {path: made[path] * rng.lognormal(0.0, width, n) for path in chosen}


def member(made: Cell, table: Table, row: int) -> Cell:
    return made.with_({path: float(column[row]) for path, column in table.items()})


def protocol_for(made: Cell) -> str:
    return PROTOCOL if "plasma.k_leak.scale" in made.numbers else PROTOCOL.replace("k_leak", "na_leak")


@pytest.mark.parametrize(("name", "closure"), EVERY)
def test_runs_are_those_of_simulate(name: str, closure: str) -> None:
    made = cell(name, closure)
    times = np.array([0.0, 50.0, 100.0, 1500.0, 2500.0, 3300.0, 4700.0])
    text = protocol_for(made)
    table = spread(made, 2)
    found = compute(Job(made, Protocol.parse(text), times=times, rtol=1e-9), table)
    for row in range(2):
        run = simulate(member(made, table, row), text, save=times, rtol=1e-9)
        assert STATUSES[found.status[row]] == run.status  # one neutral neuron has no smooth way through its pulses
        assert found.reasons.get(row, "reached the end") == run.sentence
        if run.status != "ok":
            continue
        at = [int(np.flatnonzero(run.time == t)[0]) for t in times]
        for quantity, values in found.values.items():
            np.testing.assert_allclose(values[row], run[quantity][at], rtol=2e-9, atol=1e-9, err_msg=quantity)


@pytest.mark.parametrize(("name", "closure"), EVERY)
def test_rests_are_those_of_rest(name: str, closure: str) -> None:
    made = cell(name, closure)
    table = spread(made, 4)
    table["plasma.nka.scale"][3] = 0.0
    found = compute(Job(made), table)
    for row in range(4):
        alone = rest(member(made, table, row))
        assert STATUSES[found.status[row]] == alone.verdict
        assert bool(found.reasons.get(row)) == bool(alone.reason)
        for quantity, values in found.values.items():
            expected = alone[quantity] if alone.found else np.nan
            np.testing.assert_allclose(values[row], expected, rtol=1e-10, atol=1e-10, err_msg=quantity)


@pytest.mark.parametrize(
    "text",
    [
        "ouabain 50 nM for 10 s",
        "bath.K = 8 mM for 10 s; wash 5 s",
        "bath.K -> 8 mM over 10 s; rest 5 s; bath.K from 6 mM to 4 mM over 5 s",
        "hypoosmotic 20 % for 10 s",
        "high_potassium 8 mM, bath.Cl = 160 mM, bath.Na = 152 mM for 10 s",
        "add cytosol.Na 2 mM; rest 10 s",
        "add cytosol.X 2 mM; rest 10 s; add cytosol.K -100 amol; rest 1 s",
        "cytosol.X.z x 1.0001 for 10 s; rest 5 s",
        "at 2 s: plasma.nka.scale x 0.2 for 3 s; rest 10 s",
        "temperature -> 300 K over 5 s; temperature x 1.01 for 5 s",
    ],
)
def test_every_kind_of_change_acts_as_in_simulate(text: str) -> None:
    made = cell("Kay2017_cell")
    table = spread(made, 3, "bath.K", "plasma.nka.scale", "cytosol.Na", "plasma.cl_leak.g")
    found = compute(Job(made, Protocol.parse(text), rtol=1e-9), table)
    assert found.counts() == {"ok": 3}, found.reasons
    for row in range(3):
        run = simulate(member(made, table, row), text, rtol=1e-9)
        for quantity, values in found.values.items():
            np.testing.assert_allclose(values[row], run[quantity][-1], rtol=2e-9, err_msg=quantity)


def test_an_added_salt_keeps_neutral_compartments_neutral() -> None:
    made = cell("Kay2017_cell", "electroneutral")
    table = spread(made, 2)
    text = "add cytosol.Na 2 mM, add cytosol.Cl 2 mM; rest 10 s"
    found = compute(Job(made, Protocol.parse(text), rtol=1e-9), table)
    for row in range(2):
        run = simulate(member(made, table, row), text, rtol=1e-9)
        np.testing.assert_allclose(found.values["plasma.V"][row], run["plasma.V"][-1], rtol=1e-9)
    alone = compute(Job(made, Protocol.parse("add cytosol.Na 2 mM; rest 10 s")), table)
    assert alone.counts() == {"refused": 2}
    assert "too much" in alone.reasons[0]


def test_a_spiking_neuron_keeps_its_step() -> None:
    """Action potentials of a stimulated axon, at the same times as in a single run."""
    made = cell("HodgkinHuxley1952_axon")
    text = "plasma.stim.I = 10 uA/cm2 for 60 ms"
    times = np.arange(0.0, 60.5, 0.5)
    table = spread(made, 2, "plasma.kv.scale", width=0.02)
    found = compute(Job(made, Protocol.parse(text), record=("plasma.V",), times=times, rtol=1e-9), table)
    for row in range(2):
        run = simulate(member(made, table, row), text, save=times, rtol=1e-9)
        expected = run["plasma.V"][np.searchsorted(run.time, times)]
        assert expected.max() > 0
        np.testing.assert_allclose(found.values["plasma.V"][row], expected, atol=1e-4)


def test_a_start_from_the_file_is_that_of_simulate() -> None:
    made = cell("Kay2017_cell")
    table = spread(made, 2)
    found = compute(Job(made, Protocol.parse("rest 10 s"), start="file", rtol=1e-9), table)
    run = simulate(member(made, table, 0), "rest 10 s", start="file", rtol=1e-9)
    assert found.values["cytosol.volume"][0] == pytest.approx(run["cytosol.volume"][-1], rel=1e-9)
    assert not found.reasons


def test_a_member_without_rest_starts_from_the_file_and_says_so() -> None:
    made = cell("Kay2017_cell")
    table = {"plasma.nka.scale": np.array([0.0, 1.0])}
    found = compute(Job(made, Protocol.parse("rest 10 s")), table)
    assert found.counts() == {"ok": 2}
    assert found.reasons.keys() == {0}
    assert found.reasons[0].startswith("started from the file's values, for there is no rest (")
    run = simulate(member(made, table, 0), "rest 10 s", rtol=1e-6)
    assert found.values["cytosol.Na"][0] == pytest.approx(run["cytosol.Na"][-1], rel=1e-6)


@pytest.mark.parametrize(
    ("name", "path"),
    [("Huebel2016_neuron", "cytosol.X.z"), ("Dusterwald2018_neuron", "cytosol.K"), ("KeenerSneyd_cell", "cytosol.K")],
)
def test_a_number_that_closes_the_charge_is_not_varied(name: str, path: str) -> None:
    """The start would overwrite it: a study of it would be a study of nothing."""
    cell = load(name)
    with pytest.raises(InputError, match=f"{path} cannot be varied: it closes the starting charge of"):
        compute(Job(cell, None), {path: cell[path] * np.array([0.9, 1.0, 1.1])})


def test_a_run_that_ends_without_sodium_says_what_ran_out() -> None:
    table = {
        "plasma.nka.scale": np.array([1.0, 2.0]),
        "plasma.na_leak.g": load("Kay2017_cell")["plasma.na_leak.g"] * np.array([1.0, 0.1]),
    }
    found = compute(Job(load("Kay2017_cell"), Protocol.parse("ouabain 1 mM for 1 h; wash 1 h"), start="file"), table)
    alone = simulate(
        load("Kay2017_cell").with_({k: float(v[1]) for k, v in table.items()}),
        "ouabain 1 mM for 1 h; wash 1 h",
        start="file",
        rtol=1e-6,
    )
    assert alone.status != "ok"
    assert "exhausted" in found.reasons[1]
    assert found.reasons[1] == alone.sentence
