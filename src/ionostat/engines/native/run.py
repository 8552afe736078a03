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
    `status` is a code of `STATUS`; `bad_state` the index of the state to blame, or -1. `rhs_evals` counts the
    evaluations of f; `h_last` is the step to go on with (of a failed cell: the step that failed). `events` are those
    that no `on_events` has taken; `extremes` (cell, value, 4) the lowest value, its time, the highest, its time
    (infinite and NaN of a cell that made no step).
    """

    y_end: Reals
    t_end: Reals
    saved: Reals
    status: Integers
    bad_state: Integers
    steps: Integers
    rejected: Integers
    rhs_evals: Integers
    h_last: Reals
    method: str
    lanes: int
    events: EventLog
    extremes: Reals


class Run:
    """One call of the native solver: its arguments, results and scratch blocks.

    A single cell may need less time than NumPy's bookkeeping, so all results lie in two blocks of memory.
    """

    def __init__(
        self, code: Code, x0: Reals, p: Reals, span: float, times: Reals, atol: Reals, threads: int = 1
    ) -> None:
        batch, n = x0.shape
        self.code, self.inputs, self.batch = code, (x0, p, times, atol), batch
        reals = np.empty(batch * (n * (1 + len(times)) + 2))
        self.y_end, saved = reals[: batch * n].reshape(batch, n), reals[batch * n : -2 * batch or None]
        self.saved = saved.reshape(batch, len(times), n)
        self.t_end, self.h_last = reals[len(reals) - 2 * batch :].reshape(2, batch)
        self.y_end[:] = x0
        self.t_end[:] = self.h_last[:] = 0.0
        if len(times):
            saved[:] = math.nan
            self.saved[:, times == 0.0] = x0[:, None]
        integers = np.zeros(3 * batch + 3, dtype=np.int64)
        self.status, self.steps, self.rejected = integers[:-3].reshape(3, batch)
        self.flags = integers[-3:]  # cancel, next cell, cells done
        self.log: Log | None = None
        self.status[:] = status.CANCELLED if span > 0.0 else status.OK
        threads = max(1, min(threads, -(-batch // code.layout.lanes)))
        self.scratch = [aligned((-(-code.layout.size // 8),)) for _ in range(threads)]
        real, whole = address(reals), address(integers)
        tail = real + 8 * (len(reals) - 2 * batch)
        flags = whole + 24 * batch
        controlled = int(np.count_nonzero(np.isfinite(atol[:1] if atol.ndim == 2 else atol)))
        self.arguments = Arguments(
            batch=batch, n_save=len(times), span=span, share=1.0 / max(controlled, 1),
            x0=address(x0), parameters=address(p), save_times=address(times),
            atol=address(atol), atol_stride=n if atol.ndim == 2 else 0,
            y_end=real, saved=real + 8 * batch * n, t_end=tail, h_last=tail + 8 * batch,
            status=whole, steps=whole + 8 * batch, rejected=whole + 16 * batch,
            cancel=flags, next_cell=flags + 8, done=flags + 16,
        )  # fmt: skip

    def call(self, scratch: Reals) -> None:
        """Run the native code in one thread, until no cell is left; the interpreter is free meanwhile."""
        places = ctypes.addressof(self.arguments), address(scratch)
        if self.log is None:
            self.code.solve_batch(*places)
        else:
            self.log.run(scratch, lambda: self.code.solve_batch(*places), self._cancel)

    def _cancel(self) -> None:
        self.flags[0] = 1

    def start(self, cancel: Any, progress: Callable[[float], None] | None) -> None:
        """Run to the end, or until it is cancelled."""
        if cancel is None and progress is None and len(self.scratch) == 1:
            self.call(self.scratch[0])
            return
        self.flags[0] = cancel is not None and cancel.is_set()
        workers = [
            threading.Thread(target=self.call, args=(scratch,), name="ionostat-solve", daemon=True)
            for scratch in self.scratch
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

    def result(self, t0: float, t1: float, method: str, bad_state: Integers) -> SolveResult:
        """The arrays, with times counted as the caller does; the end of a finished cell is t1 itself."""
        trials = self.steps + self.rejected
        nothing = no_events(self.y_end.shape[1]), np.empty((self.batch, 0, 4))
        events, extremes = self.log.finished() if self.log is not None else nothing
        return SolveResult(
            y_end=self.y_end,
            t_end=np.where(self.status == status.OK, t1, t0 + self.t_end),
            saved=self.saved,
            status=self.status,
            bad_state=bad_state,
            steps=self.steps,
            rejected=self.rejected,
            rhs_evals=trials * METHODS[method].stages + ((trials > 0) & (self.arguments.h0 == 0.0)),
            h_last=self.h_last,
            method=method,
            lanes=self.code.layout.lanes,
            events=events,
            extremes=extremes,
        )
