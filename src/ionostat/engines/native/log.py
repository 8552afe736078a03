"""The log of events of one call: a bounded piece of memory for each thread, emptied whenever it is full."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ionostat.engines.native.inputs import Reals, address
from ionostat.engines.native.layout import Arguments, Layout
from ionostat.engines.watched import EventLog, Watched, WatchedOutline, no_events
from ionostat.errors import InputError

ROOM = 4096
"""Rows of the log of a thread."""
Consumer = Callable[[EventLog], None]


@dataclass(frozen=True)
class Wishes:
    """What a caller wants of events: `direction` of each (1, -1, 0), which are `terminal`, and who takes them."""

    direction: Sequence[int] | None = None
    terminal: Sequence[bool] | None = None
    consumer: Consumer | None = None
    room: int = ROOM


class Log:
    """Events and extremes of one call. Threads write into logs of their own, and hand them over one at a time."""

    def __init__(
        self, watched: Watched | WatchedOutline, layout: Layout, wishes: Wishes, batch: int, t0: float
    ) -> None:
        m = watched.n_events
        direction, terminal = wishes.direction or [0] * m, wishes.terminal or [False] * m
        if len(direction) != m or len(terminal) != m or not set(direction) <= {-1, 0, 1}:
            raise InputError(f"{m} events need {m} directions (-1, 0 or 1) and {m} values of `terminal`")
        self.layout, self.t0 = layout, t0
        self.direction, self.terminal = np.array(direction, dtype=float), np.array(terminal, dtype=np.int64)
        self.rows = max(wishes.room, layout.lanes * (m + len(watched.ties))) if m else 0
        self.extremes = np.empty((batch, watched.n_values, 4))
        self.extremes[:] = math.inf, math.nan, -math.inf, math.nan
        self.kept: list[EventLog] = []
        self.consumer = wishes.consumer or self.kept.append
        self.error: BaseException | None = None
        self._one_at_a_time = threading.Lock()

    def announce(self, arguments: Arguments) -> None:
        """Tell the native code where to read and write."""
        arguments.direction, arguments.terminal = address(self.direction), address(self.terminal)
        arguments.extremes, arguments.log_room = address(self.extremes), self.rows

    def run(self, scratch: Reals, integrate: Callable[[], None], cancel: Callable[[], None]) -> None:
        """Integrate in one thread, stopping whenever its log is full."""
        offsets, whole = self.layout.offsets, scratch.view(np.int64)
        log, count, paused = (offsets[name] // 8 for name in ("log", "logged", "paused"))
        rows = np.empty((self.rows, self.layout.states + 3))
        whole[log] = address(rows)
        while True:
            integrate()
            if whole[count]:
                self._take(rows[: whole[count]].copy(), cancel)
                whole[count] = 0
            if not whole[paused]:
                return

    def _take(self, rows: Reals, cancel: Callable[[], None]) -> None:
        """Hand events over; what the taker raises ends the run, and is raised where it was called."""
        log = EventLog(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), self.t0 + rows[:, 2], rows[:, 3:])
        with self._one_at_a_time:
            if self.error is None:
                try:
                    self.consumer(log)
                except BaseException as error:  # it must not be lost in a thread
                    self.error = error
                    cancel()

    def finished(self) -> tuple[EventLog, Reals]:
        """The events that nobody took, ordered by cell and time; the extremes, with times as the caller counts."""
        if self.error is not None:
            raise self.error
        shift = np.array([0.0, self.t0, 0.0, self.t0])
        return in_order(self.kept, self.layout.states), self.extremes + shift


def in_order(logs: list[EventLog], n_states: int) -> EventLog:
    """One log, ordered by cell; those of one cell come in the order of time."""
    if not logs:
        return no_events(n_states)
    cell = np.concatenate([log.cell for log in logs])
    order = np.argsort(cell, kind="stable")
    which, time, state = (np.concatenate([getattr(log, name) for log in logs]) for name in ("which", "time", "state"))
    return EventLog(cell[order], which[order], time[order], state[order])
