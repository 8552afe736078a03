"""A cell as a model in SBML (Level 3 Version 2), for libRoadRunner, COPASI and whatever else reads the format.

What becomes what, each with its path as its name and its path with underscores as its identifier:

- a closed compartment: a compartment, whose size is its volume and may move;
- an amount of an ion in it: a species, counted in substance (`hasOnlySubstanceUnits`), so that a moving volume dilutes
  it; the eliminated one follows from the charge by an assignment rule;
- a mechanism: a reaction with its stoichiometry, at the rate `<mechanism>.turnover`; its current is `<mechanism>.I`;
- the charge of a compartment and a gate: parameters with rate rules;
- concentrations, osmolarities, potentials and Nernst potentials: parameters with assignment rules;
- an infinite bath: parameters with its concentrations, for it has no volume and no amounts;
- a step of a protocol: an event; a ramp is a rate rule whose slope the events switch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ionostat.cell.description import Cell, Closure
from ionostat.cell.equations import equations
from ionostat.cell.load import as_cell
from ionostat.cell.start import start as start_of
from ionostat.interop.changes import course
from ionostat.interop.named_equations import named_equations
from ionostat.interop.sbml_document import Document
from ionostat.protocols import Protocol
from ionostat.studies.apply import CellResolver, Point
from ionostat.studies.resting_state import RestingState
from ionostat.studies.simulate import starting_state

Start = RestingState | np.ndarray | Literal["rest", "file"]


@dataclass(frozen=True)
class SbmlModel:
    """The text of a model, and remarks on the state in which it starts."""

    text: str
    remarks: tuple[str, ...] = ()


def to_sbml(
    cell: Cell | str,
    protocol: Protocol | str | None = None,
    *,
    start: Start = "rest",
    closure: Closure | None = None,
) -> str:
    """A cell, and what a protocol does to it, as the text of an SBML model in um, ms, mV, K and amol.

    The rates are what the cell's mechanisms give on symbols, as in the engines; there is no second copy of them.
    `start` and `closure` are those of `simulate`; changes at time 0 are part of the starting values, later ones are
    events. Needs python-libsbml (`pip install "ionostat[interop]"`).

    `CellError` where SBML cannot carry a cell: an electroneutral one whose currents are not linear in V (GHK fluxes,
    gates that follow V at once), for its potential is the root of an equation. `InputError` for a mechanism with a
    function that SBML does not have.

    >>> text = to_sbml("Kay2017_cell", "rest 10 min; ouabain 1 mM for 2 h; wash 1 h")
    >>> text.count("<event "), text.count("<species "), text.count("<reaction ")
    (2, 3, 4)
    """
    return sbml_model(cell, protocol, start=start, closure=closure).text


def sbml_model(
    cell: Cell | str,
    protocol: Protocol | str | None = None,
    *,
    start: Start = "rest",
    closure: Closure | None = None,
) -> SbmlModel:
    """What `to_sbml` gives, with remarks on its start: that there is no rest, or that it is unstable."""
    cell = as_cell(cell).with_(closure=closure)
    eq = equations(cell)
    named = named_equations(eq)
    file = start_of(eq, cell)
    steps = Protocol.parse(protocol) if isinstance(protocol, str) else protocol
    timeline = None if steps is None else steps.compile(CellResolver(eq, cell, file.p))
    x, remarks = starting_state(eq, cell, Point(file.x, file.p), start)
    document = Document(eq, cell, named, course(eq, cell, Point(x, file.p), timeline))
    text = document.write("" if steps is None else str(steps), [_beginning(start), *file.notes, *remarks])
    return SbmlModel(text, tuple(remarks))


def _beginning(start: Start) -> str:
    if isinstance(start, str):
        return "The start asked for is the resting state" if start == "rest" else "The start is that of the cell's file"
    return "The start is a given state"
