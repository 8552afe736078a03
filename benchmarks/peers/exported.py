"""The SBML that libRoadRunner and COPASI read, and the names of states and parameters in it."""

from __future__ import annotations

from dataclasses import dataclass
from benchmarks.problems import Problem

@dataclass(frozen=True)
class Exported:
    """A model in SBML; `states` and `parameters` are its names for those of the problem, in their order."""

    text: str
    states: tuple[str, ...]
    parameters: tuple[str, ...]


def export(problem: Problem) -> Exported:
    import sys
    sys.path.insert(0, "/tmp/peers")
    from flat import sbml
    s = problem.system
    return Exported(sbml(s, problem.y0[0], problem.p[0]), tuple(f"x{i}" for i in range(s.n_states)), tuple(f"p{i}" for i in range(problem.p.shape[1])))
