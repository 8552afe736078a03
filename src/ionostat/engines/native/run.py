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
from ionostat.engines.native.inputs import Reals, aligned
from ionostat.engines.native.layout import Arguments
from ionostat.engines.native.tableau import METHODS

Integers = NDArray[np.int64]

POLL = 0.05
"""Seconds between two looks at the progress and the cancel flag."""


@dataclass(frozen=True)
class SolveResult:
    """What became of every cell of a batch; nothing here is cut off or filled in.

    `y_end` is the last accepted state, reached at `t_end`; `saved` (cell, save time, state) is NaN past `t_end`.
    `status` is a code of `STATUS`; `bad_state` the index of the state to blame, or -1. `rhs_evals` counts the
    evaluations of f; `h_last` is the step to go on with (of a failed cell: the step that failed).
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


class Run:
    """One call of the native solver: its arguments, results and scratch block."""

    def __init__(self, code: Code, x0: Reals, p: Reals, span: float, times: Reals, atol: Reals) -> None:
        batch, n = x0.shape
        self.code, self.x0 = code, x0
        self.y_end = x0.copy()
        self.t_end, self.h_last = np.zeros(batch), np.zeros(batch)
        self.saved = np.full((batch, len(times), n), math.nan)
        self.saved[:, times == 0.0] = x0[:, None]
        self.status = np.full(batch, status.CANCELLED if span > 0.0 else status.OK, dtype=np.int64)
        self.steps, self.rejected = np.zeros(batch, dtype=np.int64), np.zeros(batch, dtype=np.int64)
        self.cancel, self.done = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        self.scratch = aligned((-(-code.layout.size // 8),))
        self.times, self.atol, self.p = np.ascontiguousarray(times), atol, p
        controlled = int(np.count_nonzero(np.isfinite(atol)))
        self.arguments = Arguments(
            batch=batch, n_save=len(times), span=span, share=1.0 / max(controlled, 1),
            x0=x0.ctypes.data, parameters=p.ctypes.data, y_end=self.y_end.ctypes.data,
            t_end=self.t_end.ctypes.data, saved=self.saved.ctypes.data, status=self.status.ctypes.data,
            steps=self.steps.ctypes.data, rejected=self.rejected.ctypes.data, h_last=self.h_last.ctypes.data,
            save_times=self.times.ctypes.data, atol=self.atol.ctypes.data,
            cancel=self.cancel.ctypes.data, done=self.done.ctypes.data,
        )  # fmt: skip

    def call(self) -> None:
        """Run the native code; the interpreter is free meanwhile."""
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(self.code.addresses["solve_batch"])
        function(ctypes.addressof(self.arguments), self.scratch.ctypes.data)

    def start(self, cancel: Any, progress: Callable[[float], None] | None) -> None:
        """Run to the end, or until it is cancelled."""
        if cancel is None and progress is None:
            self.call()
            return
        self.cancel[0] = cancel is not None and cancel.is_set()
        worker = threading.Thread(target=self.call, name="ionostat-solve", daemon=True)
        worker.start()
        try:
            while worker.is_alive():
                worker.join(POLL)
                if cancel is not None and cancel.is_set():
                    self.cancel[0] = 1
                if progress is not None:
                    progress(self.finished())
        except KeyboardInterrupt:
            pass
        finally:
            self.cancel[0] = 1
            worker.join()

    def finished(self) -> float:
        """The part of the work that is done, 0 to 1: ended cells, and the lanes' own times."""
        layout = self.code.layout
        lanes = layout.lanes
        tau = self.scratch[layout.offsets["tau"] // 8 :][:lanes]
        active = self.scratch.view(np.int64)[layout.offsets["active"] // 8 :][:lanes]
        under_way = float(np.sum(np.where(active != 0, tau, 0.0))) / self.arguments.span
        return float(min(1.0, (int(self.done[0]) + under_way) / len(self.x0)))

    def result(self, t0: float, t1: float, method: str) -> SolveResult:
        """The arrays, with times counted as the caller does; the end of a finished cell is t1 itself."""
        trials = self.steps + self.rejected
        return SolveResult(
            y_end=self.y_end,
            t_end=np.where(self.status == status.OK, t1, t0 + self.t_end),
            saved=self.saved,
            status=self.status,
            bad_state=np.full(len(self.x0), -1, dtype=np.int64),
            steps=self.steps,
            rejected=self.rejected,
            rhs_evals=trials * METHODS[method].stages + ((trials > 0) & (self.arguments.h0 == 0.0)),
            h_last=self.h_last,
            method=method,
            lanes=self.code.layout.lanes,
        )
