"""Spectra with known answers, in badly scaled states, with algebraic equations and with conserved quantities."""

import numpy as np
import pytest

from ionostat.numerics.stability import Stability, balance, reduced_jacobian, stability


def judged(
    A: list[list[float]], mass: list[int] | None = None, scale: list[float] | None = None, basis: object = None
) -> Stability:
    n = len(A)
    return stability(
        np.array(A, dtype=float),
        np.array(mass or [1] * n),
        np.array(scale or [1.0] * n),
        np.eye(n) if basis is None else np.array(basis, dtype=float),
    )


def test_eigenvalues_come_slowest_first() -> None:
    found = judged([[-5.0, 0.0], [0.0, -0.1]])
    np.testing.assert_allclose(found.eigenvalues.real, [-0.1, -5.0])
    assert found.stable
    assert not found.unstable


@pytest.mark.parametrize(("trace", "stable", "unstable"), [(-0.1, True, False), (0.1, False, True)])
def test_an_oscillation_decays_or_grows(trace: float, stable: bool, unstable: bool) -> None:
    found = judged([[trace, 1.0], [-1.0, trace]])
    assert found.eigenvalues[0] == pytest.approx(trace + 1j) or found.eigenvalues[0] == pytest.approx(trace - 1j)
    assert (found.stable, found.unstable) == (stable, unstable)


def test_a_saddle_is_unstable_along_its_vector() -> None:
    found = judged([[1.0, 0.0], [0.0, -2.0]])
    assert found.unstable
    assert abs(found.vectors[1, 0]) < 1e-12
    assert abs(found.vectors[0, 0]) == pytest.approx(1.0)


def test_a_centre_cannot_be_told_from_neutral() -> None:
    found = judged([[0.0, 1.0], [-1.0, 0.0]])
    assert not found.stable
    assert not found.unstable


def test_units_of_the_states_do_not_matter() -> None:
    """amol beside a charge in fC: the same flow in scaled states has the same spectrum."""
    A = np.array([[-1.0, 0.3], [0.2, -2.0]])
    D = np.diag([1e9, 1e-6])
    found = judged((D @ A @ np.linalg.inv(D)).tolist(), scale=[1e9, 1e-6])
    np.testing.assert_allclose(sorted(found.eigenvalues.real), sorted(np.linalg.eigvals(A).real), rtol=1e-12)
    assert found.stable


def test_the_algebraic_part_is_eliminated() -> None:
    """x' = -x + z, 0 = -x - 2 z: z = -x/2, so x' = -1.5 x; and the vector lives on the differential part."""
    J, mass = np.array([[-1.0, 1.0], [-1.0, -2.0]]), np.array([1, 0])
    np.testing.assert_allclose(reduced_jacobian(J, mass), [[-1.5]])
    found = judged(J.tolist(), mass=[1, 0], basis=[[1.0], [0.0]])
    np.testing.assert_allclose(found.eigenvalues.real, [-1.5])
    assert found.vectors.shape == (2, 1)


def test_what_is_conserved_brings_no_zero_eigenvalue() -> None:
    found = judged([[-2.0, 1.0], [2.0, -1.0]], basis=[[1.0], [-1.0]])
    np.testing.assert_allclose(found.eigenvalues.real, [-3.0])
    assert found.stable


def test_noise_grows_with_the_condition_of_an_eigenvalue() -> None:
    """A Jordan block seen in turned coordinates: nothing can be said about a real part below its noise."""
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    found = judged((turn @ np.array([[-1e-12, 1.0], [0.0, -1.001e-12]]) @ turn.T).tolist())
    assert not found.stable
    assert not found.unstable
    assert np.all(found.noise > 1e-12)


def test_balancing_is_that_of_lapack():
    from scipy.linalg import matrix_balance

    rng = np.random.default_rng(5)
    for n in (1, 3, 8):
        A = rng.normal(size=(n, n)) * np.exp(rng.normal(scale=8, size=(n, 1)) + rng.normal(scale=8, size=(1, n)))
        ours, weights = balance(A)
        theirs, _ = matrix_balance(A, permute=False, separate=True)
        assert np.array_equal(ours, A * weights[None, :] / weights[:, None])
        assert np.linalg.norm(ours) < 1.1 * np.linalg.norm(theirs)


def test_a_state_that_drives_nothing_is_not_scaled():
    A = np.array([[0.0, 1e6], [0.0, -1.0]])
    balanced, weights = balance(A)
    assert weights[0] == 1.0
    assert np.array_equal(balanced, A * weights[None, :] / weights[:, None])
