"""Resting states of many cells that differ in their numbers, with the verdict that `rest` would give each.

The search runs in native lanes and most members are certified together from their spectra. The verdict of these needs
no random states: where every eigenvalue is told from zero, nothing is conserved. Whoever is left (unstable, running
away, no verdict) is handed to the single-cell search.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ionostat.cell.description import Cell
from ionostat.cell.equations import equations
from ionostat.cell.feasible import positive_expressions, scales
from ionostat.cell.load import as_cell
from ionostat.cell.start import Start
from ionostat.cell.start import start as start_of
from ionostat.constants import N_A
from ionostat.engines.native import rest_status as status
from ionostat.engines.native.rest_kernel import Bounds
from ionostat.engines.native_rest import rest_kernel
from ionostat.errors import InputError, IonostatError
from ionostat.numerics import stability_many as spectra
from ionostat.studies import rest_batch as code
from ionostat.studies.rest import EMPTY, SWOLLEN, WIDE, Search
from ionostat.studies.rest_batch import RestBatch
from ionostat.studies.resting_state import RestingState

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
    scan: bool = True,
    threads: int = 1,
    cancel: Any = None,
    progress: Callable[[float], None] | None = None,
) -> RestBatch:
    """The resting state of every member of a batch, with a verdict.

    `cell` gives the structure; `p` (batch, parameters) the numbers of every member in the order of
    `equations(cell).parameters`, and `x0` (batch, states) or (states,) where each search begins (default for either:
    the cell's own start). `careful=False` leaves members that are not plainly stable or neutral with what the fast
    search knows, `scan=False` only those in which a quantity ran away (the search for the reason takes a fifth of a
    second for each). `cancel` is a `threading.Event` or anything with `is_set()`; `progress` is called with the
    finished part, 0 to 1. Ctrl-C ends the search like `cancel`; what is not judged then has the verdict "cancelled".

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
    many = Many(cell, x0, p, careful, scan)
    if threads < 1:
        raise InputError(f"{threads} threads cannot be used", field="threads")
    many.run(threads, cancel, progress)
    return many.result()


@dataclass(frozen=True)
class Held:
    """States that never move where certain parameters are zero; None: conserved sums, which the lanes do not know."""

    states: tuple[int, ...] | None
    index: int


class Many:
    """One call of `rest_many`: inputs, results, and what members share."""

    def __init__(self, cell: Cell, x0: ArrayLike | None, p: ArrayLike | None, careful: bool, scan: bool = True) -> None:
        self.cell, self.wanted, self.scan = cell, careful, scan
        self.eq = equations(cell)
        self.base = start_of(self.eq, cell)
        self.x0, self.p = _inputs(self.base, x0, p)
        self.kernel = rest_kernel(self.eq, Bounds(SWOLLEN, EMPTY, WIDE))
        self.unit = scales(self.eq, self.base.x, self.base.p)
        self.mass = np.array(self.eq.mass)
        self.amounts = np.array([s.kind == "amount" for s in self.eq.states])
        self.names = tuple(positive_expressions(self.eq))
        self.is_amount = np.array([not n.endswith(".volume") for n in self.names])
        self.conserved: list[tuple[str, ...]] = []
        self._held: dict[bytes, Held] = {}
        self._lock = threading.Lock()
        self._stop = False
        self._ended = 0
        batch, n = self.x0.shape
        self.x = np.full((batch, n), np.nan)
        self.eigenvalues = np.full((batch, int(np.sum(self.mass > 0))), np.nan, dtype=complex)
        self.verdict = np.full(batch, code.CANCELLED, dtype=np.int8)
        self.reason = np.full(batch, code.STOPPED, dtype=np.int8)
        self.detail = np.full(batch, -1, dtype=np.int32)
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

    def _work(self, chunks: Iterator[int], errors: list[BaseException]) -> None:
        try:
            while not self._stop:
                with self._lock:
                    first = next(chunks, None)
                if first is None:
                    return
                self.chunk(np.arange(first, min(first + CHUNK, len(self.x0))))
        except BaseException as error:
            if threading.current_thread() is threading.main_thread():
                raise
            errors.append(error)

    def result(self) -> RestBatch:
        """What was found."""
        return RestBatch(
            self.x, self.verdict, self.reason, self.detail, self.eigenvalues, self.iterations, self.careful,
            self.names, tuple(self.conserved), self.words,
        )  # fmt: skip

    # --- one chunk

    def chunk(self, members: Array) -> None:
        """Search for the rests of some members, judge them together, and look carefully at those left."""
        p = self.p[members]
        ended = self.kernel.solve(self.x0[members], p)
        self.iterations[members] = ended.iterations
        self._without_rest(members, ended.status, ended.bad)
        settled = (status.CONVERGED, status.NON_FINITE, status.INFEASIBLE)
        left = ~np.isin(ended.status, settled if self.scan else (*settled, status.RAN_AWAY))
        for held, group in self._groups(members, ended.converged):
            left[group] |= self._judge(members[group], ended.x[group], p[group], held)
        for i in np.flatnonzero(left):
            if self._stop:
                return
            if self.wanted:
                self.look(int(members[i]))
        self._ended += len(members)

    def _without_rest(self, members: Array, ended: Array, bad: Array) -> None:
        """Codes of the members that the search did not bring to rest."""
        table = {
            status.RAN_AWAY: (code.NONE, code.AWAY),
            status.STALLED: (code.NOT_FOUND, code.STUCK),
            status.ITERATION_LIMIT: (code.NOT_FOUND, code.LIMIT),
            status.NON_FINITE: (code.NOT_FOUND, code.NOT_FINITE),
            status.INFEASIBLE: (code.NOT_FOUND, code.BAD_START),
        }
        for number, (verdict, reason) in table.items():
            these = members[ended == number]
            self.verdict[these], self.reason[these] = verdict, reason
        self.detail[members] = bad

    def _groups(self, members: Array, converged: Array) -> Iterator[tuple[Held, Array]]:
        """Places of the converged members, by what their zero parameters hold."""
        places = np.flatnonzero(converged)
        if not len(places):
            return
        zero = self.p[members[places]] == 0
        if np.all(zero == zero[0]):
            yield self._held_where(zero[0]), places
            return
        packed = np.packbits(zero, axis=1)
        _, first, inverse = np.unique(packed, axis=0, return_index=True, return_inverse=True)
        for k, i in enumerate(first):
            yield self._held_where(zero[i]), places[inverse.reshape(-1) == k]

    def _held_where(self, zero: Array) -> Held:
        """What never moves where these parameters are zero: a matter of structure, the same whichever member asks."""
        key = zero.tobytes()
        with self._lock:
            if key not in self._held:
                self._held[key] = self._find_held(zero)
            return self._held[key]

    def _find_held(self, zero: Array) -> Held:
        p = np.where(zero, 0.0, np.where(self.base.p == 0, 1.0, self.base.p))
        try:
            example = member_cell(self.cell, self.eq.parameters, p)
            search = Search(example, "native", 0, Start(self.base.x, p, {}))
        except (IonostatError, ArithmeticError, np.linalg.LinAlgError):
            return Held(None, -1)
        rows = search.invariants
        if not len(rows):
            return Held((), -1)
        if any(np.count_nonzero(row) != 1 for row in rows):
            return Held(None, -1)
        self.conserved.append(search.conserved_names())
        return Held(tuple(int(np.flatnonzero(row)[0]) for row in rows), len(self.conserved) - 1)

    def _judge(self, members: Array, x: Array, p: Array, held: Held) -> Array:
        """Verdicts of members at rest; returns which of them need a careful look."""
        f, J = self.kernel.slopes(x, p)
        states = held.states or ()
        scale = np.where(self.amounts, np.maximum(np.abs(x), 1e-300), self.unit)
        found = spectra.stability_many(J, self.mass, scale, states)
        self.x[members] = x
        self.eigenvalues[members, : found.eigenvalues.shape[1]] = found.eigenvalues
        for number, verdict, reason in (
            (spectra.STABLE, code.STABLE, code.CERTIFIED),
            (spectra.UNSTABLE, code.UNSTABLE, code.GROWS),
            (spectra.NEUTRAL, code.NEUTRAL, code.MODE),
        ):
            these = members[found.verdict == number]
            self.verdict[these], self.reason[these] = verdict, reason
        plain = found.verdict == spectra.STABLE
        if states:
            plain &= np.all(J[:, states, :] == 0, axis=(1, 2)) & np.all(f[:, states] == 0, axis=1)
            these = members[plain]
            self.verdict[these], self.reason[these], self.detail[these] = code.NEUTRAL, code.CONSERVED, held.index
        else:
            self._few_ions(members[plain], x[plain], p[plain])
        return ~plain if held.states is not None else np.ones(len(members), dtype=bool)

    def _few_ions(self, members: Array, x: Array, p: Array) -> None:
        """Say so where an amount is below a single ion."""
        few = (self.kernel.guards(x, p)[:, : len(self.names)] * N_A < 1) & self.is_amount
        these = np.any(few, axis=1)
        self.reason[members[these]] = code.FEW_IONS
        self.detail[members[these]] = np.argmax(few[these], axis=1)

    # --- one member

    def _search(self, i: int) -> Search:
        """The single-cell search of a member."""
        return Search(
            member_cell(self.cell, self.eq.parameters, self.p[i]), "native", 0, Start(self.x0[i], self.p[i], {})
        )

    def look(self, i: int) -> None:
        """The verdict of the single-cell search for a member, from its start."""
        self.careful[i] = True
        try:
            found = self._search(i).nearest(self.x0[i])
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
