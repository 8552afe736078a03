"""The parts of a run between its changes, and how far each quantity went: also between the recorded points, for V."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ionostat.studies.activity import Activity
from ionostat.studies.trajectory import Trajectory


@dataclass(frozen=True)
class Stretch:
    """What lies between two changes: `label` says what began it, `last` is the index of its last recorded point."""

    label: str
    start: float
    end: float
    last: int


@dataclass(frozen=True)
class Firing:
    """Action potentials of the membrane that fired most. Times in ms of the run."""

    membrane: str
    times: np.ndarray
    peak: float
    end: float

    @property
    def count(self) -> int:
        """How many."""
        return len(self.times)

    @property
    def first(self) -> float:
        """Time of the first."""
        return float(self.times[0])

    @property
    def last(self) -> float:
        """Time of the last."""
        return float(self.times[-1])

    @property
    def rate(self) -> float:
        """Mean rate between the first and the last, 1/s; NaN for a single one."""
        return 1e3 * (self.count - 1) / (self.last - self.first) if self.count > 1 else float("nan")

    @property
    def at_end(self) -> bool:
        """Whether the next one was not yet overdue when the run ended."""
        recent = np.diff(self.times[-6:])
        return self.end - self.last <= (3 * float(np.max(recent)) if len(recent) else 10.0)

    def epochs(self) -> list[tuple[float, float]]:
        """First and last action potential of each train: a pause of ten times the median interval ends one."""
        pauses = np.diff(self.times)
        cuts = np.flatnonzero(pauses > 10 * np.median(pauses)) if len(pauses) else np.zeros(0, int)
        starts, ends = [0, *(cuts + 1)], [*cuts, len(self.times) - 1]
        return [(float(self.times[a]), float(self.times[b])) for a, b in zip(starts, ends, strict=True)]


def change_times(run: Trajectory) -> list[float]:
    """Times at which something changed and after which the run went on, ms."""
    return sorted({t for t, _ in run.events if t < run.time[run.end]})


def first_change(run: Trajectory) -> float | None:
    """Time of the first change that the run reached, ms; None for a run in which nothing is changed."""
    reached = [t for t, _ in run.events if t < run.time[run.end] or t == 0.0]
    return min(reached) if reached else None


def index_before(run: Trajectory, when: float) -> int:
    """Index of the last recorded point that still has the values before a change at `when`."""
    return max(0, int(np.searchsorted(run.time, when, side="right")) - 1)


def label_at(events: Sequence[tuple[float, str]], when: float) -> str:
    """What was done at a time, in words; what ended then goes without saying where something else began."""
    done = [what for t, what in events if t == when]
    return ", ".join([what for what in done if not what.endswith(" ends")] or done)


def stretches(run: Trajectory) -> list[Stretch]:
    """The run from change to change; the first is what came before any change, where there is such a time."""
    end = float(run.time[run.end])
    times = change_times(run)
    starts = times if times and times[0] == 0.0 else [0.0, *times]
    ends = [*starts[1:], end]
    return [
        Stretch(label_at(run.events, a) or "before", a, b, min(index_before(run, b), run.end))
        for a, b in zip(starts, ends, strict=True)
    ]


def firing(run: Trajectory) -> Firing | None:
    """The action potentials of a run, None where there are none."""
    most = max(run.activity.items(), key=lambda item: len(item[1].spikes), default=None)
    if most is None or not len(most[1].spikes):
        return None
    return Firing(most[0], np.asarray(most[1].spikes, float), most[1].V_max, float(run.time[run.end]))


def watched(run: Trajectory, name: str) -> Activity | None:
    """What was watched of a quantity between the recorded points: V of a membrane."""
    edge, _, what = name.rpartition(".")
    return run.activity.get(edge) if what == "V" else None


def course(run: Trajectory, name: str, since: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Times and values of a quantity from a point on, with the extremes that were seen between the points."""
    time, values = run.time[since : run.end + 1], run[name][since : run.end + 1]
    seen = watched(run, name)
    if seen is None:
        return time, values
    extra = [(t, V) for t, V in ((seen.t_min, seen.V_min), (seen.t_max, seen.V_max)) if t >= time[0]]
    at = np.searchsorted(time, [t for t, _ in extra])
    return np.insert(time, at, [t for t, _ in extra]), np.insert(values, at, [V for _, V in extra])
