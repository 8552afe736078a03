"""The SBML that libRoadRunner and COPASI read, and where the states and parameters of the problem are in it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.problems import Problem

Place = tuple[str, str]
"""(kind of element, its identifier); the kinds are `compartment`, `species`, `parameter`."""


@dataclass(frozen=True)
class Exported:
    """A model in SBML; `states` and `parameters` are its elements for those of the problem, in their order.

    A parameter that does not occur in the model (the energy ledger's, for one) has the place ("", "").
    """

    text: str
    states: tuple[Place, ...]
    parameters: tuple[Place, ...]


def export(problem: Problem) -> Exported:
    """Our export of the cell, at the start of its first member."""
    import libsbml

    from ionostat.interop.sbml import to_sbml

    text = to_sbml(problem.cell, start=problem.y0[0])
    model = libsbml.readSBMLFromString(text).getModel()
    places: dict[str, Place] = {}
    for kind, elements in (
        ("compartment", model.getListOfCompartments()),
        ("species", model.getListOfSpecies()),
        ("parameter", model.getListOfParameters()),
    ):
        places |= {e.getName(): (kind, e.getId()) for e in elements}
    return Exported(
        text,
        tuple(places[s.symbol.name] for s in problem.eq.states),
        tuple(places.get(p, ("", "")) for p in problem.eq.parameters),
    )
