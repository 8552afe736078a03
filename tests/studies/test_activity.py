"""What V does between the recorded points: extremes, and every action potential."""

import numpy as np
import pytest

from ionostat import simulate

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
    """Its lowest potential lies between the recorded points; a record made there finds nothing lower."""
    protocol = "rest 1 s; ouabain 1 mM for 10 min; wash 10 min"
    run = simulate("Dusterwald2018_neuron", protocol)
    seen = run.activity["plasma"]
    assert np.min(run["plasma.V"]) - 1 < seen.V_min < np.min(run["plasma.V"]) < -73
    close = simulate("Dusterwald2018_neuron", protocol, save=list(seen.t_min + np.linspace(-1, 1, 2001)))
    assert seen.V_min == pytest.approx(np.nanmin(close["plasma.V"]), abs=1e-5)
    assert len(seen.spikes) == 0


def test_a_crossing_where_two_stretches_meet_is_seen_once() -> None:
    """A run cut into stretches just before, at and just after a spike tells the spikes of the whole."""
    whole = simulate("HodgkinHuxley1952_axon", STIMULUS).activity["plasma"].spikes
    third = float(whole[2]) - 20.0
    for cut in (third - 1e-6, third, third + 1e-6):
        parts = f"for {cut!r} ms; plasma.stim.I = 10 uA/cm2 for {100.0 - cut!r} ms"
        cut_up = simulate("HodgkinHuxley1952_axon", STIMULUS.replace("for 100 ms", parts))
        np.testing.assert_allclose(cut_up.activity["plasma"].spikes, whole, atol=1e-4)


def test_spike_times_follow_the_tolerance() -> None:
    exact = simulate("HodgkinHuxley1952_axon", STIMULUS, rtol=1e-12).activity["plasma"]
    errors = []
    for rtol in (1e-6, 1e-8, 1e-10):
        seen = simulate("HodgkinHuxley1952_axon", STIMULUS, rtol=rtol).activity["plasma"]
        errors.append(float(np.max(np.abs(seen.spikes - exact.spikes))))
        assert seen.V_max == pytest.approx(exact.V_max, abs=3e3 * rtol)
        assert seen.t_max == pytest.approx(exact.t_max, abs=3e3 * rtol**0.75)
    assert errors[0] < 1e-3
    assert errors[1] < errors[0] / 20
    assert errors[2] < 1e-6


@pytest.mark.slow
def test_both_engines_tell_the_same_activity() -> None:
    short = "rest 20 ms; plasma.stim.I = 10 uA/cm2 for 30 ms"
    exact = simulate("HodgkinHuxley1952_axon", short, rtol=1e-12).activity["plasma"]
    other = simulate("HodgkinHuxley1952_axon", short, engine="reference", rtol=1e-8).activity["plasma"]
    np.testing.assert_allclose(other.spikes, exact.spikes, atol=1e-5)
    assert other.V_max == pytest.approx(exact.V_max, abs=1e-5)
    assert other.V_min == pytest.approx(exact.V_min, abs=1e-5)
