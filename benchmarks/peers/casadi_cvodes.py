"""CVODES through CasADi, on the same program as a CasADi graph, compiled to C where a compiler is found."""

from __future__ import annotations

import shutil
from typing import Any

import numpy as np

from benchmarks.peers.engine import Engine, OneByOne
from benchmarks.peers.translate import for_casadi
from benchmarks.problems import Problem

Array = np.ndarray


class CasADi(OneByOne):
    """States are divided by their scales, because CasADi takes one absolute tolerance for all."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import casadi as ca

        n = problem.system.n_states
        y, p = ca.SX.sym("y", n), ca.SX.sym("p", problem.p.shape[1])
        values = [y[i] * problem.scale[i] for i in range(n)] + [p[i] for i in range(problem.p.shape[1])]
        rates = for_casadi(problem.system.rhs)(*values)
        self.dae = {"x": y, "p": p, "ode": ca.vertcat(*(r / s for r, s in zip(rates, problem.scale, strict=True)))}
        self.compiler = shutil.which("cc") or shutil.which("gcc")
        self.integrators: dict[float, Any] = {}

    def tolerances(self, rtol: float) -> None:
        """An integrator for each tolerance, compiled once."""
        import casadi as ca

        if rtol not in self.integrators:
            options: dict[str, Any] = {"reltol": rtol, "abstol": 1e-3 * rtol, "max_num_steps": 100_000_000}
            if self.compiler:
                options |= {"jit": True, "compiler": "shell"}
                options["jit_options"] = {"compiler": self.compiler, "flags": ["-O3", "-march=native"]}
            self.integrators[rtol] = ca.integrator("F", "cvodes", self.dae, 0.0, self.problem.duration, options)
        self.integrator = self.integrators[rtol]

    def set(self, member: int) -> None:
        """As CasADi's own matrices, so that no conversion is timed."""
        import casadi as ca

        self.x0 = ca.DM(self.problem.y0[member] / self.problem.scale)
        self.p = ca.DM(self.problem.p[member])

    def advance(self) -> None:
        """One call."""
        self.x0 = self.integrator(x0=self.x0, p=self.p)["xf"]

    def state(self) -> Array:
        """Where it ended."""
        return np.asarray(self.x0).ravel() * self.problem.scale


CVODES = Engine("CasADi CVODES", ("casadi",), ("casadi",), CasADi, "CVODES (BDF), exact Jacobian, compiled C")
