"""A cell as a frozen description: compartments, membranes, placed mechanisms, and every number by its path.

Structure and numbers are kept apart. The structure is a handful of small frozen classes; the numbers are one
flat mapping from path to `Number` (`plasma.nka.scale`, `bath.K`, `cytosol.volume`), so that "a number of this
cell" means the same thing in a cell file, a protocol, an ensemble and on the command line.

Paths of a cell with compartments `cytosol` and `bath` and a membrane `plasma`:

    temperature                     K
    cytosol.volume                  um3, at the start
    cytosol.Na                      mM, or amol: at the start
    cytosol.X, cytosol.X.z          impermeant: mM (of the starting volume) or amol; mean charge
    ecs.total_volume                um3, shared with other compartments
    bath.Na, bath.X, bath.X.z       mM; mean charge
    bath.V                          mV, of a clamped compartment
    plasma.V                        mV, at the start
    plasma.capacitance              pF/um2, or pF for the whole membrane
    plasma.area | plasma.length     um2 | um, by the area law
    plasma.nka.I_max, plasma.nka.scale ...   the parameters of each placed mechanism
    energy.ATP, energy.ADP, energy.Pi        mM;   energy.dG0   aJ/amol
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from ionostat.errors import CellError, UnknownNameError
from ionostat.mechanisms.mechanism import Basis, Mechanism
from ionostat.units import quantity

Kind = Literal["bath", "swelling", "rigid", "extracellular"]
Potential = Literal["ground", "open", "clamp", "floating"]
Closure = Literal["capacitive", "electroneutral"]
AreaLaw = Literal["fixed", "cylinder_side", "sphere"]


@dataclass(frozen=True)
class Number:
    """A value in coherent units, the unit it was declared in, the text it was given as, and the key of its source."""

    value: float
    unit: str
    text: str = ""
    source: str = ""


@dataclass(frozen=True)
class Source:
    """Where numbers come from. `memory` is "", or the confidence (high, medium, low) of a number quoted from memory."""

    key: str
    cite: str
    doi: str = ""
    memory: str = ""


@dataclass(frozen=True)
class Compartment:
    """A well-stirred volume that carries one electric potential."""

    name: str
    kind: Kind
    ions: tuple[str, ...]
    impermeants: tuple[str, ...] = ()
    potential: Potential = "floating"
    balance: str | None = None
    """Bath: the ion that gives way when another one is changed."""
    eliminate: str | None = None
    """Ion whose amount follows from the charge of the compartment."""
    closes: str | None = None
    """What the file's numbers leave open so that the starting charge balances: an ion, `V`, `X.z` or `X.n`."""
    shares_volume_with: tuple[str, ...] = ()
    """Extracellular: its volume is `total_volume` less the volumes of these."""


@dataclass(frozen=True)
class Placed:
    """A mechanism at its place. `basis` says what its rate is per; `deviation` names a published flaw it carries."""

    name: str
    type: str
    mechanism: Mechanism
    basis: Basis
    deviation: str | None = None


@dataclass(frozen=True)
class Membrane:
    """A membrane between an inside and an outside compartment.

    `capacitance` says what its capacitance is per (None: it has none).
    """

    name: str
    inside: str
    outside: str
    placed: tuple[Placed, ...] = ()
    capacitance: Literal["area", "membrane"] | None = None
    area: AreaLaw | None = None
    densities_follow_area: bool = False
    """The published model multiplies densities by a moving area (a deviation: numbers of channels are fixed)."""


@dataclass(frozen=True)
class Junction:
    """A path between two compartments without capacitance (gap, axial, extracellular, bath exchange)."""

    name: str
    a: str
    b: str
    placed: tuple[Placed, ...] = ()
    area: AreaLaw | None = None

    @property
    def inside(self) -> str:
        """Side into which `moves` is positive."""
        return self.a

    @property
    def outside(self) -> str:
        """The other side."""
        return self.b

    capacitance = None
    densities_follow_area = False


