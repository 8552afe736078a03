"""The time axis of a figure: logarithmic from each change with the time before it as a flat lead-in, or linear.

One change gives a plain logarithmic axis. After up to four changes the logarithmic time begins anew: the stretches
stand side by side on one axis. With more changes the axis is linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import log10
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ionostat.report.stretches import change_times, index_before, label_at
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

MOST = 4
"""Runs with more changes than this get a linear axis by themselves."""
LEADS = (1.6, 0.4)
"""Room (decades) for the value before the first of several stretches, and before each of the others."""
ROWS = 4
"""Rows of labels above a panel; what finds no room in them stays without a label."""
CHARACTER = 0.054
"""Width of a character of such a label, inches."""

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
class Part:
    """A stretch on an axis of several: it begins at the position `at` with a lead-in, then comes logarithmic time."""

    start: float
    end: float
    at: float
    lead: float

    @property
    def left(self) -> float:
        """First time after the change that is drawn, ms; shorter stretches from a thousandth of their length."""
        return min(FIRST_SHOWN, (self.end - self.start) / 1e3)

    @property
    def zero(self) -> float:
        """Position of the change."""
        return self.at + self.lead

    @property
    def right(self) -> float:
        """Position of the end."""
        return float(self.place(self.end - self.start))

    def place(self, after: Any) -> Any:
        """Position of a time after the change, ms."""
        return self.zero + np.log10(np.maximum(after, self.left) / self.left)


@dataclass(frozen=True)
class TimeAxis:
    """How times of a run (ms) become positions on an axis. `since` is the first change on a log axis, else 0.

    `parts` are the stretches of an axis on which logarithmic time begins anew at every change; their positions are
    decades.
    """

    log: bool
    since: float
    end: float
    unit: str
    size: float
    what: str
    parts: tuple[Part, ...] = ()

    @classmethod
    def of(cls, run: Trajectory, scale: Scale = "auto") -> TimeAxis:
        """The axis that suits a run, or the one asked for."""
        times = change_times(run)
        end = float(run.time[run.end])
        log = bool(times) and (scale == "log" or (scale == "auto" and end - times[0] > LONG and len(times) <= MOST))
        unit, size = next(((u, s) for u, s in _UNITS if end >= 1.5 * s), ("ms", 1.0))
        what = label_at(run.events, times[0]) if times else ""
        parts = _side_by_side(times, end) if log and 1 < len(times) <= MOST else ()
        return cls(log, times[0] if log else 0.0, end, unit, size, what, parts)

    @property
    def left(self) -> float:
        """First time after the change that is drawn, ms; shorter runs are shown from a thousandth of their length."""
        return min(FIRST_SHOWN, (self.end - self.since) / 1e3)

    @cached_property
    def limits(self) -> tuple[float, float]:
        """First and last position."""
        if self.parts:
            return self.parts[0].at, self.parts[-1].right
        return (self.left / LEAD, (self.end - self.since) * 1.05) if self.log else (0.0, self.end / self.size)

    def places(self, times: np.ndarray) -> np.ndarray:
        """Positions of times of the run; those before the first change of a logarithmic axis are left out."""
        if self.parts:
            inside = [(part, times[(times > part.start) & (times <= part.end)]) for part in self.parts]
            return np.concatenate([part.place(some - part.start) for part, some in inside])
        return np.maximum(times[times > self.since] - self.since, self.left) if self.log else times / self.size

    def series(self, run: Trajectory, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Positions and values of a quantity, with the value before a change as a flat lead-in on a log axis."""
        known = slice(0, run.end + 1)
        time, values = run.time[known], run[name][known]
        if self.parts:
            pieces = [self._piece(run, time, values, part) for part in self.parts]
            return np.concatenate([x for x, _ in pieces]), np.concatenate([y for _, y in pieces])
        if not self.log:
            return time / self.size, values
        before = float(values[index_before(run, self.since)])
        after = time - self.since
        late = after > self.left
        # what lies between the change and the left edge is drawn at the edge
        edge = float(np.interp(self.left, after, values)) if np.any(after > 0) else before
        x = np.concatenate([[self.left / LEAD, self.left], [self.left], after[late]])
        return x, np.concatenate([[before, before], [edge], values[late]])

    def _piece(
        self, run: Trajectory, time: np.ndarray, values: np.ndarray, part: Part
    ) -> tuple[np.ndarray, np.ndarray]:
        """One stretch: the value before, what lies before the left edge at that edge, then the points."""
        before = float(values[index_before(run, part.start)])
        after = time - part.start
        edge = float(np.interp(part.left, after, values))
        late = (after > part.left) & (time <= part.end)
        x = np.concatenate([[part.at, part.zero, part.zero], part.place(after[late])])
        return x, np.concatenate([[before, before, edge], values[late]])

    def mark(self, ax: Axes, run: Trajectory, *, labels: bool = True) -> None:
        """A line at every change, with what was done; the lead-ins are shaded."""
        times = change_times(run)
        marks = [(self._mark(t), label_at(run.events, t)) for t in times]
        for a, b in [(part.at, part.zero) for part in self.parts] or ([(self.left / LEAD, self.left)] * self.log):
            ax.axvspan(a, b, color="#00000010", lw=0)
        for x, _ in marks:
            ax.axvline(x, color="#00000055", lw=0.8, ls=(0, (2, 2)))
        if labels:
            self._label(ax, marks)

    def _mark(self, when: float) -> float:
        """Position of the line of a change."""
        if self.parts:
            return next(part.zero for part in self.parts if part.start == when)
        return max(when - self.since, self.left) if self.log else when / self.size

    def _label(self, ax: Axes, marks: list[tuple[float, str]]) -> None:
        """Labels above the panel, none over another and none over the names of the lines at the right."""
        width = 0.9 * ax.get_position().width * ax.get_figure(root=True).get_figwidth()  # type: ignore[union-attr]
        full = [0.0] * ROWS
        used = 0
        if self.log:
            middle = (self._share(self.parts[0].zero) if self.parts else self._share(self.left)) / 2
            _write(ax, middle, 0, "before", "center", "#555555")
            full[0] = 2 * middle
        for x, text in marks:
            share, room = self._share(x), CHARACTER * (len(text) + 1) / width
            start = max(0.0, min(share, 1.0 - room))
            row = next((k for k, right in enumerate(full) if start >= right - 1e-9), None)
            if row is None:
                continue
            if start < share:
                _write(ax, 1.0, row, text, "right", "#222222")
            else:
                _write(ax, share, row, f" {text}", "left", "#222222")
            full[row], used = start + room, max(used, row)
        if self.log or marks:
            ax.set_title(ax.get_title("left"), loc="left", pad=15 + 9 * used)

    def _share(self, x: float) -> float:
        """How far along the axis a position is, 0 to 1."""
        low, high = self.limits
        return log10(x / low) / log10(high / low) if self.log and not self.parts else (x - low) / (high - low)

    def finish(self, ax: Axes, *, label: bool = True) -> None:
        """Limits, ticks and label of the time axis."""
        from matplotlib.ticker import NullFormatter

        ax.set_xlim(*self.limits)
        if not self.log:
            if label:
                ax.set_xlabel(f"time ({self.unit})")
            return
        if self.parts:
            inside = [
                (float(part.place(t)), text)
                for part in self.parts
                for t, text in _TICKS
                if part.left < t <= 1.05 * (part.end - part.start)
            ]
            shown = _with_room(inside, self.limits[1])
        else:
            ax.set_xscale("log")
            ax.set_xlim(*self.limits)
            inside = [(t, text) for t, text in _TICKS if self.left < t <= self.limits[1]]
            decades = _with_room([(log10(t), text) for t, text in inside], log10(self.limits[1] / self.limits[0]))
            shown = [tick for tick in inside if tick[1] in [text for _, text in decades]]
        ax.set_xticks([x for x, _ in shown], [text for _, text in shown])
        ax.set_xticks([tick[0] for tick in inside if tick not in shown], minor=True)
        ax.xaxis.set_minor_formatter(NullFormatter())
        if label:
            after = "each change" if self.parts else self.what or "the change"
            ax.set_xlabel(f"time after {after} (logarithmic)")


