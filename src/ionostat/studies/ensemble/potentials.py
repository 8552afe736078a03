"""Potentials of floating compartments that balance the currents, for many members at once.

The search is that of `follow_currents` for one cell: steps of a membrane with a little capacitance that is taken away
bit by bit. Every member has its own step, and what happens to one changes nothing for the others.
"""

from __future__ import annotations

import numpy as np

from ionostat.cell.equations import Equations
from ionostat.errors import InputError
from ionostat.studies.ensemble.ledger import Ledger
from ionostat.studies.ensemble.machine import Machine

Array = np.ndarray
ITERATIONS = 500
FIRST, NEWTON, LARGEST = 0.1, 1e12, 1e15
"""Step h (ms): the first; beyond every time scale; held from there on."""


class Potentials:
    """Settles the potentials of the rows of a ledger that go on; those without a balance end as `status`."""

    def __init__(self, machine: Machine, ledger: Ledger, status: str = "refused", when: str = "at the start") -> None:
        self.machine, self.ledger, self.status, self.when = machine, ledger, status, when

    def __call__(self, eq: Equations, x: Array, p: Array) -> Array:
        """The states with every algebraic potential at zero net current."""
        x = np.array(x)
        if not len(self.machine.algebraic):
            return x
        rows = self.ledger.rows
        y, failed = self._search(x[rows], p[rows])  # rows of their own
        for i in self.machine.algebraic:
            x[rows, i] = y[:, i]
        for row in rows[failed]:
            message = "no potential makes the net current into a floating compartment vanish"
            self.ledger.end(int(row), self.status, InputError(f"{self.when}: {message}").message)
        return x

    def _search(self, x: Array, p: Array) -> tuple[Array, Array]:
        """Settled states, and which rows could not be settled."""
        x = np.ascontiguousarray(x)
        algebraic = self.machine.algebraic
        h, busy = np.full(len(x), FIRST), np.ones(len(x), dtype=bool)
        failed = np.zeros(len(x), dtype=bool)
        for _ in range(ITERATIONS):
            at = np.flatnonzero(busy)
            if not len(at):
                break
            inward, bend = self._currents(x[at], p[at])
            known = np.isfinite(inward).all(axis=1) & np.isfinite(bend).all(axis=(1, 2))
            failed[at[~known]], busy[at[~known]] = True, False
            at, inward, bend = at[known], inward[known], bend[known]
            step, possible = _step(inward, bend, h[at])
            failed[at[~possible]], busy[at[~possible]] = True, False
            size = np.max(np.abs(step), axis=1, initial=0.0)
            reach = 20.0 + 0.3 * np.max(np.abs(x[np.ix_(at, algebraic)]), axis=1, initial=0.0)
            taken = possible & (size < reach)
            x[np.ix_(at[taken], algebraic)] += step[taken]
            settled = taken & (size < 1e-7) & ((h[at] > NEWTON) | ~np.any(inward, axis=1))
            busy[at[settled]] = False
            grown = h[at] * np.minimum(np.maximum(0.1 * reach / np.maximum(size, 1e-300), 0.5), 100.0)
            h[at] = np.where(taken, np.minimum(grown, LARGEST), 0.1 * h[at])
        return x, failed | busy

    def _currents(self, x: Array, p: Array) -> tuple[Array, Array]:
        """Net current into every floating compartment and its slopes."""
        machine = self.machine
        y, q = machine.inputs(x, p, np.arange(len(x)))
        places = np.arange(y.shape[1] - len(machine.algebraic), y.shape[1])
        return machine.kernel.rhs(y, q)[:, places], machine.kernel.jacobian(y, q)[:, places[:, None], places]


def _step(inward: Array, bend: Array, h: Array) -> tuple[Array, Array]:
    """(1/h - dI/dV) d = I, row by row, and where it can be solved."""
    n = inward.shape[1]
    diagonal = np.max(np.abs(np.diagonal(bend, axis1=1, axis2=2)), axis=1, initial=0.0)
    rising = bend[:, 0, 0] if n == 1 else np.max(np.linalg.eigvals(bend).real, axis=1, initial=-np.inf)
    held = np.maximum(diagonal / h, 2 * rising)[:, None, None] * np.eye(n) - bend
    step = inward / held[:, 0] if n == 1 else np.array([_solved(a, b) for a, b in zip(held, inward, strict=True)])
    step = step.reshape(inward.shape)
    return step, np.isfinite(step).all(axis=1)


def _solved(matrix: Array, right: Array) -> Array:
    try:
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.full(len(right), np.nan)
