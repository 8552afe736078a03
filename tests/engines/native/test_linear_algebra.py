"""The unrolled sparse LU, run in floating point by standing numbers in for IR values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.engines.native.linear_algebra import plan, write_factor, write_solve
from ionostat.errors import InputError


def solve(pattern, values, mass, c, b):
    elimination = plan(len(b), pattern, mass)
    factors = write_factor(elimination, dict(zip(pattern, values, strict=True)), mass, c, 1.0 / c)
    return write_solve(elimination, factors, 1.0 / c, list(b)), elimination


@given(seed=st.integers(0, 10_000), n=st.integers(1, 9), density=st.floats(0.0, 1.0))
def test_solutions_agree_with_numpy(seed, n, density):
    rng = np.random.default_rng(seed)
    pattern = [(i, j) for i in range(n) for j in range(n) if rng.random() < density]
    values = rng.normal(size=len(pattern))
    mass = rng.integers(0, 2, n)
    for i in range(n):
        if not mass[i] and (i, i) not in pattern:
            mass[i] = 1
    w = np.diag(mass * 20.0)
    for (i, j), value in zip(pattern, values, strict=True):
        w[i, j] -= value
    b = rng.normal(size=n)
    x, _ = solve(pattern, values, mass, 20.0, b)
    if np.linalg.cond(w) < 1e6:
        scale = np.linalg.cond(w) * max(1.0, np.abs(np.linalg.solve(w, b)).max())
        np.testing.assert_allclose(np.array(x), np.linalg.solve(w, b), rtol=1e-6, atol=1e-9 * scale)


def test_quadratures_cost_one_row_and_no_fill():
    n = 6  # states 2 to 5 only collect what 0 and 1 do
    pattern = [(i, j) for i in range(n) for j in (0, 1)]
    _, elimination = solve(pattern, [1.0] * len(pattern), (1,) * n, 10.0, [1.0] * n)
    assert {(i, i) for i in range(2, n)} == elimination.plain
    assert set(elimination.slots) == set(pattern)


def test_an_algebraic_row_without_diagonal_finds_another_pivot():
    # 0 = y0 - y1 with y1 not in its own place: states (y0: differential, z), rows (y0' = z, 0 = y0 - z)
    x, _ = solve([(0, 1), (1, 0)], [1.0, -1.0], (1, 0), 5.0, [1.0, 2.0])
    np.testing.assert_allclose(np.array([[5.0, -1.0], [1.0, 0.0]]) @ x, [1.0, 2.0])


def test_a_state_that_nothing_determines_is_refused():
    with pytest.raises(InputError, match="do not determine"):
        plan(2, [(0, 0), (0, 1)], (1, 0))
