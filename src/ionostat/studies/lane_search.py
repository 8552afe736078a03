"""The single-cell search with its iterations in native code: the same rules, a few hundred times faster."""

from __future__ import annotations

import numpy as np

from ionostat.cell.description import Cell
from ionostat.cell.start import Start
from ionostat.engines.native import rest_status as status
from ionostat.engines.native.rest_kernel import RestKernel
from ionostat.numerics.pseudo_transient import FIRST, Fixed, Outcome
from ionostat.studies.rest import HELD_LIMIT, Search
from ionostat.studies.runaway_many import water_paths

Array = np.ndarray
_OUTCOMES: dict[int, Outcome] = {
    status.CONVERGED: "converged",
    status.RAN_AWAY: "bound",
    status.ITERATION_LIMIT: "iterations",
}
"""Every other status is a search that stalled."""


class LaneSearch(Search):
    """`Search` of one member of a batch, by the batch's kernel where the lanes know what is conserved."""

    def __init__(self, cell: Cell, start: Start, kernel: RestKernel, names: tuple[str, ...]) -> None:
        super().__init__(cell, "native", 0, start)
        self._kernel, self._names = kernel, names
        floating = any(s.kind == "potential" for s in self.eq.states)  # the lanes take their inertia from each x0
        self._lanes = not floating and all(np.count_nonzero(row) == 1 for row in self.invariants)
        self._shut = self.p.copy()
        self._shut[water_paths(self.eq)] = 0.0

    def fixed(self, x0: Array, h0: float = FIRST, iterations: int = 1000) -> Fixed:
        """Pseudo-transient continuation from x0."""
        if not self._lanes:
            return super().fixed(x0, h0, iterations)
        return self._solve(x0, self.p, h0, iterations)

    def held(self, index: int, x0: Array) -> Fixed:
        """The same with a volume held, by shutting every path of water; only one volume may move for that."""
        if not self._lanes or [s.kind for s in self.eq.states].count("volume") != 1:
            return super().held(index, x0)
        return self._solve(x0, self._shut, FIRST, HELD_LIMIT)

    def _solve(self, x0: Array, p: Array, h0: float, iterations: int) -> Fixed:
        ended = self._kernel.solve(x0[None], p[None], h0=h0, max_iterations=iterations)
        number = int(ended.status[0])
        reason = status.REST_STATUS[number]
        if number == status.CONVERGED:
            reason = ""
        elif number == status.RAN_AWAY:
            reason = self._names[int(ended.bad[0])]
        outcome = _OUTCOMES.get(number, "stalled")
        return Fixed(ended.x[0], outcome, int(ended.iterations[0]), float(ended.last_change[0]), reason)
