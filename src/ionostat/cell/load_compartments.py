"""The `compartments:` block of a cell file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from ionostat.cell.description import Compartment, Kind, Potential
from ionostat.cell.draft import Draft, check_name
from ionostat.cell.yaml_nodes import Node

_HELD = {"kind", "potential", "V", "closes", "concentrations", "impermeants", "deviation"}
_KEYS: dict[str, set[str]] = {
    "bath": _HELD | {"balance"},
    "swelling": _HELD | {"volume", "amounts", "eliminate"},
    "rigid": _HELD | {"volume", "amounts", "eliminate"},
    "extracellular": _HELD | {"total_volume", "shares_volume_with", "amounts", "eliminate"},
}
_POTENTIALS = ("ground", "open", "clamp", "floating")
_RESERVED = {"volume", "total_volume", "V", "temperature"}


def read_compartments(draft: Draft, block: Node, absorbing: Iterable[str]) -> tuple[Compartment, ...]:
    """All compartments; those that absorb conserved totals (`absorbing`) eliminate no ion unless they say so."""
    takes = set(absorbing)
    nodes = block.entries
    for name, node in nodes.items():
        draft.place(name, node)
    if not nodes:
        raise block.key.error("a cell needs compartments", hint="for example 'bath: {kind: bath, ...}'")
    return tuple(_compartment(draft, name, node, nodes, absorbs=name in takes) for name, node in nodes.items())


def _compartment(draft: Draft, name: str, node: Node, everyone: dict[str, Node], *, absorbs: bool) -> Compartment:
    what = f"compartment '{name}'"
    kind = cast(Kind, node.need("kind", what, hint=f"one of: {', '.join(_KEYS)}").one_of(_KEYS, "kind of compartment"))
    for key, value in node.only(set().union(*_KEYS.values()), what).items():
        if key not in _KEYS[kind]:
            raise value.key.error(
                f"a {kind} compartment has no '{key}'", hint=f"its keys: {', '.join(sorted(_KEYS[kind]))}"
            )
    draft.deviation(node.get("deviation"))
    _volume(draft, name, node, kind)
    partners = _partners(name, node, everyone) if kind == "extracellular" else ()
    ions = _ions(draft, name, node)
    impermeants = tuple(_impermeants(draft, name, node, kind))
    given = node.get("potential")
    potential = given.one_of(_POTENTIALS, "potential") if given else "ground" if kind == "bath" else "floating"
    if potential == "clamp":
        draft.number(f"{name}.V", node.need("V", f"the clamped {what}"), "mV")
    elif (stray := node.get("V")) is not None:
        raise stray.key.error(f"{what} is not clamped, so it has no 'V'", hint="V belongs to the membrane")
    return Compartment(
        name=name,
        kind=kind,
        ions=ions,
        impermeants=impermeants,
        potential=cast(Potential, potential),
        balance=_one_ion(node, "balance", name, ions),
        eliminate=_eliminate(draft, name, node, ions, kind, absorbs=absorbs),
        closes=_closes(node, ions, impermeants),
        shares_volume_with=partners,
    )


def _volume(draft: Draft, name: str, node: Node, kind: Kind) -> None:
    """Starting volume, or the total that an extracellular space shares; a bath has none."""
    if kind == "bath":
        return
    key = "total_volume" if kind == "extracellular" else "volume"
    given = node.need(key, f"the {kind} compartment '{name}'", hint=f"for example '{key}: 2000 um3 @source'")
    draft.number(f"{name}.{key}", given, "um3", positive=True)


def _partners(name: str, node: Node, everyone: dict[str, Node]) -> tuple[str, ...]:
    """The compartments that an extracellular space shares its total volume with."""
    shared = node.need(
        "shares_volume_with", f"the extracellular compartment '{name}'", hint="shares_volume_with: [cytosol]"
    )
    names = tuple(item.one_of(set(everyone) - {name}, "compartment") for item in shared.items)
    if not names:
        raise shared.key.error(
            f"'{name}' has to share its volume with a compartment", hint="shares_volume_with: [cytosol]"
        )
    return names


def _ions(draft: Draft, name: str, node: Node) -> tuple[str, ...]:
    """Read the ions, as concentrations or amounts."""
    both = [node.get(k) for k in ("concentrations", "amounts")]
    if both[0] is not None and both[1] is not None:
        raise both[1].key.error("give 'concentrations' or 'amounts', not both")
    block = both[0] or both[1]
    if block is None:
        raise node.key.error(f"compartment '{name}' needs 'concentrations' or 'amounts'")
    unit = "mM" if block is both[0] else "amol"
    for ion, value in block.entries.items():
        draft.ion_key(ion, value)
        draft.number(f"{name}.{ion}", value, unit, positive=True)
    if not block.entries:
        raise block.key.error(f"compartment '{name}' holds no ion")
    return tuple(block.entries)


def _impermeants(draft: Draft, name: str, node: Node, kind: Kind) -> Iterator[str]:
    """Read the impermeants; the number that `closes` leaves open may be missing."""
    block = node.get("impermeants")
    closes = node.get("closes")
    follows = closes.content if closes is not None else None
    sizes = ("concentration",) if kind == "bath" else ("concentration", "amount")
    for x, value in block.entries.items() if block is not None else ():
        check_name(x, value)
        if x in draft.species or x in _RESERVED:
            raise value.key.error(f"'{x}' is the name of something else", hint="name impermeants X, A, protein ...")
        what = f"impermeant '{x}' of '{name}'"
        entries = value.only((*sizes, "z"), what)
        given = [k for k in sizes if k in entries]
        if len(given) == 2:
            raise entries["amount"].key.error("give 'concentration' or 'amount', not both")
        if given:
            draft.number(f"{name}.{x}", entries[given[0]], "mM" if given[0] == "concentration" else "amol")
        elif follows == f"{x}.n":
            draft.leave_open(f"{name}.{x}", "mM" if kind == "bath" else "amol", value)
        else:
            raise value.key.error(f"{what} needs {' or '.join(map(repr, sizes))}")
        if "z" in entries:
            draft.number(f"{name}.{x}.z", entries["z"], "1")
        elif follows == f"{x}.z":
            draft.leave_open(f"{name}.{x}.z", "1", value)
        else:
            raise value.key.error(f"{what} needs its mean charge 'z'", hint=f"or 'closes: {x}.z' in '{name}'")
        yield x


def _closes(node: Node, ions: tuple[str, ...], impermeants: tuple[str, ...]) -> str | None:
    """The quantity that the file leaves open, where it names one."""
    given = node.get("closes")
    if given is None or given.is_none:
        return None
    quantities = {*ions, "V", *(f"{x}.{tail}" for x in impermeants for tail in ("z", "n"))}
    return given.one_of(quantities - ({"V"} if node.need("kind", "").text == "bath" else set()), "closing quantity")


def _one_ion(node: Node, key: str, name: str, ions: tuple[str, ...]) -> str | None:
    """The ion of this compartment that a key names, if any."""
    given = node.get(key)
    if given is None or given.is_none:
        return None
    if given.text not in ions:
        raise given.mark.error(f"'{name}' holds no '{given.text}' to {key}", hint=f"it holds {', '.join(ions)}")
    return given.text


def _eliminate(draft: Draft, name: str, node: Node, ions: tuple[str, ...], kind: Kind, *, absorbs: bool) -> str | None:
    """The ion that follows from the charge: as named, else the largest cation."""
    if node.get("eliminate") is not None or kind == "bath" or absorbs:
        return _one_ion(node, "eliminate", name, ions)
    cations = [ion for ion in ions if draft.species[ion].z > 0]
    return max(cations, key=lambda ion: draft.numbers[f"{name}.{ion}"].value, default=None)
