"""The mechanisms of a membrane or junction: type, options, and numbers whose units say what the rate is per."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ionostat.cell.description import Number, Placed
from ionostat.cell.draft import Draft, has_dimension, unit_of
from ionostat.cell.yaml_nodes import Node
from ionostat.errors import InputError
from ionostat.mechanisms.mechanism import BASES, Basis, Mechanism, Option, Parameter
from ionostat.mechanisms.registry import mechanism_class
from ionostat.species import GHOST
from ionostat.units import describe

_OWN = ("type", "deviation")
_IN_WORDS = {"area": "per area", "membrane": "for the whole membrane", "volume": "per inside volume"}


def read_mechanisms(draft: Draft, edge: str, block: Node | None, folder: Path | None) -> tuple[Placed, ...]:
    """All mechanisms of one membrane or junction."""
    return tuple(_placed(draft, edge, name, node, folder) for name, node in (block.entries if block else {}).items())


def _placed(draft: Draft, edge: str, name: str, node: Node, folder: Path | None) -> Placed:
    path = f"{edge}.{name}"
    draft.place(name, node, edge)
    given = node.need("type", f"mechanism '{name}'", hint=f"write '{name}: {{type: leak_ohmic, ...}}'")
    try:
        kind = mechanism_class(given.text, folder=folder)
    except InputError as error:
        raise given.mark.wrap(error) from None
    parameters, options = kind.parameters(), kind.declared_options()
    what = f"mechanism '{name}' ({given.text})"
    entries = node.only({*parameters, *options, *_OWN}, what)
    chosen = {n: _option(draft, n, o, node, what) for n, o in options.items()}
    mechanism = kind(options={n: v for n, v in chosen.items() if v is not None})
    basis = _basis(mechanism, parameters, entries, path)
    _numbers(draft, path, node, parameters, basis, what)
    deviation = draft.deviation(node.get("deviation"))
    if GHOST in mechanism.moves and deviation is None:
        message = f"{what} leaves charge behind: it has no counter-ion"
        raise node.key.error(message, hint="name a counter-ion, or declare a deviation and write 'deviation: id'")
    return Placed(name, given.text, mechanism, basis, deviation)


def _option(draft: Draft, name: str, option: Option, node: Node, what: str) -> Any:
    """The ion, or ions, that a structural option names."""
    given = node.get(name)
    if given is None:
        if option.optional:
            return None
        raise node.key.error(f"{what} needs '{name}': {option.doc}", hint=f"for example '{name}: Na'")
    if option.kind == "ion":
        return draft.ion(given)
    return tuple(draft.ion(item) for item in given.items)


def _basis(mechanism: Mechanism, parameters: Mapping[str, Parameter], entries: Mapping[str, Node], path: str) -> Basis:
    """What the rate is per: fixed by the mechanism, else by the unit of its extensive parameters."""
    found: Basis | None = mechanism.basis
    first = ""
    for name, parameter in parameters.items():
        if not parameter.extensive or name not in entries:
            continue
        here = _basis_of(parameter, entries[name], f"{path}.{name}", (found,) if found and not first else BASES)
        if found and here != found:
            message = f"{path}.{name} is given {_IN_WORDS[here]}, but {first} {_IN_WORDS[found]}"
            raise entries[name].mark.error(message, hint="one mechanism has one basis")
        found, first = here, first or name
    return found or "membrane"


def _basis_of(parameter: Parameter, node: Node, path: str, allowed: tuple[Basis, ...]) -> Basis:
    units = {basis: parameter.unit_for(basis) for basis in allowed}
    for basis, unit in units.items():
        if has_dimension(node, unit):
            return basis
    expected = ", ".join(f"{unit} ({_IN_WORDS[basis]})" for basis, unit in units.items())
    unit = unit_of(node)
    found = f"'{node.text}' is {describe(unit)}" if unit else f"'{node.text}' has no unit"
    raise node.mark.error(f"{path} is {parameter.doc}; {found}", hint=f"its unit may be {expected}")


def _numbers(draft: Draft, path: str, node: Node, parameters: Mapping[str, Parameter], basis: Basis, what: str) -> None:
    """Every parameter: as given, or its default with its declared source."""
    for name, parameter in parameters.items():
        unit = parameter.unit_for(basis)
        given = node.get(name)
        if given is not None:
            value = draft.number(f"{path}.{name}", given, unit)
            low, high = parameter.range
            if not low <= value <= high:
                message = f"{path}.{name} = {draft.numbers[f'{path}.{name}'].text} is out of range"
                raise given.mark.error(
                    message, hint=f"allowed: {low:.6g} to {high:.6g} {unit if unit != '1' else ''}".rstrip()
                )
        elif parameter.default is None:
            raise node.key.error(
                f"{what} needs '{name}': {parameter.doc}", hint=f"for example '{name}: 1 {unit} @source'"
            )
        else:
            shown = f"{parameter.default:g}" + ("" if unit == "1" else f" {unit}")
            draft.numbers[f"{path}.{name}"] = Number(parameter.default, unit, shown, parameter.source)
            draft.marks[f"{path}.{name}"] = node.key
