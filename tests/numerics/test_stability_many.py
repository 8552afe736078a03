"""Spectra of many matrices at once against the spectrum of each alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ionostat.numerics import stability_many as module
from ionostat.numerics.stability import stability
from ionostat.numerics.stability_many import NEUTRAL, STABLE, UNSTABLE, reduced_jacobians, stability_many

Array = np.ndarray


def one(J: Array, mass: Array, scale: Array) -> tuple[int, Array]:
    found = stability(J, mass, scale, np.eye(len(mass)))
    return UNSTABLE if found.unstable else STABLE if found.stable else NEUTRAL, found.eigenvalues


def ordered(values: Array) -> Array:
    """By imaginary part within (nearly) equal real parts, so that partners of a pair stand alike."""
    return values[np.lexsort((values.imag, np.round(values.real / np.max(np.abs(values)), 9)))]


def stiff(rng: np.random.Generator, count: int, n: int, decades: float) -> Array:
    """Matrices with time scales over many decades, most of them stable."""
    rates = 10 ** rng.uniform(-decades, 0, (count, n))
    mixed = rng.normal(size=(count, n, n)) * 0.3 - 1.5 * np.eye(n)
    return rates[:, :, None] * mixed


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 7), decades=st.sampled_from([0.0, 3.0, 8.0]))
def test_verdicts_and_eigenvalues_are_those_of_each_alone(seed: int, n: int, decades: float) -> None:
    rng = np.random.default_rng(seed)
    J = stiff(rng, 12, n, decades)
    scale = 10 ** rng.uniform(-3, 3, n)
    J = J * scale[:, None] / scale[None, :]
    found = stability_many(J, np.ones(n), scale)
    for i in range(len(J)):
        verdict, values = one(J[i], np.ones(n), scale)
        assert found.verdict[i] == verdict
        gap = np.abs(ordered(found.eigenvalues[i]) - ordered(values))
        assert np.all(gap <= np.max(found.noise[i]) + 1e-7 * np.abs(values).max())


def test_they_come_slowest_first_with_their_noise() -> None:
    found = stability_many(np.array([np.diag([-5.0, -0.1, 2.0])]), np.ones(3), np.ones(3))
    np.testing.assert_allclose(found.eigenvalues[0], [2.0, -0.1, -5.0])
    assert np.all(found.noise[0] < 1e-13 * 5)


@pytest.mark.parametrize(("slow", "verdict"), [(-1e-12, STABLE), (1e-12, UNSTABLE), (0.0, NEUTRAL)])
def test_a_slow_mode_twelve_decades_below_is_told_from_zero(slow: float, verdict: int) -> None:
    """By the componentwise residual, though it lies under the round-off of the whole."""
    J = np.array([[[-1e3, 7.0, 0.0], [2.0, -3.0, 0.0], [0.5, 0.25, slow]]])
    found = stability_many(J, np.ones(3), np.ones(3))
    assert found.verdict[0] == verdict == one(J[0], np.ones(3), np.ones(3))[0]


def test_the_bits_of_a_member_do_not_depend_on_the_others() -> None:
    """Alone, reversed, and beside members that are singular, complex, defective or not finite."""
    rng = np.random.default_rng(3)
    J = np.concatenate([stiff(rng, 60, 4, 4.0), stiff(rng, 60, 4, 9.0), rng.normal(size=(40, 4, 4))])
    J[5] = 0.0
    J[6] = np.eye(4, k=1)
    J[7, 0, 0] = np.nan
    J[8, 2, 1] = np.inf
    whole = stability_many(J, np.ones(4), np.ones(4))
    for rows in (slice(None, None, -1), slice(10, 11), slice(0, 97), slice(5, 9)):
        part = stability_many(J[rows], np.ones(4), np.ones(4))
        for name in ("eigenvalues", "noise", "verdict"):
            np.testing.assert_array_equal(getattr(whole, name)[rows], getattr(part, name))
    assert list(whole.verdict[5:9]) == [NEUTRAL] * 4
    assert np.isnan(whole.eigenvalues[7:9]).all()
    assert np.isinf(whole.noise[7:9]).all()


def test_algebraic_rows_are_eliminated() -> None:
    """x' = -x + z, 0 = a x - z: the reduced rate is a - 1; a singular algebraic part gives no verdict."""
    J = np.array([[[-1.0, 1.0], [a, -1.0]] for a in (0.5, 2.0)] + [[[-1.0, 1.0], [1.0, 0.0]]])
    np.testing.assert_allclose(reduced_jacobians(J, np.array([1, 0]))[:, 0, 0], [-0.5, 1.0, np.nan])
    found = stability_many(J, np.array([1, 0]), np.ones(2))
    assert list(found.verdict) == [STABLE, UNSTABLE, NEUTRAL]


def test_held_states_take_no_part() -> None:
    J = np.array([[[-1.0, 5.0, 0.3], [0.0, 0.0, 0.0], [0.0, 2.0, -3.0]]])
    found = stability_many(J, np.ones(3), np.ones(3), held=[1])
    np.testing.assert_allclose(found.eigenvalues, [[-1.0, -3.0]])
    assert found.verdict[0] == STABLE


def test_a_mode_near_its_noise_is_judged_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def spy(*arguments):
        seen.append(1)
        return stability(*arguments)

    monkeypatch.setattr(module, "stability", spy)
    J = np.array([[[-1.0, 1.0], [1.0, -1.0]], [[-1.0, 0.5], [0.5, -1.0]]])
    found = stability_many(J, np.ones(2), np.ones(2))
    assert list(found.verdict) == [NEUTRAL, STABLE]
    assert len(seen) == 1
