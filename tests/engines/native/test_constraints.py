"""Algebraic states inside a step obey their constraint, and are as exact as the differential ones."""

import numpy as np
import pytest
from engines.native.problems import system

from ionostat.engines.native import compile_system

METHODS = ("RODAS4P2", "RODAS5P")
TIMES = np.linspace(0.0, 3.0, 301)


def logistic(t):
    """y' = -y (1 + y/10) from 1."""
    return 1.0 / (1.1 * np.exp(t) - 0.1)


def coupled():
    """y' = -z with 0 = z - y (1 + y/10), and two more algebraic states that need each other."""
    return system(
        "y z u v",
        "k",
        lambda y, z, u, v, k: [-k * z, z - y * (1 + y / 10), u + v**3 - y, v - u / 3],
        mass=(1, 0, 0, 0),
    )


def start():
    """A state on the constraint: u + (u/3)**3 = 1, v = u/3."""
    u = float(next(r.real for r in np.roots([1 / 27, 0, 1, -1]) if abs(r.imag) < 1e-12))
    return [1.0, 1.1, u, u / 3]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lanes", [1, 8])
def test_saved_algebraic_values_are_as_good_as_the_steps(method, lanes):
    kernel = compile_system(coupled(), method=method, lanes=lanes)
    for rtol in (1e-5, 1e-7, 1e-9, 1e-11):
        saved = kernel.solve([start()] * 2, [[1.0], [0.5]], 0.0, 3.0, TIMES, rtol, [rtol] * 4).saved
        for cell, rate in enumerate((1.0, 0.5)):
            y, z, u, v = saved[cell].T
            np.testing.assert_allclose(y, logistic(rate * TIMES), atol=5 * rtol)
            np.testing.assert_allclose(z, y * (1 + y / 10), atol=2 * rtol)
            np.testing.assert_allclose(u + v**3, y, atol=3 * rtol)
            np.testing.assert_allclose(v, u / 3, atol=2 * rtol)


def test_the_last_saved_state_is_the_end():
    result = compile_system(coupled()).solve([start()], [[1.0]], 0.0, 3.0, TIMES, 1e-7, [1e-7] * 4)
    np.testing.assert_array_equal(result.saved[0, -1], result.y_end[0])
    np.testing.assert_array_equal(result.saved[0, 0], start())


def test_saved_states_do_not_depend_on_neighbours():
    kernel = compile_system(coupled(), lanes=8)
    p = np.linspace(0.1, 4.0, 21)[:, None]
    whole = kernel.solve([start()] * 21, p, 0.0, 3.0, TIMES, 1e-7, [1e-7] * 4).saved
    for cell in (0, 10, 20):
        alone = kernel.solve([start()], p[cell : cell + 1], 0.0, 3.0, TIMES, 1e-7, [1e-7] * 4).saved
        np.testing.assert_array_equal(whole[cell], alone[0])
