"""What a run comes to, in numbers: the jump, the half-times, the extremes, the end, what changed most.

Pure functions of a `Trajectory`. A run is measured from its first change; what was before is the value just before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, log
from typing import Any

import numpy as np

from ionostat.constants import F, R
from ionostat.report.jumps import Jump, jumps, pump_change
from ionostat.report.outline import headline, main_volume
from ionostat.report.stretches import Firing, Stretch, course, firing, first_change, index_before, stretches
from ionostat.studies.trajectory import Trajectory

MOVED = 1e-3
"""A quantity whose weight stays below this has not moved."""
BACK = 0.9
"""A quantity that ends nearer than this part of its farthest has come back."""
LEVEL = 1e-4
"""The farthest point is the first that is as far as any to this part: a plateau counts from its beginning."""


@dataclass(frozen=True)
class Change:
    """A quantity before the first change, at its farthest (after `when` ms of the run) and at the end.

    `weight` orders changes of all kinds by the farthest, `at_end` is the same of the end.
    """

    name: str
    unit: str
    before: float
    after: float
    farthest: float
    when: float
    weight: float
    at_end: float

    @property
    def ratio(self) -> float:
        """New over old."""
        return self.after / self.before if self.before else inf

    @property
    def came_back(self) -> bool:
        """Whether it went farther than where it ended."""
        return self.weight > MOVED and self.at_end < BACK * self.weight


@dataclass(frozen=True)
class Summary:
    """A run in numbers. Times in ms; `half_times` maps V, E_Na, E_K to the time (or None) at which half was gone.

    Half-times count from the change of an ATPase at `pump_change`, and there are none without one.
    """

    first_change: float | None
    pump_change: float | None
    events: tuple[tuple[float, str], ...]
    stretches: tuple[Stretch, ...]
    jumps: tuple[Jump, ...]
    firing: Firing | None
    half_times: dict[str, float | None]
    changes: tuple[Change, ...]
    duration: float
    drift: dict[str, float] = field(default_factory=dict)
    """How fast each main quantity still moves at the end: fraction per hour, V in mV per hour."""

    @property
    def returns(self) -> bool:
        """Whether something went farther than where it ended, so that the end alone does not tell the run."""
        return self.first_change is not None and any(c.came_back for c in self.changes)

    def to_dict(self) -> dict[str, Any]:
        """Plain data with units."""
        return {
            "first_change": _time(self.first_change),
            "jumps": [j.record() for j in self.jumps],
            "half_times": {n: _time(t) for n, t in self.half_times.items()},
            "firing": _firing_record(self.firing),
            "changed_most": [
                {
                    "name": c.name,
                    "before": _finite(c.before),
                    "farthest": _finite(c.farthest),
                    "time_of_farthest": _time(c.when),
                    "after": _finite(c.after),
                    "unit": c.unit,
                }
                for c in self.changes[:5]
            ],
        }


def summary(run: Trajectory) -> Summary:
    """Everything about a run that is worth a sentence."""
    t0 = first_change(run)
    before = index_before(run, t0) if t0 is not None else 0
    return Summary(
        first_change=t0,
        pump_change=pump_change(run),
        events=run.events,
        stretches=tuple(stretches(run)),
        jumps=tuple(jumps(run)),
        firing=firing(run),
        half_times=half_times(run),
        changes=tuple(changes(run, before)),
        duration=float(run.time[run.end]),
        drift=drift(run),
    )


def half_times(run: Trajectory) -> dict[str, float | None]:
    """When V and the Nernst potentials of Na and K of the first membrane were half of what they had been.

    Counted from the first change of an ATPase; None when that did not happen, and empty without such a change. V of a
    cell that fires counts only when it does not come back, and not while the cell fires on at the end.
    """
    t0 = pump_change(run)
    if t0 is None:
        return {}
    edge = run.cell.membranes[0].name
    names = [n for n in (f"{edge}.V", f"{edge}.E_Na", f"{edge}.E_K") if n in run.units]
    fires = run.cell.excitable
    fired = firing(run)
    if fired is not None and fired.at_end:
        names.remove(f"{edge}.V")
    return {n: half_time(run, n, t0, for_good=fires and n.endswith(".V")) for n in names}


def half_time(run: Trajectory, name: str, since: float, *, for_good: bool = False) -> float | None:
    """Time after `since` (ms) at which a quantity first was half of what it had been; linear between points.

    `for_good` gives the time from which on it stayed below half.
    """
    i = index_before(run, since)
    series = run[name][i : run.end + 1]
    time = run.time[i : run.end + 1]
    with np.errstate(all="ignore"):
        left = series / series[0]
    below = left <= 0.5
    kept = np.flatnonzero(~below)
    if not below.any() or (for_good and below.size - 1 == kept[-1]):
        return None
    k = int(kept[-1]) + 1 if for_good else int(np.argmax(below))
    part = (left[k - 1] - 0.5) / (left[k - 1] - left[k])
    return float(time[k - 1] + part * (time[k] - time[k - 1]) - since)


def changes(run: Trajectory, before: int = 0) -> list[Change]:
    """The main quantities from the point `before` on, what went farthest from its value there first.

    Changes of all kinds are weighed alike: a ratio by its logarithm, a potential in units of RT/F (an e-fold
    change of an ion moves its Nernst potential by RT/F).
    """
    thermal = R * run.cell["temperature"] / F
    found = []
    for name in headline(run.cell):
        unit = run.units[name]
        time, values = course(run, name, before)
        old, new = float(run[name][before]), float(run[name][run.end])
        weights = np.abs(values - old) / thermal if unit == "mV" else _ratios(values, old)
        k = int(np.argmax(weights >= (1 - LEVEL) * np.max(weights)))
        at_end = float(weights[-1])
        found.append(Change(name, unit, old, new, float(values[k]), float(time[k]), float(weights[k]), at_end))
    return sorted(found, key=lambda c: -c.weight)


def _ratios(values: np.ndarray, old: float) -> np.ndarray:
    """Size of the logarithm of values over an old one; infinite for what came out of nothing."""
    if old <= 0:
        return np.where(values == old, 0.0, inf)
    with np.errstate(all="ignore"):
        return np.asarray(np.abs(np.log(np.maximum(values, 0.0) / old)))


def drift(run: Trajectory) -> dict[str, float]:
    """Speed of V (mV per hour) and of the main volume (fraction per hour) over the last hundredth of the run."""
    end = run.end
    start = index_before(run, 0.99 * float(run.time[end]))
    start = min(start, end - 1)
    if start < 0 or run.time[end] <= run.time[start]:
        return {}
    hours = float(run.time[end] - run.time[start]) / 3.6e6
    V, W = f"{run.cell.membranes[0].name}.V", main_volume(run.cell)
    return {
        V: float(run[V][end] - run[V][start]) / hours,
        W: log(float(run[W][end] / run[W][start])) / hours,
    }


def _firing_record(found: Firing | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "membrane": found.membrane,
        "count": found.count,
        "first": _time(found.first),
        "last": _time(found.last),
        "rate": {"value": _finite(found.rate), "unit": "1/s"},
        "V_max": {"value": _finite(found.peak), "unit": "mV"},
        "at_end": found.at_end,
    }


def _time(value: float | None) -> dict[str, Any] | None:
    return None if value is None else {"value": float(value), "unit": "ms"}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
