"""What an engine looks at after every step besides the states: events and extremes.

An *event* is a zero of a function g(y, p) that the solution crosses; its time is sought inside the step, on the dense
output, to far below the tolerance of the solver. An *extreme* is the lowest or highest value of a function w(y, p).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Watched:
    """Expressions in the inputs (states and parameters) of a system: `events` are the g, `values` the w.

    A crossing upwards is a change from g <= 0 to g > 0, one downwards from g >= 0 to g < 0, seen from the end of one
    step to the end of the next. So g = 0 at the start counts once, when the solution leaves it. Two crossings within
    one step cancel, and are seen only of an event in `ties`: (event, value) with g = w - a constant. There the turning
    point of w in the step is looked at too.
    """

    events: tuple[Any, ...] = ()
    values: tuple[Any, ...] = ()
    ties: tuple[tuple[int, int], ...] = ()

    @property
    def n_events(self) -> int:
        """Number of events."""
        return len(self.events)

    @property
    def n_values(self) -> int:
        """Number of values."""
        return len(self.values)

    @property
    def key(self) -> str:
        """Expressions that were given have no name under which their code could be kept."""
        return ""

    def written(self) -> Watched:
        """The expressions themselves."""
        return self

    def __bool__(self) -> bool:
        return bool(self.events or self.values)


@dataclass(frozen=True)
class WatchedOutline:
    """Functions to watch, known by number and name; written only where their code was never compiled."""

    n_events: int
    n_values: int
    ties: tuple[tuple[int, int], ...]
    key: str
    """Equal keys mean equal expressions, in every process."""
    write: Callable[[], Watched] = field(compare=False, repr=False)

    def written(self) -> Watched:
        """The expressions themselves."""
        return self.write()

    def __bool__(self) -> bool:
        return bool(self.n_events or self.n_values)


NOTHING = Watched()


@dataclass(frozen=True)
class EventLog:
    """Events in the order of cells, those of one cell in the order of time.

    `cell` and `which` are the indices of the cell and of the event, `time` (ms) is when it happened, `state` (events,
    states) the states then. For an upward crossing the first representable instant at which g > 0 was found: to go on
    from there does not bring the same event again.
    """

    cell: Array
    which: Array
    time: Array
    state: Array

    def __len__(self) -> int:
        return len(self.time)

    def of(self, which: int) -> Array:
        """The times of one event, ms."""
        times: Array = self.time[self.which == which]
        return times


@cache
def no_events(n_states: int) -> EventLog:
    """An empty log."""
    none = np.zeros(0, dtype=np.int64)
    return EventLog(none, none, np.zeros(0), np.zeros((0, n_states)))
