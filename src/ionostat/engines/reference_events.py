"""Events and extremes for the reference engine: Brent's methods on the dense output of every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ionostat.cell.evaluate import compile_program
from ionostat.cell.program import straight_line
from ionostat.engines.watched import EventLog, no_events

if TYPE_CHECKING:
    from ionostat.cell.equations import System
    from ionostat.engines.engine import Options
    from ionostat.engines.watched import Watched

Array = np.ndarray
States = Callable[[float], Array]
SAMPLES = 9
"""Points of a step at which functions are looked at; extremes are refined around the best."""


class Observer:
    """Looks at the functions of `watched` after every step of one run."""

    def __init__(self, system: System, watched: Watched, p: Array, options: Options) -> None:
        self.m = len(watched.events)
        self.p = np.asarray(p, float)
        self._function = compile_program(straight_line(system.inputs, [*watched.events, *watched.values]))
        self.direction = list(options.direction or [0] * self.m)
        self.terminal = list(options.terminal or [False] * self.m)
        self.extremes = np.tile([np.inf, np.nan, -np.inf, np.nan], (len(watched.values), 1))
        self.rows: list[tuple[int, float, Array]] = []

    def functions(self, y: Array) -> Array:
        """All g, then all w."""
        with np.errstate(all="ignore"):
            return np.array(self._function(*y, *self.p), dtype=float)

    def begin(self, t: float, y: Array) -> None:
        """Look at the start."""
        self.seen = self.functions(y)
        self._record(t, self.seen[self.m :])

    def step(self, t0: float, t1: float, states: States) -> float | None:
        """Look at a step; the time of a terminal event, if there is one."""
        begin = t0
        for t in np.linspace(t0, t1, SAMPLES)[1:]:
            now = self.functions(states(t))
            found = sorted((self._zero(k, sign, begin, t, states), k) for k, sign in self._crossed(now))
            for when, k in found:
                self.rows.append((k, when, states(when)))
                if self.terminal[k]:
                    self._extremes(t0, when, states)
                    return when
            self.seen, begin = now, t
        self._extremes(t0, t1, states)
        return None

    def _crossed(self, now: Array) -> list[tuple[int, float]]:
        """Events that happened, with the sign that g took on."""
        up = (self.seen <= 0) & (now > 0)
        down = (self.seen >= 0) & (now < 0)
        rising = [(k, 1.0) for k in range(self.m) if up[k] and self.direction[k] >= 0]
        return rising + [(k, -1.0) for k in range(self.m) if down[k] and self.direction[k] <= 0]

    def _zero(self, k: int, sign: float, t0: float, t1: float, states: States) -> float:
        """The time just past the zero of event k."""
        from scipy.optimize import brentq

        def g(t: float) -> float:
            return sign * float(self.functions(states(t))[k])

        t = float(brentq(g, t0, t1, xtol=1e-15 * (t1 - t0) + 1e-300)) if g(t0) < 0 else t0
        nudge = float(np.spacing(t1))
        while t < t1 and not g(t) > 0:
            t, nudge = min(t + nudge, t1), 2 * nudge
        return t

    def _extremes(self, t0: float, t1: float, states: States) -> None:
        if not len(self.extremes) or not t1 > t0:
            return
        times = np.linspace(t0, t1, SAMPLES)
        values = np.array([self.functions(states(t))[self.m :] for t in times])
        for i in range(len(self.extremes)):
            for sign, place in ((1.0, 0), (-1.0, 2)):
                best = int(np.argmin(sign * values[:, i]))
                if 0 < best < SAMPLES - 1 and sign * values[best, i] < sign * self.extremes[i, place]:
                    self._refine(i, sign, times[best - 1], times[best + 1], states)
        for t, row in zip(times, values, strict=True):
            self._record(float(t), row)

    def _refine(self, i: int, sign: float, t0: float, t1: float, states: States) -> None:
        from scipy.optimize import minimize_scalar

        def w(t: float) -> float:
            return sign * float(self.functions(states(t))[self.m + i])

        t = float(minimize_scalar(w, bounds=(t0, t1), method="bounded", options={"xatol": 1e-9 * (t1 - t0)}).x)
        self._record(t, self.functions(states(t))[self.m :])

    def _record(self, t: float, values: Array) -> None:
        for i, value in enumerate(values):
            if value < self.extremes[i, 0]:
                self.extremes[i, :2] = value, t
            if value > self.extremes[i, 2]:
                self.extremes[i, 2:] = value, t

    def log(self, n_states: int) -> EventLog:
        """All events."""
        if not self.rows:
            return no_events(n_states)
        which, time, state = zip(*self.rows, strict=True)
        return EventLog(np.zeros(len(which), dtype=np.int64), np.array(which), np.array(time), np.array(state))
