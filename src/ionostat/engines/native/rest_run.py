"""One call of the native search: its memory, its threads, its results."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ionostat.engines.native import rest_status as status
from ionostat.engines.native.cache import Code
from ionostat.engines.native.inputs import Reals, aligned
from ionostat.engines.native.rest_layout import RestArguments
from ionostat.engines.native.run import POLL

BLOCK = 8192
"""Cells that one thread takes at a time."""


class RestRun:
    """Arguments, results and threads of one search."""

    def __init__(self, code: Code, x0: Reals, p: Reals) -> None:
        batch = len(x0)
        self.code, self.x0, self.p = code, x0, p
        self.x = x0.copy()
        self.status = np.full(batch, status.CANCELLED, dtype=np.int64)
        self.iterations = np.zeros(batch, dtype=np.int64)
        self.last_change = np.full(batch, np.inf)
        self.cancel = np.zeros(1, dtype=np.int64)
        self.arguments = RestArguments(cancel=self.cancel.ctypes.data)
        self._done: list[np.ndarray] = []
        self._lock = threading.Lock()

    def start(self, threads: int, cancel: Any, progress: Callable[[float], None] | None) -> None:
        """Search to the end, or until it is cancelled."""
        blocks = iter(range(0, len(self.x0), BLOCK))
        if threads == 1 and cancel is None and progress is None:
            self._work(blocks)
            return
        self.cancel[0] = cancel is not None and cancel.is_set()
        workers = [threading.Thread(target=self._work, args=(blocks,), daemon=True) for _ in range(threads)]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
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
            for worker in workers:
                worker.join()
        if progress is not None:
            progress(self.finished())

    def finished(self) -> float:
        """The part of the cells that have ended."""
        return sum(int(d[0]) for d in list(self._done)) / max(len(self.x0), 1)

    def _work(self, blocks: Iterator[int]) -> None:
        """Search block after block; the interpreter is free meanwhile."""
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(self.code.addresses["rest_batch"])
        scratch = aligned((-(-self.code.layout.size // 8),))
        done = np.zeros(1, dtype=np.int64)
        self._done.append(done)
        while True:
            with self._lock:
                first = next(blocks, None)
            if first is None or self.cancel[0]:
                return
            arguments = self._arguments(first, done)
            function(ctypes.addressof(arguments), scratch.ctypes.data)

    def _arguments(self, first: int, done: np.ndarray) -> RestArguments:
        """The arguments for the block of cells that begins at `first`."""
        block = RestArguments.from_buffer_copy(self.arguments)
        block.batch = min(BLOCK, len(self.x0) - first)
        rows = {"x0": self.x0, "parameters": self.p, "y_end": self.x, "status": self.status}
        rows |= {"iterations": self.iterations, "last_change": self.last_change}
        for name, values in rows.items():
            setattr(block, name, values[first:].ctypes.data)
        block.done = done.ctypes.data
        return block
