"""One call of the native solver: its memory, its thread, its result."""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ionostat.engines.native import status
from ionostat.engines.native.cache import Code
from ionostat.engines.native.inputs import Reals, address, aligned
from ionostat.engines.native.layout import Arguments
from ionostat.engines.native.log import Log
from ionostat.engines.native.tableau import METHODS
from ionostat.engines.watched import EventLog, no_events

Integers = NDArray[np.int64]

POLL = 0.05
"""Seconds between two looks at the progress and the cancel flag."""


@dataclass(frozen=True)
class SolveResult:
    """What became of every cell of a batch; nothing here is cut off or filled in.

    `y_end` is the last accepted state, reached at `t_end`; `saved` (cell, save time, state) is NaN past `t_end`.
    `status` is a code of `STATUS`; `bad_state` the index of the state to blame, or -1. `first_step_sought` says whether
    the first step was chosen here; `h_last` is the step to go on with (of a failed cell: the step that failed).
    `events` are those that no `on_events` has taken; `extremes` (cell, value, 4) the lowest value, its time, the
    highest, its time (infinite and NaN of a cell that made no step).
    """

    y_end: Reals
    t_end: Reals
    saved: Reals
    status: Integers
    bad_state: Integers
    steps: Integers
    rejected: Integers
    first_step_sought: bool
    h_last: Reals
    method: str
    lanes: int
    events: EventLog
    extremes: Reals

    @property
    def rhs_evals(self) -> Integers:
        """Evaluations of f for every cell: one a stage, and one where the first step was sought."""
        trials = self.steps + self.rejected
        return trials * METHODS[self.method].stages + ((trials > 0) & self.first_step_sought)


class Run:
    """One call of the native solver: its arguments, results and scratch blocks.

    A single cell may need less time than NumPy's bookkeeping, so all that the machine code writes lies in one block.
    """

    def __init__(
        self, code: Code, x0: Reals, p: Reals, span: float, times: Reals, atol: Reals, threads: int = 1
    ) -> None:
        batch, n = x0.shape
        self.code, self.inputs, self.batch = code, (x0, p, times, atol), batch
        threads = max(1, min(threads, -(-batch // code.layout.lanes)))
        room = -(-code.layout.size // 64) * 8
        count, saves = batch * n, batch * len(times) * n
        block = aligned((threads * room + count + saves + 6 * batch + 3,))
        start = threads * room
        self.scratch = [block[i * room : (i + 1) * room] for i in range(threads)]
        self.y_end = block[start : start + count].reshape(batch, n)
        self.saved = block[start + count : start + count + saves].reshape(batch, len(times), n)
        tail = start + count + saves
        self.t_end, self.h_last = block[tail : tail + batch], block[tail + batch : tail + 2 * batch]
        integers = block.view(np.int64)[tail + 2 * batch :]
        self.status, self.steps = integers[:batch], integers[batch : 2 * batch]
        self.rejected, self.bad_state = integers[2 * batch : 3 * batch], integers[3 * batch : 4 * batch]
        self.flags = integers[4 * batch :]  # cancel, next cell, cells done
        self.log: Log | None = None
        self.y_end[:] = x0
        self.status[:] = status.CANCELLED if span > 0.0 else status.OK
        self.bad_state[:] = -1
        if saves:
            self.saved[:] = math.nan
            self.saved[:, times == 0.0] = x0[:, None]
        self.scratch_at = address(block)
        y_end = self.scratch_at + 8 * start
        t_end = y_end + 8 * (count + saves)
        whole, flags = t_end + 16 * batch, t_end + 48 * batch
        controlled = int(np.count_nonzero(np.isfinite(atol[:1] if atol.ndim == 2 else atol)))
        self.arguments = Arguments(
            batch=batch, n_save=len(times), span=span, share=1.0 / max(controlled, 1),
            x0=address(x0), parameters=address(p), save_times=address(times) if saves else None,
            atol=address(atol), atol_stride=n if atol.ndim == 2 else 0,
            y_end=y_end, saved=y_end + 8 * count, t_end=t_end, h_last=t_end + 8 * batch,
            status=whole, steps=whole + 8 * batch, rejected=whole + 16 * batch,
            cancel=flags, next_cell=flags + 8, done=flags + 16,
        )  # fmt: skip

    def call(self, thread: int = 0) -> None:
        """Run the native code in one thread, until no cell is left; the interpreter is free meanwhile."""
        scratch = self.scratch[thread]
        places = ctypes.addressof(self.arguments), self.scratch_at + thread * scratch.nbytes
        if self.log is None:
            self.code.solve_batch(*places)
        else:
            self.log.run(scratch, lambda: self.code.solve_batch(*places), self._cancel)

    def _cancel(self) -> None:
        self.flags[0] = 1

    def start(self, cancel: Any, progress: Callable[[float], None] | None) -> None:
        """Run to the end, or until it is cancelled."""
        if cancel is None and progress is None and len(self.scratch) == 1:
            self.call()
            return
        self.flags[0] = cancel is not None and cancel.is_set()
        workers = [
            threading.Thread(target=self.call, args=(thread,), name="ionostat-solve", daemon=True)
            for thread in range(len(self.scratch))
        ]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                for worker in workers:
                    if worker.is_alive():
                        worker.join(POLL)
                        break
                if cancel is not None and cancel.is_set():
                    self.flags[0] = 1
                if progress is not None:
                    progress(self.finished())
        except KeyboardInterrupt:
            pass
        finally:
            self.flags[0] = 1
            for worker in workers:
                worker.join()

    def finished(self) -> float:
        """The part of the work that is done, 0 to 1: ended cells, and the lanes' own times."""
        layout = self.code.layout
        lanes = layout.lanes
        under_way = 0.0
        for scratch in self.scratch:
            tau = scratch[layout.offsets["tau"] // 8 :][:lanes]
            active = scratch.view(np.int64)[layout.offsets["active"] // 8 :][:lanes]
            under_way += float(np.sum(np.where(active != 0, tau, 0.0))) / float(self.arguments.span)
        return float(min(1.0, (int(self.flags[2]) + under_way) / self.batch))

    def result(self, t0: float, t1: float, method: str, all_ok: bool) -> SolveResult:
        """The arrays, with times counted as the caller does; the end of a finished cell is t1 itself."""
        self.t_end[:] = t1 if all_ok else np.where(self.status == status.OK, t1, t0 + self.t_end)
        if self.log is not None:
            events, extremes = self.log.finished()
        else:
            events, extremes = no_events(self.y_end.shape[1]), np.empty((self.batch, 0, 4))
        return SolveResult(
            y_end=self.y_end,
            t_end=self.t_end,
            saved=self.saved,
            status=self.status,
            bad_state=self.bad_state,
            steps=self.steps,
            rejected=self.rejected,
            first_step_sought=self.arguments.h0 == 0.0,
            h_last=self.h_last,
            method=method,
            lanes=self.code.layout.lanes,
            events=events,
            extremes=extremes,
        )