def _side_by_side(times: list[float], end: float) -> tuple[Part, ...]:
    """The stretches after each change, one after the other."""
    parts: list[Part] = []
    for start, stop in zip(times, [*times[1:], end], strict=True):
        parts.append(Part(start, stop, parts[-1].right if parts else 0.0, LEADS[1] if parts else LEADS[0]))
    return tuple(parts)


def _write(ax: Axes, share: float, row: int, text: str, align: Any, colour: str) -> None:
    """A word above a panel."""
    ax.annotate(
        text,
        xy=(share, 1.0),
        xycoords="axes fraction",
        xytext=(0, 3 + 9 * row),
        textcoords="offset points",
        ha=align,
        va="bottom",
        fontsize="x-small",
        color=colour,
        annotation_clip=False,
    )


def _with_room(ticks: list[tuple[float, str]], decades: float) -> list[tuple[float, str]]:
    """The ticks that can be labelled: one of each unit first, then those that keep clear of them."""
    clear = decades / 10
    first = ("1 s", "1 h", "1 ms", "1 min")
    order = sorted(ticks, key=lambda tick: first.index(tick[1]) if tick[1] in first else len(first))
    kept: list[tuple[float, str]] = []
    for tick in order:
        if all(abs(tick[0] - x) >= clear for x, _ in kept):
            kept.append(tick)
    return sorted(kept)
