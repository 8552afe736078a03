"""What a study asks of an engine, and the two that exist by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, Literal, Protocol

import numpy as np

from ionostat.cell.equations import System
from ionostat.engines.watched import NOTHING, EventLog, Watched, WatchedOutline, no_events
from ionostat.errors import UnknownNameError

EngineName = Literal["native", "reference"]
STATUSES = {
    "ok": "reached the end",
    "step_too_small": "the step size fell below its floor",
    "step_limit": "the step limit was reached",
    "non_finite": "a state became infinite or not a number",
    "cancelled": "stopped by the user",
    "no_potential": "no potential balances the currents after a change",
    "exhausted": "an amount or a volume fell to zero",
    "stopped": "stopped by a terminal event",
}


@dataclass(frozen=True)
class Options:
    """Accuracy and limits of a run. `atol` is per state; inf leaves a state out of error control. Times in ms."""

    rtol: float
    atol: np.ndarray
    h0: float = 0.0
    h_max: float = float("inf")
    max_steps: int = 50_000_000
    cancel: Event | None = None
    progress: Callable[[float], None] | None = None
    """Called now and then with the part of the stretch that is done, 0 to 1."""
    direction: Sequence[int] | None = None
    """Of every event of the engine: 1 counts crossings upwards, -1 downwards, 0 (the default) both."""
    terminal: Sequence[bool] | None = None
    """Whether an event ends the run there, with the status `stopped`; by default none does."""
    on_events: Callable[[EventLog], None] | None = None
    """Takes the events in portions; without it they are in `Solved.events`."""


@dataclass(frozen=True)
class Solved:
    """Result of one stretch of time for one cell: states at the save times (NaN past the end), where it ended, why.

    `extremes` has a row for each watched value: the lowest, its time, the highest, its time.
    """

    saved: np.ndarray
    y_end: np.ndarray
    t_end: float
    status: str
    bad_state: int = -1
    steps: int = 0
    rejected: int = 0
    evaluations: int = 0
    h_last: float = 0.0
    events: EventLog = field(default_factory=lambda: no_events(0))
    extremes: np.ndarray = field(default_factory=lambda: np.zeros((0, 4)))


class Engine(Protocol):
    """Right-hand side, Jacobian and time integration of a `System`.

    Arrays of states have the shape (..., n), of parameters (..., m).
    """

    name: str

    def rhs(self, x: np.ndarray, p: np.ndarray) -> np.ndarray:
        """M dy/dt."""

    def jacobian(self, x: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Dense Jacobian, (..., n, n)."""

    def solve(self, x0: np.ndarray, p: np.ndarray, t0: float, t1: float, save: np.ndarray, options: Options) -> Solved:
        """Integrate one cell from t0 to t1 (ms) and return its states at the times `save`."""


def engine(name: str, system: System, watched: Watched | WatchedOutline = NOTHING) -> Engine:
    """The engine of that name for a system, with the events and values to look at while it integrates."""
    makers: dict[str, Callable[[System, Watched | WatchedOutline], Any]] = {"reference": _reference, "native": _native}
    if name not in makers:
        raise UnknownNameError("engine", name, makers)
    made: Engine = makers[name](system, watched)
    return made


def _reference(system: System, watched: Watched | WatchedOutline) -> Any:
    from ionostat.engines.reference import ReferenceEngine

    return ReferenceEngine(system, watched)


def _native(system: System, watched: Watched | WatchedOutline) -> Any:
    from ionostat.engines.native_engine import NativeEngine

    return NativeEngine(system, watched)
