"""Resting states of many cells that differ in their numbers, with the verdict that `rest` would give each.

The search runs in native lanes and most members are certified together from their spectra. The verdict of these needs
no random states: where every eigenvalue is told from zero, nothing is conserved. Whoever is left (unstable, running
away, no verdict) is handed to the single-cell search.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ionostat.cell.description import Cell
from ionostat.cell.equations import equations
from ionostat.cell.load import as_cell
from ionostat.cell.start import Start
from ionostat.cell.start import start as start_of
from ionostat.engines.native import rest_status as status
from ionostat.engines.native.rest_kernel import RestResult
from ionostat.errors import InputError, IonostatError
from ionostat.studies import rest_batch as code
from ionostat.studies.beyond_many import beyond_many
from ionostat.studies.judge_many import Judge, Judged
from ionostat.studies.lane_search import LaneSearch
from ionostat.studies.rest import NEWTON_LIMIT, NEWTON_STEP, Search
from ionostat.studies.rest_batch import RestBatch
from ionostat.studies.resting_state import RestingState
from ionostat.studies.runaway_many import VolumeScan

Array = np.ndarray
CHUNK = 4096
"""Members that are searched and judged together; digits do not depend on it."""
POLL = 0.05
"""Seconds between two looks at the progress and the cancel flag."""


def rest_many(
    cell: Cell | str,
    x0: ArrayLike | None = None,
    p: ArrayLike | None = None,
    *,
    careful: bool = True,
    threads: int = 1,
    cancel: Any = None,
    progress: Callable[[float], None] | None = None,
) -> RestBatch:
    """The resting state of every member of a batch, with a verdict.

    `cell` gives the structure; `p` (batch, parameters) the numbers of every member in the order of
    `equations(cell).parameters`, and `x0` (batch, states) or (states,) where each search begins (default for either:
    the cell's own start). `careful=False` leaves members that are not plainly stable or neutral with what the fast
    search knows. `cancel` is a `threading.Event` or anything with `is_set()`; `progress` is called with the finished
    part, 0 to 1. Ctrl-C ends the search like `cancel`; what is not judged then has the verdict "cancelled".

    >>> import numpy as np
    >>> from ionostat import load
    >>> from ionostat.cell.equations import equations
    >>> from ionostat.cell.start import start
    >>> kay = load("Kay2017_cell")
    >>> p = np.tile(start(equations(kay), kay).p, (3, 1))
    >>> p[1:, equations(kay).parameter_index["plasma.nka.scale"]] = 0.5, 0.0
    >>> found = rest_many(kay, p=p)
    >>> [found.sentence(i)[:30] for i in range(3)]
    ['stable', 'stable', 'none: cytosol swells without l']
    """
    cell = as_cell(cell)
    many = Many(cell, x0, p, careful)
    if threads < 1:
        raise InputError(f"{threads} threads cannot be used", field="threads")
    many.run(threads, cancel, progress)
    return many.result()


class Many:
    """One call of `rest_many`: inputs, results, and what members share."""

    def __init__(self, cell: Cell, x0: ArrayLike | None, p: ArrayLike | None, careful: bool) -> None:
        self.cell, self.wanted = cell, careful
        self.eq = equations(cell)
        self.base = start_of(self.eq, cell)
        self.x0, self.p = _inputs(self.base, x0, p)
        self.judge = Judge(self.eq, self.base, self._search)
        self.scan = VolumeScan(self.judge)
        self._lock = threading.Lock()
        self._stop = False
        self._ended = 0
        batch, n = self.x0.shape
        self.x = np.full((batch, n), np.nan)
        self.eigenvalues = np.full((batch, int(np.sum(self.eq.mass))), np.nan, dtype=complex)
        self.verdict = np.full(batch, code.CANCELLED, dtype=np.int8)
        self.reason = np.full(batch, code.STOPPED, dtype=np.int8)
        self.detail = np.full(batch, -1, dtype=np.int64)
        self.iterations = np.zeros(batch, dtype=np.int64)
        self.careful = np.zeros(batch, dtype=bool)
        self.words: dict[int, str] = {}

    # --- running

    def run(self, threads: int, cancel: Any, progress: Callable[[float], None] | None) -> None:
        """Judge all members, chunk by chunk."""
        chunks = iter(range(0, len(self.x0), CHUNK))
        if threads == 1 and cancel is None and progress is None:
            self._work(chunks, [])
            return
        errors: list[BaseException] = []
        self._stop = cancel is not None and cancel.is_set()
        workers = [threading.Thread(target=self._work, args=(chunks, errors), daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                while worker.is_alive():
                    worker.join(POLL)
                    self._stop = self._stop or bool(errors) or (cancel is not None and cancel.is_set())
                    if progress is not None:
                        progress(self._ended / max(len(self.x0), 1))
        except KeyboardInterrupt:
            pass
        finally:
            self._stop = True
            for worker in workers:
                worker.join()
        if errors:
            raise errors[0]
        if progress is not None:
            progress(self._ended / max(len(self.x0), 1))

    def _work(self, chunks: Iterator[int], errors: list[BaseException]) -> None:
        try:
            while not self._stop:
                with self._lock:
                    first = next(chunks, None)
                if first is None:
                    return
                with np.errstate(all="ignore"):
                    self.chunk(np.arange(first, min(first + CHUNK, len(self.x0))))
        except BaseException as error:
            if threading.current_thread() is threading.main_thread():
                raise
            errors.append(error)

    def result(self) -> RestBatch:
        """What was found."""
        return RestBatch(
            self.x, self.verdict, self.reason, self.detail, self.eigenvalues, self.iterations, self.careful,
            self.judge.names, tuple(s.name for s in self.eq.states), self.words,
        )  # fmt: skip

    # --- one chunk

    def chunk(self, members: Array) -> None:
        """Search for the rests of some members, judge them together, and look carefully at those left."""
        x0, p = self.x0[members], self.p[members]
        ended = self.judge.kernel.solve(x0, p)
        self.iterations[members] = ended.iterations
        self._without_rest(members, ended)
        left = ~np.isin(ended.status, (status.CONVERGED, status.NON_FINITE, status.INFEASIBLE))
        places = np.flatnonzero(ended.converged)
        judged = self._write(members[places], ended.x[places], p[places])
        left[places] = ~judged.certain
        if self.wanted:
            passed = places[judged.certain & (judged.verdict == code.UNSTABLE)]
            left[passed] = self._beyond(members[passed], ended.x[passed])
            circling = np.flatnonzero(ended.status == status.ITERATION_LIMIT)
            left[circling] = self._by_newton(members[circling])
            away = np.flatnonzero(ended.status == status.RAN_AWAY)
            left[away] = self._ran_away(members[away], ended.x[away])
        for i in np.flatnonzero(left):
            if self._stop:
                return
            if self.wanted:
                self.look(int(members[i]))
        self._ended += len(members)

    def _without_rest(self, members: Array, ended: RestResult) -> None:
        """Codes of the members that the search did not bring to rest."""
        table = {
            status.RAN_AWAY: (code.NONE, code.AWAY),
            status.STALLED: (code.NOT_FOUND, code.STUCK),
            status.ITERATION_LIMIT: (code.NOT_FOUND, code.LIMIT),
            status.NON_FINITE: (code.NOT_FOUND, code.NOT_FINITE),
            status.INFEASIBLE: (code.NOT_FOUND, code.BAD_START),
        }
        for number, (verdict, reason) in table.items():
            these = members[ended.status == number]
            self.verdict[these], self.reason[these] = verdict, reason
        self.detail[members] = ended.bad
        away = np.flatnonzero(ended.status == status.RAN_AWAY)
        swollen = self.judge.swollen(self.x0[members[away]], ended.x[away], self.p[members[away]])
        self.detail[members[away]] = np.where(swollen >= 0, swollen, ended.bad[away])

    def _write(self, members: Array, x: Array, p: Array) -> Judged:
        """Judge members at rest and keep what was found."""
        judged = self.judge.judge(x, p)
        self._keep(members, x, judged)
        return judged

    def _keep(self, members: Array, x: Array, judged: Judged) -> None:
        self.x[members], self.eigenvalues[members] = x, judged.eigenvalues
        self.verdict[members], self.reason[members] = judged.verdict, judged.reason
        self.detail[members] = judged.detail

    def _beyond(self, members: Array, saddles: Array) -> Array:
        """Leave unstable rests that the search passed; returns who needs a careful look."""
        found, unclear = beyond_many(self.judge, saddles, self.x0[members], self.p[members])
        if found is not None:
            self._keep(members[found.places], found.x, found.judged)
        return unclear

    def _by_newton(self, members: Array) -> Array:
        """Rests of members that circle an unstable one, by Newton steps alone; returns who needs a careful look."""
        x0, p = self.x0[members], self.p[members]
        ended = self.judge.kernel.solve(x0, p, h0=NEWTON_STEP, max_iterations=NEWTON_LIMIT)
        left = ~ended.converged
        places = np.flatnonzero(ended.converged)
        left[places] = ~self._write(members[places], ended.x[places], p[places]).certain
        return left

    def _ran_away(self, members: Array, ended: Array) -> Array:
        """Say why members have no rest; returns who needs a careful look."""
        left = np.ones(len(members), dtype=bool)
        if not self.scan.possible or not len(members):
            return left
        for k, why in enumerate(self.scan.words(self.x0[members], ended, self.p[members])):
            if why:
                self.words[int(members[k])] = why
                self.reason[members[k]] = code.WORDS
                left[k] = False
        return left

    # --- one member

    def _search(self, x: Array, p: Array) -> Search:
        """The single-cell search of a member that starts from `x`."""
        return Search(member_cell(self.cell, self.eq.parameters, p), "native", 0, Start(x, p, {}))

    def look(self, i: int) -> None:
        """The verdict of the single-cell search for a member, from its start."""
        self.careful[i] = True
        try:
            cell = member_cell(self.cell, self.eq.parameters, self.p[i])
            search = LaneSearch(cell, Start(self.x0[i], self.p[i], {}), self.judge.kernel, self.judge.names)
            found = search.nearest(self.x0[i])
        except (IonostatError, ArithmeticError, np.linalg.LinAlgError) as error:
            self.verdict[i], self.reason[i], self.words[i] = code.NOT_FOUND, code.WORDS, str(error)
            self.x[i], self.eigenvalues[i] = np.nan, np.nan
            return
        self.verdict[i], self.reason[i] = _verdict(found), code.WORDS
        self.words[i] = found.reason
        self.iterations[i] = found.iterations
        self.eigenvalues[i] = np.nan
        self.eigenvalues[i, : len(found.eigenvalues)] = found.eigenvalues
        self.x[i] = found.x if found.found else np.nan


def _verdict(found: RestingState) -> int:
    """Code of a verdict; "none" without a certificate is "not found"."""
    if not found.found and not found.certificate:
        return code.NOT_FOUND
    return code.VERDICTS.index(found.verdict)


def member_cell(cell: Cell, parameters: tuple[str, ...], p: Array) -> Cell:
    """The cell with the numbers of a member, as they are: what follows from numbers is not computed again."""
    changed = {
        path: replace(cell.numbers[path], value=float(value), text=f"{value:.17g}")
        for path, value in zip(parameters, p, strict=True)
        if path in cell.numbers and cell.numbers[path].value != value
    }
    return replace(cell, numbers=dict(cell.numbers) | changed) if changed else cell


def _inputs(base: Start, x0: ArrayLike | None, p: ArrayLike | None) -> tuple[Array, Array]:
    """States and parameters of every member, (batch, states) and (batch, parameters)."""
    numbers = np.atleast_2d(np.asarray(base.p if p is None else p, dtype=float))
    states = np.atleast_2d(np.asarray(base.x if x0 is None else x0, dtype=float))
    batch = max(len(numbers), len(states)) if 1 in (len(numbers), len(states)) else len(numbers)
    expected = ((batch, len(base.x)), (batch, len(base.p)))
    try:
        states, numbers = np.broadcast_to(states, expected[0]), np.broadcast_to(numbers, expected[1])
    except ValueError:
        raise InputError(
            f"starts of shape {states.shape} and parameters of shape {numbers.shape} do not fit",
            hint=f"expected (batch, {len(base.x)}) and (batch, {len(base.p)})",
        ) from None
    return np.ascontiguousarray(states), np.ascontiguousarray(numbers)
