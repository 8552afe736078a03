"""The `membranes:` and `junctions:` blocks of a cell file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from ionostat.cell.description import AreaLaw, Closure, Compartment, Junction, Membrane
from ionostat.cell.draft import Draft, has_dimension
from ionostat.cell.load_mechanisms import read_mechanisms
from ionostat.cell.yaml_nodes import Node

_MEMBRANE = ("inside", "outside", "V", "capacitance", "area", "densities_follow_area", "deviation", "mechanisms")
_JUNCTION = ("a", "b", "area", "mechanisms")
_LAWS: dict[str, set[str]] = {"fixed": {"value"}, "cylinder_side": {"length"}, "sphere": set()}


def read_membranes(
    draft: Draft, block: Node, compartments: tuple[Compartment, ...], closure: Closure, folder: Path | None
) -> tuple[Membrane, ...]:
    """All membranes."""
    if not block.entries:
        raise block.key.error(
            "a cell needs a membrane", hint="for example 'plasma: {inside: cytosol, outside: bath, ...}'"
        )
    return tuple(_membrane(draft, name, node, compartments, closure, folder) for name, node in block.entries.items())


def read_junctions(
    draft: Draft, block: Node | None, compartments: tuple[Compartment, ...], folder: Path | None
) -> tuple[Junction, ...]:
    """All junctions."""
    found = []
    for name, node in block.entries.items() if block is not None else ():
        draft.place(name, node)
        node.only(_JUNCTION, f"junction '{name}'")
        a, b = _sides(node, name, "junction", ("a", "b"), compartments)
        area = _area(draft, name, node)
        placed = read_mechanisms(draft, name, node.get("mechanisms"), folder)
        found.append(Junction(name, a, b, placed, area))
    return tuple(found)


def _membrane(
    draft: Draft, name: str, node: Node, compartments: tuple[Compartment, ...], closure: Closure, folder: Path | None
) -> Membrane:
    draft.place(name, node)
    what = f"membrane '{name}'"
    node.only(_MEMBRANE, what)
    inside, outside = _sides(node, name, "membrane", ("inside", "outside"), compartments)
    if (V := node.get("V")) is not None:
        draft.number(f"{name}.V", V, "mV")
    area = _area(draft, name, node)
    capacitance = _capacitance(draft, name, node, closure)
    follows = _densities_follow_area(draft, name, node, area)
    placed = read_mechanisms(draft, name, node.get("mechanisms"), folder)
    return Membrane(name, inside, outside, placed, capacitance, area, follows)


def _sides(
    node: Node, name: str, kind: str, keys: tuple[str, str], compartments: tuple[Compartment, ...]
) -> tuple[str, str]:
    """The two compartments of a membrane or junction."""
    names = [c.name for c in compartments]
    given = [node.need(key, f"{kind} '{name}'", hint=f"one of: {', '.join(names)}") for key in keys]
    first, second = (side.one_of(names, "compartment") for side in given)
    if first == second:
        raise given[1].mark.error(f"both sides of {kind} '{name}' are '{first}'")
    return first, second


def _area(draft: Draft, name: str, node: Node) -> AreaLaw | None:
    """`785 um2`, or a law by which the area follows the volume inside."""
    given = node.get("area")
    if given is None:
        return None
    if not isinstance(given.content, dict):
        draft.number(f"{name}.area", given, "um2", positive=True)
        return "fixed"
    law = cast(AreaLaw, given.need("law", f"the area of '{name}'", hint=_laws()).one_of(_LAWS, "area law"))
    given.only({"law", *_LAWS[law]}, f"the area of '{name}' ({law})")
    if law == "fixed":
        draft.number(f"{name}.area", given.need("value", f"the area of '{name}'"), "um2", positive=True)
    if law == "cylinder_side":
        draft.number(f"{name}.length", given.need("length", f"the cylinder of '{name}'"), "um", positive=True)
    return law


def _laws() -> str:
    return f"laws: {', '.join(_LAWS)}; or give the area itself, '785 um2'"


def _capacitance(draft: Draft, name: str, node: Node, closure: Closure) -> Literal["area", "membrane"] | None:
    """Capacitance per area (pF/um2) or of the whole membrane (pF); needed where charge is stored on membranes."""
    given = node.get("capacitance")
    if given is None:
        if closure == "capacitive":
            hint = "for example 'capacitance: 0.01 pF/um2 @source', or 'closure: electroneutral' for none"
            raise node.key.error(f"membrane '{name}' needs 'capacitance' (the closure is capacitive)", hint=hint)
        return None
    basis: Literal["area", "membrane"] = "membrane" if has_dimension(given, "pF") else "area"
    draft.number(f"{name}.capacitance", given, "pF" if basis == "membrane" else "pF/um2", positive=True)
    return basis


def _densities_follow_area(draft: Draft, name: str, node: Node, area: AreaLaw | None) -> bool:
    """Whether densities multiply a moving area, which a published model may do under a declared deviation."""
    given = node.get("densities_follow_area")
    deviation = draft.deviation(node.get("deviation"))
    if given is None or given.one_of(("true", "false"), "truth value") == "false":
        return False
    if deviation is None:
        message = "numbers of channels and pumps are fixed; densities that follow the area are a deviation"
        raise given.key.error(message, hint="declare it under 'deviations:' and write 'deviation: id' on the membrane")
    if area in (None, "fixed"):
        raise given.key.error(f"the area of '{name}' does not move")
    return True
