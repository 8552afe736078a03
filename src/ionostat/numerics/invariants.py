"""Linear quantities that a flow conserves: w with w . f(y) = 0 for every y."""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def linear_invariants(samples: Array, scale: Array, tol: float = 1e-11) -> Array:
    """Invariants as rows in reduced echelon form, from right-hand sides at random points.

    `samples` has one row per point, one column per state; `scale` is the natural size of each state. A state that never
    moves gives a unit row. With at least as many points as states, an accidental invariant has probability zero.
    """
    F = samples / scale[None, :]
    n = F.shape[1]
    size = np.max(np.abs(F), axis=0)
    still = size == 0
    F = F / np.where(still, 1.0, size)[None, :]
    F = F / np.maximum(np.linalg.norm(F, axis=1, keepdims=True), 1e-300)
    _, s, vt = np.linalg.svd(F, full_matrices=True)
    rank = int(np.sum(s > tol * max(s[0], 1e-300)))
    null = vt[rank:] / np.where(still, 1.0, size)[None, :] / scale[None, :]
    rows: Array = _echelon(null.reshape(-1, n) * scale[None, :]) / scale[None, :]
    return rows[[_holds(row, samples) for row in rows]] if len(rows) else rows


def _holds(row: Array, samples: Array, tol: float = 1e-9) -> bool:
    """Whether w . f vanishes at every sample beside its own terms (a dominant flux can make others look dependent)."""
    terms = samples * row[None, :]
    return bool(np.all(np.abs(np.sum(terms, axis=1)) <= tol * np.sum(np.abs(terms), axis=1)))


def allowed_directions(invariants: Array, n: int) -> Array:
    """Columns that span all directions d with invariants @ d = 0."""
    if len(invariants) == 0:
        return np.eye(n)
    _, s, vt = np.linalg.svd(invariants / np.linalg.norm(invariants, axis=1, keepdims=True), full_matrices=True)
    rank = int(np.sum(s > 1e-12))
    free: Array = vt[rank:].T
    return free


def _echelon(rows: Array) -> Array:
    """Reduced row echelon form, with round-off removed."""
    rows = np.array(rows, dtype=float)
    pivot_row = 0
    for column in range(rows.shape[1]):
        if pivot_row == len(rows):
            break
        best = pivot_row + int(np.argmax(np.abs(rows[pivot_row:, column])))
        if abs(rows[best, column]) < 1e-9 * np.max(np.abs(rows)):
            continue
        rows[[pivot_row, best]] = rows[[best, pivot_row]]
        rows[pivot_row] /= rows[pivot_row, column]
        for r in range(len(rows)):
            if r != pivot_row:
                rows[r] -= rows[r, column] * rows[pivot_row]
        pivot_row += 1
    rows[np.abs(rows) < 1e-9] = 0.0
    return rows
