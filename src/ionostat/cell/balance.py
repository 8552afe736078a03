"""The balance laws: what the placed mechanisms do to every amount, volume and charge.

From `moves`, `reacts` and `rate` of each mechanism follow, with no further code: the flux of every species into
every compartment, the membrane currents, the volumes, the use of metabolites and the dissipation. This module
writes them as SymPy expressions; `equations.py` picks the states.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import sympy

from ionostat.cell.description import Cell, Junction, Membrane, Placed
from ionostat.cell.description import closed as closed
from ionostat.cell.electrics import Component, charge_terms, components
from ionostat.cell.elimination import Column, Elimination, Row, eliminate
from ionostat.constants import F, R
from ionostat.errors import CellError
from ionostat.mechanisms.local import Local, Side
from ionostat.species import GHOST

Edge = Membrane | Junction


def symbol(name: str) -> Any:
    """The SymPy symbol of a state or parameter: real, named by its path."""
    return sympy.Symbol(name, real=True)


@dataclass
class Flow:
    """One placed mechanism at work: turnovers in amol/ms (um3/ms for water) and the rates of its internal states."""

    edge: Edge
    placed: Placed
    turnover: Any
    state_rates: dict[str, Any]
    steady_states: dict[str, Any]

    @property
    def name(self) -> str:
        """Path of the placement."""
        return f"{self.edge.name}.{self.placed.name}"


@dataclass
class Traced:
    """Everything about a cell as expressions in its symbols."""

    cell: Cell
    components: tuple[Component, ...]
    elimination: Elimination
    amounts: dict[Column, Any] = field(default_factory=dict)
    volumes: dict[str, Any] = field(default_factory=dict)
    concentrations: dict[str, dict[str, Any]] = field(default_factory=dict)
    osmolarity: dict[str, Any] = field(default_factory=dict)
    potentials: dict[str, Any] = field(default_factory=dict)
    capacitance: dict[str, Any] = field(default_factory=dict)
    areas: dict[str, Any] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def V(self, edge: Edge) -> Any:
        """Potential of the inside minus that of the outside."""
        return self.potentials[edge.inside] - self.potentials[edge.outside]

    def influx(self, compartment: str, species: str) -> Any:
        """Net flux of a species into a compartment, amol/ms (um3/ms for water)."""
        terms = []
        for flow in self.flows:
            for moved, n in flow.placed.mechanism.moves.items():
                if moved.name == species:
                    if flow.edge.inside == compartment:
                        terms.append(n * flow.turnover)
                    if flow.edge.outside == compartment:
                        terms.append(-n * flow.turnover)
        return sympy.Add(*terms)

    def current_into(self, compartment: str) -> Any:
        """Net current of positive charge into a compartment, pA (what a missing counter-ion carries included)."""
        terms = []
        for flow in self.flows:
            charge = flow.placed.mechanism.charge
            if flow.edge.inside == compartment:
                terms.append(charge * flow.turnover)
            if flow.edge.outside == compartment:
                terms.append(-charge * flow.turnover)
        return F * sympy.Add(*terms)


def charge_symbol(compartment: str) -> Any:
    """State: charge of a compartment, fC."""
    return symbol(f"{compartment}.charge")


def potential_symbol(compartment: str) -> Any:
    """Algebraic variable: potential of a compartment, mV."""
    return symbol(f"{compartment}.potential")


def amount_symbol(compartment: str, ion: str) -> Any:
    """State: amount of an ion in a compartment, amol."""
    return symbol(f"{compartment}.{ion}.amount")


def ghosts(cell: Cell) -> set[str]:
    """Compartments into which some mechanism moves a bare counter-charge."""
    found = set()
    for edge, placed in cell.placements():
        if GHOST in placed.mechanism.moves:
            found |= {edge.inside, edge.outside}
    return {c.name for c in closed(cell)} & found


def constraints(cell: Cell, parts: tuple[Component, ...]) -> list[Row]:
    """Charge rows of the closed compartments, then totals, then the charge rows that eliminate nothing."""
    charges = dict(cell.species)
    rows: list[Row] = []
    last: list[Row] = []
    for c in closed(cell):
        coefficients = {(c.name, ion): charges[ion] for ion in c.ions if charges[ion]}
        fixed = sum(symbol(f"{c.name}.{x}.amount") * symbol(f"{c.name}.{x}.z") for x in c.impermeants)
        ghost = symbol(f"{c.name}.ghost.amount") if c.name in ghosts(cell) else 0
        solve_for = (c.name, c.eliminate) if c.eliminate else None
        row = Row(f"charge of {c.name}", coefficients, charge_of(c.name, parts) / F - fixed - ghost, solve_for)
        (rows if solve_for else last).append(row)
    for ion, absorber in cell.conserved:
        holders = {(c.name, ion): 1 for c in closed(cell) if ion in c.ions}
        rows.append(Row(f"total of {ion}", holders, symbol(f"total.{ion}"), (absorber, ion)))
    return rows + last


def charge_of(compartment: str, parts: tuple[Component, ...]) -> Any:
    """Charge of a compartment in the charge states: its own, or minus the others' for a closed reference."""
    return sympy.Add(*(sign * charge_symbol(m) for m, sign in charge_terms(compartment, parts).items()))


