"""libRoadRunner on our SBML: LLVM code and CVODE."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.engine import Engine, OneByOne
from benchmarks.peers.exported import Place, export
from benchmarks.problems import Problem

Array = np.ndarray


class RoadRunner(OneByOne):
    """Stiff CVODE, variable steps, one call of `oneStep` for a whole run: no output but the end."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import roadrunner

        roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
        exported = export(problem)
        self.rr = roadrunner.RoadRunner(exported.text)
        self.names = {
            "compartment": self.rr.model.getCompartmentIds(),
            "species": self.rr.model.getFloatingSpeciesIds(),
            "parameter": self.rr.model.getGlobalParameterIds(),
        }
        self.states, self.parameters = self._find(exported.states), self._find(exported.parameters)
        self.integrator = self.rr.integrator
        self.integrator.setValue("stiff", True)
        self.integrator.setValue("maximum_num_steps", 100_000_000)

    def _find(self, places: tuple[Place, ...]) -> list[tuple[str, list[int], list[int]]]:
        """For each kind of element: the places in the problem's array, and in the model's."""
        found = []
        for kind, names in self.names.items():
            at = {name: i for i, name in enumerate(names)}
            here = [(i, at[name]) for i, (k, name) in enumerate(places) if k == kind]
            if here:
                found.append((kind, [i for i, _ in here], [j for _, j in here]))
        return found

    def tolerances(self, rtol: float) -> None:
        """One absolute tolerance for all: RoadRunner's own default is 1e-6 times the relative one."""
        self.integrator.setValue("relative_tolerance", rtol)
        self.integrator.setValue("absolute_tolerance", float(self.problem.atol(rtol).min()))

    def set(self, member: int) -> None:
        """Parameters and states, all at once; CVODE starts anew."""
        model = self.rr.model  # asked for anew: `steadyState` may have replaced it
        write = {
            "compartment": model.setCompartmentVolumes,
            "species": model.setFloatingSpeciesAmounts,
            "parameter": model.setGlobalParameterValues,
        }
        model.setTime(0.0)
        for values, places in ((self.problem.p[member], self.parameters), (self.problem.y0[member], self.states)):
            for kind, here, there in places:
                write[kind](there, values[here].tolist())
        self.integrator.restart(0.0)

    def advance(self) -> None:
        """From 0 to the end."""
        self.rr.oneStep(0.0, self.problem.duration, False)

    def simulate(self) -> None:
        """The same by the call that users know, which returns a table with two rows."""
        self.rr.simulate(0.0, self.problem.duration, 2)

    def state(self) -> Array:
        """Where it ended."""
        model = self.rr.model
        read = {
            "compartment": model.getCompartmentVolumes,
            "species": model.getFloatingSpeciesAmounts,
            "parameter": model.getGlobalParameterValues,
        }
        end = np.empty(len(self.problem.eq.states))
        for kind, here, there in self.states:
            end[here] = read[kind](there)
        return end


LIBROADRUNNER = Engine(
    "libRoadRunner", ("roadrunner", "libsbml"), ("libroadrunner",), RoadRunner, "CVODE (BDF), our SBML compiled by LLVM"
)
