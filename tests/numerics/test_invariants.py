"""Linear invariants found from samples of a flow, and the directions that they leave."""

import numpy as np
import pytest

from ionostat.numerics.invariants import allowed_directions, linear_invariants

RNG = np.random.default_rng(4)


def flow(stoichiometry: list[list[int]], n: int = 30) -> np.ndarray:
    """Random rates of reactions with the given columns of stoichiometry."""
    S = np.array(stoichiometry, dtype=float)
    return (S @ RNG.normal(size=(S.shape[1], n))).T


def test_a_flow_without_invariants_has_none() -> None:
    assert linear_invariants(RNG.normal(size=(20, 4)), np.ones(4)).shape == (0, 4)


def test_a_state_that_never_moves_is_conserved_by_itself() -> None:
    samples = RNG.normal(size=(20, 3))
    samples[:, 1] = 0.0
    np.testing.assert_array_equal(linear_invariants(samples, np.ones(3)), [[0, 1, 0]])


def test_the_total_of_a_reaction() -> None:
    """a <-> b, c on its own."""
    found = linear_invariants(flow([[-1, 0], [1, 0], [0, 1]]), np.ones(3))
    np.testing.assert_allclose(found, [[1, 1, 0]], atol=1e-9)


def test_a_weighted_sum() -> None:
    """2 a -> 3 b conserves 3 a + 2 b, written as a + 2/3 b."""
    np.testing.assert_allclose(linear_invariants(flow([[-2], [3]]), np.ones(2)), [[1, 2 / 3]], rtol=1e-9)


def test_two_totals_at_once_and_a_still_state() -> None:
    samples = flow([[-1, 0], [1, 0], [0, 1], [0, -1], [0, 0]])
    found = linear_invariants(samples, np.ones(5))
    np.testing.assert_allclose(found, [[1, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 1]], atol=1e-9)


@pytest.mark.parametrize("size", [1e-9, 1.0, 1e9])
def test_the_scale_of_a_state_does_not_matter(size: float) -> None:
    samples = flow([[-1, 0], [1, 0], [0, 1]]) * np.array([1.0, 1.0, size])
    np.testing.assert_allclose(linear_invariants(samples, np.array([1.0, 1.0, size])), [[1, 1, 0]], atol=1e-9)


def test_allowed_directions_are_all_that_is_left() -> None:
    rows = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    free = allowed_directions(rows, 3)
    assert free.shape == (3, 1)
    np.testing.assert_allclose(rows @ free, 0, atol=1e-15)
    assert allowed_directions(np.zeros((0, 3)), 3).shape == (3, 3)
