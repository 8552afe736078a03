"""Fixed points of M y' = f(y) by pseudo-transient continuation (Newton with a growing time step).

Each iteration is one linearised implicit Euler step, (M/h - J) d = f. Small h follows the flow, so the fixed point
reached is the one the system would go to; as h grows the step becomes Newton's. Steps that change a positive quantity
by more than half are refused, so the iteration never leaves the feasible set. Kelley & Keyes (1998) SIAM J Numer
Anal 35:508, doi:10.1137/S0036142996304796.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

Array = np.ndarray
ROUND_OFF = 1e-8
"""A Newton step this small that no longer shrinks is round-off of an ill-conditioned fixed point."""
IDLE = 8
"""So many Newton steps that do not halve the smallest one before them are not shrinking."""
FIRST, NEWTON, LARGEST, SMALLEST = 1e-2, 1e15, 1e60, 1e-18
"""Time step h: the first; beyond every time scale; held from there on; too small to go on."""
REFUSE, AIM = 0.5, 0.3
"""A change that is refused, and the one that the next step aims at."""
SLOWEST, FASTEST = 0.5, 20.0
"""Factors between which h moves after a step that was taken."""
SHRINK, RETREAT, REFUSALS = 0.25, 0.1, 200
"""Factor of h after a step too long, after one that could not be computed; so many of them in a row end the search."""
TOLERANCE = 1e-11
"""A Newton step that changes nothing by more than this has found the fixed point."""
Outcome = Literal["converged", "bound", "stalled", "iterations"]


@dataclass(frozen=True)
class Problem:
    """What is solved. `change(y, d)` measures a step: below 0.5 it may be taken, near 0 the iteration has ended.

    `basis` (columns) spans the directions the iteration may move in: everything that conserved quantities allow.
    `bound(y)` names a quantity that has run away, or returns "".
    """

    f: Callable[[Array], Array]
    jacobian: Callable[[Array], Array]
    mass: Array
    scale: Callable[[Array], Array]
    change: Callable[[Array, Array], float]
    basis: Array
    bound: Callable[[Array], str] = lambda y: ""
    settle: Callable[[Array], Array] = lambda y: y
    """Brings variables that follow the others at once (gates) to their place after a step; keeps fixed points."""


@dataclass(frozen=True)
class Fixed:
    """Where the iteration ended and why. `last_change` is the size of the last Newton step."""

    y: Array
    outcome: Outcome
    iterations: int
    last_change: float
    reason: str = ""


def solve(problem: Problem, y0: Array, *, h0: float = FIRST, tol: float = TOLERANCE, iterations: int = 1000) -> Fixed:
    """Iterate from `y0` until a Newton step (h beyond every time scale) changes nothing by more than `tol`."""
    y, h, best = np.array(y0, dtype=float), h0, np.inf
    refused = idle = 0
    for i in range(iterations):
        step = _step(problem, y, h)
        size = problem.change(y, step) if step is not None else np.inf
        if not size < REFUSE or not np.all(np.isfinite(problem.f(problem.settle(y + step)))):
            h *= SHRINK if np.isfinite(size) else RETREAT
            refused += 1
            if h < SMALLEST or refused > REFUSALS:
                return Fixed(y, "stalled", i, best, "no step, however small, stays inside the feasible set")
            continue
        refused = 0
        y = problem.settle(y + step)
        reason = problem.bound(y)
        if reason:
            return Fixed(y, "bound", i + 1, size, reason)
        if h > NEWTON:
            idle = idle + 1 if size > 0.5 * best else 0
            best = min(best, size)
            if size < tol or (idle > IDLE and best < ROUND_OFF):
                return Fixed(y, "converged", i + 1, size)
        h = min(h * min(max(AIM / max(size, 1e-300), SLOWEST), FASTEST), LARGEST)
    return Fixed(y, "iterations", iterations, best, "the iteration limit was reached")


def _step(problem: Problem, y: Array, h: float) -> Array | None:
    """One linearised implicit Euler step inside the allowed directions; None when it cannot be computed."""
    f, J = problem.f(y), problem.jacobian(y)
    if not (np.all(np.isfinite(f)) and np.all(np.isfinite(J))):
        return None
    scale = problem.scale(y)
    scaled = (np.diag(problem.mass) / h - J * scale[None, :] / scale[:, None]) if np.isfinite(h) else -J
    rows = np.max(np.abs(scaled), axis=1)
    rows[rows == 0] = 1.0
    Z = problem.basis / scale[:, None]
    Z, _ = np.linalg.qr(Z)
    left, right = scaled, f / scale
    if Z.shape[1] == len(y):
        left, right, Z = scaled / rows[:, None], right / rows, np.eye(len(y))
    else:
        left, right = Z.T @ scaled @ Z, Z.T @ right
    try:
        step: Array = scale * (Z @ np.linalg.solve(left, right))
    except np.linalg.LinAlgError:
        return None
    return step if np.all(np.isfinite(step)) else None
