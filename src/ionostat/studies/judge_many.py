"""Verdicts of many members at rest: spectra together, and what is conserved found once per set of zero parameters."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ionostat.cell.equations import Equations
from ionostat.cell.feasible import positive_names, scales
from ionostat.cell.start import Start
from ionostat.constants import N_A
from ionostat.engines.native.rest_kernel import Bounds, RestKernel
from ionostat.engines.native_rest import rest_kernel
from ionostat.errors import IonostatError
from ionostat.numerics import stability_many as spectra
from ionostat.studies import rest_batch as code
from ionostat.studies.rest import EMPTY, SWOLLEN, WIDE, Search
from ionostat.studies.runaway import SWOLLEN_SURELY

Array = np.ndarray
MOST_STATES = 62
"""Conserved states are told by one bit each."""


Held = tuple[int, ...] | None
"""States that never move where certain parameters are zero; None: conserved sums, which the lanes do not know."""


@dataclass(frozen=True)
class Judged:
    """Codes and eigenvalues of some members at rest; not `certain`: the single-cell search has to look."""

    verdict: Array
    reason: Array
    detail: Array
    eigenvalues: Array
    certain: Array


class Judge:
    """What all members of a batch share: the compiled search, scales, conserved quantities."""

    def __init__(self, eq: Equations, base: Start, search: Callable[[Array, Array], Search]) -> None:
        self.eq, self._base, self._search = eq, base, search
        self.kernel: RestKernel = rest_kernel(eq, Bounds(SWOLLEN, EMPTY, WIDE))
        self.mass = np.array(eq.mass)
        self.unit = scales(eq, base.x, base.p)
        self.names = positive_names(eq)
        self._amounts = np.array([s.kind == "amount" for s in eq.states])
        self._is_amount = np.array([not n.endswith(".volume") for n in self.names])
        self._known: dict[bytes, Held] = {}
        self._lock = threading.Lock()

    def judge(self, x: Array, p: Array) -> Judged:
        """Verdicts of members at rest in `x`."""
        batch = len(x)
        modes = int(np.sum(self.mass > 0))
        result = Judged(
            np.full(batch, code.NEUTRAL, dtype=np.int8),
            np.full(batch, code.MODE, dtype=np.int8),
            np.full(batch, -1, dtype=np.int64),
            np.full((batch, modes), np.nan, dtype=complex),
            np.zeros(batch, dtype=bool),
        )
        for held, group in self._groups(x, p):
            self._judge(x[group], p[group], held, group, result)
        return result

    def _judge(self, x: Array, p: Array, held: Held, group: Array, result: Judged) -> None:
        f, J = self.kernel.slopes(x, p)
        states = held or ()
        found = spectra.stability_many(J, self.mass, self.natural(x), states)
        result.eigenvalues[group, : found.eigenvalues.shape[1]] = found.eigenvalues
        stable, unstable = found.verdict == spectra.STABLE, found.verdict == spectra.UNSTABLE
        known = held is not None
        if states:  # zero because parameters are, not by chance
            known &= np.all(J[:, states, :] == 0, axis=(1, 2)) & np.all(f[:, states] == 0, axis=1)
            result.reason[group[stable]] = code.CONSERVED
            result.detail[group[stable]] = sum(1 << i for i in states)
        else:
            result.verdict[group[stable]], result.reason[group[stable]] = code.STABLE, code.CERTIFIED
            self._few_ions(x[stable], p[stable], group[stable], result)
        result.verdict[group[unstable]], result.reason[group[unstable]] = code.UNSTABLE, code.GROWS
        result.certain[group] = known & (stable | unstable)

    def natural(self, x: Array) -> Array:
        """Natural sizes of the states, as `Search.spectrum` takes them."""
        return np.where(self._amounts, np.maximum(np.abs(x), 1e-300), self.unit)

    def swollen(self, x0: Array, x: Array, p: Array) -> Array:
        """Place of the volume that has grown beyond doubt (amounts grow with it), or -1."""
        k = len(self.names)
        ratio = self.kernel.guards(x, p)[:, :k] / self.kernel.guards(x0, p)[:, :k]
        grown = (ratio > SWOLLEN_SURELY) & ~self._is_amount
        place: Array = np.where(grown.any(axis=1), np.argmax(grown, axis=1), -1)
        return place

    def _few_ions(self, x: Array, p: Array, group: Array, result: Judged) -> None:
        """Say so where an amount is below a single ion."""
        few = (self.kernel.guards(x, p)[:, : len(self.names)] * N_A < 1) & self._is_amount
        these = np.any(few, axis=1)
        result.reason[group[these]] = code.FEW_IONS
        result.detail[group[these]] = np.argmax(few[these], axis=1)

    def _groups(self, x: Array, p: Array) -> Iterator[tuple[Held, Array]]:
        """Places of the members, by what their zero parameters hold."""
        if not len(x):
            return
        zero = p == 0
        if np.all(zero == zero[0]):
            yield self._held_where(zero[0]), np.arange(len(x))
            return
        packed = np.packbits(zero, axis=1)
        _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        for k, i in enumerate(first):
            yield self._held_where(zero[i]), np.flatnonzero(inverse.reshape(-1) == k)

    def _held_where(self, zero: Array) -> Held:
        """What never moves where these parameters are zero."""
        key = zero.tobytes()
        with self._lock:
            if key not in self._known:
                self._known[key] = self._find_held(zero)
            return self._known[key]

    def _find_held(self, zero: Array) -> Held:
        """What the base cell conserves with these numbers zero and no others, so that nothing is by chance."""
        p = np.where(zero, 0.0, np.where(self._base.p == 0, 1.0, self._base.p))
        try:
            rows = self._search(self._base.x, p).invariants
        except (IonostatError, ArithmeticError, np.linalg.LinAlgError):
            return None
        if len(self.mass) > MOST_STATES or any(np.count_nonzero(row) != 1 for row in rows):
            return None
        return tuple(int(np.flatnonzero(row)[0]) for row in rows)
