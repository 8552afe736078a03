"""Eigenvalues of a fixed point of M y' = f(y), inside the directions that conserved quantities leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Stability:
    """Eigenvalues sorted by real part (largest first), their eigenvectors in state space, and the noise of each.

    `noise` bounds what round-off in the Jacobian can do to each eigenvalue (first order: eps |y||A||x|/|y.x| with the
    left and right eigenvectors), so a real part within it cannot be told from zero in double precision.
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
    from scipy.linalg import eig

    x = mass > 0
    scale = scale[x]
    A = reduced_jacobian(J, mass) * scale[None, :] / scale[:, None]
    Z = basis[x] / scale[:, None]
    Z, _ = np.linalg.qr(Z[:, np.any(Z != 0, axis=0)])
    if Z.shape[0] == Z.shape[1]:
        Z = np.eye(len(scale))
    A = Z.T @ A @ Z
    values, left, right = eig(A, left=True, right=True)
    overlap = np.abs(np.sum(left.conj() * right, axis=0))
    noise = 32 * EPS * np.sum(np.abs(left) * (np.abs(A) @ np.abs(right)), axis=0) / np.maximum(overlap, 1e-300)
    order = np.argsort(-values.real)
    full = np.zeros((len(mass), len(values)), dtype=complex)
    full[x] = scale[:, None] * (Z @ right[:, order])
    return Stability(values[order], full, noise[order])
