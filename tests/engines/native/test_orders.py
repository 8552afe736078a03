"""Fixed steps on systems with a known solution: the observed orders of the methods, DAE and dense output included."""

import math

import numpy as np
import pytest
import sympy
from engines.native.problems import system

from ionostat.engines.native import compile_system

END = 4.0
SAVED = np.array([0.77, 1.31, 2.9, 3.41])

PROBLEMS = {
    # y = 1/(1 + t) and a quadrature of 1/(1 + t)**2, through a cubic for z = y
    "index-1": (
        system("y z q", "", lambda y, z, q: [-y * z, z**3 + z - y - y**3, z * y], mass=(1, 0, 1)),
        (1.0, 1.0, 0.0),
        lambda t: np.array([1 / (1 + t), 1 / (1 + t), t / (1 + t)]),
    ),
    # a logistic curve, and its logarithm by way of 0 = exp(z) - y
    "logarithm": (
        system("y z", "", lambda y, z: [y - sympy.exp(2 * z), sympy.exp(z) - y], mass=(1, 0)),
        (0.1, math.log(0.1)),
        lambda t: np.array([1 / (1 + 9 * np.exp(-t)), -np.log(1 + 9 * np.exp(-t))]),
    ),
    # a nonlinear oscillator with the solution (cos t, sin t), and 1/(2 + cos t)
    "circle": (
        system(
            "x y r",
            "",
            lambda x, y, r: [-y * (x**2 + y**2), x * (x**2 + y**2) ** 2, r**2 * y],
        ),
        (1.0, 0.0, 1 / 3),
        lambda t: np.array([np.cos(t), np.sin(t), 1 / (2 + np.cos(t))]),
    ),
}


def errors(problem, method, steps):
    model, start, exact = PROBLEMS[problem]
    kernel = compile_system(model, lanes=1, method=method)
    h = END / steps
    loose = [1e30] * len(start)  # every step is accepted: h stays h_max
    result = kernel.solve([start], np.empty((1, 0)), 0.0, END, SAVED, 1e-5, loose, h0=h, h_max=h)
    assert result.steps[0] == steps
    inside = max(np.abs(row - exact(t)).max() for row, t in zip(result.saved[0], SAVED, strict=True))
    return np.abs(result.y_end[0] - exact(END)).max(), inside


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize(("method", "order"), [("RODAS4P2", 4), ("RODAS5P", 5)])
def test_observed_order(problem, method, order):
    coarse, fine = (errors(problem, method, n) for n in (50, 200))
    assert math.log(coarse[0] / fine[0], 4) > order - 0.35
    assert math.log(coarse[1] / fine[1], 4) > order - 1.25  # the interpolant has one order less
