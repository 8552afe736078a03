"""Eigenvalues of a fixed point of M y' = f(y), inside the directions that conserved quantities leave."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import numpy as np

Array = np.ndarray
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Stability:
    """Eigenvalues sorted by real part (largest first), their eigenvectors in state space, and the noise of each.

    `noise` bounds to first order what round-off can do to each eigenvalue, so a real part within it cannot be told from
    zero in double precision.
    """

    eigenvalues: Array
    vectors: Array
    noise: Array

    @property
    def stable(self) -> bool:
        """Every mode decays."""
        return bool(np.all(self.eigenvalues.real < -self.noise))

    @property
    def unstable(self) -> bool:
        """Some mode grows."""
        return bool(np.any(self.eigenvalues.real > self.noise))


def reduced_jacobian(J: Array, mass: Array) -> Array:
    """Jacobian of the differential part with the algebraic part solved: f_x - f_z g_z^-1 g_x."""
    x, z = mass > 0, mass == 0
    if not np.any(z):
        return J
    inner = np.linalg.solve(J[np.ix_(z, z)], J[np.ix_(z, x)])
    reduced: Array = J[np.ix_(x, x)] - J[np.ix_(x, z)] @ inner
    return reduced


def stability(J: Array, mass: Array, scale: Array, basis: Array) -> Stability:
    """Spectrum of the linearised flow.

    `scale` balances the states, `basis` (columns) spans the directions that are free.
    """
    x = mass > 0
    scale = scale[x]
    A = reduced_jacobian(J, mass) * scale[None, :] / scale[:, None]
    Z = basis[x] / scale[:, None]
    Z, _ = np.linalg.qr(Z[:, np.any(Z != 0, axis=0)])
    if Z.shape[0] == Z.shape[1]:
        Z = np.eye(len(scale))
    balanced, weights = balance(Z.T @ A @ Z)
    values, right, noise = _modes(balanced)
    right = weights[:, None] * right
    order = np.argsort(-values.real)
    full = np.zeros((len(mass), len(values)), dtype=complex)
    full[x] = scale[:, None] * (Z @ right[:, order])
    return Stability(values[order], full, noise[order])


def balance(A: Array) -> tuple[Array, Array]:
    """D^-1 A D and the diagonal of D, powers of two that make rows and columns about equally long.

    As LAPACK's gebal does (James, Langou & Lowery 2014, arXiv:1401.5766); scipy.linalg is slow to import.
    """
    A, weights = np.array(A), np.ones(len(A))
    moving = bool(np.all(np.isfinite(A)))
    while moving:
        moving = False
        for i in range(len(A)):
            with np.errstate(over="ignore"):
                column, row = float(np.linalg.norm(A[:, i])), float(np.linalg.norm(A[i]))
            if not (0.0 < column < np.inf and 0.0 < row < np.inf):  # near the largest double a length overflows
                continue
            factor = 2.0 ** round((np.log2(row) - np.log2(column)) / 2)
            if column * factor + row / factor < 0.95 * (column + row):
                A[:, i] *= factor
                A[i] /= factor
                weights[i] *= factor
                moving = True
    return A, weights


def _modes(A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues, right eigenvectors and noise, each mode from A or from its inverse, whichever fits A better.

    A normwise stable solver drowns the slow modes of a stiff cell in the round-off of the fast ones; in the inverse
    they are the large ones. A pair (lambda, x) with the componentwise residual w, the largest |A x - lambda x| over
    (|A| + |lambda|)|x|, is exact for a matrix whose entries differ from A's by w, so lambda is off by at most
    (w + n eps) |y||A||x|/|y.x|.
    """
    found = [_eigen(A, A)]
    with suppress(np.linalg.LinAlgError):
        inverse = np.linalg.inv(A)
        if np.all(np.isfinite(inverse)):
            found.append(_eigen(inverse, A))
    values, right, noise = found[0]
    for other, vectors, doubt in found[1:]:
        better = doubt < noise
        values = np.where(better, other, values)
        right = np.where(better[None, :], vectors, right)
        noise = np.where(better, doubt, noise)
    return values, right, noise


def _eigen(matrix: Array, A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues of A by size (then imaginary part), eigenvectors and noise, from `matrix`: A or its inverse."""
    values, right = (part.astype(complex) for part in np.linalg.eig(matrix))
    left = _partners(right)
    if matrix is not A:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = 1 / values
    size = np.abs(A) @ np.abs(right)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        residual = np.abs(A @ right - right * values[None, :]) / (size + np.abs(right * values[None, :]))
        misfit = np.max(np.where(size > 0, np.nan_to_num(residual, nan=np.inf), 0.0), axis=0)
        overlap = np.abs(np.sum(left.conj() * right, axis=0))
        noise = (misfit + 4 * len(A) * EPS) * np.sum(np.abs(left) * size, axis=0) / np.maximum(overlap, 1e-300)
    noise = np.where(np.isfinite(values) & np.isfinite(noise), noise, np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        order = np.lexsort((values.imag, np.round(np.log(np.maximum(np.abs(values), 1e-300)), 9)))
    return values[order], right[:, order], noise[order]


def _partners(right: Array) -> Array:
    """Left eigenvectors (columns); NaN where an eigenvalue is defective and has none."""
    try:
        left: Array = np.linalg.inv(right).conj().T
    except np.linalg.LinAlgError:
        return np.full_like(right, np.nan)
    return left
