"""libRoadRunner and COPASI behind one call: run a model in SBML and give what is named at given times."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

RTOL, ATOL = 1e-10, 1e-14
MOST_STEPS = 10_000_000
Simulator = Callable[[str, np.ndarray, Sequence[str]], np.ndarray]


def libroadrunner(text: str, times: np.ndarray, paths: Sequence[str]) -> np.ndarray:
    """Values (time, path). The first of the times is taken as the start, so it has to be 0."""
    roadrunner = _needed("roadrunner", "libroadrunner")
    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_ERROR)
    runner = roadrunner.RoadRunner(text)
    runner.integrator.relative_tolerance, runner.integrator.absolute_tolerance = RTOL, ATOL
    runner.integrator.maximum_num_steps = MOST_STEPS
    ids = identifiers(text)
    runner.timeCourseSelections = ["time", *(ids[path] for path in paths)]
    return np.array(runner.simulate(times=times.tolist()))[:, 1:]


def copasi(text: str, times: np.ndarray, paths: Sequence[str]) -> np.ndarray:
    """Values (time, path). What never changes is not in its table; an event adds a row."""
    basico = _needed("basico", "copasi-basico")
    model = basico.load_model_from_string(text)
    options = {"r_tol": RTOL, "a_tol": ATOL, "max_steps": MOST_STEPS}
    table = basico.run_time_course(values=times.tolist(), use_sbml_id=True, model=model, **options)
    basico.remove_datamodel(model)
    assert table.index[-1] >= times[-1], "COPASI stopped early; it gives what it has, and raises nothing"
    rows = [int(np.argmin(np.abs(table.index.to_numpy() - t))) for t in times]
    ids, fixed = identifiers(text), constants(text)
    columns = [
        table[ids[path]].to_numpy()[rows] if ids[path] in table else np.full(len(times), fixed[path]) for path in paths
    ]
    return np.array(columns).T


SIMULATORS: dict[str, Simulator] = {"libRoadRunner": libroadrunner, "COPASI": copasi}


def _needed(module: str, package: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(module, reason=f"needs {package}")


def identifiers(text: str) -> dict[str, str]:
    """Path -> identifier of every compartment, species and parameter of a document."""
    return {name: identifier for name, (identifier, _) in _elements(text).items()}


def constants(text: str) -> dict[str, float]:
    """Path -> the value that the document gives."""
    return {name: value for name, (_, value) in _elements(text).items()}


def _elements(text: str) -> dict[str, tuple[str, float]]:
    libsbml = _needed("libsbml", "python-libsbml")
    document = libsbml.readSBMLFromString(text)
    model = document.getModel()
    found = {c.getName(): (c.getId(), c.getSize()) for c in model.getListOfCompartments()}
    found |= {s.getName(): (s.getId(), s.getInitialAmount()) for s in model.getListOfSpecies()}
    return found | {p.getName(): (p.getId(), p.getValue()) for p in model.getListOfParameters()}
