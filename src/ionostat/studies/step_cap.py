"""The largest step of a run, the same for one cell and for the members of an ensemble."""

from __future__ import annotations

from ionostat.cell.description import Cell
from ionostat.errors import InputError
from ionostat.units import quantity

EXCITABLE_STEP = 1.0
"""Largest step (ms) for a cell with voltage-gated channels: longer L-stable steps can sit on an unstable branch."""


def largest_step(cell: Cell, given: str | float | None) -> float:
    """The cap of the step, ms: as `given` ("2 ms", "inf"), else `EXCITABLE_STEP` for an excitable cell and none.

    >>> from ionostat import load
    >>> largest_step(load("Kay2017_cell"), None), largest_step(load("Huebel2016_neuron"), None)
    (inf, 1.0)
    """
    if given is None:
        return EXCITABLE_STEP if cell.excitable else float("inf")
    if given in ("inf", "none", float("inf")):
        return float("inf")
    largest = quantity(given, "ms", field="max_step", bare=True)
    if not largest > 0:
        raise InputError(f"the largest step must be longer than nothing; got {given}", field="max_step")
    return largest
