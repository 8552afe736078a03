"""Case `single`: one warm run of one cell, with and without what the call itself costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.errors import Truth, truth
from benchmarks.measure import FIRST, OUR_TOLERANCES, TOLERANCES
from benchmarks.peers.engine import Engine, OneByOne, Runner, Timed
from benchmarks.peers.libroadrunner import RoadRunner
from benchmarks.problems import Problem
from benchmarks.rows import OURS, Row
from ionostat.engines.native.run import SolveResult
from ionostat.engines.native_engine import NativeEngine

SECONDS = 1.0
"""How long one measurement is repeated."""


def least(work: Callable[[], object], seconds: float = SECONDS, most: int = 300) -> float:
    """CPU seconds of the quickest of many calls (at least two)."""
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < 2 or (len(times) < most and time.perf_counter() - began < seconds):
        cpu = time.process_time()
        work()
        times.append(time.process_time() - cpu)
    return min(times)


def ours(problem: Problem, rtol: float) -> tuple[Timed, float]:
    """The whole call of the kernel from Python, and the same call for next to no time."""
    kernel, one = NativeEngine(problem.system).kernel, problem.only(1)
    atol = one.atol(rtol)

    def call(duration: float) -> SolveResult:
        return kernel.solve(one.y0, one.p, 0.0, duration, None, rtol, atol, h_max=one.h_max)

    found = call(one.duration)
    whole = least(lambda: call(one.duration))
    bare = least(lambda: call(one.duration * 1e-15)) if whole < SECONDS / 10 else 0.0
    return Timed(found.y_end, whole, whole), bare


def theirs(runner: OneByOne, rtol: float) -> tuple[Timed, float]:
    """`set` and integrate, and `set` alone; RoadRunner by the call that its users know."""
    runner.tolerances(rtol)
    advance = runner.simulate if isinstance(runner, RoadRunner) else runner.advance

    def whole() -> None:
        runner.set(0)
        advance()

    began = time.process_time()
    whole()
    first = time.process_time() - began
    end = runner.state()
    if first > SECONDS:
        return Timed(end[None, :], first, first), 0.0
    seconds = least(whole)
    if isinstance(runner, RoadRunner):
        return Timed(end[None, :], seconds, seconds), max(0.0, seconds - least_advance(runner))
    return Timed(end[None, :], seconds, seconds), least(lambda: runner.set(0))


def least_advance(runner: OneByOne) -> float:
    """CPU seconds of the bare integration."""
    times: list[float] = []
    stop = time.perf_counter() + SECONDS
    while not times or (len(times) < 100 and time.perf_counter() < stop):
        runner.set(0)
        began = time.process_time()
        runner.advance()
        times.append(time.process_time() - began)
    return min(times)


def measure_single(problem: Problem, engines: list[Engine]) -> Iterator[Row]:
    """One cell: ours at every tolerance, the others at 1e-6 and tighter until they are as accurate as we are there."""
    answer = truth(problem.only(1))
    goal = np.inf
    for engine in engines:
        runner = engine.load(problem.only(1))
        for rtol in OUR_TOLERANCES if engine.name == OURS else TOLERANCES:
            if isinstance(runner, OneByOne):
                timed, call = theirs(runner, rtol)
            elif engine.name == OURS:
                timed, call = ours(problem, rtol)
            else:
                timed, call = _best(runner, rtol), 0.0
            measured = _row(answer, engine, timed, call, rtol)
            yield measured
            if engine.name == OURS:
                goal = measured.rel_error if rtol == FIRST else goal
            elif measured.rel_error <= goal or timed.cpu > 3 * SECONDS:
                break


def _best(runner: Runner, rtol: float) -> Timed:
    first = runner.run(range(1), rtol)
    return min((runner.run(range(1), rtol) for _ in range(3)), key=lambda t: t.cpu) if first.wall < 1.0 else first


def _row(answer: Truth, engine: Engine, timed: Timed, call: float, rtol: float) -> Row:
    problem = answer.problem
    error = float(answer.errors(timed.end)[0])
    return Row(
        case="single" if problem.name == "rundown" else f"single_{problem.name}",
        engine=engine.name,
        us_per_cell=1e6 * timed.cpu,
        cells_per_s=1.0 / timed.cpu,
        rel_error=error,
        rel_error_median=error,
        error_unit="ms" if problem.measure == "phase" else "1",
        rtol=rtol,
        wall_us_per_cell=1e6 * timed.wall,
        reset_us=1e6 * call,
        what=f"one run: {problem.what}",
        how=engine.how,
        version=engine.version(),
        note=f"the call and its set-up, {1e6 * call:.1f} us, are in the time" if call else "",
    )
