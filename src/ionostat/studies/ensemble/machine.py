"""The compiled equations of a cell for many members, always with the same number of lanes.

A cell's digits depend on the number of lanes but on nothing else about a batch. So the number follows from the model
alone, also where a chunk holds a single member.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Event

import numpy as np

from ionostat.cell.equations import Equations
from ionostat.engines.native.kernel import NativeKernel, compile_system, default_lanes
from ionostat.engines.native.run import SolveResult
from ionostat.engines.native_engine import NativeEngine

Array = np.ndarray
MANY = 1024
"""A batch of which the number of lanes is typical."""


@dataclass(frozen=True)
class Machine:
    """A kernel with parameters `moving` as states; its states are the differential ones, those, and potentials."""

    kernel: NativeKernel
    moving: tuple[str, ...]
    differential: Array
    algebraic: Array
    moving_index: Array
    fixed_index: Array

    def inputs(self, x: Array, p: Array, rows: Array, slopes: Array | None = None) -> tuple[Array, Array]:
        """States and parameters of some rows as the kernel wants them; `slopes` are rates of the moving parameters."""
        x, p = (np.take(a.T, rows, axis=1) for a in (x, p))  # columns lie contiguous
        y = np.concatenate([x[self.differential], p[self.moving_index], x[self.algebraic]])
        p = p if slopes is None else np.concatenate([p[self.fixed_index], slopes.T])
        return np.ascontiguousarray(y.T), np.ascontiguousarray(p.T)

    def states(self, y: Array) -> Iterator[tuple[int, Array]]:
        """Number and values of every state of the cell, from those of the kernel."""
        places = [*range(len(self.differential)), *range(y.shape[1] - len(self.algebraic), y.shape[1])]
        for i, place in zip((*self.differential, *self.algebraic), places, strict=True):
            yield int(i), y[:, place]

    def moved(self, y: Array) -> Array:
        """Values of the moving parameters from the states of the kernel."""
        d = len(self.differential)
        return y[..., d : d + len(self.moving)]

    def spread(self, size: Array, other: float) -> Array:
        """One number per state of the cell as one per state of the kernel; `other` for the moving parameters."""
        rest = np.full((len(size), len(self.moving)), other)
        return np.concatenate([size[:, self.differential], rest, size[:, self.algebraic]], axis=1)

    def solve(
        self,
        y: Array,
        p: Array,
        span: float,
        save: Array,
        rtol: float,
        atol: Array,
        h_max: float,
        max_steps: int,
        cancel: Event,
    ) -> SolveResult:
        """Integrate all rows from 0 to `span` ms; `atol` has a row per member."""
        return self.kernel.solve(y, p, 0.0, span, save, rtol, atol, h_max=h_max, max_steps=max_steps, cancel=cancel)


@lru_cache(maxsize=64)
def machine(eq: Equations, moving: tuple[str, ...] = ()) -> Machine:
    """The machine of a cell's equations, compiled when first needed."""
    native = NativeEngine(eq.system(moving)).kernel.system
    index = [eq.parameter_index[path] for path in moving]
    return Machine(
        kernel=compile_system(native, lanes=default_lanes(MANY, native.n_states)),
        moving=moving,
        differential=np.array([i for i, s in enumerate(eq.states) if s.kind != "potential"], dtype=int),
        algebraic=np.array([i for i, s in enumerate(eq.states) if s.kind == "potential"], dtype=int),
        moving_index=np.array(index, dtype=int),
        fixed_index=np.array([i for i in range(len(eq.parameters)) if i not in index], dtype=int),
    )
