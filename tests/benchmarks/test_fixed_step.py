"""The yardstick itself: order four, every lane its own cell, the answer of NumPy."""

import numpy as np
import pytest
from engines.native.problems import decay

from benchmarks import spreading_depolarisation as sd
from benchmarks.delayed_hopf import RAMPS as ramps
from benchmarks.delayed_hopf import axon, starts
from benchmarks.fixed_step import RungeKutta
from ionostat.cell.evaluate import compile_program


@pytest.mark.parametrize("lanes", [1, 4, 8])
def test_the_order_is_four(lanes: int) -> None:
    rates = np.linspace(0.5, 1.5, lanes)[:, None]
    errors = []
    for steps in (10, 20):
        end = RungeKutta(decay(), lanes).run(np.ones((lanes, 1)), rates, 1.0 / steps, steps, 2)[:, 1]
        errors.append(np.abs(end - np.exp(-rates)))
    np.testing.assert_allclose(errors[0] / errors[1], 16.0, rtol=0.15)


def test_it_is_the_classical_method() -> None:
    x, p = starts(ramps)
    x = x + np.array([5.0, 0.0, 0.0, 0.0, 0.0])
    saved = RungeKutta(axon(), 4).run(x, p, 0.01, 50, 3)
    f = compile_program(axon().rhs)
    for y, slope, found in zip(x, p[:, 0], saved, strict=True):
        for row in found:
            np.testing.assert_allclose(row, y, rtol=1e-10)
            for _ in range(50):
                k1 = np.array(f(*y, slope))
                k2 = np.array(f(*(y + 0.005 * k1), slope))
                k3 = np.array(f(*(y + 0.005 * k2), slope))
                k4 = np.array(f(*(y + 0.01 * k3), slope))
                y = y + 0.01 / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def test_fewer_cells_than_lanes_are_allowed_and_more_are_not() -> None:
    one = RungeKutta(decay(), 4).run(np.ones((1, 1)), np.ones((1, 1)), 0.1, 1, 3)
    assert one.shape == (1, 3, 1)
    with pytest.raises(ValueError, match="5 cells"):
        RungeKutta(decay(), 4).run(np.ones((5, 1)), np.ones((5, 1)), 0.1, 1, 3)


def test_the_neuron_of_huebel_and_dahlem_is_that_of_their_program() -> None:
    """The pump stops at 20 s for 9.5 s, glial buffering: what the authors' program reports (ModelDB 167714, RK4)."""
    buffered = (0.0, 4.0, 5e-8)
    x, t, states, times = np.array([sd.START]), 0.0, [], []
    for pump, length in ((1.0, 20e3), (0.0, 9.5e3), (1.0, 470.5e3)):
        at = np.arange(round(length / sd.RECORD) + 1) * sd.RECORD
        solved = sd.compile_system(sd.neuron()).solve(
            x, [(pump, *buffered)], 0.0, length, at, 1e-7, [1e-7] * 5, h_max=1.0
        )
        x, states, times = solved.y_end, [*states, solved.saved[0]], [*times, t + at]
        t += length
    everything, when = np.concatenate(states), np.concatenate(times)
    K = sd.potassium_outside(everything[:, 2], everything[:, 4])
    assert np.max(K) == pytest.approx(69.572945, rel=1e-3)
    (onset,) = sd.events(when, everything)
    assert onset == pytest.approx(28.83, abs=0.2)
    assert everything[-1, 0] == pytest.approx(-75.512405, abs=0.01)
    assert everything[-1, 2] == pytest.approx(104.45587, rel=1e-3)
    assert K[-1] == pytest.approx(2.9651642, rel=1e-3)
