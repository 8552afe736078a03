"""What the membrane potential did between the recorded points: extremes, and every action potential.

A record of a few hundred points misses spikes. So the potential of an excitable cell is watched on a grid while it is
being computed, and only what happened is kept. Where the step is not capped (`max_step`), or the reference engine runs,
the recorded points are all there is, and no spikes are told.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import Expressions, expressions

Array = np.ndarray
COARSE, FINE = 1.0, 0.1
"""Spacing (ms) of the watch: a piece in which V moves on the coarse grid is computed again on the fine one."""
LIVELY = 5.0
"""By how much (mV) V moves within a lively piece."""
CHUNK = 2e3
"""Length (ms) of the pieces in which an excitable cell is watched, so that memory stays bounded."""
THRESHOLD = 0.0
"""An action potential is an upward crossing of this potential (mV)."""


@dataclass(frozen=True)
class Activity:
    """Extremes of V (mV) with their times (ms), and the times (ms) of upward crossings of 0 mV."""

    V_min: float
    t_min: float
    V_max: float
    t_max: float
    spikes: Array = field(default_factory=lambda: np.zeros(0))

    def to_dict(self) -> dict[str, object]:
        """Plain data with units."""
        return {
            "V_min": {"value": self.V_min, "unit": "mV", "time": {"value": self.t_min, "unit": "ms"}},
            "V_max": {"value": self.V_max, "unit": "mV", "time": {"value": self.t_max, "unit": "ms"}},
            "spikes": {"count": len(self.spikes), "times": {"value": self.spikes.tolist(), "unit": "ms"}},
        }


class Watch:
    """Gathers the activity of every membrane, piece by piece in time."""

    def __init__(self, eq: Equations) -> None:
        self.eq = eq
        names = [m.name for m in eq.cell.membranes]
        self.low = dict.fromkeys(names, (np.inf, np.nan))
        self.high = dict.fromkeys(names, (-np.inf, np.nan))
        self.last = dict.fromkeys(names, (np.nan, np.nan))
        self.spikes: dict[str, list[Array]] = {n: [] for n in names}

    def see(self, t: Array, x: Array, p: Array) -> None:
        """Take in states at increasing times (rows that are not finite are passed over)."""
        known = np.all(np.isfinite(x), axis=1)
        if not np.any(known):
            return
        t = t[known]
        for name, V in _potentials(self.eq)(x[known], p[known]).items():
            low, high = int(np.argmin(V)), int(np.argmax(V))
            self.low[name] = min(self.low[name], (float(V[low]), float(t[low])))
            self.high[name] = max(self.high[name], (float(V[high]), float(t[high])))
            before, when = self.last[name]
            times, values = np.append(when, t), np.append(before, V)
            up = np.flatnonzero((values[:-1] < THRESHOLD) & (values[1:] >= THRESHOLD))
            part = (THRESHOLD - values[up]) / (values[up + 1] - values[up])
            self.spikes[name].append(times[up] + part * (times[up + 1] - times[up]))
            self.last[name] = (float(V[-1]), float(t[-1]))

    def lively(self, x: Array, p: Array) -> bool:
        """Whether some potential moves by more than a few mV in these states."""
        known = np.all(np.isfinite(x), axis=1)
        series = _potentials(self.eq)(x[known], p[known]).values() if np.any(known) else []
        return any(float(np.ptp(V)) > LIVELY for V in series)

    def report(self, *, spikes: bool) -> dict[str, Activity]:
        """The activity of every membrane; without `spikes` the grid was too coarse to tell them."""
        found = {}
        for name in self.low:
            times = np.concatenate(self.spikes[name]) if spikes and self.spikes[name] else np.zeros(0)
            found[name] = Activity(*self.low[name], *self.high[name], times)
        return found


@lru_cache(maxsize=32)
def _potentials(eq: Equations) -> Expressions:
    return expressions(eq, "V", lambda: {m.name: eq.traced.V(m) for m in eq.cell.membranes})
