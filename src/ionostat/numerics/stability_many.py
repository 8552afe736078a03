"""Eigenvalues and verdicts of many fixed points at once: what `stability` says of one, for a stack of Jacobians.

All members are judged together from their eigenvalues, eigenvectors and componentwise residuals; those with a mode that
is not known sharply from their inverses as well. A member whose verdict hangs on a mode near its noise is judged again,
alone, by `stability`.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from ionostat.numerics.stability import EPS, stability

Array = np.ndarray
NEUTRAL, STABLE, UNSTABLE = 0, 1, 2
"""Verdict: some mode cannot be told from one that neither grows nor decays; every mode decays; some mode grows."""
MARGIN = 4.0
"""A real part beyond so many noises is told from zero; one nearer is looked at again."""
SHARP = 1e-9
"""An eigenvalue known to this part needs no second look at its digits."""


@dataclass(frozen=True)
class Spectra:
    """Of every member: eigenvalues by real part, largest first; the noise of each; the verdict.

    Shapes (batch, modes), (batch, modes), (batch,). A member whose matrix is not finite has NaN, infinite noise and the
    verdict NEUTRAL.
    """

    eigenvalues: Array
    noise: Array
    verdict: Array


def stability_many(J: Array, mass: Array, scale: Array, held: Sequence[int] = ()) -> Spectra:
    """Spectra of the linearised flows M y' = J y, `J` of shape (batch, n, n).

    `mass` (n) has 0 for algebraic rows, which are eliminated; `scale` (n) or (batch, n) balances the states; states
    `held` never move (their rows of J are zero) and take no part. A member's digits do not depend on the others.

    >>> J = np.array([[[-1.0, 0.0], [0.0, -2.0]], [[1.0, 0.0], [0.0, -2.0]]])
    >>> found = stability_many(J, np.ones(2), np.ones(2))
    >>> found.verdict.tolist(), found.eigenvalues.real.tolist()
    ([1, 2], [[-1.0, -2.0], [1.0, -2.0]])
    """
    mass = np.asarray(mass)
    scale = np.broadcast_to(scale, J.shape[:2])
    A = reduced_jacobians(J, mass)
    x = mass > 0
    free = np.array([i for i in np.flatnonzero(x) if i not in held], dtype=np.intp)
    if len(held):
        kept = np.searchsorted(np.flatnonzero(x), free)
        A = A[:, kept[:, None], kept[None, :]]
    unit = scale[:, free]
    with np.errstate(all="ignore"):
        A = A * unit[:, None, :] / unit[:, :, None]
    values, noise = _spectra(A)
    verdict = _verdicts(values, noise)
    with np.errstate(invalid="ignore"):
        near = np.any(np.abs(values.real) <= MARGIN * noise, axis=1)
    for i in np.flatnonzero(near & np.all(np.isfinite(A), axis=(1, 2))):
        with np.errstate(all="ignore"), suppress(np.linalg.LinAlgError, ValueError):  # else its first verdict stands
            one = stability(A[i], np.ones(len(free)), np.ones(len(free)), np.eye(len(free)))
            values[i], noise[i] = one.eigenvalues, one.noise
            verdict[i] = UNSTABLE if one.unstable else STABLE if one.stable else NEUTRAL
    return Spectra(values, noise, verdict)


def reduced_jacobians(J: Array, mass: Array) -> Array:
    """Jacobians of the differential part with the algebraic part solved; NaN where that cannot be done."""
    x, z = np.flatnonzero(mass > 0), np.flatnonzero(mass == 0)
    if not len(z):
        return J
    block = J[:, z[:, None], z]
    fine = np.all(np.isfinite(J), axis=(1, 2))
    fine[fine] = np.linalg.det(block[fine]) != 0
    reduced = np.full((len(J), len(x), len(x)), np.nan)
    inner = np.linalg.solve(block[fine], J[fine][:, z[:, None], x])
    reduced[fine] = J[fine][:, x[:, None], x] - J[fine][:, x[:, None], z] @ inner
    return reduced


def _spectra(A: Array) -> tuple[Array, Array]:
    """Eigenvalues and their noise, as in `numerics.stability`, sorted."""
    batch, n = A.shape[:2]
    values, noise = np.full((batch, n), np.nan, dtype=complex), np.full((batch, n), np.inf)
    fine = np.flatnonzero(np.all(np.isfinite(A), axis=(1, 2)))
    if not len(fine) or n == 0:
        return values, noise
    whole = A[fine]
    values[fine], noise[fine] = _modes(whole, whole)
    blurred = fine[np.any(~(noise[fine] <= SHARP * _modulus(values[fine])), axis=1)]
    if len(blurred):
        _sharpen(A, blurred, values, noise)
    order = np.lexsort((values.imag, -values.real), axis=-1)
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(noise, order, axis=1)


def _sharpen(A: Array, chosen: Array, values: Array, noise: Array) -> None:
    """Take modes of the chosen members from their inverse where that fits better; both lists are sorted by size."""
    inverse = _inverses(A[chosen])
    fine = np.all(np.isfinite(inverse), axis=(1, 2))
    chosen, inverse = chosen[fine], inverse[fine]
    if not len(chosen):
        return
    other, doubt = _modes(inverse, A[chosen])
    better = doubt < noise[chosen]
    values[chosen] = np.where(better, other, values[chosen])
    noise[chosen] = np.where(better, doubt, noise[chosen])


def _modes(matrix: Array, A: Array) -> tuple[Array, Array]:
    """Eigenvalues of A by size (then imaginary part) and their noise, from `matrix`: A or its inverse."""
    values, right = _eigen(matrix)
    n = A.shape[1]
    with np.errstate(all="ignore"):
        if matrix is not A:
            values = 1 / values
        left = _inverses(right)
        size = np.abs(A) @ _modulus(right)
        turned = right * values[:, None, :]
        residual = _modulus(A.astype(complex) @ right - turned) / (size + _modulus(turned))
        misfit = np.max(np.where(size > 0, np.nan_to_num(residual, nan=np.inf), 0.0), axis=1)
        noise = (misfit + 4 * n * EPS) * np.sum(_modulus(left) * size.transpose(0, 2, 1), axis=2)
        noise = np.where(np.isfinite(noise) & np.isfinite(values), noise, np.inf)
        order = np.lexsort((values.imag, np.round(np.log(np.maximum(_modulus(values), 1e-300)), 9)), axis=-1)
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(noise, order, axis=1)


def _eigen(A: Array) -> tuple[Array, Array]:
    """Eigenvalues and right eigenvectors; NaN where the iteration fails."""
    try:
        values, right = np.linalg.eig(A)
    except np.linalg.LinAlgError:
        if len(A) == 1:
            return np.full(A.shape[:2], np.nan, dtype=complex), np.full(A.shape, np.nan, dtype=complex)
        parts = [_eigen(one[None]) for one in A]
        return np.concatenate([v for v, _ in parts]), np.concatenate([r for _, r in parts])
    return values.astype(complex), right.astype(complex)


def _inverses(X: Array) -> Array:
    """Inverse of every matrix; NaN for a singular one (a defective eigenvalue has no left partner)."""
    try:
        inverse: Array = np.linalg.inv(X)
    except np.linalg.LinAlgError:
        return np.full_like(X, np.nan) if len(X) == 1 else np.concatenate([_inverses(one[None]) for one in X])
    return inverse


def _modulus(z: Array) -> Array:
    """|z|; NumPy's own may round differently at the end of an array."""
    modulus: Array = np.sqrt(z.real * z.real + z.imag * z.imag)
    return modulus


def _verdicts(values: Array, noise: Array) -> Array:
    grows = np.any(values.real > noise, axis=1)
    decays = np.all(values.real < -noise, axis=1)
    verdict: Array = np.where(grows, UNSTABLE, np.where(decays, STABLE, NEUTRAL))
    return verdict
