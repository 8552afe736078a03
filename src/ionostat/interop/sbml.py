"""A cell as an SBML model, for libRoadRunner, COPASI and whatever else reads the format."""

from __future__ import annotations

from typing import Literal

import numpy as np

from ionostat.cell.description import Cell, Closure
from ionostat.cell.equations import equations
from ionostat.cell.load import as_cell
from ionostat.cell.start import start as start_of
from ionostat.errors import InputError, UnknownNameError
from ionostat.interop.changes import course
from ionostat.interop.named_equations import named_equations
from ionostat.interop.sbml_document import Document
from ionostat.protocols import Protocol
from ionostat.studies.apply import CellResolver, Point
from ionostat.studies.rest import rest
from ionostat.studies.resting_state import RestingState

Start = Literal["rest", "file"] | RestingState | np.ndarray


def to_sbml(
    cell: Cell | str,
    protocol: Protocol | str | None = None,
    *,
    start: Start = "rest",
    closure: Closure | None = None,
) -> str:
    """The cell, and what a protocol does to it, as the text of an SBML model."""
    cell = as_cell(cell).with_(closure=closure)
    eq = equations(cell)
    named = named_equations(eq)
    begin = start_of(eq, cell)
    given = Protocol.parse(protocol) if isinstance(protocol, str) else protocol
    timeline = None if given is None else given.compile(CellResolver(eq, cell, begin.p))
    point = Point(_state(cell, start, begin.x), begin.p)
    return Document(eq, cell, named, course(eq, cell, point, timeline)).write()


def _state(cell: Cell, start: Start, file: np.ndarray) -> np.ndarray:
    if isinstance(start, RestingState):
        return start.x
    if isinstance(start, str):
        if start == "file":
            return file
        if start != "rest":
            raise UnknownNameError("start", start, ("rest", "file"))
        found = rest(cell)
        if not found.found:
            raise InputError(f"{cell.name} has no rest to start from: {found.reason}", hint="start from the file's values")
        return found.x
    return np.asarray(start, dtype=float)
