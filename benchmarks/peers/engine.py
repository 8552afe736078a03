"""What a benchmark asks of an engine: integrate some cells of a problem and say what it cost."""

from __future__ import annotations

import importlib.util
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np

from benchmarks.problems import Problem

Array = np.ndarray


@dataclass
class Timed:
    """End states (cells, states; NaN where an engine gave up) and seconds for all of them together.

    `cpu` counts the time of every thread of the process, `wall` what passed; neither holds `reset`, the CPU time that
    setting states and parameters took.
    """

    end: Array
    cpu: float
    wall: float
    reset: float = 0.0
    failures: list[str] = field(default_factory=list)


class Runner(ABC):
    """An engine with one problem loaded and compiled."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem

    @abstractmethod
    def run(self, members: range, rtol: float) -> Timed:
        """Integrate these members; absolute tolerances are those of the problem."""


@dataclass(frozen=True)
class Engine:
    """A program that solves the equations: its name, the modules it needs, and how a problem is loaded into it."""

    name: str
    modules: tuple[str, ...]
    packages: tuple[str, ...]
    load: Callable[[Problem], Runner]
    how: str
    """Method and settings, for the table."""

    def missing(self) -> str:
        """The first module that is not installed, or nothing."""
        return next((m for m in self.modules if importlib.util.find_spec(m) is None), "")

    def version(self) -> str:
        """Versions of the packages behind it."""
        return ", ".join(f"{p} {version(p)}" for p in self.packages)


class OneByOne(Runner):
    """A runner that integrates one cell after the other: `set` it, `advance` it, read its `state`."""

    @abstractmethod
    def tolerances(self, rtol: float) -> None:
        """Choose tolerances for the runs to come."""

    @abstractmethod
    def set(self, member: int) -> None:
        """Put one cell at its start."""

    @abstractmethod
    def advance(self) -> None:
        """Integrate it to the end; raises where the engine gives up."""

    @abstractmethod
    def state(self) -> Array:
        """The states of the problem as they are now."""

    def run(self, members: range, rtol: float) -> Timed:
        """One cell after the other, timed apart from the setting."""
        self.tolerances(rtol)
        n = self.problem.system.n_states
        timed = Timed(np.full((len(members), n), np.nan), 0.0, 0.0)
        for row, member in enumerate(members):
            began = time.process_time()
            self.set(member)
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                self.advance()
            except RuntimeError as error:
                timed.failures.append(f"member {member}: {error}")
                continue
            finally:
                timed.cpu += time.process_time() - cpu
                timed.wall += time.perf_counter() - wall
                timed.reset += cpu - began
            timed.end[row] = self.state()
        return timed