def trace(cell: Cell) -> Traced:
    """Run every mechanism of the cell on symbols and collect what it moves."""
    parts = components(cell)
    traced = Traced(cell, parts, eliminate(constraints(cell, parts)))
    _volumes(traced)
    _amounts(traced)
    _areas(traced)
    _potentials(traced)
    traced.flows = [flow_through(traced, edge, placed) for edge, placed in cell.placements()]
    return traced


def _volumes(traced: Traced) -> None:
    cell = traced.cell
    for c in closed(cell):
        if c.kind in ("swelling", "rigid"):
            traced.volumes[c.name] = symbol(f"{c.name}.volume")
    for c in closed(cell):
        if c.kind == "extracellular":
            others = sympy.Add(*(traced.volumes[o] for o in c.shares_volume_with))
            traced.volumes[c.name] = symbol(f"{c.name}.total_volume") - others


def _amounts(traced: Traced) -> None:
    cell = traced.cell
    symbols = {(c.name, ion): amount_symbol(c.name, ion) for c in closed(cell) for ion in c.ions}
    for column, plain in symbols.items():
        gone = column in traced.elimination.solved
        traced.amounts[column] = traced.elimination.expression(column, symbols) if gone else plain
    for c in cell.compartments:
        if c.kind == "bath":
            inside = {ion: symbol(f"{c.name}.{ion}") for ion in c.ions}
            others = [symbol(f"{c.name}.{x}") for x in c.impermeants]
        else:
            volume = traced.volumes[c.name]
            inside = {ion: traced.amounts[c.name, ion] / volume for ion in c.ions}
            others = [symbol(f"{c.name}.{x}.amount") / volume for x in c.impermeants]
        traced.concentrations[c.name] = inside
        traced.osmolarity[c.name] = sympy.Add(*inside.values(), *others)


def area_expression(law: str | None, edge: str, volume: Any, length: Any) -> Any:
    """Area of a membrane by its law: fixed, the side of a cylinder of fixed length, or a sphere around the volume."""
    if law == "cylinder_side":
        return 2 * sympy.sqrt(sympy.pi * length * volume)
    if law == "sphere":
        return (36 * sympy.pi) ** sympy.Rational(1, 3) * volume ** sympy.Rational(2, 3)
    return symbol(f"{edge}.area")