@dataclass(frozen=True)
class Deviation:
    """A flaw of the published model that the cell carries by name."""

    id: str
    what: str
    source: str
    waives: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """A whole cell, read-only. `cell.with_({"plasma.nka.scale": 0.5})` gives a changed one."""

    name: str
    compartments: tuple[Compartment, ...]
    membranes: tuple[Membrane, ...]
    junctions: tuple[Junction, ...] = ()
    numbers: Mapping[str, Number] = field(default_factory=dict)
    closure: Closure = "capacitive"
    conserved: tuple[tuple[str, str], ...] = ()
    """(ion, compartment that absorbs the total) for every ion conserved in a closed system."""
    deviations: tuple[Deviation, ...] = ()
    sources: tuple[Source, ...] = ()
    title: str = ""
    notes: str = ""
    species: tuple[tuple[str, int], ...] = ()
    """Charge numbers of all ions of the cell."""
    file: Path | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "numbers", MappingProxyType(dict(self.numbers)))

    def __getitem__(self, path: str) -> float:
        """Value at a path, in coherent units."""
        return self.number(path).value

    def number(self, path: str) -> Number:
        """The number at a path; an unknown path says which one was probably meant."""
        try:
            return self.numbers[path]
        except KeyError:
            raise UnknownNameError("parameter path", path, self.numbers) from None

    def paths(self) -> list[str]:
        """All parameter paths, in the order of the file."""
        return list(self.numbers)

    def compartment(self, name: str) -> Compartment:
        """The compartment of that name."""
        found: Compartment = _named("compartment", name, self.compartments)
        return found

    @property
    def edges(self) -> tuple[Membrane | Junction, ...]:
        """Membranes, then junctions."""
        return (*self.membranes, *self.junctions)

    def edge(self, name: str) -> Membrane | Junction:
        """The membrane or junction of that name."""
        found: Membrane | Junction = _named("membrane or junction", name, self.edges)
        return found

    def placements(self) -> Iterator[tuple[Membrane | Junction, Placed]]:
        """Every placed mechanism with its membrane or junction."""
        for edge in self.edges:
            for placed in edge.placed:
                yield edge, placed

    @property
    def excitable(self) -> bool:
        """Whether the cell has voltage-gated channels, or mechanisms with states of their own that may make it fire."""
        return any(p.mechanism.voltage_gated or p.mechanism.states for _, p in self.placements())

    def with_(self, changes: Mapping[str, Any] | None = None, *, closure: Closure | None = None) -> Cell:
        """A changed copy: `{path: value}` with units ("8 mM"), pint quantities, or bare numbers in the declared unit.

        A bath ion needs the bath's `balance` ion, which gives way so that the bath stays neutral.
        """
        from ionostat.cell.paths import set_numbers

        numbers = set_numbers(self, dict(self.numbers), changes or {})
        if closure is not None and closure not in ("capacitive", "electroneutral"):
            raise UnknownNameError("closure", closure, ("capacitive", "electroneutral"))
        return replace(self, numbers=numbers, closure=closure or self.closure)

    def __hash__(self) -> int:
        return hash((self.name, tuple(self.numbers.items()), self.closure, self.compartments))


def closed(cell: Cell) -> list[Compartment]:
    """The compartments whose amounts change: all but the baths."""
    return [c for c in cell.compartments if c.kind != "bath"]


def number(given: Any, unit: str, *, source: str = "", path: str = "") -> Number:
    """A `Number` from text with a unit (or a bare number in `unit`)."""
    return Number(quantity(given, unit, field=path, bare=True), unit, str(given), source)


def _named(kind: str, name: str, items: tuple[Any, ...]) -> Any:
    for item in items:
        if item.name == name:
            return item
    if not items:
        raise CellError(f"the cell has no {kind}")
    raise UnknownNameError(kind, name, [i.name for i in items])
