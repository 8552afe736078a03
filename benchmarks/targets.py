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


TARGETS = (
    Target("rundown: our throughput over libRoadRunner's, one core each", 80, "times", _ratio("rundown")),
    Target("rundown: two cores over libRoadRunner on one", 150, "times", _ratio("rundown", 2)),
    Target("spiking: one core each, equal phase error", 15, "times", _ratio("spiking")),
    Target("single: one rundown, the calls included", 8, "times", _ratio("single")),
    Target("single: one minute of spikes", 2.5, "times", _ratio("single_spiking")),
    Target("rest: converged in a second on one core", 1e6, "cells", _rest_rate("converged")),
    Target("rest: certified in a second on one core", 1e5, "cells", _rest_rate("certified")),
    Target("second thread", 1.8, "times", _second_thread),
    Target("first `ionostat rest`, empty cache", 3.0, "s", _cold("empty cache"), at_least=False),
    Target("`ionostat rest`, full cache", 0.8, "s", _cold("full cache"), at_least=False),
    Target("`import ionostat`", 0.2, "s", _cold("import ionostat"), at_least=False),
)
