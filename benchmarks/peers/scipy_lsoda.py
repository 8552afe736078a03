"""SciPy's LSODA on the NumPy functions of the reference engine, exact Jacobian."""

from __future__ import annotations

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.peers.engine import Engine, OneByOne
from benchmarks.problems import Problem
from ionostat.cell.evaluate import compile_program

Array = np.ndarray


class SciPy(OneByOne):
    """One call of `solve_ivp` for each cell; only the end is kept."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        system = problem.system
        self.f = compile_program(system.rhs)
        self.entries = compile_program(system.jacobian.program)
        self.rows, self.columns = np.array(system.jacobian.pattern).T
        self.rtol = 1e-6

    def tolerances(self, rtol: float) -> None:
        """LSODA takes one absolute tolerance for each state."""
        self.rtol = rtol

    def set(self, member: int) -> None:
        """Plain floats: the functions are fastest on them."""
        self.y, self.p = self.problem.y0[member], self.problem.p[member].tolist()

    def rhs(self, t: float, y: Array) -> list[float]:
        """dy/dt."""
        return self.f(*y.tolist(), *self.p)

    def jacobian(self, t: float, y: Array) -> Array:
        """df/dy."""
        dense = np.zeros((len(y), len(y)))
        dense[self.rows, self.columns] = self.entries(*y.tolist(), *self.p)
        return dense

    def advance(self) -> None:
        """To the end; no output in between."""
        given = self.problem
        end = (given.duration,)
        solved = solve_ivp(
            self.rhs, (0.0, given.duration), self.y, "LSODA", end, jac=self.jacobian, rtol=self.rtol,
            atol=given.atol(self.rtol),
        )  # fmt: skip
        if not solved.success:
            raise RuntimeError(solved.message)
        self.y = solved.y[:, -1]

    def state(self) -> Array:
        """Where it ended."""
        return self.y


LSODA = Engine("SciPy LSODA", (), ("scipy",), SciPy, "solve_ivp, Python right-hand side, exact Jacobian")
