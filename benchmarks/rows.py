"""One measured row, and what rows say about each other at equal error."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cache
from math import isfinite, nan
from pathlib import Path

OURS = "native"


@cache
def machine() -> str:
    """Processor, cores, system and Python of this machine."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = dict(line.split(":", 1) for line in info.read_text(encoding="utf-8").splitlines() if ":" in line)
        named = {k.strip(): v.strip() for k, v in lines.items()}
        model = named.get("model name", model)
        if "cpu family" in named:
            model += f" (family {named['cpu family']}, model {named['model']})"
    wide = "AVX-512" if info.exists() and "avx512f" in info.read_text(encoding="utf-8") else ""
    return ", ".join(
        part
        for part in (model, wide, f"{os.cpu_count()} cores", platform.system(), f"Python {platform.python_version()}")
        if part
    )


@dataclass(frozen=True)
class Row:
    """One engine on one case at one tolerance.

    `us_per_cell` is CPU time of all threads for `threads` = 1, and time on the wall for more; `cells_per_s` follows.
    `rel_error` is the largest over the members that every fast engine ran, `rel_error_median` their median; for a
    cell that fires both are ms of phase (`error_unit`). `cold_s`: loading, compiling and a first result in a warm
    Python; in the case `cold` a new process from its start. `reset_us`: setting states and parameters, not in the time.
    """

    case: str
    engine: str
    us_per_cell: float
    rel_error: float
    cells_per_s: float = nan
    threads: int = 1
    cold_s: float = nan
    rtol: float = nan
    rel_error_median: float = nan
    error_unit: str = "1"
    members: int = 1
    lanes: int = 1
    wall_us_per_cell: float = nan
    reset_us: float = nan
    failed: int = 0
    gigabytes: float = nan
    what: str = ""
    how: str = ""
    version: str = ""
    note: str = ""
    machine: str = field(default_factory=machine)

    def to_json(self) -> str:
        """One line; numbers that do not exist are null."""
        plain = {k: None if isinstance(v, float) and not isfinite(v) else v for k, v in asdict(self).items()}
        return json.dumps(plain, ensure_ascii=False)

    @staticmethod
    def from_json(line: str) -> Row:
        """The row that `to_json` wrote."""
        return Row(**{k: nan if v is None else v for k, v in json.loads(line).items()})


def of(rows: Iterable[Row], case: str, engine: str | None = None, threads: int | None = 1) -> list[Row]:
    """The rows of a case, of one engine if named, with that many threads (None: any)."""
    return [
        r for r in rows if r.case == case and engine in (None, r.engine) and threads in (None, r.threads)
    ]  # fmt: skip


def cheapest(rows: Iterable[Row], error: float) -> Row | None:
    """The fastest row that is at least as accurate as `error` and lost no member."""
    fit = [r for r in rows if r.rel_error <= error and not r.failed]
    return min(fit, key=lambda r: r.us_per_cell, default=None)


def ratio(row: Row, ours: Iterable[Row]) -> float:
    """How many times faster we are at equal or better error; NaN where no row of ours is as accurate."""
    match = cheapest(ours, row.rel_error)
    return row.us_per_cell / match.us_per_cell if match and not row.failed else nan


GOALS = {"1": 1e-6, "ms": 0.1}
"""The accuracy at which engines are compared for a target: relative error, or ms of phase."""


def ratio_at_goal(rows: Iterable[Row], case: str, peer: str, threads: int = 1, goal: float | None = None) -> float:
    """How many times faster we are (with `threads`) than a peer (with one), each at its cheapest tolerance that errs by
    at most `goal`. Rows with several threads are those of the case `<case>_threads`.
    """
    rows = list(rows)
    unit = next((r.error_unit for r in of(rows, case)), "1")
    goal = GOALS[unit] if goal is None else goal
    mine = of(rows, case if threads == 1 else f"{case}_threads", OURS, threads)
    ours, theirs = cheapest(mine, goal), cheapest(of(rows, case, peer), goal)
    return theirs.us_per_cell / ours.us_per_cell if ours and theirs else nan
