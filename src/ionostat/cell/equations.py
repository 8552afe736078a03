"""The equations of a cell: states, parameters, right-hand side; the narrow waist of the package.

What has been traced once is kept (`records.py`): names, sizes and generated code then come from there, and the
symbolic form, with SymPy behind it, is made only when something asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal

from ionostat.cell.description import Cell
from ionostat.cell.electrics import Component, components
from ionostat.cell.records import Record, record_of

if TYPE_CHECKING:
    from ionostat.cell.assembly import Assembled, Programs
    from ionostat.cell.balance import Traced
    from ionostat.cell.program import Derivative, Program

StateKind = Literal["charge", "amount", "ghost", "volume", "gate", "ramp", "quadrature", "potential"]


@dataclass(frozen=True)
class State:
    """One state: its path, what it is, its unit."""

    name: str
    kind: StateKind
    unit: str

    @property
    def symbol(self) -> Any:
        """Its SymPy symbol."""
        from ionostat.cell.balance import symbol

        return symbol(f"{self.name}.amount" if self.kind in ("amount", "ghost") else self.name)


@dataclass(frozen=True, eq=False)
class System:
    """What an engine solves: M y' = f(y, p), with the exact sparse Jacobian.

    `pattern` lists the entries (row, column) of the Jacobian that are not zero; `controlled` says which states take
    part in error control (quadratures do not). The programs are written when first asked for. `key` names them: equal
    keys mean equal programs, in every process; "" is the key of what may not be kept.
    """

    eq: Equations
    ramps: tuple[str, ...]
    audit: bool
    levels: int
    n_states: int
    n_parameters: int
    mass: tuple[int, ...]
    controlled: tuple[bool, ...]
    pattern: tuple[tuple[int, int], ...]

    @property
    def name(self) -> str:
        """What tells it from other systems of the same cell."""
        return _name_of(self.ramps, self.audit, self.levels)

    @property
    def key(self) -> str:
        """Names the programs."""
        return self.eq.record.key_of(self.name)

    @cached_property
    def programs(self) -> Programs:
        """The equations written out."""
        return _programs(self.eq, self.ramps, self.audit, self.levels)

    @property
    def inputs(self) -> tuple[Any, ...]:
        """Symbols of the states, then of the parameters."""
        return self.programs.inputs

    @property
    def rhs(self) -> Program:
        """M y' as a program."""
        return self.programs.rhs

    @property
    def jacobian(self) -> Derivative:
        """The derivative of `rhs` as a program."""
        return self.programs.jacobian


