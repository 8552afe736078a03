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
    input_conductance,
    meaning,
    spikes,
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
    # 0.01 + 0.3 + 0.2 mS/cm2; the charge that moves V is carried by K, which moves E_K by 4e-5 of it
    assert jump.conductance == pytest.approx(0.0051 * kay.cell["plasma.area"], rel=1e-4)
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
    assert input_conductance(eq, "plasma", rest.x, p) == pytest.approx(expected, rel=1e-4)


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


def test_a_spike_is_counted_and_is_not_the_loss_of_v() -> None:
    run = ionostat.simulate("HodgkinHuxley1952_axon", "rest 5 ms; plasma.stim.I = 0.2 pA/um2 for 1 ms; rest 20 ms")
    assert spikes(run) == 1
    assert "1 action potential, V up to 40" in meaning(run)
    assert summary(run).half_times["plasma.V"] is None
    assert spikes(ionostat.simulate("Kay2017_cell", "rest 1 s")) == 0


POLARISED = """
cell: two_sides
sources:
  me: {cite: an epithelial cell for this test}
source: me
temperature: 310 K
compartments:
  lumen: {kind: bath, potential: open, balance: Na, concentrations: {Na: 140 mM, K: 4 mM, Cl: 144 mM}}
  blood: {kind: bath, balance: Na, concentrations: {Na: 140 mM, K: 4 mM, Cl: 144 mM}}
  cytosol:
    kind: swelling
    volume: 1000 um3
    eliminate: K
    closes: K
    concentrations: {Na: 12 mM, K: 126 mM, Cl: 20 mM}
    impermeants: {X: {concentration: 130 mM, z: -0.9}}
membranes:
  apical:
    inside: cytosol
    outside: lumen
    V: -60 mV
    area: 500 um2
    capacitance: 1 uF/cm2
    mechanisms:
      na_leak: {type: leak_ghk, ion: Na, P: 1e-7 cm/s}
      cl_leak: {type: leak_ohmic, ion: Cl, g: 0.01 mS/cm2}
  basal:
    inside: cytosol
    outside: blood
    V: -60 mV
    area: 500 um2
    capacitance: 1 uF/cm2
    mechanisms:
      nka: {type: nka_hill, I_max: 2 uA/cm2}
      k_leak: {type: leak_ohmic, ion: K, g: 0.2 mS/cm2}
      na_leak: {type: leak_ohmic, ion: Na, g: 0.005 mS/cm2}
      cl_leak: {type: leak_ohmic, ion: Cl, g: 0.01 mS/cm2}
      water: {type: water, Pf: 0.1 um/ms}
junctions:
  tight: {a: lumen, b: blood, area: 500 um2, mechanisms: {na_leak: {type: leak_ohmic, ion: Na, g: 0.05 mS/cm2}}}
"""


def test_the_jump_of_a_polarised_cell_counts_the_whole_network() -> None:
    from ionostat.cell.load import load_text

    run = ionostat.simulate(load_text(POLARISED), "rest 1 min; ouabain 1 mM for 1 min")
    jump = summary(run).jumps[0]
    assert jump.membrane == "basal"
    assert jump.conductance > 500 * 0.00215  # more than the leaks of the basal membrane alone
    assert jump.ratio == pytest.approx(1, abs=0.01)


def test_a_polarised_cell_can_be_reported_drawn_and_explained() -> None:
    from io import StringIO

    from rich.console import Console

    from ionostat.cell.load import load_text
    from ionostat.report.equation_sheet import latex, markdown
    from ionostat.report.figures import figure
    from ionostat.report.rest_report import rest_report
    from ionostat.report.run_report import run_report

    cell = load_text(POLARISED)
    rest = ionostat.rest(cell)
    console = Console(file=StringIO(), width=100)
    console.print(rest_report(rest, verbose=True))
    run = ionostat.simulate(cell, "ouabain 1 mM for 1 h", start=rest)
    console.print(run_report(run, verbose=True))
    assert "tight.na_leak" in console.file.getvalue()  # type: ignore[attr-defined]
    assert figure(run).axes
    assert r"V_{\mathrm{apical}} = \varphi_{\mathrm{cytosol}} - \varphi_{\mathrm{lumen}}" in markdown(cell)
    assert "two" in latex(cell)
