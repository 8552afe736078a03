"""The history of our own speed: `pytest benchmarks/test_engine.py --benchmark-autosave` (pytest-benchmark).

Times mean little on a shared machine, so each is divided by what SciPy's LSODA needs for one cell in the same run, and
that ratio is compared with the committed `results/baseline.json`; `--save-baseline` writes a new one.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from benchmarks.peers.native import Native
from benchmarks.problems import Problem, rests, rundown, rundown_neuron, spiking
from benchmarks.resting import certified, converged
from ionostat.cell.equations import equations
from ionostat.engines.native_engine import NativeEngine

Compared = Callable[[Callable[[], object], int], None]


@pytest.mark.parametrize("problem", [rundown(1024), rundown_neuron(1024), spiking(16, 1.0)], ids=lambda p: p.name)
def test_ensemble(problem: Problem, compared: Compared) -> None:
    runner = Native(problem)
    compared(lambda: runner.run(range(problem.members), 1e-6), problem.members)


@pytest.mark.parametrize("problem", [rundown(1), spiking(1, 1.0)], ids=lambda p: p.name)
def test_single(problem: Problem, compared: Compared) -> None:
    runner = Native(problem)
    compared(lambda: runner.run(range(1), 1e-6), 1)


def test_rests(compared: Compared) -> None:
    problem = rests(1024)
    compared(lambda: converged(problem, range(1024)), 1024)


def test_certified_rests(compared: Compared) -> None:
    problem = rests(1024)
    compared(lambda: certified(problem, range(1024)), 1024)


def test_right_hand_sides(compared: Compared) -> None:
    problem = rundown(4096)
    kernel = NativeEngine(problem.system).kernel
    compared(lambda: kernel.rhs(problem.y0, problem.p), problem.members)


def test_equations(compared: Compared) -> None:
    """Tracing, derivatives and common subexpressions of a neuron, without any cache."""
    from ionostat import load
    from ionostat.cell import equations as module

    cell = load("Dusterwald2018_neuron")

    def trace() -> None:
        module._assemble.cache_clear()
        module._system.cache_clear()
        equations(cell).system()

    compared(trace, 1)
