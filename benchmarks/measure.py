"""Measures engines on a problem: enough members for a few seconds, warm, the least of several times."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import nan

import numpy as np

from benchmarks.errors import Truth
from benchmarks.peers.engine import Engine, Runner, Timed
from benchmarks.peers.native import NATIVE, Native
from benchmarks.rows import OURS, Row
from ionostat.engines.native.kernel import forget_code

OUR_TOLERANCES = (1e-4, 3e-5, 1e-5, 3e-6, 1e-6, 3e-7, 1e-7, 1e-8)
FIRST = 1e-6
"""Our usual tolerance, and where every peer begins."""
SHARED = (3e-5, 1e-5, 1e-6)
"""Tolerances at which threads are compared."""
TOLERANCES = tuple(f * 10.0**-d for d in range(6, 12) for f in (1.0, 0.3))
"""A peer goes down these until it is as accurate as we are at rtol 1e-6."""
COMMON = 64
"""Members that count for the error, and the most that a peer runs."""


def best(runner: Runner, members: range, rtol: float, budget: float) -> Timed:
    """The quickest of up to five runs within `budget` seconds."""
    runs = [runner.run(members, rtol)]
    while len(runs) < 5 and (len(runs) + 1) * runs[0].wall < budget:
        runs.append(runner.run(members, rtol))
    quickest = min(runs, key=lambda r: r.cpu)
    quickest.wall = min(r.wall for r in runs)
    return quickest


def row(truth: Truth, engine: Engine, timed: Timed, members: range, rtol: float, **more: object) -> Row:
    """What a run came to."""
    problem, n = truth.problem, len(members)
    counted = min(n, COMMON)
    errors = truth.errors(timed.end[:counted], slice(members.start, members.start + counted))
    known = errors[np.isfinite(errors)]
    return Row(
        case=problem.name,
        engine=engine.name,
        us_per_cell=1e6 * timed.cpu / n,
        cells_per_s=n / timed.cpu,
        rel_error=float(np.max(known, initial=0.0)) if len(known) else nan,
        rel_error_median=float(np.median(known)) if len(known) else nan,
        error_unit="ms" if problem.measure == "phase" else "1",
        rtol=rtol,
        members=n,
        wall_us_per_cell=1e6 * timed.wall / n,
        reset_us=1e6 * timed.reset / n,
        failed=len(timed.failures),
        what=problem.what,
        how=engine.how,
        version=engine.version(),
        note="; ".join(timed.failures[:3]),
        **more,  # type: ignore[arg-type]
    )


@contextmanager
def nothing_kept() -> Iterator[None]:
    """Compile anew, as the others do: no machine code from the disk or from earlier in this process."""
    before = os.environ.get("IONOSTAT_CACHE")
    os.environ["IONOSTAT_CACHE"] = "off"
    forget_code()
    try:
        yield
    finally:
        os.environ.pop("IONOSTAT_CACHE")
        if before is not None:
            os.environ["IONOSTAT_CACHE"] = before


def measure_ours(truth: Truth, budget: float) -> Iterator[Row]:
    """Our engine on all members, at every tolerance, on one thread."""
    problem = truth.problem
    everyone = range(problem.members)
    with nothing_kept():
        began = time.perf_counter()
        runner = Native(problem)
        runner.run(range(min(problem.members, 16)), FIRST)
        cold = time.perf_counter() - began
    for rtol in OUR_TOLERANCES:
        timed = best(runner, everyone, rtol, budget)
        yield row(truth, NATIVE, timed, everyone, rtol, cold_s=cold, lanes=runner.lanes)


def measure_threads(truth: Truth, budget: float, threads: int = 2) -> Iterator[Row]:
    """Our engine on one and more threads: time on the wall, on a batch that takes half a second, the least of turns."""
    once = Native(truth.problem)
    once.run(range(min(truth.problem.members, 16)), FIRST)
    for rtol in SHARED:
        wall = once.run(range(truth.problem.members), rtol).wall
        problem = truth.problem.repeated(max(1, round(0.5 / wall)))
        everyone = range(problem.members)
        runners = {n: Native(problem, n) for n in (1, threads)}
        runs: dict[int, list[Timed]] = {n: [] for n in runners}
        began = time.perf_counter()
        while len(runs[1]) < 3 or (len(runs[1]) < 9 and time.perf_counter() - began < 2 * budget):
            for n, runner in runners.items():
                runs[n].append(runner.run(everyone, rtol))
        for n, found in runs.items():
            quickest = min(found, key=lambda r: r.wall)
            quickest.cpu = quickest.wall
            made = row(truth, NATIVE, quickest, everyone, rtol, threads=n, lanes=runners[n].lanes)
            yield replace(made, case=f"{made.case}_threads", what=f"{made.what}, time on the wall")


def measure_peer(truth: Truth, engine: Engine, goal: float, budget: float) -> Iterator[Row]:
    """A peer at rtol 1e-6 and tighter, until its error is at most `goal`."""
    problem = truth.problem
    began = time.perf_counter()
    runner = engine.load(problem)
    first = runner.run(range(1), FIRST)
    cold = time.perf_counter() - began
    again = runner.run(range(1), FIRST) if first.wall < budget else first
    members = range(int(np.clip(budget / 3 / max(again.wall, 1e-9), 1, min(COMMON, problem.members))))
    for rtol in TOLERANCES:
        timed = best(runner, members, rtol, budget)
        measured = row(truth, engine, timed, members, rtol, cold_s=cold)
        yield measured
        if measured.rel_error <= goal or timed.wall > budget:
            return


def measure(truth: Truth, engines: list[Engine], budget: float) -> Iterator[Row]:
    """Ours before and after the others (the better time counts), the others, and ours on two threads."""
    before = list(measure_ours(truth, budget / 4))
    goal = next(r.rel_error for r in before if r.rtol == FIRST)
    others = [r for engine in engines if engine.name != OURS for r in measure_peer(truth, engine, goal, budget)]
    after = list(measure_ours(truth, budget / 4))
    for pair in zip(before, after, strict=True):
        yield replace(min(pair, key=lambda r: r.us_per_cell), cold_s=pair[0].cold_s)
    yield from others
    yield from measure_threads(truth, budget)
