"""What has been read of a cell file so far: sources, species, and every number with its place in the file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isfinite, nan

from ionostat.cell.description import Deviation, Number, Source
from ionostat.cell.yaml_nodes import Mark, Node
from ionostat.errors import InputError, did_you_mean
from ionostat.species import Species
from ionostat.units import dimension, quantity

_RESERVED = ("temperature", "energy", "total")
_MEMBRANE_NUMBERS = ("V", "capacitance", "area", "length", "area_at_start")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass
class Draft:
    """The growing cell. `marks` says where each number and each named thing stands."""

    sources: dict[str, Source]
    species: dict[str, Species]
    deviations: dict[str, Deviation]
    numbers: dict[str, Number] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    """Compartments, membranes, junctions and mechanisms by path."""
    used: set[str] = field(default_factory=set)
    """Deviations that something refers to."""

    def number(self, path: str, node: Node, unit: str, *, positive: bool = False) -> float:
        """Read a number with a unit and a source into `path`; the value in coherent units."""
        given, _ = split_source(node.text)
        try:
            value = quantity(given, unit, field=path)
        except InputError as error:
            raise node.mark.wrap(error) from None
        if not isfinite(value):
            raise node.mark.error(f"{path} has to be finite, found '{given}'")
        if positive and value <= 0:
            raise node.mark.error(f"{path} has to be positive, found '{given}'")
        self.numbers[path] = Number(value, unit, given, self.source_of(node, path))
        self.marks[path] = node.mark
        return value

    def source_of(self, node: Node, path: str) -> str:
        """The source key of a number: its own `@key`, or that of the nearest enclosing `source:`."""
        given, key = split_source(node.text)
        if key is not None:
            if key not in self.sources:
                at = node.mark.shifted(node.text.rindex("@") + 1)
                raise at.error(f"unknown source '{key}'", hint=did_you_mean(key, self.sources))
            return key
        if node.source is None:
            known = ", ".join(self.sources) or "none yet: add a 'sources:' block"
            hint = f"write '{given} @key', or 'source: key' beside or above it (sources: {known})"
            raise node.mark.error(f"{path} has no source", hint=hint)
        return node.source.text

    def ion(self, node: Node) -> Species:
        """The ion that a node names."""
        return self.species[node.one_of(self.species, "ion")]

    def ion_key(self, name: str, node: Node) -> Species:
        """The ion that is the key of a node."""
        if name not in self.species:
            hint = did_you_mean(name, self.species)
            raise node.key.error(
                f"unknown ion '{name}'", hint=f"{hint}; a new one needs 'species: {{{name}: {{z: ...}}}}'"
            )
        return self.species[name]

    def deviation(self, node: Node | None) -> str | None:
        """The declared deviation that a `deviation:` names."""
        if node is None:
            return None
        name = node.one_of(self.deviations, "deviation")
        self.used.add(name)
        return name

    def leave_open(self, path: str, unit: str, node: Node) -> None:
        """Keep the place of a number that follows from the charge of its compartment."""
        self.numbers[path] = Number(nan, unit, "", "closes the charge of the compartment")
        self.marks[path] = node.key

    def place(self, tail: str, node: Node, above: str = "") -> None:
        """Remember where a compartment, membrane, junction or mechanism (of `above`) stands, and check its name."""
        check_name(tail, node)
        name = f"{above}.{tail}" if above else tail
        if name in self.nodes or name in _RESERVED or (above and tail in _MEMBRANE_NUMBERS):
            raise node.key.error(
                f"the name '{tail}' is taken", hint="compartments, membranes and junctions share one set of names"
            )
        self.marks[name] = node.key
        self.nodes[name] = node


def check_name(name: str, node: Node) -> None:
    """Refuse a name that cannot be part of a parameter path."""
    if not _NAME.fullmatch(name):
        tidy = re.sub(r"\W+", "_", name).strip("_")
        hint = f"names are letters, digits and underscores: {tidy if _NAME.fullmatch(tidy) else '_' + tidy}"
        raise node.key.error(f"'{name}' cannot be a name", hint=hint)


def split_source(text: str) -> tuple[str, str | None]:
    """`145 mM @key` as the number and the key of its source.

    >>> split_source("145 mM @kay"), split_source("-1")
    (('145 mM', 'kay'), ('-1', None))
    """
    given, at, key = text.rpartition("@")
    return (given.strip(), key.strip()) if at else (text.strip(), None)


def unit_of(node: Node) -> str:
    """The unit of a number as it is written, "" where it has none."""
    match = re.match(r"\s*[-+−]?[\d.]+(?:[eE][-+]?\d+)?\s*(.*)$", split_source(node.text)[0])
    unit = match[1].strip() if match else ""
    return f"1{unit}" if unit.startswith("/") else unit


def has_dimension(node: Node, unit: str) -> bool:
    """Whether a number is given in a unit of the dimension of `unit`."""
    try:
        return dimension(unit_of(node)) == dimension(unit)
    except InputError as error:
        raise node.mark.wrap(error) from None
