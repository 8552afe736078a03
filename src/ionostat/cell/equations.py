"""The traced symbolic form of a cell: states, parameters, right-hand side; the narrow waist of the package.

States are the charges of the compartments (fC), the amounts that are not eliminated (amol), volumes (um3), gates,
and, where a component floats, algebraic potentials (mV), in that order. The eliminated amounts are integrated
beside them as quadratures, for the audit only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

import sympy

from ionostat.cell.balance import (
    Traced,
    amount_symbol,
    charge_symbol,
    closed,
    ghosts,
    potential_symbol,
    symbol,
    trace,
)
from ionostat.cell.description import Cell
from ionostat.cell.dimensions import check_dimensions
from ionostat.cell.program import Derivative, Program, differentiate, straight_line

StateKind = Literal["charge", "amount", "ghost", "volume", "gate", "ramp", "quadrature", "potential"]


@dataclass(frozen=True)
class State:
    """One state: its path, what it is, its unit, its symbol."""

    name: str
    kind: StateKind
    unit: str
    symbol: Any


@dataclass(frozen=True)
class System:
    """What an engine solves: M y' = f(y, p), states first in `inputs`, with the exact sparse Jacobian.

    `controlled` says which states take part in error control (quadratures do not).
    """

    inputs: tuple[Any, ...]
    n_states: int
    mass: tuple[int, ...]
    rhs: Program
    jacobian: Derivative
    controlled: tuple[bool, ...]


@dataclass(frozen=True, eq=False)
class Equations:
    """A cell as equations. `rhs` has one entry per state; for an algebraic potential it is the net current (0)."""

    cell: Cell
    traced: Traced
    states: tuple[State, ...]
    parameters: tuple[str, ...]
    rhs: tuple[Any, ...]
    quadratures: tuple[tuple[str, Any, Any], ...]
    """(path of an eliminated amount or volume, its rate, its value in the states)."""

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

    def system(self, ramps: tuple[str, ...] = (), *, audit: bool = False) -> System:
        """The equations as straight-line programs.

        `ramps` are parameters that move linearly in time: each becomes a state whose rate is the parameter
        `<path>.slope`. `audit` adds the quadratures. Algebraic potentials come last either way.
        """
        return _system(self, ramps, audit)


@lru_cache(maxsize=32)
def _system(eq: Equations, ramps: tuple[str, ...], audit: bool) -> System:
    differential = [(s.symbol, r, True) for s, r in zip(eq.states, eq.rhs, strict=True) if s.kind != "potential"]
    algebraic = [(s.symbol, r, True) for s, r in zip(eq.states, eq.rhs, strict=True) if s.kind == "potential"]
    if audit:
        differential += [(symbol(f"audit.{name}"), rate, False) for name, rate, _ in eq.quadratures]
    differential += [(symbol(p), symbol(f"{p}.slope"), True) for p in ramps]
    rows = differential + algebraic
    states = tuple(s for s, _, _ in rows)
    fixed = [symbol(p) for p in eq.parameters if p not in ramps] + [symbol(f"{p}.slope") for p in ramps]
    rhs = straight_line((*states, *fixed), [r for _, r, _ in rows])
    return System(
        inputs=(*states, *fixed),
        n_states=len(states),
        mass=tuple([1] * len(differential) + [0] * len(algebraic)),
        rhs=rhs,
        jacobian=differentiate(rhs, states),
        controlled=tuple(c for _, _, c in rows),
    )


def equations(cell: Cell) -> Equations:
    """Assemble the equations of a cell. Cells that differ in numbers only share them."""
    return _assemble(_Structure(cell))


@lru_cache(maxsize=32)
def _assemble(structure: _Structure) -> Equations:
    cell = structure.cell
    check_dimensions(cell)
    traced = trace(cell)
    rows = _differential(traced) + _algebraic(traced)
    rhs = tuple(sympy.sympify(r) for _, r in rows)
    states = tuple(s for s, _ in rows)
    quadratures = _quadratures(traced)
    return Equations(cell, traced, states, _parameters(traced, states, rhs), rhs, quadratures)


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
        )

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Structure) and self.key == other.key


def _placement(placed: Any) -> tuple[Any, ...]:
    options = tuple(sorted((k, str(v)) for k, v in placed.mechanism.options.items()))
    return (placed.name, type(placed.mechanism), placed.basis, options, placed.deviation)


def _differential(traced: Traced) -> list[tuple[State, Any]]:
    cell, rows = traced.cell, []
    for part in traced.components:
        for name in part.charged:
            rows.append((State(f"{name}.charge", "charge", "fC", charge_symbol(name)), traced.current_into(name)))
    for column in traced.amounts:
        if column not in traced.elimination.solved:
            state = State(f"{column[0]}.{column[1]}", "amount", "amol", amount_symbol(*column))
            rows.append((state, traced.influx(*column)))
    for name in sorted(ghosts(cell)):
        state = State(f"{name}.ghost", "ghost", "amol", symbol(f"{name}.ghost.amount"))
        rows.append((state, traced.influx(name, "ghost")))
    for c in closed(cell):
        if c.kind == "swelling":
            state = State(f"{c.name}.volume", "volume", "um3", traced.volumes[c.name])
            rows.append((state, traced.influx(c.name, "water")))
    for flow in traced.flows:
        for gate, rate in flow.state_rates.items():
            path = f"{flow.name}.{gate}"
            rows.append((State(path, "gate", "1", symbol(path)), rate))
    return rows


def _algebraic(traced: Traced) -> list[tuple[State, Any]]:
    rows = []
    for part in traced.components:
        if part.floating:
            state = State(f"{part.reference}.potential", "potential", "mV", potential_symbol(part.reference))
            rows.append((state, sympy.Add(*(traced.current_into(m) for m in part.members))))
    return rows


def _quadratures(traced: Traced) -> tuple[tuple[str, Any, Any], ...]:
    found = []
    for column in traced.elimination.solved:
        found.append((f"{column[0]}.{column[1]}", traced.influx(*column), traced.amounts[column]))
    for c in closed(traced.cell):
        if c.kind == "extracellular":
            found.append((f"{c.name}.volume", traced.influx(c.name, "water"), traced.volumes[c.name]))
    return tuple(found)


def _parameters(traced: Traced, states: tuple[State, ...], rhs: tuple[Any, ...]) -> tuple[str, ...]:
    """Names of all that is not a state in the equations, in the order of the cell's numbers, derived ones last."""
    known = {s.symbol for s in states}
    used: set[Any] = set().union(*(r.free_symbols for r in rhs))
    redundant = [residual for _, residual in traced.elimination.redundant]
    everything = [
        *redundant,
        *traced.amounts.values(),
        *traced.volumes.values(),
        *traced.osmolarity.values(),
        *traced.potentials.values(),
        *(flow.turnover for flow in traced.flows),  # one between two baths changes no state
    ]
    used = used.union(*(sympy.sympify(e).free_symbols for e in everything)) - known
    names = {s.name for s in used} | {"temperature"}
    for c in traced.cell.compartments:
        if c.kind == "bath":
            names |= {f"{c.name}.{ion}" for ion in c.ions} | {
                f"{c.name}.{x}{t}" for x in c.impermeants for t in ("", ".z")
            }
    names |= {p for p in traced.cell.numbers if p.startswith("energy.")}
    listed = [p for p in traced.cell.numbers if p in names]
    return (*listed, *sorted(names - set(listed)))


def matrix(derivative: Derivative, values: Mapping[Any, float]) -> Any:
    """A Jacobian evaluated by plain substitution: slow and obvious, for tests."""
    environment = dict(values)
    for s, expression in derivative.program.steps:
        environment[s] = expression.subs(environment).evalf()
    dense = sympy.zeros(*derivative.shape)
    for (i, j), expression in zip(derivative.pattern, derivative.program.outputs, strict=True):
        dense[i, j] = expression.subs(environment).evalf()
    return dense
