"""One law closes the electricity of every cell.

Potentials belong to compartments; a membrane's V is a difference. Compartments joined by capacitors form a component.
The charge of a compartment is F sum(z n) = sum of +-C V over its membranes, so inside a component each compartment but
one (the reference) carries a charge that is a state, and its potential follows from the capacitances. A component that
holds a ground has that as its reference; one without has one algebraic potential, fixed by zero net current into it.
`electroneutral` is the same rule with no capacitors: every component is a single compartment.

Charges, not potentials, are the states: they are linear in the amounts even when an area, and with it a
capacitance, follows the volume, so the charge balance survives the solver to round-off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ionostat.cell.description import Cell
from ionostat.errors import CellError


@dataclass(frozen=True)
class Component:
    """Compartments joined by capacitors. `charged` are the members whose charge is a state."""

    members: tuple[str, ...]
    reference: str
    charged: tuple[str, ...]
    clamped: tuple[str, ...]
    floating: bool
    """Without a ground: the reference's potential is algebraic."""


def components(cell: Cell) -> tuple[Component, ...]:
    """The electrical components of a cell, in the order of its compartments."""
    groups = _groups(cell)
    _check_grounded(cell)
    return tuple(_component(cell, members) for members in groups)


def charge_terms(compartment: str, parts: Sequence[Component]) -> dict[str, int]:
    """Charge of a compartment in the charge states: its own, or minus the others' for a closed reference."""
    part = next(p for p in parts if compartment in p.members)
    return {compartment: 1} if compartment in part.charged else dict.fromkeys(part.charged, -1)


def _groups(cell: Cell) -> list[tuple[str, ...]]:
    joined = {c.name: c.name for c in cell.compartments}

    def root(name: str) -> str:
        while joined[name] != name:
            name = joined[name]
        return name

    if cell.closure == "capacitive":
        for membrane in cell.membranes:
            if membrane.capacitance is not None:
                joined[root(membrane.inside)] = root(membrane.outside)
    groups: dict[str, list[str]] = {}
    for compartment in cell.compartments:
        groups.setdefault(root(compartment.name), []).append(compartment.name)
    return [tuple(g) for g in groups.values()]


def _component(cell: Cell, members: tuple[str, ...]) -> Component:
    kinds = {m: cell.compartment(m) for m in members}
    grounds = [m for m in members if kinds[m].potential == "ground"]
    clamped = tuple(m for m in members if kinds[m].potential == "clamp")
    closed_grounds = [m for m in grounds if kinds[m].kind != "bath"]
    if len(closed_grounds) > 1 or (closed_grounds and len(grounds) > 1):
        raise CellError(f"only one of {', '.join(grounds)} can be the ground of its component")
    if grounds:
        reference, floating = grounds[0], False
    elif clamped:
        reference, floating = clamped[0], False
    else:
        reference, floating = _quietest(cell, members), True
    if closed_grounds and clamped:
        raise CellError(f"{closed_grounds[0]} is a closed ground and {clamped[0]} a clamp in one component")
    charged = tuple(m for m in members if m != reference and m not in grounds and m not in clamped)
    return Component(members, reference, charged, clamped, floating)


def _quietest(cell: Cell, members: tuple[str, ...]) -> str:
    """Reference of a floating component: the extracellular member if there is one, else the last."""
    outside = [m for m in members if cell.compartment(m).kind == "extracellular"]
    return outside[0] if outside else members[-1]


def _check_grounded(cell: Cell) -> None:
    """Every electrically connected set of compartments needs a ground or a clamp, or V has no meaning."""
    linked = {c.name: {c.name} for c in cell.compartments}
    for edge in cell.edges:
        union = linked[edge.inside] | linked[edge.outside]
        for name in union:
            linked[name] = union
    for compartment in cell.compartments:
        group = linked[compartment.name]
        if not any(cell.compartment(m).potential in ("ground", "clamp") for m in group):
            raise CellError(
                f"no ground among {', '.join(sorted(group))}",
                hint="give one compartment 'potential: ground'",
            )
