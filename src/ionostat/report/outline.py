"""What a result has to show, in the order of the cell: what belongs to which membrane, compartment, mechanism."""

from __future__ import annotations

from dataclasses import dataclass

from ionostat.cell.description import Cell, Compartment
from ionostat.species import ATP


def closed(cell: Cell) -> list[Compartment]:
    """The compartments whose contents change: all but the baths."""
    return [c for c in cell.compartments if c.kind != "bath"]


def contents(cell: Cell, compartment: str) -> list[str]:
    """Names of what a compartment holds: ions, then impermeants."""
    c = cell.compartment(compartment)
    return [*c.ions, *c.impermeants]


def headline(cell: Cell) -> list[str]:
    """The quantities to show first: potentials, then ions and volume of every closed compartment."""
    found = [f"{m.name}.V" for m in cell.membranes]
    for c in closed(cell):
        found += [f"{c.name}.{x}" for x in (*c.ions, *c.impermeants)]
        found.append(f"{c.name}.volume")
    return found


def main_volume(cell: Cell) -> str:
    """The volume that a cell physiologist means: that of the inside of the first membrane."""
    inside = cell.membranes[0].inside
    return f"{inside}.volume"


@dataclass(frozen=True)
class Part:
    """One placed mechanism as results name it."""

    path: str
    type: str
    uses_atp: bool
    charged: bool
    water: bool
    gates: tuple[str, ...]
    deviation: str | None


def mechanisms(cell: Cell) -> list[Part]:
    """Every placed mechanism in the order of the file."""
    return [
        Part(
            f"{edge.name}.{placed.name}",
            placed.type,
            placed.mechanism.reacts.get(ATP, 0) < 0,
            bool(placed.mechanism.charge),
            placed.mechanism.moves_water,
            tuple(placed.mechanism.states),
            placed.deviation,
        )
        for edge, placed in cell.placements()
    ]


def quoted_from_memory(cell: Cell) -> dict[str, list[str]]:
    """Paths of the numbers that were quoted from memory, by confidence ("high", "medium", "low").

    A source of the file says so itself; a default of the package says "from memory" in its text.
    """
    confidence = {s.key: s.memory for s in cell.sources if s.memory}
    found: dict[str, list[str]] = {}
    for path, number in cell.numbers.items():
        word = confidence.get(number.source)
        if word is None and "from memory" in number.source:
            word = next((w for w in ("high", "medium", "low") if f"({w})" in number.source), "unsaid")
        if word is not None:
            found.setdefault(word, []).append(path)
    return found


def changed_numbers(cell: Cell) -> dict[str, str]:
    """The numbers that were set by hand, with what was given."""
    return {p: n.text or f"{n.value:.6g}" for p, n in cell.numbers.items() if n.source == "set by the user"}
