"""What was promised, and how far each promise is from what was measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan

from benchmarks.rows import OURS, Row, of, ratio_at_goal

ROADRUNNER = "libRoadRunner"
Measured = Callable[[Sequence[Row]], float]


@dataclass(frozen=True)
class Target:
    """`measured` has to be at least (or at most) `goal`."""

    what: str
    goal: float
    unit: str
    measured: Measured
    at_least: bool = True

    def verdict(self, rows: Sequence[Row]) -> tuple[float, str]:
        """The measured value and a word on it."""
        value = self.measured(rows)
        if not isfinite(value):
            return nan, "not measured"
        if (value >= self.goal) if self.at_least else (value <= self.goal):
            return value, "reached"
        part = value / self.goal if self.at_least else self.goal / value
        return value, f"not reached: {100 * part:.0f} % of the way"


def _ratio(case: str, threads: int = 1) -> Measured:
    return lambda rows: ratio_at_goal(rows, case, ROADRUNNER, threads)


def _rest_rate(how: str) -> Measured:
    return lambda rows: max((r.cells_per_s for r in of(rows, "rest", OURS) if how in r.how), default=nan)


def _cold(what: str) -> Measured:
    return lambda rows: max((r.cold_s for r in of(rows, "cold", OURS) if what in r.what), default=nan)


def _second_thread(rows: Sequence[Row]) -> float:
    """Throughput on two threads over that on one, both on the wall; the median over tolerances."""
    one, two = ({r.rtol: r.cells_per_s for r in of(rows, "rundown_threads", OURS, n)} for n in (1, 2))
    gains = sorted(two[rtol] / one[rtol] for rtol in one.keys() & two.keys())
    return gains[len(gains) // 2] if gains else nan


def _compile(what: str) -> Measured:
    return lambda rows: max((r.cold_s for r in of(rows, "compile", OURS) if r.what == what), default=nan)


def _million(rows: Sequence[Row]) -> Row | None:
    return next((r for r in of(rows, "scale", OURS, 2) if r.members == 1_000_000), None)


def _million_seconds(rows: Sequence[Row]) -> float:
    row = _million(rows)
    return row.us_per_cell if row else nan  # a million cells: us for one are s for all


def _million_memory(rows: Sequence[Row]) -> float:
    row = _million(rows)
    return row.gigabytes if row else nan


def _flat(rows: Sequence[Row]) -> float:
    """The dearest cost per member over the cheapest, from a thousand to a million, in percent more."""
    costs = [r.us_per_cell for r in of(rows, "scale", OURS)]
    return 100 * (max(costs) / min(costs) - 1) if len(costs) > 1 else nan


TARGETS = (
    Target("rundown: our throughput over libRoadRunner's, one core each", 80, "times", _ratio("rundown")),
    Target("rundown: two cores over libRoadRunner on one", 150, "times", _ratio("rundown", 2)),
    Target("spiking: one core each, equal phase error", 15, "times", _ratio("spiking")),
    Target("single: one rundown, the calls included", 8, "times", _ratio("single")),
    Target("single: one minute of spikes", 2.5, "times", _ratio("single_spiking")),
    Target("rest: converged in a second on one core", 1e6, "cells", _rest_rate("converged")),
    Target("rest: certified in a second on one core", 1e5, "cells", _rest_rate("certified")),
    Target("second thread", 1.8, "times", _second_thread),
    Target("a million rundowns on two cores", 4.0, "s", _million_seconds, at_least=False),
    Target("memory of these", 1.0, "GB", _million_memory, at_least=False),
    Target("spread of the cost per member, 10^3 to 10^6", 10.0, "percent", _flat, at_least=False),
    Target("compile 4 states", 0.2, "s", _compile("4 states"), at_least=False),
    Target("compile 26 states", 1.0, "s", _compile("26 states"), at_least=False),
    Target("first `ionostat rest`, empty cache", 3.0, "s", _cold("empty cache"), at_least=False),
    Target("`ionostat rest`, full cache", 0.8, "s", _cold("full cache"), at_least=False),
    Target("`import ionostat`", 0.2, "s", _cold("import ionostat"), at_least=False),
)
