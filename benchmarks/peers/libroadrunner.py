"""libRoadRunner on our SBML: LLVM code and CVODE."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.engine import Engine, OneByOne
from benchmarks.peers.exported import export
from benchmarks.problems import Problem

Array = np.ndarray


class RoadRunner(OneByOne):
    """Stiff CVODE, variable steps, one call of `oneStep` for a whole run: no output but the end."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import roadrunner

        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        self.exported = export(problem)
        self.rr = roadrunner.RoadRunner(self.exported.text)
        places = {name: i for i, name in enumerate(self.rr.model.getGlobalParameterIds())}
        self.states = [places[name] for name in self.exported.states]
        self.parameters = [places[name] for name in self.exported.parameters]
        self.integrator = self.rr.integrator
        self.integrator.setValue("stiff", True)
        self.integrator.setValue("maximum_num_steps", 100_000_000)

    def tolerances(self, rtol: float) -> None:
        """One absolute tolerance for each state."""
        self.integrator.setValue("relative_tolerance", rtol)
        self.integrator.setValue("absolute_tolerance", self.problem.atol(rtol).tolist())

    def set(self, member: int) -> None:
        """States and parameters, all at once; CVODE starts anew."""
        values = [*self.problem.y0[member].tolist(), *self.problem.p[member].tolist()]
        self.rr.model.setTime(0.0)
        self.rr.model.setGlobalParameterValues([*self.states, *self.parameters], values)
        self.integrator.restart(0.0)

    def advance(self) -> None:
        """From 0 to the end."""
        self.rr.oneStep(0.0, self.problem.duration, False)

    def simulate(self) -> None:
        """The same by the call that users know, which returns a table with two rows."""
        self.rr.simulate(0.0, self.problem.duration, 2)

    def state(self) -> Array:
        """Where it ended."""
        return np.array(self.rr.model.getGlobalParameterValues(self.states))


LIBROADRUNNER = Engine(
    "libRoadRunner", ("roadrunner", "libsbml"), ("libroadrunner",), RoadRunner, "CVODE (BDF), our SBML compiled by LLVM"
)
