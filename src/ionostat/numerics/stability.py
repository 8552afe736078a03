"""Eigenvalues of a fixed point of M y' = f(y), inside the directions that conserved quantities leave."""

from __future__ import annotations

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
    values, right, noise = _modes(Z.T @ A @ Z)
    order = np.argsort(-values.real)
    full = np.zeros((len(mass), len(values)), dtype=complex)
    full[x] = scale[:, None] * (Z @ right[:, order])
    return Stability(values[order], full, noise[order])


def _modes(A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues, right eigenvectors and noise, each mode from A or from its inverse, whichever knows it better.

    A normwise stable solver leaves an error of 8 n eps |A| cond in every eigenvalue, with cond = |x||y|/|y.x|: too much
    for the slow modes of a stiff cell. Those are the large eigenvalues of the inverse, which elimination finds with an
    error of eps times Skeel's condition number, whatever the scales of the rows.
    """
    values, right, condition = _eigen(A)
    size = 8 * len(A) * EPS
    noise = size * np.linalg.norm(A, 2) * condition
    try:
        inverse = np.linalg.inv(A)
    except np.linalg.LinAlgError:
        return values, right, noise
    if not np.all(np.isfinite(inverse)):
        return values, right, noise
    skeel = float(np.max(np.sum(np.abs(inverse) @ np.abs(A), axis=1)))
    reciprocal, vectors, condition = _eigen(inverse)
    with np.errstate(divide="ignore", invalid="ignore"):
        slow = 1 / reciprocal[::-1]
        doubt = size * skeel * np.linalg.norm(inverse, 2) * condition[::-1] * np.abs(slow) ** 2
    better = doubt < noise
    right = np.where(better[None, :], vectors[:, ::-1], right)
    return np.where(better, slow, values), right, np.where(better, doubt, noise)


def _eigen(A: Array) -> tuple[Array, Array, Array]:
    """Eigenvalues by size (then by imaginary part), right eigenvectors, condition numbers."""
    from scipy.linalg import eig

    values, left, right = eig(A, left=True, right=True)
    overlap = np.abs(np.sum(left.conj() * right, axis=0))
    order = np.lexsort((values.imag, np.round(np.log(np.maximum(np.abs(values), 1e-300)), 9)))
    return values[order], right[:, order], (1 / np.maximum(overlap, 1e-300))[order]
