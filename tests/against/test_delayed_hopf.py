"""Slow passage through a Hopf bifurcation: the native engine leaves the unstable branch when fine Runge-Kutta does.

How long the state stays is set by how small the oscillation is when it begins to grow: by rounding, or by the error of
a step. Two Runge-Kutta runs with different steps differ by 3 percent of the stay, ours at rtol 1e-6 by 6; so the time
from the Hopf point to the exit has to agree to a tenth.
"""

from math import inf
from threading import Event

import numpy as np
import pytest

from benchmarks import delayed_hopf as hopf
from benchmarks import spreading_depolarisation as sd
from ionostat import load
from ionostat.studies.running import Run

STEP = Run(load("HodgkinHuxley1952_axon"), "native", 1e-6, None, None, Event(), None).h_max
"""The largest step (ms) that `simulate` gives to an excitable cell."""


def stays(exits: dict[str, float], ramps: tuple[hopf.Ramp, ...]) -> list[float]:
    """How long each ramp stayed beyond its Hopf point, ms."""
    return [exits[r.name] - r.hopf for r in ramps]


def agree(ramps: tuple[hopf.Ramp, ...], h: float, rtol: float) -> None:
    expected = stays(hopf.by_fixed_steps(h, ramps), ramps)
    found = stays({name: at for name, (at, _) in hopf.by_native(rtol, STEP, ramps).items()}, ramps)
    assert min(expected) > 100.0
    np.testing.assert_allclose(found, expected, rtol=0.1)


def test_a_fast_ramp_up_is_left_when_runge_kutta_leaves_it() -> None:
    agree(hopf.RAMPS[:1], 0.01, 1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("rtol", [1e-6, 1e-7])
@pytest.mark.parametrize("h", [0.01, 0.005])
def test_all_ramps_are_left_when_runge_kutta_leaves_them(h: float, rtol: float) -> None:
    agree(hopf.RAMPS, h, rtol)


def test_the_hopf_points_are_where_eigenvalues_cross() -> None:
    """At the stated time a pair of eigenvalues of the branch of rests crosses the imaginary axis."""
    from ionostat.engines.native import compile_system

    kernel = compile_system(hopf.axon())
    for ramp in hopf.RAMPS:
        growth = []
        for t in (0.999 * ramp.hopf, 1.001 * ramp.hopf):
            rest = hopf.rests(np.array([ramp.I0 + ramp.slope * t]))
            fast = kernel.jacobian(rest, [[ramp.slope]])[0, :4, :4]
            growth.append(float(np.max(np.linalg.eigvals(fast).real)))
        assert growth[0] < 0.0 < growth[1], ramp.name


def test_an_exit_is_told_only_where_the_branch_is_left() -> None:
    ramp = hopf.RAMPS[0]
    on = hopf.rests(np.array([0.0, 1.0, 2.0]))
    off = on + np.array([[0.0, 0, 0, 0, 0], [0.0, 0, 0, 0, 0], [9.0, 0, 0, 0, 0]])
    assert hopf.exit_time(np.arange(3.0), on) == inf
    assert hopf.exit_time(np.arange(3.0), off) == 2.0
    assert ramp.hopf < ramp.duration


@pytest.mark.slow
def test_every_spreading_depolarisation_comes_that_runge_kutta_shows() -> None:
    """Three in 1,000 s, at the same times to 0.1 s; SciPy's LSODA at rtol 1e-9 shows the first alone."""
    duration, given = 1e6, sd.bath(sd.K_BATH)
    times = np.arange(round(duration / sd.RECORD) + 1) * sd.RECORD
    expected = sd.events(times, sd.by_fixed_steps(0.02, [given], duration)[0])
    states, _ = sd.by_native(1e-6, STEP, [given], duration)
    assert len(expected) == 3
    np.testing.assert_allclose(sd.events(times, states[0]), expected, atol=0.1)