@dataclass(frozen=True, eq=False)
class Equations:
    """A cell as equations: what is state, what parameter, and which eliminated quantities are integrated as well."""

    cell: Cell
    record: Record
    states: tuple[State, ...]
    parameters: tuple[str, ...]
    quadrature_names: tuple[str, ...]
    """Paths of the eliminated amounts and volumes."""

    @property
    def mass(self) -> tuple[int, ...]:
        """1 for a differential state, 0 for an algebraic one."""
        return tuple(int(s.kind != "potential") for s in self.states)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each state by path."""
        return {s.name: i for i, s in enumerate(self.states)}

    @cached_property
    def parameter_index(self) -> dict[str, int]:
        """Position of each parameter by path."""
        return {p: i for i, p in enumerate(self.parameters)}

    @cached_property
    def components(self) -> tuple[Component, ...]:
        """The electrical components."""
        return components(self.cell)

    def system(self, ramps: tuple[str, ...] = (), *, audit: bool = False, levels: int = 0) -> System:
        """The equations for an engine.

        `ramps` are parameters that move linearly in time: each becomes a state whose rate is the parameter
        `<path>.slope`. `audit` adds the quadratures. Algebraic potentials come last either way. `levels` parameters
        (`level(0)`, ...) follow the others; the equations do not contain them, but what is watched may.
        """
        return _system(self, ramps, audit, levels)

    # The symbolic form, made when it is asked for

    @cached_property
    def assembled(self) -> Assembled:
        """The equations in symbols."""
        return _assembled(_Structure(self.cell))

    @property
    def traced(self) -> Traced:
        """Everything about the cell as expressions."""
        return self.assembled.traced

    @property
    def rhs(self) -> tuple[Any, ...]:
        """One expression per state: its rate; for an algebraic potential the net current, which vanishes."""
        return self.assembled.rhs

    @property
    def quadratures(self) -> tuple[tuple[str, Any, Any], ...]:
        """(path of an eliminated amount or volume, its rate, its value in the states)."""
        return self.assembled.quadratures

    @cached_property
    def readings(self) -> dict[str, tuple[Any, str]]:
        """Every observable: name -> (expression, unit)."""
        from ionostat.cell.readings import readings

        return readings(self.traced)


def level(k: int) -> Any:
    """The symbol of a parameter that stands for the level of a condition."""
    from ionostat.cell.balance import symbol

    return symbol(f"condition.{k}.level")


def _name_of(ramps: tuple[str, ...], audit: bool, levels: int) -> str:
    return " ".join(("system", "audit" if audit else "", str(levels), *ramps))


@lru_cache(maxsize=32)
def _programs(eq: Equations, ramps: tuple[str, ...], audit: bool, levels: int) -> Programs:
    from ionostat.cell.assembly import write_programs

    return write_programs(eq.assembled, ramps, audit, levels)


@lru_cache(maxsize=32)
def _system(eq: Equations, ramps: tuple[str, ...], audit: bool, levels: int) -> System:
    def outline() -> dict[str, Any]:
        written = _programs(eq, ramps, audit, levels)
        return {
            "parameters": len(written.inputs) - len(written.mass),
            "mass": written.mass,
            "controlled": written.controlled,
            "pattern": written.jacobian.pattern,
        }

    kept = eq.record.recall(_name_of(ramps, audit, levels), outline)
    pattern = tuple((i, j) for i, j in kept["pattern"])
    mass, controlled = tuple(kept["mass"]), tuple(kept["controlled"])
    return System(eq, ramps, audit, levels, len(mass), kept["parameters"], mass, controlled, pattern)


def equations(cell: Cell) -> Equations:
    """The equations of a cell. Cells that differ in numbers only share them."""
    return _equations(_Structure(cell))


@lru_cache(maxsize=32)
def _equations(structure: _Structure) -> Equations:
    """Names from the record of a structure that was assembled before, else from its trace, with dimensions checked."""

    def names() -> dict[str, Any]:
        from ionostat.cell.dimensions import check_dimensions

        check_dimensions(structure.cell)
        made = _assembled(structure)
        return {
            "states": [(s.name, s.kind, s.unit) for s in made.states],
            "parameters": made.parameters,
            "quadratures": [name for name, _, _ in made.quadratures],
        }

    cell = structure.cell
    record = record_of(repr(structure.key), [type(placed.mechanism) for _, placed in cell.placements()])
    kept = record.recall("names", names)
    states = tuple(State(*s) for s in kept["states"])
    return Equations(cell, record, states, tuple(kept["parameters"]), tuple(kept["quadratures"]))


@lru_cache(maxsize=32)
def _assembled(structure: _Structure) -> Assembled:
    from ionostat.cell.assembly import assemble

    return assemble(structure.cell)


class _Structure:
    """A cell seen without its numbers: equal, with an equal hash, when structure and paths agree."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        edges = tuple(
            (
                e.name,
                e.inside,
                e.outside,
                e.capacitance,
                e.area,
                e.densities_follow_area,
                tuple(_placement(p) for p in e.placed),
            )
            for e in cell.edges
        )
        self.key = (
            cell.name,
            cell.closure,
            cell.compartments,
            edges,
            cell.conserved,
            cell.species,
            tuple(cell.numbers),
            tuple((d.id, d.waives) for d in cell.deviations),
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Structure) and self.key == other.key


def _placement(placed: Any) -> tuple[Any, ...]:
    options = tuple(sorted((k, str(v)) for k, v in placed.mechanism.options.items()))
    return (placed.name, type(placed.mechanism), placed.basis, options, placed.deviation)
