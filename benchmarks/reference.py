"""Case `reference`: how far independent solvers agree with the end states that all errors are measured against."""

from __future__ import annotations

from collections.abc import Iterator
from math import nan

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.errors import TIGHT, Truth
from benchmarks.fixed_step import RungeKutta
from benchmarks.peers.engine import Engine
from benchmarks.peers.libroadrunner import LIBROADRUNNER
from benchmarks.peers.native import NATIVE
from benchmarks.peers.scipy_lsoda import LSODA, SciPy
from benchmarks.rows import Row
from ionostat.engines.native import System

Array = np.ndarray
CELLS = 4
FIXED = 0.005
"""ms, the step of the fixed-step check of a cell that fires."""


def by_radau(truth: Truth) -> Array:
    """SciPy's Radau at rtol 1e-12: another method, another program, another language."""
    problem, ends = truth.problem, []
    runner = SciPy(problem)
    for member in range(min(CELLS, problem.members)):
        runner.set(member)
        solved = solve_ivp(
            runner.rhs,
            (0.0, problem.duration),
            runner.y,
            "Radau",
            (problem.duration,),
            jac=runner.jacobian,
            rtol=TIGHT,
            atol=problem.atol(TIGHT),
        )
        ends.append(solved.y[:, -1])
    return np.array(ends)


def by_fixed_steps(truth: Truth) -> Array:
    """Fourth-order Runge-Kutta in steps of 0.005 ms, for a cell that fires (Radau would take hours)."""
    problem, made = truth.problem, truth.problem.system
    system = System(made.inputs, made.n_states, made.mass, made.rhs, made.jacobian)
    cells = min(CELLS, problem.members)
    runner = RungeKutta(system, 4)
    saved = runner.run(problem.y0[:cells], problem.p[:cells], FIXED, round(problem.duration / FIXED), 2)
    return saved[:, -1]


def by_roadrunner(truth: Truth) -> Array:
    """libRoadRunner (BDF) at rtol 1e-12."""
    return LIBROADRUNNER.load(truth.problem).run(range(min(CELLS, truth.problem.members)), TIGHT).end


def cross_check(truth: Truth, engines: list[Engine]) -> Iterator[Row]:
    """One row for each independent solver; its `rel_error` is how far it is from the reference."""
    fires = truth.problem.measure == "phase"
    checks = [
        (NATIVE, f"Runge-Kutta, {FIXED:g} ms", by_fixed_steps)
        if fires
        else (LSODA, "SciPy Radau, rtol 1e-12", by_radau),
        (LIBROADRUNNER, "libRoadRunner, rtol 1e-12", by_roadrunner),
    ]
    for engine, name, solve in checks:
        if engine not in engines:
            continue
        end = solve(truth)
        errors = truth.errors(end, slice(0, len(end)))
        yield Row(
            case="reference",
            engine=name,
            us_per_cell=nan,
            rel_error=float(np.max(errors)),
            rel_error_median=float(np.median(errors)),
            error_unit="ms" if fires else "1",
            rtol=TIGHT,
            members=len(end),
            what=f"{truth.problem.name}: distance from RODAS5P at rtol 1e-12",
            version=engine.version(),
        )
