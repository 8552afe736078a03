"""Large systems: eliminations and sums in loops instead of written out."""

import math
import time

import numpy as np
import pytest
import sympy
from engines.native.problems import ROBERTSON, hires, robertson, system

from ionostat.engines.native import compile_system, kernel, large_systems
from ionostat.engines.native.linear_algebra import plan


@pytest.fixture
def always_in_loops(monkeypatch):
    monkeypatch.setattr(large_systems, "WRITTEN_OUT", -1)
    kernel._compiled_once.cache_clear()
    yield
    kernel._compiled_once.cache_clear()


def collecting():
    """An algebraic state, one without a place on its diagonal, and quadratures."""

    def rates(a, z, s, q, r):
        return [-z * a + s, z**2 - a - 1, a + z - 3 * q * 0 - s * z, z * a, -s]

    return system("a z s q r", "", rates, mass=(1, 0, 0, 1, 1))


CASES = {
    "robertson": (robertson(), [1.0, 0.0, 0.0], ROBERTSON, 1e3),
    "hires": (hires(), [1.0, 0, 0, 0, 0, 0, 0, 0.0057], (), 300.0),
    "collecting": (collecting(), [1.0, math.sqrt(2), 1 / math.sqrt(2) + 1, 0.0, 0.0], (), 5.0),
}


def run(case, lanes):
    model, start, parameters, end = CASES[case]
    p = np.tile(parameters, (5, 1)).reshape(5, model.n_parameters)
    atol = [1e-14] * model.n_states
    return compile_system(model, lanes=lanes).solve([start] * 5, p, 0.0, end, [end / 3], 1e-8, atol)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("lanes", [1, 8])
def test_loops_and_written_out_agree(case, lanes, request):
    written_out = run(case, lanes)
    request.getfixturevalue("always_in_loops")
    in_loops = run(case, lanes)
    assert set(in_loops.status) == {0}
    np.testing.assert_array_equal(in_loops.steps, written_out.steps)
    np.testing.assert_allclose(in_loops.y_end, written_out.y_end, rtol=1e-9, atol=1e-16)
    np.testing.assert_allclose(in_loops.saved, written_out.saved, rtol=1e-9, atol=1e-16)


def ring(n):
    """Heat on a ring of n places, each fully coupled to the others by an algebraic mean."""

    def rates(*y):
        u, mean = y[:-1], y[-1]
        flows = [u[i - 1] - 2 * u[i] + u[(i + 1) % n] + (mean - u[i]) for i in range(n)]
        return [*flows, sum(u) / n - mean]

    return system(" ".join([*(f"u{i}" for i in range(n)), "mean"]), "", rates, mass=(1,) * n + (0,))


@pytest.mark.parametrize(("n", "lanes"), [(14, 16), (14, 1), (40, 8)])
def test_many_states_with_an_algebraic_one(n, lanes):
    angle = 2 * np.pi * np.arange(n) / n
    rate = 2 - 2 * np.cos(2 * np.pi / n) + 1
    start = np.append(2.0 + np.cos(angle), 2.0)
    began = time.perf_counter()
    code = compile_system(ring(n), lanes=lanes)
    result = code.solve([start] * 9, np.empty((9, 0)), 0.0, 3.0, [1.0], 1e-8, [1e-10] * (n + 1))
    assert time.perf_counter() - began < 5.0
    for values, t in ((result.saved[:, 0], 1.0), (result.y_end, 3.0)):
        expected = np.append(2.0 + np.cos(angle) * np.exp(-rate * t), 2.0)
        np.testing.assert_allclose(values, np.tile(expected, (9, 1)), atol=1e-7)
        np.testing.assert_allclose(values[:, :-1].sum(axis=1), 2.0 * n, rtol=1e-13)


def test_a_full_matrix_is_factored_in_loops():
    n = 20
    coefficients = np.random.default_rng(0).normal(size=(n, n)) - 6.0 * np.eye(n)

    def rates(*y):
        return [sum(sympy.Float(coefficients[i, j]) * y[j] for j in range(n)) for i in range(n)]

    model = system(" ".join(f"y{i}" for i in range(n)), "", rates)
    assert large_systems.is_large(plan(n, model.jacobian.pattern, model.mass))
    result = compile_system(model).solve([[1.0] * n] * 2, np.empty((2, 0)), 0.0, 0.7, None, 1e-9, [1e-12] * n)
    values, vectors = np.linalg.eig(coefficients)
    expected = (vectors * np.exp(0.7 * values)) @ np.linalg.solve(vectors, np.ones(n))
    np.testing.assert_allclose(result.y_end[1], expected.real, rtol=1e-6, atol=1e-8)
