"""The jump, the half-times and the words, against closed forms and against each other."""

import numpy as np
import pytest

import ionostat
from ionostat.cell.equations import equations
from ionostat.report.jumps import input_conductance, pump_change
from ionostat.report.stretches import first_change, stretches
from ionostat.report.summary import (
    changes,
    half_time,
    summary,
)
from ionostat.report.words import end_in_words, half_times_in_words, meaning


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
    assert meaning(kay).startswith("pump blocked: V jumped +0.982 mV at once; E_Na halved after")
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
    fired = summary(run).firing
    assert fired is not None
    assert fired.count == 1
    assert "fires 1 action potential at" in meaning(run)
    assert "V up to 40" in meaning(run)
    assert "then silent at -64.5" in meaning(run)
    assert summary(run).half_times == {}  # nothing was done to a pump
    assert summary(ionostat.simulate("Kay2017_cell", "rest 1 s")).firing is None


def test_action_potentials_are_counted_between_the_recorded_points() -> None:
    run = ionostat.simulate("HodgkinHuxley1952_axon", "plasma.stim.I = 10 uA/cm2 for 500 ms; rest 100 ms")
    fine = ionostat.simulate(
        "HodgkinHuxley1952_axon",
        "plasma.stim.I = 10 uA/cm2 for 500 ms; rest 100 ms",
        save=list(np.arange(0, 600.1, 0.1)),
    )
    V = fine["plasma.V"]
    fired = summary(run).firing
    assert fired is not None
    assert fired.count == np.count_nonzero((V[:-1] < 0) & (V[1:] >= 0)) == 35
    assert fired.last == pytest.approx(fine.time[1:][(V[:-1] < 0) & (V[1:] >= 0)][-1], abs=0.3)
    assert fired.peak == pytest.approx(V.max(), abs=0.5)
    assert not fired.at_end
    assert len(fired.epochs()) == 1
    most = summary(run).changes[0]
    assert (most.name, most.came_back) == ("plasma.V", True)
    assert most.farthest == pytest.approx(V.max(), abs=0.5)


def test_a_pump_block_that_makes_a_cell_fire_says_so_and_holds_the_gates_for_the_textbook() -> None:
    run = ionostat.simulate("Huebel2016_neuron", "rest 10 s; ouabain 1 mM for 30 s")
    said, found = meaning(run), summary(run)
    assert "pump blocked: fires 5" in said
    assert "then silent at -5.5" in said
    jump = found.jumps[0]
    assert jump.gated
    assert jump.predicted == pytest.approx(jump.lost_current / jump.conductance)
    quiet = ionostat.simulate("Huebel2016_neuron", "rest 10 s; ouabain 1 mM for 1 s")
    assert "with the gates held" in meaning(quiet)
    assert "at once" not in meaning(quiet)
    firing_on = ionostat.simulate("Huebel2016_neuron", "rest 10 s; ouabain 1 mM for 9 s")
    assert "and still fires" in meaning(firing_on)
    assert "plasma.V" not in summary(firing_on).half_times


def test_half_times_are_those_of_a_nernst_potential_after_a_pump_change() -> None:
    bath = ionostat.simulate("Kay2017_cell", "bath.K = 100 mM for 10 min")
    assert pump_change(bath) is None
    assert summary(bath).half_times == {}
    both = ionostat.simulate("Kay2017_cell", "bath.K = 8 mM for 1 min; ouabain 1 mM for 2 h")
    assert pump_change(both) == 6e4
    assert any(text.startswith("plasma.E_Na halved after") for text in half_times_in_words(summary(both)))


def test_what_comes_back_is_told_by_its_extreme() -> None:
    run = ionostat.simulate("Kay2017_cell", "hypoosmotic 20 % for 30 min; rest 30 min")
    found = summary(run)
    assert found.returns
    W = next(c for c in found.changes if c.name == "cytosol.volume")
    assert W.farthest == pytest.approx(1.25 * W.before, rel=1e-3)
    assert W.after == pytest.approx(W.before, rel=1e-3)
    assert W.when < 1.8e6
    assert [s.label for s in stretches(run)] == ["hypoosmotic 20 %", "hypoosmotic 20 % ends"]
    assert "at the end" in meaning(run)


def test_the_jump_at_wash_out_is_listed() -> None:
    run = ionostat.simulate("Kay2017_cell", "rest 1 min; ouabain 1 mM for 10 min; wash 10 min")
    block, wash = summary(run).jumps
    assert block.blocked
    assert wash.restored
    assert wash.time == 6.6e5
    assert wash.size < 0
    assert wash.ratio == pytest.approx(1, abs=0.05)
    assert [s.label for s in stretches(run)] == ["before", "ouabain 1 mM", "wash"]


def test_warnings_are_in_the_headline_and_in_the_report() -> None:
    from io import StringIO

    from rich.console import Console

    from ionostat.report.rest_report import rest_report
    from ionostat.report.run_report import run_report

    run = ionostat.simulate("Dusterwald2018_neuron", "ouabain 1 mM for 2 h; wash 1 h")
    assert run.warnings
    assert meaning(run).startswith("DOUBTFUL, ")
    console = Console(file=StringIO(), width=100)
    console.print(run_report(run))
    rest = ionostat.rest(ionostat.load("Kay2017_cell").with_({"plasma.nka.I_max": "1.5 uA/cm2"}))
    assert rest.warnings
    console.print(rest_report(rest))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert said.count("warning: ") == len(run.warnings) + len(rest.warnings)
    assert "done, DOUBTFUL" in said
    assert "stable rest, DOUBTFUL" in said


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
