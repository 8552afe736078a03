"""The answer each problem has, how sure it is, and how far an end state is from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.problems import Problem
from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import Expressions
from ionostat.engines.native_engine import NativeEngine

Array = np.ndarray

TIGHT = 1e-12
GRID = 0.02
"""Spacing (ms) of the points between which a crossing of 0 mV is looked for."""


@dataclass(frozen=True)
class Truth:
    """End states at rtol 1e-12 and, for a cell that fires, when each fires next after the end (ms)."""

    problem: Problem
    end: Array
    next_spike: Array | None

    def errors(self, end: Array, members: Any = slice(None)) -> Array:
        """Error of each end state: relative, or in ms of phase for a cell that fires. NaN where there is no end.

        Relative: the largest over the states of |y - truth| / max(|truth|, a thousandth of the natural scale).
        """
        if self.next_spike is not None:
            return self._phases(end, members)
        truth = self.end[members]
        return np.max(np.abs(end - truth) / np.maximum(np.abs(truth), 1e-3 * self.problem.scale), axis=-1)

    def _phases(self, end: Array, members: Any) -> Array:
        assert self.next_spike is not None
        found, interval = spikes_after(self.problem, end, self.problem.p[members])
        late = np.abs(found - self.next_spike[members])
        return np.minimum(late, np.abs(late - interval))  # a spike just before the end may come just after it


@lru_cache(maxsize=8)
def _potential(eq: Equations) -> Expressions:
    return Expressions(eq, {"V": eq.traced.V(eq.cell.membranes[0])})


def spikes_after(problem: Problem, end: Array, p: Array) -> tuple[Array, Array]:
    """When each cell, left to itself in these states, next crosses 0 mV upwards, and the interval to the one after.

    The same tight run judges the end states of all engines, so it is their phase at the end that is compared and not
    how they interpolate.
    """
    times = np.arange(0.0, 2 * problem.period, GRID)
    solved = NativeEngine(problem.system).kernel.solve(
        end, p, 0.0, times[-1], times, 1e-9, problem.atol(1e-9), h_max=0.2
    )
    V = _potential(problem.eq)(solved.saved, p[:, None, :])["V"]
    first, interval = np.full(len(end), np.nan), np.full(len(end), np.nan)
    for i, row in enumerate(V):
        up = np.flatnonzero((row[:-1] < 0.0) & (row[1:] >= 0.0))
        if len(up) > 1:
            crossing = times[up] - row[up] / (row[up + 1] - row[up]) * GRID
            first[i], interval[i] = crossing[0], crossing[1] - crossing[0]
    return first, interval


def truth(problem: Problem) -> Truth:
    """The native engine (RODAS5P) at rtol 1e-12. `cross_check` says how far an independent solver agrees."""
    solved = NativeEngine(problem.system).kernel.solve(
        problem.y0, problem.p, 0.0, problem.duration, None, TIGHT, problem.atol(TIGHT), h_max=problem.h_max
    )
    if solved.status.any():
        raise RuntimeError(f"{problem.name}: no reference for {np.count_nonzero(solved.status)} members")
    firing = spikes_after(problem, solved.y_end, problem.p)[0] if problem.measure == "phase" else None
    return Truth(problem, solved.y_end, firing)
