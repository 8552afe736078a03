"""From the traced cell to its equations: which quantities are states, their rates, and programs that compute them.

States are the charges of the compartments (fC), the amounts that are not eliminated (amol), volumes (um3), gates,
and, where a component floats, algebraic potentials (mV), in that order. The eliminated amounts are integrated
beside them as quadratures, for the audit only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from ionostat.cell.balance import Traced, ghosts, symbol, trace
from ionostat.cell.description import Cell, closed
from ionostat.cell.equations import State, level
from ionostat.cell.program import Derivative, Program, differentiate, straight_line


@dataclass(frozen=True)
class Assembled:
    """The equations of a cell in symbols. `rhs` has one entry per state; `quadratures` are (path, rate, value)."""

    traced: Traced
    states: tuple[State, ...]
    parameters: tuple[str, ...]
    rhs: tuple[Any, ...]
    quadratures: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class Programs:
    """What an engine computes, written out: states and parameters, M y', its exact derivative, what is controlled."""

    inputs: tuple[Any, ...]
    mass: tuple[int, ...]
    controlled: tuple[bool, ...]
    rhs: Program
    jacobian: Derivative


def assemble(cell: Cell) -> Assembled:
    """Trace a cell and pick its states."""
    traced = trace(cell)
    rows = _differential(traced) + _algebraic(traced)
    rhs = tuple(sympy.sympify(r) for _, r in rows)
    states = tuple(s for s, _ in rows)
    return Assembled(traced, states, _parameters(traced, states, rhs), rhs, _quadratures(traced))


def write_programs(cell: Assembled, ramps: tuple[str, ...], audit: bool, levels: int) -> Programs:
    """The equations as straight-line programs, with ramped parameters as states; see `Equations.system`."""
    differential = [(s.symbol, r, True) for s, r in zip(cell.states, cell.rhs, strict=True) if s.kind != "potential"]
    algebraic = [(s.symbol, r, True) for s, r in zip(cell.states, cell.rhs, strict=True) if s.kind == "potential"]
    if audit:
        differential += [(symbol(f"audit.{name}"), rate, False) for name, rate, _ in cell.quadratures]
    differential += [(symbol(p), symbol(f"{p}.slope"), True) for p in ramps]
    rows = differential + algebraic
    states = tuple(s for s, _, _ in rows)
    fixed = [symbol(p) for p in cell.parameters if p not in ramps] + [symbol(f"{p}.slope") for p in ramps]
    fixed += [level(k) for k in range(levels)]
    rhs = straight_line((*states, *fixed), [r for _, r, _ in rows])
    return Programs(
        inputs=(*states, *fixed),
        mass=tuple([1] * len(differential) + [0] * len(algebraic)),
        controlled=tuple(c for _, _, c in rows),
        rhs=rhs,
        jacobian=differentiate(rhs, states),
    )


def _differential(traced: Traced) -> list[tuple[State, Any]]:
    cell, rows = traced.cell, []
    for part in traced.components:
        for name in part.charged:
            rows.append((State(f"{name}.charge", "charge", "fC"), traced.current_into(name)))
    for column in traced.amounts:
        if column not in traced.elimination.solved:
            state = State(f"{column[0]}.{column[1]}", "amount", "amol")
            rows.append((state, traced.influx(*column)))
    for name in sorted(ghosts(cell)):
        state = State(f"{name}.ghost", "ghost", "amol")
        rows.append((state, traced.influx(name, "ghost")))
    for c in closed(cell):
        if c.kind == "swelling":
            state = State(f"{c.name}.volume", "volume", "um3")
            rows.append((state, traced.influx(c.name, "water")))
    for flow in traced.flows:
        for gate, rate in flow.state_rates.items():
            path = f"{flow.name}.{gate}"
            rows.append((State(path, "gate", "1"), rate))
    return rows


def _algebraic(traced: Traced) -> list[tuple[State, Any]]:
    rows = []
    for part in traced.components:
        if part.floating:
            state = State(f"{part.reference}.potential", "potential", "mV")
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
