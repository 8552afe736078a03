"""The time axis of a figure: logarithmic from the first change with the time before it as a flat lead-in, or linear."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Literal

import numpy as np

from ionostat.report.summary import first_change, index_before
from ionostat.studies.trajectory import Trajectory

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Scale = Literal["auto", "log", "linear"]

FIRST_SHOWN = 0.1
"""A logarithmic axis begins this long (ms) after the change: well before a membrane has begun to charge."""
LEAD = 8.0
"""The lead-in takes as much room as a factor of this in time."""
LONG = 6e4
"""Runs that go on for longer than this (ms) after their first change get a logarithmic axis by themselves."""

_TICKS = (
    (1e-3, "1 µs"),
    (1.0, "1 ms"),
    (10.0, "10 ms"),
    (100.0, "0.1 s"),
    (1e3, "1 s"),
    (1e4, "10 s"),
    (6e4, "1 min"),
    (6e5, "10 min"),
    (3.6e6, "1 h"),
    (3.6e7, "10 h"),
    (3.6e8, "100 h"),
    (3.6e9, "1000 h"),
)
_UNITS = (("h", 3.6e6), ("min", 6e4), ("s", 1e3), ("ms", 1.0))


@dataclass(frozen=True)
class TimeAxis:
    """How times of a run (ms) become positions on an axis. `since` is the first change on a log axis, else 0."""

    log: bool
    since: float
    end: float
    unit: str
    size: float
    what: str

    @classmethod
    def of(cls, run: Trajectory, scale: Scale = "auto") -> TimeAxis:
        """The axis that suits a run, or the one asked for."""
        first = first_change(run)
        end = float(run.time[run.end])
        log = first is not None and end > first and (scale == "log" or (scale == "auto" and end - first > LONG))
        unit, size = next(((u, s) for u, s in _UNITS if end >= 1.5 * s), ("ms", 1.0))
        what = next((label for t, label in run.events if t == first), "")
        return cls(log, first if log and first is not None else 0.0, end, unit, size, what)

    @property
    def left(self) -> float:
        """First time after the change that is drawn, ms; shorter runs are shown from a thousandth of their length."""
        return min(FIRST_SHOWN, (self.end - self.since) / 1e3)

    def series(self, run: Trajectory, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions and values of a quantity, with the value before the change as a flat lead-in on a log axis."""
        known = slice(0, run.end + 1)
        time, values = run.time[known], run[name][known]
        if not self.log:
            return time / self.size, values
        before = float(values[index_before(run, self.since)])
        after = time - self.since
        late = after > self.left
        # what lies between the change and the left edge is drawn at the edge
        edge = float(np.interp(self.left, after, values)) if np.any(after > 0) else before
        x = np.concatenate([[self.left / LEAD, self.left], [self.left], after[late]])
        return x, np.concatenate([[before, before], [edge], values[late]])

    def mark(self, ax: Axes, events: Iterable[tuple[float, str]], *, labels: bool = True) -> None:
        """A line at every change, with what was done; the lead-in is shaded."""
        from matplotlib.transforms import blended_transform_factory

        across = blended_transform_factory(ax.transData, ax.transAxes)
        if self.log:
            ax.axvspan(self.left / LEAD, self.left, color="#00000010", lw=0)
            if labels:
                ax.set_title(ax.get_title("left"), loc="left", pad=15)
                middle = self.left / LEAD**0.5
                ax.text(
                    middle,
                    1.02,
                    "before",
                    transform=across,
                    ha="center",
                    va="bottom",
                    fontsize="x-small",
                    color="#555555",
                )
        elif labels:
            ax.set_title(ax.get_title("left"), loc="left", pad=15)
        seen: list[float] = []
        for when, what in sorted(events):
            x = max(when - self.since, self.left) if self.log else when / self.size
            if not self.log and not 0 <= when <= self.end:
                continue
            if self.log and when - self.since > self.end - self.since:
                continue
            ax.axvline(x, color="#00000055", lw=0.8, ls=(0, (2, 2)))
            if labels and not any(self._near(x, other) for other in seen):
                ax.text(
                    x, 1.02, f" {what}", transform=across, ha="left", va="bottom", fontsize="x-small", color="#222222"
                )
                seen.append(x)

    def _near(self, x: float, other: float) -> bool:
        """Whether two labels would stand on each other."""
        if self.log:
            return abs(log10(x / other)) < 2.0
        return abs(x - other) * self.size < 0.25 * self.end

    def finish(self, ax: Axes, *, label: bool = True) -> None:
        """Limits, ticks and label of the time axis."""
        if not self.log:
            ax.set_xlim(0, self.end / self.size)
            if label:
                ax.set_xlabel(f"time ({self.unit})")
            return
        from matplotlib.ticker import NullFormatter

        ax.set_xscale("log")
        span = self.end - self.since
        ax.set_xlim(self.left / LEAD, span * 1.05)
        inside = [(t, text) for t, text in _TICKS if self.left < t <= span * 1.05]
        shown = _with_room(inside, span * 1.05 * LEAD / self.left)
        ax.set_xticks([t for t, _ in shown], [text for _, text in shown])
        ax.set_xticks([t for t, _ in inside if (t, _) not in shown], minor=True)
        ax.xaxis.set_minor_formatter(NullFormatter())
        if label:
            ax.set_xlabel(f"time after {self.what or 'the change'} (logarithmic)")


def _with_room(ticks: list[tuple[float, str]], span: float) -> list[tuple[float, str]]:
    """The ticks that can be labelled: one of each unit first, then those that keep clear of them."""
    clear = span ** (1 / 9.5)
    kept = [tick for tick in ticks if tick[1].startswith("1 ")]
    for tick in ticks:
        if all(max(tick[0] / t, t / tick[0]) >= clear for t, _ in kept):
            kept.append(tick)
    return sorted(kept)
