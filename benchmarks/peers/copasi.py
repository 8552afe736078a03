"""COPASI on our SBML: LSODA, without the overhead of a table of results."""

from __future__ import annotations

import numpy as np

from benchmarks.peers.engine import Engine, OneByOne
from benchmarks.peers.exported import export
from benchmarks.problems import Problem

Array = np.ndarray


class Copasi(OneByOne):
    """The deterministic time course of COPASI's own Python interface (basico's calls add some ms each)."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import COPASI

        exported = export(problem)
        self.data = COPASI.CRootContainer.addDatamodel()
        if not self.data.importSBMLFromString(exported.text):
            raise RuntimeError(COPASI.CCopasiMessage.getAllMessageText())
        self.model = self.data.getModel()
        found = {
            "compartment": {c.getSBMLId(): c for c in self.model.getCompartments()},
            "species": {m.getSBMLId(): m for m in self.model.getMetabolites()},
            "parameter": {v.getSBMLId(): v for v in self.model.getModelValues()},
        }
        self.kinds = [kind for kind, _ in exported.states]
        self.states = [found[kind][name] for kind, name in exported.states]
        self.parameters = [found[kind][name] if kind else None for kind, name in exported.parameters]
        self.to_amol = 1.0 / self.model.getNumber2QuantityFactor()
        self.references = COPASI.ObjectStdVector()
        for value in (*self.states, *(p for p in self.parameters if p)):
            self.references.append(value.getInitialValueReference())
        self.task = self.data.getTask("Time-Course")
        self.task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
        self.task.getProblem().setStepNumber(1)
        self.task.getProblem().setDuration(problem.duration)
        self.task.getProblem().setTimeSeriesRequested(False)
        self.method = self.task.getMethod()
        self.method.getParameter("Max Internal Steps").setUIntValue(100_000_000)
        self.quiet = COPASI.CCopasiTask.NO_OUTPUT

    def tolerances(self, rtol: float) -> None:
        """COPASI takes one absolute tolerance: that of the smallest state."""
        self.method.getParameter("Relative Tolerance").setDblValue(rtol)
        self.method.getParameter("Absolute Tolerance").setDblValue(float(self.problem.atol(rtol).min()))
        self.task.initializeRaw(self.quiet)

    def set(self, member: int) -> None:
        """Initial values, and what COPASI computes from them. It counts particles where we count amol."""
        for value, kind, number in zip(self.states, self.kinds, self.problem.y0[member].tolist(), strict=True):
            value.setInitialValue(number * self.to_amol if kind == "species" else number)
        for value, number in zip(self.parameters, self.problem.p[member].tolist(), strict=True):
            if value:
                value.setInitialValue(number)
        self.model.updateInitialValues(self.references)

    def advance(self) -> None:
        """From the initial values to the end."""
        if not self.task.processRaw(True):
            raise RuntimeError("COPASI stopped early")

    def state(self) -> Array:
        """Where it ended."""
        kinds = zip(self.states, self.kinds, strict=True)
        return np.array([v.getValue() / self.to_amol if kind == "species" else v.getValue() for v, kind in kinds])


COPASI_LSODA = Engine("COPASI LSODA", ("COPASI", "libsbml"), ("python-copasi",), Copasi, "LSODA, our SBML")
