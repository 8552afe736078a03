"""What V does between the recorded points: extremes, and every action potential."""

import numpy as np
import pytest

from ionostat import load, simulate
from ionostat.cell.equations import equations
from ionostat.studies.activity import Watch

STIMULUS = "rest 20 ms; plasma.stim.I = 10 uA/cm2 for 100 ms; rest 20 ms"


def crossings(t: np.ndarray, V: np.ndarray) -> np.ndarray:
    return t[1:][(V[:-1] < 0) & (V[1:] >= 0)]


def test_spikes_do_not_depend_on_the_record() -> None:
    """A run of ten recorded points tells the same spikes as one recorded every 20 us."""
    sparse = simulate("HodgkinHuxley1952_axon", STIMULUS, points=10)
    dense = simulate("HodgkinHuxley1952_axon", STIMULUS, save=list(np.arange(0.02, 140, 0.02)))
    truth = crossings(dense.time, dense["plasma.V"])
    seen = sparse.activity["plasma"]
    assert len(truth) == 7
    np.testing.assert_allclose(seen.spikes, truth, atol=0.03)
    assert seen.V_max == pytest.approx(np.max(dense["plasma.V"]), abs=0.1)
    assert seen.V_min == pytest.approx(np.min(dense["plasma.V"]), abs=0.02)


def test_watching_changes_no_digit_that_is_recorded() -> None:
    few, many = (simulate("HodgkinHuxley1952_axon", STIMULUS, points=n) for n in (10, 200))
    assert few["plasma.V"][-1] == many["plasma.V"][-1]


def test_a_silent_cell_has_extremes_and_no_spikes() -> None:
    run = simulate("Dusterwald2018_neuron", "rest 1 s; ouabain 1 mM for 10 min; wash 10 min")
    seen = run.activity["plasma"]
    assert seen.V_min == np.min(run["plasma.V"]) < -73
    assert len(seen.spikes) == 0


def test_a_crossing_between_two_pieces_is_seen_once() -> None:
    cell = load("Kay2017_cell")
    eq = equations(cell)
    run = simulate(cell, "rest 1 s")
    watch = Watch(eq)
    x, p = np.tile(run.x[0], (2, 1)), np.tile(run.p[0], (2, 1))
    x[:, 0] = [-1.0, -0.5]
    watch.see(np.array([0.0, 1.0]), x, p)
    x[:, 0] = [0.5, 1.0]
    watch.see(np.array([2.0, 3.0]), x, p)
    assert watch.report(spikes=True)["plasma"].spikes == pytest.approx([1.5])
