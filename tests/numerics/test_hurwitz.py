"""The Routh-Hurwitz test of small matrices against their eigenvalues."""

import numpy as np
import pytest

from ionostat.numerics.hurwitz import plainly_stable


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_it_agrees_with_the_eigenvalues(n: int) -> None:
    A = np.random.default_rng(n).normal(size=(2000, n, n)) - 0.7 * np.eye(n)
    leading = np.linalg.eigvals(A).real.max(axis=1)
    clear = np.abs(leading) > 1e-6
    assert np.any(leading[clear] < 0)
    assert np.any(leading[clear] > 0)
    assert np.array_equal(plainly_stable(A)[clear], leading[clear] < 0)


def test_no_matrix_with_a_mode_at_zero_passes() -> None:
    """A conserved quantity makes the determinant round-off, of either sign."""
    rng = np.random.default_rng(1)
    A = rng.normal(size=(500, 4, 4)) - 4 * np.eye(4)
    w = rng.normal(size=(500, 4))
    A[:, 3] = -np.einsum("bi,bij->bj", w[:, :3], A[:, :3]) / w[:, 3:]  # w . A = 0
    assert not np.any(plainly_stable(A))


def test_stiff_matrices_are_told_and_scaling_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    modes = -(10.0 ** rng.uniform(-8, 2, size=(500, 4)))
    turn = rng.normal(size=(500, 4, 4))
    A = turn @ (modes[:, :, None] * np.linalg.inv(turn))
    size = 10.0 ** rng.uniform(-3, 3, size=(500, 4))
    scaled = A * size[:, None, :] / size[:, :, None]
    found = plainly_stable(A)
    assert np.array_equal(found, plainly_stable(scaled))
    A[:, :, :] = turn @ (np.where(np.arange(4) == 0, -modes, modes)[:, :, None] * np.linalg.inv(turn))
    assert not np.any(plainly_stable(A))


def test_what_is_not_finite_does_not_pass() -> None:
    A = -np.eye(3)[None].repeat(3, axis=0)
    A[1, 0, 1], A[2, 2, 2] = np.nan, -np.inf
    assert plainly_stable(A).tolist() == [True, False, False]


def test_larger_matrices_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 4"):
        plainly_stable(np.zeros((1, 5, 5)))
