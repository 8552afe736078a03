"""Case `rest`: the resting state of each of many cells, by every engine's own means."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from math import nan

import numpy as np
from scipy.optimize import root

from benchmarks.errors import Truth
from benchmarks.peers.copasi import COPASI_LSODA, Copasi
from benchmarks.peers.engine import Engine, Timed
from benchmarks.peers.libroadrunner import LIBROADRUNNER, RoadRunner
from benchmarks.peers.native import NATIVE
from benchmarks.peers.scipy_lsoda import LSODA, SciPy
from benchmarks.problems import Problem
from benchmarks.rows import Row
from ionostat.engines.native.rest_kernel import Bounds
from ionostat.engines.native_rest import rest_kernel
from ionostat.studies.rest import EMPTY, SWOLLEN, WIDE
from ionostat.studies.rest_batch import STABLE
from ionostat.studies.rest_many import rest_many

Solver = Callable[[Problem, range], Timed]
CHECKED = 256
"""Members whose error is looked at."""


def converged(problem: Problem, members: range) -> Timed:
    """Ours: pseudo-transient continuation in lanes, no verdict."""
    kernel = rest_kernel(problem.eq, Bounds(SWOLLEN, EMPTY, WIDE))
    rows = slice(members.start, members.stop)
    began, wall = time.process_time(), time.perf_counter()
    found = kernel.solve(problem.y0[rows], problem.p[rows])
    timed = Timed(found.x, time.process_time() - began, time.perf_counter() - wall)
    timed.failures = [f"member {i}: not converged" for i in np.flatnonzero(~found.converged)]
    return timed


def certified(problem: Problem, members: range) -> Timed:
    """Ours: the same, and the eigenvalues and the verdict of every member."""
    rows = slice(members.start, members.stop)
    began, wall = time.process_time(), time.perf_counter()
    found = rest_many(problem.cell, problem.y0[rows], problem.p[rows])
    timed = Timed(found.x, time.process_time() - began, time.perf_counter() - wall)
    timed.failures = [f"member {i}: {found.sentence(i)}" for i in np.flatnonzero(found.verdict != STABLE)]
    return timed


def roadrunner(problem: Problem, members: range) -> Timed:
    """NLEQ2, default settings, called on the solver: `steadyState()` compiles the model anew each time (60 ms)."""
    runner = RoadRunner(problem)
    runner.tolerances(1e-6)
    return _each(runner, members, runner.rr.getSteadyStateSolver().solve)


def copasi(problem: Problem, members: range) -> Timed:
    """The steady-state task (damped Newton, then integration) with its default settings."""
    import COPASI

    runner = Copasi(problem)
    task = runner.data.getTask("Steady-State")
    runner.tolerances(1e-6)
    task.initializeRaw(COPASI.CCopasiTask.NO_OUTPUT)

    def solve() -> None:
        if not task.processRaw(True) or task.getResult() == COPASI.CSteadyStateMethod.notFound:
            raise RuntimeError("COPASI found no steady state")

    return _each(runner, members, solve)


def scipy_root(problem: Problem, members: range) -> Timed:
    """`scipy.optimize.root` (hybr) with the exact Jacobian, states divided by their scales."""
    runner = SciPy(problem)
    scale = problem.scale

    def solve() -> None:
        found = root(
            lambda x: np.array(runner.rhs(0.0, x * scale)) / scale,
            runner.y / scale,
            jac=lambda x: runner.jacobian(0.0, x * scale) * scale / scale[:, None],
            options={"xtol": 1e-12},
        )
        if not found.success:
            raise RuntimeError(found.message)
        runner.y = found.x * scale

    return _each(runner, members, solve)


def _each(runner: RoadRunner | Copasi | SciPy, members: range, solve: Callable[[], object]) -> Timed:
    """Time `solve` on one cell after the other."""
    timed = Timed(np.full((len(members), len(runner.problem.scale)), np.nan), 0.0, 0.0)
    for i, member in enumerate(members):
        runner.set(member)
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            with np.errstate(all="ignore"):  # SciPy's steps leave the domain of the logarithms
                solve()
            timed.end[i] = runner.state()
        except RuntimeError as error:
            timed.failures.append(f"member {member}: {error}")
        timed.cpu += time.process_time() - cpu
        timed.wall += time.perf_counter() - wall
    return timed


SOLVERS: tuple[tuple[Engine, Solver, str, int], ...] = (
    (NATIVE, converged, "converged, no verdict", 10**9),
    (NATIVE, certified, "certified: eigenvalues and verdict", 10**9),
    (LIBROADRUNNER, roadrunner, "its NLEQ2 steady-state solver, default settings", 64),
    (COPASI_LSODA, copasi, "steady-state task, default settings", 64),
    (LSODA, scipy_root, "scipy.optimize.root, hybr, exact Jacobian", 32),
)
"""(engine, solver, how, the most cells that it runs)."""


def measure_rest(truth: Truth, engines: list[Engine]) -> Iterator[Row]:
    """Every engine that has a way to a rest."""
    problem = truth.problem
    for engine, solver, how, most in SOLVERS:
        if engine not in engines:
            continue
        members = range(min(problem.members, most))
        began = time.perf_counter()
        solver(problem, members[:1])
        cold = time.perf_counter() - began
        timed = min((solver(problem, members) for _ in range(3)), key=lambda t: t.cpu)
        counted = min(len(members), CHECKED)
        errors = truth.errors(timed.end[:counted], slice(0, counted))
        known = errors[np.isfinite(errors)]
        yield Row(
            case="rest",
            engine=engine.name,
            us_per_cell=1e6 * timed.cpu / len(members),
            cells_per_s=len(members) / timed.cpu,
            rel_error=float(known.max()) if len(known) else nan,
            rel_error_median=float(np.median(known)) if len(known) else nan,
            cold_s=cold,
            members=len(members),
            failed=len(timed.failures),
            what=problem.what,
            how=how,
            version=engine.version(),
            note="; ".join(timed.failures[:2]),
            wall_us_per_cell=1e6 * timed.wall / len(members),
        )
