"""Cells of the library as the native engine takes them, with their starting points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

import ionostat
from ionostat.cell.equations import equations
from ionostat.cell.start import start
from ionostat.engines.native.system import System

FIXED = ("z", "area_at_start", "total_volume", "amount")


@dataclass(frozen=True)
class Case:
    """One cell: its system, starting state and parameters."""

    system: System
    x: np.ndarray
    p: np.ndarray
    free: np.ndarray
    """Parameters that may change alone: not the totals, charges and areas that belong to the starting state."""

    def members(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """States and parameters of cells that differ by a few per cent."""
        spread = np.exp(0.02 * self.free * np.random.default_rng(4).standard_normal((count, len(self.p))))
        return np.tile(self.x, (count, 1)), self.p * spread


@cache
def case(name: str) -> Case:
    """A cell of the library at its start."""
    cell = ionostat.load(name)
    eq = equations(cell)
    begin, s = start(eq, cell), eq.system()
    free = np.array([not name.startswith("total.") and name.split(".")[-1] not in FIXED for name in eq.parameters])
    return Case(System(s.inputs, s.n_states, s.mass, s.rhs, s.jacobian), begin.x, begin.p, free)
