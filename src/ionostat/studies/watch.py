"""What a run looks at after every step: whether something has run out, action potentials, conditions, extremes of V.

The engine finds the instants (`engines.watched`); here they get their names and are gathered over the stretches of a
run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import numpy as np

from ionostat.cell.equations import Equations, level
from ionostat.cell.feasible import positive_expressions
from ionostat.cell.observables import observables
from ionostat.engines.watched import EventLog, Watched, WatchedOutline
from ionostat.studies.activity import THRESHOLD, Activity
from ionostat.studies.apply import Point
from ionostat.studies.conditions import Condition, Crossing

if TYPE_CHECKING:
    from ionostat.engines.engine import Solved
    from ionostat.studies.stretch import Stretch

Array = np.ndarray


@dataclass
class Watch:
    """Gathers what happens in a run. Events are, in this order: what runs out, action potentials, conditions."""

    eq: Equations
    conditions: tuple[Condition, ...]
    fires: bool
    """Whether action potentials are looked for."""
    crossings: list[Crossing] = field(default_factory=list)
    exhausted: str = ""
    """The amount or volume that fell to zero, if one did."""

    def __post_init__(self) -> None:
        self.membranes = [m.name for m in self.eq.cell.membranes]
        self.extremes = np.tile([np.inf, np.nan, -np.inf, np.nan], (len(self.membranes), 1))
        self.spikes: dict[str, list[Array]] = {name: [] for name in self.membranes}
        self.positives, self.watched = _watched(self.eq, tuple(c.name for c in self.conditions), self.fires)
        firing = [1] * (len(self.membranes) if self.fires else 0)
        self.direction = [-1] * len(self.positives) + firing + [1 if c.rising else -1 for c in self.conditions]
        self.terminal = [True] * len(self.positives) + [False] * len(firing) + [c.stops for c in self.conditions]

    def begin(self, point: Point) -> list[str]:
        """Look at the start of the run; gives notes on conditions that hold already."""
        self.start = self._values(point)
        self.conditions = tuple(c.from_start(self.start[c.name]) for c in self.conditions)
        for i, name in enumerate(self.membranes):
            self._merge(i, self.start[f"{name}.V"], 0.0)
        return [
            f"{c.text}: this holds from the start, and counts when it becomes true anew"
            for c in self.conditions
            if c.holds(self.start[c.name])
        ]

    def change(self, before: Point, after: Point, time: float) -> None:
        """Look at a change at once: conditions that it makes true."""
        if not self.conditions:
            return
        old, new = self._values(before), self._values(after)
        for c in self.conditions:
            if c.holds(new[c.name]) and not c.holds(old[c.name]):
                self.crossings.append(Crossing(c, time, new[c.name], after.x, after.p))

    @property
    def levels(self) -> Array:
        """Values of the parameters that the system gets for the conditions."""
        return np.array([c.level for c in self.conditions])

    def taker(self, stretch: Stretch) -> Callable[[EventLog], None]:
        """Takes the events of a stretch."""

        def take(log: EventLog) -> None:
            first = len(self.positives)
            for k in range(first):
                if len(log.of(k)):
                    self.exhausted = self.positives[k]
            if self.fires:
                for name in self.membranes:
                    self.spikes[name].append(stretch.segment.t0 + log.of(first))
                    first += 1
            chosen = np.flatnonzero(log.which >= first)
            if len(chosen):
                times = stretch.segment.t0 + log.time[chosen]
                self._crossed(log.which[chosen] - first, times, log.state[chosen], stretch)

        return take

    def _crossed(self, which: Array, times: Array, states: Array, stretch: Stretch) -> None:
        x, _, p = stretch.split(states)
        values = observables(self.eq).evaluate(x, p)
        for i, k in enumerate(which):
            c = self.conditions[int(k)]
            self.crossings.append(Crossing(c, float(times[i]), float(values[c.name][i]), x[i], p[i]))

    def see(self, solved: Solved, t0: float) -> None:
        """Take in the extremes of a stretch that began at `t0`."""
        for i, (low, t_low, high, t_high) in enumerate(solved.extremes[: len(self.membranes)]):
            self._merge(i, low, t0 + t_low)
            self._merge(i, high, t0 + t_high)

    def _merge(self, i: int, V: float, time: float) -> None:
        if V < self.extremes[i, 0]:
            self.extremes[i, :2] = V, time
        if V > self.extremes[i, 2]:
            self.extremes[i, 2:] = V, time

    @property
    def stop(self) -> Crossing | None:
        """The condition that ended the run, if one did."""
        return next((c for c in self.crossings if c.condition.stops), None)

    def activity(self) -> dict[str, Activity]:
        """Extremes and action potentials of every membrane."""
        found = {}
        for name, row in zip(self.membranes, self.extremes, strict=True):
            times = np.concatenate(self.spikes[name]) if self.spikes[name] else np.zeros(0)
            V_min, t_min, V_max, t_max = (float(v) for v in row)
            found[name] = Activity(V_min, t_min, V_max, t_max, times)
        return found

    def _values(self, point: Point) -> dict[str, float]:
        return {n: float(v) for n, v in observables(self.eq).evaluate(point.x, point.p).items()}


@lru_cache(maxsize=64)
def _watched(eq: Equations, names: tuple[str, ...], fires: bool) -> tuple[list[str], WatchedOutline]:
    """Names of what can run out, and the functions to look at: what runs out, action potentials, conditions."""
    positives: list[str] = eq.record.recall("can run out", lambda: _can_run_out(eq))
    n, m = len(positives), len(eq.cell.membranes)
    firing = m if fires else 0
    ties = [(n + i, i) for i in range(firing)] + [(n + firing + k, m + k) for k in range(len(names))]
    key = eq.record.key_of(" ".join(("watched", "firing" if fires else "", *names)))
    write = partial(_written, eq, tuple(positives), names, fires)
    return positives, WatchedOutline(n + firing + len(names), m + len(names), tuple(ties), key, write)


def _can_run_out(eq: Equations) -> list[str]:
    states = {s.symbol for s in eq.states}
    return [n for n, e in positive_expressions(eq).items() if e.free_symbols & states]


def _written(eq: Equations, positives: tuple[str, ...], names: tuple[str, ...], fires: bool) -> Watched:
    known = positive_expressions(eq)
    V = [eq.traced.V(m) for m in eq.cell.membranes]
    firing = [v - THRESHOLD for v in V] if fires else []
    told = [eq.readings[n][0] for n in names]
    conditions = [e - level(k) for k, e in enumerate(told)]
    _, outline = _watched(eq, names, fires)
    return Watched((*(known[n] for n in positives), *firing, *conditions), (*V, *told), outline.ties)
