"""Case `single`: one warm run of one cell, with and without what the call itself costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from benchmarks.errors import Truth, truth
from benchmarks.measure import FIRST, OUR_TOLERANCES, TOLERANCES
from benchmarks.peers.engine import Engine, OneByOne, Runner, Timed
from benchmarks.peers.libroadrunner import RoadRunner
from benchmarks.peers.native import Native
from benchmarks.problems import Problem
from benchmarks.rows import OURS, Row

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
    """The whole call of the kernel from Python, and the same call for no time at all."""
    runner = Native(problem.only(1))
    nothing = Native(replace(problem.only(1), duration=problem.duration * 1e-15))
    first = runner.run(range(1), rtol)
    quick = first.wall < SECONDS / 4
    call = least(lambda: nothing.run(range(1), rtol)) if quick else 0.0
    whole = least(lambda: runner.run(range(1), rtol))
    return Timed(first.end, whole, whole), call


def theirs(runner: OneByOne, rtol: float) -> tuple[Timed, float]:
    """`set` and integrate, and `set` alone; RoadRunner by the call that its users know."""
    runner.tolerances(rtol)
    advance = runner.simulate if isinstance(runner, RoadRunner) else runner.advance

    def whole() -> None:
        runner.set(0)
        advance()

    whole()
    end = runner.state()
    seconds = least(whole)
    runner.set(0)
    bare = least(lambda: runner.set(0))
    if isinstance(runner, RoadRunner):
        bare = seconds - runner.run(range(1), rtol).cpu
    return Timed(end[None, :], seconds, seconds), bare


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
            elif measured.rel_error <= goal or timed.cpu > 10 * SECONDS:
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
        note=f"the call and its set-up, {1e6 * call:.1f} us, is in the time",
    )
