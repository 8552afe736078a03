"""Rules of structure that one look at the whole cell can check, each complaint at its place in the file."""

from __future__ import annotations

from dataclasses import replace

from ionostat.cell.description import Cell, Closure, Compartment, Membrane
from ionostat.cell.draft import Draft
from ionostat.cell.yaml_nodes import Node


def settle_closes(
    draft: Draft, compartments: tuple[Compartment, ...], membranes: tuple[Membrane, ...], closure: Closure
) -> tuple[Compartment, ...]:
    """Give each compartment its closing quantity where the file names none: V if none is given, else the eliminated ion."""
    return tuple(_settled(draft, c, membranes, closure) for c in compartments)


def _settled(draft: Draft, c: Compartment, membranes: tuple[Membrane, ...], closure: Closure) -> Compartment:
    if c.closes is not None or c.kind == "bath":
        return c
    own = [m for m in membranes if m.inside == c.name]
    if own and closure == "capacitive" and not any(f"{m.name}.V" in draft.numbers for m in own):
        return replace(c, closes="V")
    return replace(c, closes=c.eliminate)


def check(cell: Cell, draft: Draft, root: Node) -> None:
    """All rules in turn."""
