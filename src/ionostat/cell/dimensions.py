"""The dimension check of a cell: every placed rate, run on quantities, is what the balance laws take it for."""

from __future__ import annotations

from ionostat.cell.description import Cell
from ionostat.errors import CellError
from ionostat.mechanisms.laws import dimension_faults


def dimension_complaints(cell: Cell) -> list[tuple[str, str]]:
    """(path of a mechanism, what is wrong with its dimensions) for every fault; about 1 ms a mechanism, then cached."""
    ions = tuple(name for name, _ in cell.species)
    return [
        (f"{edge.name}.{placed.name}", f"{edge.name}.{placed.name} ({placed.type}): {fault}")
        for edge, placed in cell.placements()
        for fault in dimension_faults(placed.mechanism, placed.basis, ions)
    ]


def check_dimensions(cell: Cell) -> None:
    """Refuse a cell in which the rate of some mechanism has the wrong dimension, unless a deviation waives `units`."""
    waived = {d.id for d in cell.deviations if "units" in d.waives}
    spared = {f"{edge.name}.{placed.name}" for edge, placed in cell.placements() if placed.deviation in waived}
    for path, complaint in dimension_complaints(cell):
        if path not in spared:
            hint = "`rate` gives turnovers per time and basis; a current divided by F is one"
            raise CellError(complaint, hint=hint, field=path)