def _areas(traced: Traced) -> None:
    for edge in traced.cell.edges:
        if edge.area is None:
            continue
        volume = traced.volumes.get(edge.inside)
        if edge.area != "fixed" and volume is None:
            raise CellError(f"{edge.name}: area law '{edge.area}' needs an inside compartment with a volume")
        traced.areas[edge.name] = area_expression(edge.area, edge.name, volume, symbol(f"{edge.name}.length"))
        if isinstance(edge, Membrane) and edge.capacitance:
            specific = symbol(f"{edge.name}.capacitance")
            per_area = edge.capacitance == "area"
            traced.capacitance[edge.name] = specific * traced.areas[edge.name] if per_area else specific
    for membrane in traced.cell.membranes:
        if membrane.capacitance == "membrane":
            traced.capacitance[membrane.name] = symbol(f"{membrane.name}.capacitance")


def _potentials(traced: Traced) -> None:
    """Solve Q = C phi in every component for the potentials of its charged members."""
    cell = traced.cell
    for part in traced.components:
        for name in part.members:
            kind = cell.compartment(name).potential
            if kind == "ground":
                traced.potentials[name] = sympy.Integer(0)
            elif kind == "clamp":
                traced.potentials[name] = symbol(f"{name}.V")
        if part.floating:
            traced.potentials[part.reference] = potential_symbol(part.reference)
        if not part.charged:
            continue
        index = {m: i for i, m in enumerate(part.charged)}
        matrix = sympy.zeros(len(index), len(index))
        charge = sympy.Matrix([charge_symbol(m) for m in part.charged])
        for membrane in cell.membranes:
            if membrane.capacitance is None:
                continue
            C, ends = traced.capacitance[membrane.name], (membrane.inside, membrane.outside)
            for here, there in (ends, ends[::-1]):
                if here in index:
                    matrix[index[here], index[here]] += C
                    if there in index:
                        matrix[index[here], index[there]] -= C
                    else:
                        charge[index[here]] += C * traced.potentials[there]
        solution = matrix.LUsolve(charge)
        for m, i in index.items():
            traced.potentials[m] = sympy.simplify(solution[i]) if len(index) > 1 else solution[i]


def local(traced: Traced, edge: Edge, states: Mapping[str, Any], *, R: Any = R, F: Any = F) -> Local:
    """What a mechanism on `edge` sees, in symbols (of the constants too, where a writer wants them by name)."""
    inside, outside = (
        Side(n, traced.concentrations[n], traced.osmolarity[n], traced.volumes.get(n))
        for n in (edge.inside, edge.outside)
    )
    area = traced.areas.get(edge.name)
    return Local(inside, outside, traced.V(edge), symbol("temperature"), R, F, area, SimpleNamespace(**states))


def flow_through(traced: Traced, edge: Edge, placed: Placed, *, R: Any = R, F: Any = F) -> Flow:
    """The placed mechanism run on what it sees in `traced`."""
    name = f"{edge.name}.{placed.name}"
    values = {p: symbol(f"{name}.{p}") for p in placed.mechanism.parameters()}
    mechanism = placed.mechanism.with_values(values)
    at = local(traced, edge, {s: symbol(f"{name}.{s}") for s in mechanism.states}, R=R, F=F)
    turnover = values["scale"] * sympy.sympify(mechanism.rate(at)) * extent(traced, edge, placed)
    rates = {s: sympy.sympify(r) for s, r in mechanism.state_rates(at).items()}
    steady = {s: sympy.sympify(r) for s, r in mechanism.initial_states(at).items()}
    return Flow(edge, placed, turnover, rates, steady)


def extent(traced: Traced, edge: Edge, placed: Placed) -> Any:
    """How much of its basis there is: area, whole membrane or inside volume.

    Numbers of channels are fixed: they do not follow a moving area unless the published model says so (a deviation).
    """
    if placed.basis == "membrane":
        return 1
    if placed.basis == "volume":
        return traced.volumes[edge.inside]
    if edge.name not in traced.areas:
        raise CellError(f"{edge.name}.{placed.name} is given per area, but {edge.name} has no area")
    if edge.area == "fixed" or edge.densities_follow_area:
        return traced.areas[edge.name]
    return symbol(f"{edge.name}.area_at_start")
