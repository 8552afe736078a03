"""Events and extremes for the reference engine: Brent's methods on the dense output of every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

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
        """All g, then all w, of states (..., n)."""
        with np.errstate(all="ignore"):
            values = self._function(*np.moveaxis(y, -1, 0), *self.p)
        return np.stack([np.broadcast_to(np.asarray(v, float), y.shape[:-1]) for v in values], axis=-1)

    def begin(self, t: float, y: Array) -> None:
        """Look at the start."""
        self.seen = self.functions(y)
        self._record(np.array([t]), self.seen[None, self.m :])

    def step(self, t0: float, t1: float, states: States) -> float | None:
        """Look at a step; the time of a terminal event, if there is one."""
        times = np.linspace(t0, t1, SAMPLES)
        values = self.functions(np.array([states(t) for t in times]))
        values[0] = self.seen
        self.seen = values[-1]
        found: list[tuple[float, int]] = []
        for i, k, sign in self._crossed(values[:, : self.m]):
            found.append((self._zero(k, sign, times[i], times[i + 1], states), k))
        for when, k in sorted(found):
            self.rows.append((k, when, states(when)))
            if self.terminal[k]:
                before = times < when
                times = np.append(times[before], when)
                values = np.vstack([values[before], self.functions(states(when))])
                self._extremes(times, values[:, self.m :], states)
                return when
        self._extremes(times, values[:, self.m :], states)
        return None

    def _crossed(self, g: Array) -> list[tuple[int, int, float]]:
        """Pieces of the step in which events happen, the events, and the signs that g takes on."""
        rising, falling = np.array(self.direction) >= 0, np.array(self.direction) <= 0
        up: Any = np.argwhere((g[:-1] <= 0) & (g[1:] > 0) & rising) if self.m else []
        down: Any = np.argwhere((g[:-1] >= 0) & (g[1:] < 0) & falling) if self.m else []
        return [(int(i), int(k), sign) for pairs, sign in ((up, 1.0), (down, -1.0)) for i, k in pairs]

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

    def _extremes(self, times: Array, values: Array, states: States) -> None:
        """Refine what may be a record between the samples, then take the samples."""
        for i in range(len(self.extremes)):
            for sign, place in ((1.0, 0), (-1.0, 2)):
                best = int(np.argmin(sign * values[:, i]))
                if 0 < best < len(times) - 1 and sign * values[best, i] < sign * self.extremes[i, place]:
                    self._refine(i, sign, times[best - 1], times[best + 1], states)
        self._record(times, values)

    def _refine(self, i: int, sign: float, t0: float, t1: float, states: States) -> None:
        from scipy.optimize import minimize_scalar

        def w(t: float) -> float:
            return sign * float(self.functions(states(t))[self.m + i])

        t = float(minimize_scalar(w, bounds=(t0, t1), method="bounded", options={"xatol": 1e-9 * (t1 - t0)}).x)
        self._record(np.array([t]), self.functions(states(t))[None, self.m :])

    def _record(self, times: Array, values: Array) -> None:
        for i in range(len(self.extremes)):
            low, high = int(np.argmin(values[:, i])), int(np.argmax(values[:, i]))
            if values[low, i] < self.extremes[i, 0]:
                self.extremes[i, :2] = values[low, i], times[low]
            if values[high, i] > self.extremes[i, 2]:
                self.extremes[i, 2:] = values[high, i], times[high]

    def log(self, n_states: int) -> EventLog:
        """All events."""
        if not self.rows:
            return no_events(n_states)
        which, time, state = zip(*self.rows, strict=True)
        return EventLog(np.zeros(len(which), dtype=np.int64), np.array(which), np.array(time), np.array(state))
