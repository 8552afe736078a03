"""Rules of structure that need a look at the whole cell, each complaint at its place in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from ionostat.cell.description import Cell, Closure, Compartment, Junction, Membrane, Placed
from ionostat.cell.draft import Draft
from ionostat.cell.paths import check_range
from ionostat.errors import InputError
from ionostat.species import GHOST, WATER

Edge = Membrane | Junction


def settle_closes(
    draft: Draft, compartments: tuple[Compartment, ...], membranes: tuple[Membrane, ...], closure: Closure
) -> tuple[Compartment, ...]:
    """Give each compartment its closing quantity where the file names none: V if it is not given, else `eliminate`."""
    return tuple(_settled(draft, c, membranes, closure) for c in compartments)


def _settled(draft: Draft, c: Compartment, membranes: tuple[Membrane, ...], closure: Closure) -> Compartment:
    named = draft.nodes[c.name].get("closes")
    if named is not None or c.kind == "bath":
        return c
    own = [m for m in membranes if m.inside == c.name]
    if own and closure == "capacitive" and not any(f"{m.name}.V" in draft.numbers for m in own):
        return replace(c, closes="V")
    return replace(c, closes=c.eliminate)


def check(cell: Cell, draft: Draft) -> None:
    """All rules in turn."""
    for rule in (_ranges, _ions, _areas, _potentials, _grounds, _water, _shared, _conserved, _closed, _deviations):
        rule(cell, draft)


def _ranges(cell: Cell, draft: Draft) -> None:
    """Every number lies in its range."""
    for path in cell.numbers:
        try:
            check_range(cell, path, cell[path])
        except InputError as error:
            raise draft.marks[path].wrap(error) from None


def _ions(cell: Cell, draft: Draft) -> None:
    """What a mechanism moves is on both sides of it."""
    for edge, placed in cell.placements():
        for ion in placed.mechanism.moves:
            for side in (edge.inside, edge.outside):
                held = cell.compartment(side).ions
                if ion not in (WATER, GHOST) and ion.name not in held:
                    node = draft.nodes[f"{edge.name}.{placed.name}"]
                    at = next((n.mark for k in placed.mechanism.declared_options() if (n := node.get(k))), node.key)
                    message = f"'{placed.name}' moves {ion}, but '{side}' holds no {ion} (it holds {', '.join(held)})"
                    raise at.error(message, hint=f"add {ion} to '{side}'")


def _areas(cell: Cell, draft: Draft) -> None:
    """What is given per area has an area, what is given per volume a volume, and a moving area follows a volume."""
    for edge in cell.edges:
        bath = cell.compartment(edge.inside).kind == "bath"
        if edge.area in ("cylinder_side", "sphere") and bath:
            raise draft.marks[edge.name].error(
                f"the area of '{edge.name}' follows a volume, and '{edge.inside}' has none"
            )
        if edge.capacitance == "area" and edge.area is None:
            hint = "add 'area: ... um2', or give the capacitance of the whole membrane in pF"
            raise draft.marks[f"{edge.name}.capacitance"].error(
                f"this is per area, but '{edge.name}' has no area", hint=hint
            )
        for placed in edge.placed:
            if (placed.basis == "area" and edge.area is None) or (placed.basis == "volume" and bath):
                lacking, has = ("area", edge.name) if placed.basis == "area" else ("volume", edge.inside)
                raise _at_extent(draft, edge, placed)(
                    f"'{placed.name}' is given per {lacking}, but '{has}' has no {lacking}"
                )


def _at_extent(draft: Draft, edge: Edge, placed: Placed) -> Callable[[str], Exception]:
    """How to complain at the number that set what a mechanism is per."""
    path = f"{edge.name}.{placed.name}"
    node = draft.nodes[path]
    extensive = [n for n, p in placed.mechanism.parameters().items() if p.extensive and node.get(n)]
    mark = draft.marks[f"{path}.{extensive[0]}"] if extensive else node.key
    hint = f"add 'area: ... um2' to '{edge.name}', or give the mechanism for the whole membrane"
    return lambda message: mark.error(message, hint=hint)


def _potentials(cell: Cell, draft: Draft) -> None:
    """The starting potential of a membrane is given, or follows because a side closes it."""
    for membrane in cell.membranes if cell.closure == "capacitive" else ():
        sides = (membrane.inside, membrane.outside)
        if f"{membrane.name}.V" not in cell.numbers and not any(cell.compartment(s).closes == "V" for s in sides):
            hint = f"give it ('V: -70 mV @source'), or write 'closes: V' in '{membrane.inside}'"
            raise draft.marks[membrane.name].error(f"membrane '{membrane.name}' needs its starting 'V'", hint=hint)


def _grounds(cell: Cell, draft: Draft) -> None:
    """Every connected set of compartments has a potential to count from."""
    for group in _groups(cell, cell.edges):
        if not any(cell.compartment(name).potential in ("ground", "clamp") for name in group):
            names = ", ".join(f"'{n}'" for n in group)
            message = f"no ground among {names}: potentials are counted from a compartment with 'potential: ground'"
            raise draft.marks[group[-1]].error(message, hint=f"write 'potential: ground' in '{group[-1]}'")


def _water(cell: Cell, draft: Draft) -> None:
    """What swells has a water path, what is rigid has none, and a shared space gives water only to its own."""
    wet = set()
    for edge, placed in cell.placements():
        if not placed.mechanism.moves_water:
            continue
        wet |= {edge.inside, edge.outside}
        at = draft.marks[f"{edge.name}.{placed.name}"]
        for name, other in ((edge.inside, edge.outside), (edge.outside, edge.inside)):
            compartment = cell.compartment(name)
            if compartment.kind == "rigid":
                raise at.error(f"'{placed.name}' moves water, but '{name}' is rigid", hint="write 'kind: swelling'")
            if compartment.kind == "extracellular" and other not in compartment.shares_volume_with:
                message = f"water that leaves '{name}' has to stay in its total volume, which '{other}' does not share"
                raise at.error(message, hint=f"add '{other}' to 'shares_volume_with' of '{name}'")
    for compartment in cell.compartments:
        if compartment.kind == "swelling" and compartment.name not in wet:
            message = f"'{compartment.name}' can swell, but no mechanism moves water into it"
            raise draft.marks[compartment.name].error(message, hint="add one of type 'water', or write 'kind: rigid'")


def _shared(cell: Cell, draft: Draft) -> None:
    """A total volume is shared with compartments that have a volume of their own, each in one total."""
    owner: dict[str, str] = {}
    for compartment in cell.compartments:
        for item in compartment.shares_volume_with:
            node = draft.nodes[compartment.name].need("shares_volume_with", "")
            at = next((n.mark for n in node.items if n.text == item), node.mark)
            if cell.compartment(item).kind not in ("swelling", "rigid"):
                raise at.error(
                    f"'{item}' has no volume of its own to share", hint="name swelling or rigid compartments"
                )
            if item in owner:
                raise at.error(f"'{item}' already shares its volume with '{owner[item]}'")
            owner[item] = compartment.name


def _conserved(cell: Cell, draft: Draft) -> None:
    """A conserved ion is held by the compartment that takes up its total, and cannot reach a bath."""
    for ion, name in cell.conserved:
        at = draft.marks[f"conserved.{ion}"]
        compartment = cell.compartment(name)
        if compartment.kind == "bath":
            raise at.error(f"'{name}' is a bath: nothing is conserved in it", hint="name a closed compartment")
        if ion not in compartment.ions:
            raise at.error(f"'{name}' holds no {ion} (it holds {', '.join(compartment.ions)})")
        baths = [n for n in _reach(cell, ion, name) if cell.compartment(n).kind == "bath"]
        if baths:
            raise at.error(f"{ion} is not conserved: it can leave '{name}' for '{baths[0]}'", hint=f"remove {ion} here")
        if compartment.eliminate == ion:
            hint = f"write 'eliminate: none' in '{name}'"
            raise at.error(f"{ion} of '{name}' cannot follow both from its total and from the charge", hint=hint)


def _closed(cell: Cell, draft: Draft) -> None:
    """An ion that no bath supplies is declared as conserved, or the equations would have no unique rest."""
    declared = dict(cell.conserved)
    for ion, _ in cell.species:
        for compartment in cell.compartments:
            group = _reach(cell, ion, compartment.name) if ion in compartment.ions else ()
            if len(group) > 1 and ion not in declared and all(cell.compartment(n).kind != "bath" for n in group):
                message = f"{ion} is only exchanged between {' and '.join(group)}: its total never changes"
                raise draft.marks[group[-1]].error(message, hint=f"write 'conserved: {{{ion}: {group[-1]}}}'")


def _deviations(cell: Cell, draft: Draft) -> None:
    """Every declared deviation belongs to something."""
    for deviation in cell.deviations:
        if deviation.id not in draft.used:
            message = f"nothing refers to the deviation '{deviation.id}'"
            hint = f"write 'deviation: {deviation.id}' at the mechanism, membrane or compartment that has it"
            raise draft.marks[f"deviations.{deviation.id}"].error(message, hint=hint)


def _reach(cell: Cell, ion: str, start: str) -> tuple[str, ...]:
    """The compartments that an ion can reach from one of them."""
    edges = [e for e in cell.edges if any(s.name == ion for p in e.placed for s in p.mechanism.moves)]
    return next(group for group in _groups(cell, edges) if start in group)


def _groups(cell: Cell, edges: Iterable[Edge]) -> list[tuple[str, ...]]:
    """Compartments by what joins them."""
    groups = {c.name: {c.name} for c in cell.compartments}
    for edge in edges:
        union = groups[edge.inside] | groups[edge.outside]
        for name in union:
            groups[name] = union
    ordered = {tuple(c.name for c in cell.compartments if c.name in group) for group in groups.values()}
    return sorted(ordered, key=lambda group: [c.name for c in cell.compartments].index(group[0]))
