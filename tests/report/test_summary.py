"""The jump, the half-times and the words, against closed forms and against each other."""

import numpy as np
import pytest

import ionostat
from ionostat.cell.equations import equations
from ionostat.report.summary import (
    changes,
    end_in_words,
    first_change,
    half_time,
    meaning,
    slope_conductance,
    summary,
)


@pytest.fixture(scope="module")
def kay() -> ionostat.Trajectory:
    return ionostat.simulate("Kay2017_cell", "rest 1 min; ouabain 1 mM for 20 h")


def test_the_jump_is_lost_pump_current_over_slope_conductance(kay: ionostat.Trajectory) -> None:
    jump = summary(kay).jumps[0]
    assert jump.blocked
    assert jump.time == 6e4
    assert jump.size == pytest.approx(jump.predicted, rel=0.02)  # ions have hardly moved in ten time constants
    assert jump.conductance == pytest.approx(0.0051 * kay.cell["plasma.area"], rel=1e-4)  # 0.01 + 0.3 + 0.2 mS/cm2
    assert jump.after == pytest.approx(10 * 0.01 / 0.0051, rel=1e-3)


@pytest.mark.parametrize("name", ["Dusterwald2018_neuron", "KeenerSneyd_cell"])
@pytest.mark.parametrize("closure", ["capacitive", "electroneutral"])
def test_the_jump_in_other_cells(name: str, closure: str) -> None:
    cell = ionostat.load(name).with_(closure=closure)
    jump = summary(ionostat.simulate(cell, "ouabain 1 mM for 1 min")).jumps[0]
    assert jump.ratio == pytest.approx(1, abs=0.02)


def test_half_a_pump_is_cut_not_blocked() -> None:
    run = ionostat.simulate("Kay2017_cell", "plasma.nka.scale = 0.5 for 1 min")
    jump = summary(run).jumps[0]
    assert jump.kept == pytest.approx(0.5)
    assert "pump cut to 50 %" in meaning(run)


def test_slope_conductance_of_ghk_leaks_is_that_of_the_textbook() -> None:
    from ionostat.physics import ghk_slope_conductance

    rest = ionostat.rest("Dijkstra2016_neuron")
    eq = equations(rest.cell)
    leaks = {"Na": (1, 0.002), "K": (1, 0.02), "Cl": (-1, 0.0025)}
    changed = rest.cell.with_({f"plasma.{c}.scale": 0 for c in ("nav", "kv", "clv", "nka")})
    from ionostat.cell.start import start

    p = start(eq, changed).p
    expected = sum(
        ghk_slope_conductance(P, z, rest["plasma.V"], rest[f"cytosol.{ion}"], rest[f"bath.{ion}"], T=310.0)
        for ion, (z, P) in leaks.items()
    )
    assert slope_conductance(eq, "plasma", rest.x, p) == pytest.approx(expected, rel=1e-4)


def test_half_times_are_where_half_is_left(kay: ionostat.Trajectory) -> None:
    found = summary(kay).half_times
    before = {n: float(kay[n][np.searchsorted(kay.time, 6e4)]) for n in found}
    for name, when in found.items():
        assert when is not None
        assert kay.at(6e4 + when)[name] == pytest.approx(before[name] / 2, rel=1e-6)
    assert half_time(kay, "cytosol.X", 0.0) is not None
    assert half_time(kay, "bath.Na", 0.0) is None


def test_changes_are_ordered_and_weighed(kay: ionostat.Trajectory) -> None:
    found = changes(kay)
    assert [c.weight for c in found] == sorted((c.weight for c in found), reverse=True)
    assert {c.name for c in found} >= {"plasma.V", "cytosol.Na", "cytosol.volume"}


def test_words(kay: ionostat.Trajectory) -> None:
    assert meaning(kay).startswith("pump blocked: V jumped +0.982 mV at once; sodium gradient half gone after")
    assert end_in_words(kay).startswith("20 h after the change: V -3.6")
    assert "swelling" in end_in_words(kay)


def test_a_quiet_run_says_so() -> None:
    run = ionostat.simulate("Kay2017_cell", "rest 1 min")
    assert first_change(run) is None
    assert meaning(run) == "nothing moved in 1 min"
    assert summary(run).half_times == {}


def test_a_bath_change_is_told_by_what_it_moved() -> None:
    run = ionostat.simulate("Kay2017_cell", "bath.K = 12 mM for 10 min")
    assert meaning(run).startswith("after bath.K = 12 mM:")
    assert summary(run).jumps == ()
