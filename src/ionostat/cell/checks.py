"""What nature forbids, asked of a whole cell: units, charge, mass, water, the second law, baths, ranges, sources.

Each law gives findings. A published flaw is carried by name: a deviation turns the complaints of exactly the laws that
it waives into notices, and one that waives a law which nothing breaks is itself a complaint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy

from ionostat.cell.balance import Flow, charge_of, closed
from ionostat.cell.closing import NEUTRAL
from ionostat.cell.description import Cell
from ionostat.cell.dimensions import check_dimensions, dimension_complaints
from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import Expressions
from ionostat.cell.feasible import positives, random_state
from ionostat.cell.observables import observables
from ionostat.cell.paths import check_range
from ionostat.cell.start import Start, start
from ionostat.constants import F
from ionostat.errors import InputError
from ionostat.mechanisms.laws import obeys_second_law, passive_faults
from ionostat.species import ATP, GHOST

__all__ = ["LAWS", "Finding", "check", "check_dimensions"]

Array = np.ndarray
POINTS = 24
"""Random feasible states at which the balances and the second law are tried."""
ROUND_OFF = 1e-11
"""Largest residual of a balance, relative to all that flows."""

LAWS = {
    "units": "every rate has the dimension of what it moves",
    "charge": "what moves is all the charge there is: sum(z n) F = Q in every compartment",
    "mass": "a closed system keeps every ion",
    "water": "water that leaves one compartment enters another",
    "second_law": "nothing passive runs uphill, and no pump gives more than ATP supplies",
    "neutral_baths": "a bath is neutral",
    "ranges": "every number lies in its range, and what must be positive is",
    "fixed_numbers": "the number of channels and pumps does not follow the area",
    "sources": "every number has a source",
}
"""Name of each law, as a deviation's `waives` writes it, and what it says."""


@dataclass(frozen=True)
class Finding:
    """One thing found about a law: that it holds, that something breaks it, or a notice (`ok` with a remark).

    `deviation` names the declared deviation that excuses what was found.
    """

    law: str
    ok: bool
    message: str
    deviation: str = ""


@dataclass(frozen=True)
class Complaint:
    """A breach of a law, and the placement (`plasma.nka`) it belongs to, if any."""

    message: str
    place: str = ""


def check(cell: Cell, at: Array | None = None) -> list[Finding]:
    """Everything the laws say about a cell, at least one finding a law.

    `at` is the state in which the pumps are judged: the resting state, where the caller has one, else the file's start.

    >>> from ionostat import load
    >>> [f.message for f in check(load("Dusterwald2018_neuron")) if f.deviation]
    ['plasma: densities follow the area, so a swelling cell makes channels']
    """
    case = _Case(cell, at)
    laws: dict[str, Callable[[_Case], Iterator[Complaint]]] = {
        "units": _units,
        "charge": _charge,
        "mass": _mass,
        "water": _water,
        "second_law": _second_law,
        "neutral_baths": _baths,
        "ranges": _ranges,
        "fixed_numbers": _fixed_numbers,
        "sources": _sources,
    }
    findings = [finding for law, judge in laws.items() for finding in _judged(cell, law, list(judge(case)))]
    return [*findings, *_idle_deviations(cell, findings), *_memory(cell)]


def _judged(cell: Cell, law: str, complaints: list[Complaint]) -> list[Finding]:
    if not complaints:
        return [Finding(law, True, LAWS[law])]
    found = []
    for complaint in complaints:
        excuse = _excuse(cell, law, complaint.place)
        found.append(Finding(law, bool(excuse), complaint.message, excuse))
    return found


def _excuse(cell: Cell, law: str, place: str) -> str:
    """The deviation that waives this law: that of the placement, or for what has no placement any of the cell's."""
    waiving = [d.id for d in cell.deviations if law in d.waives]
    if place:
        own = {p.deviation for edge, p in cell.placements() if f"{edge.name}.{p.name}" == place}
        waiving = [d for d in waiving if d in own]
    return waiving[0] if waiving else ""


def _idle_deviations(cell: Cell, findings: list[Finding]) -> Iterator[Finding]:
    """A waiver that is not needed hides the day on which it would be."""
    for deviation in cell.deviations:
        for law in deviation.waives:
            if law not in LAWS:
                known = ", ".join(LAWS)
                yield Finding("deviations", False, f"'{deviation.id}' waives '{law}', which is no law ({known})")
            elif not any(f.law == law and f.deviation == deviation.id for f in findings):
                yield Finding("deviations", False, f"'{deviation.id}' waives '{law}', which nothing breaks")


def _memory(cell: Cell) -> Iterator[Finding]:
    for source in cell.sources:
        paths = [p for p, n in cell.numbers.items() if n.source == source.key]
        if source.memory and paths:
            message = f"{len(paths)} numbers are quoted from memory (confidence {source.memory}): {', '.join(paths)}"
            yield Finding("sources", True, message)


class _Case:
    """A cell on trial: its equations, random feasible states, and values at them, computed when first needed."""

    def __init__(self, cell: Cell, at: Array | None) -> None:
        self.cell = cell
        self._at = at

    @cached_property
    def eq(self) -> Equations:
        """The equations."""
        return equations(self.cell)

    @cached_property
    def start(self) -> Start:
        """The start of the file."""
        return start(self.eq, self.cell)

    @cached_property
    def states(self) -> Array:
        """Random feasible states, one a row."""
        rng = np.random.default_rng(2)
        return np.array([random_state(self.eq, self.start, rng) for _ in range(POINTS)])

    @property
    def at(self) -> Array:
        """The state in which pumps are judged."""
        return self.start.x if self._at is None else self._at

    def worst(self, residuals: dict[str, tuple[Any, Any]]) -> dict[str, float]:
        """Largest |value|/size over the states, for named (value, size) expressions."""
        named = {
            f"{n} {part}": e for n, pair in residuals.items() for part, e in zip(("value", "size"), pair, strict=True)
        }
        values = Expressions(self.eq, named)(self.states, self.start.p)
        tiny = np.finfo(float).tiny
        return {n: float(np.max(np.abs(values[f"{n} value"]) / (values[f"{n} size"] + tiny))) for n in residuals}


def _units(case: _Case) -> Iterator[Complaint]:
    for place, message in dimension_complaints(case.cell):
        yield Complaint(message, place)


# Balances


def _gross(flows: list[Flow], compartment: str, weight: Callable[[Flow], float]) -> Any:
    """Sum of |weight x turnover| of all that touches a compartment."""
    mine = [f for f in flows if compartment in (f.edge.inside, f.edge.outside)]
    return sympy.Add(*(weight(f) * sympy.Abs(f.turnover) for f in mine))


def _moved_charge(flow: Flow) -> float:
    return float(sum(abs(n * s.z) for s, n in flow.placed.mechanism.moves.items()))


def _charge(case: _Case) -> Iterator[Complaint]:
    """F sum(z dn/dt) = dQ/dt in each closed compartment, and no bare charge is left behind."""
    for edge, placed in case.cell.placements():
        if GHOST in placed.mechanism.moves:
            place = f"{edge.name}.{placed.name}"
            yield Complaint(f"{place} leaves charge behind: it moves an ion without a counter-ion", place)
    traced, z = case.eq.traced, dict(case.cell.species)
    residuals = {}
    for c in closed(case.cell):
        carried = sympy.Add(*(z[ion] * traced.influx(c.name, ion) for ion in c.ions), traced.influx(c.name, "ghost"))
        stored = charge_of(c.name, traced.components)
        rate = sympy.Add(*(stored.coeff(q) * _rate(case.eq, q) for q in stored.free_symbols)) if stored != 0 else 0
        residuals[c.name] = (F * carried - rate, F * _gross(traced.flows, c.name, _moved_charge))
    for name, residual in case.worst(residuals).items():
        if residual > ROUND_OFF:
            yield Complaint(f"{name}: sum(z dn/dt) F differs from dQ/dt by {residual:.1e} of what flows")


def _rate(eq: Equations, state: Any) -> Any:
    """Right-hand side of a state, by symbol."""
    return next(r for s, r in zip(eq.states, eq.rhs, strict=True) if s.symbol == state)


def _mass(case: _Case) -> Iterator[Complaint]:
    """Totals of conserved ions do not change, eliminated amounts change by their own fluxes, redundant rows vanish."""
    traced = case.eq.traced
    residuals = {}
    for ion, _ in case.cell.conserved:
        holders = [c.name for c in closed(case.cell) if ion in c.ions]
        gross = sympy.Add(*(_gross(traced.flows, name, lambda f: 1.0) for name in holders))
        residuals[f"the total of {ion}"] = (sympy.Add(*(traced.influx(name, ion) for name in holders)), gross)
    moving = {s.symbol: r for s, r in zip(case.eq.states, case.eq.rhs, strict=True) if s.kind != "potential"}
    for name, rate, value in case.eq.quadratures:
        inner = sympy.Add(*(sympy.diff(value, s) * moving[s] for s in value.free_symbols if s in moving))
        gross = _gross(traced.flows, name.split(".")[0], lambda f: 1.0 + _moved_charge(f))
        residuals[f"{name}, which is eliminated,"] = (inner - rate, gross)
    for name, residual in case.worst(residuals).items():
        if residual > ROUND_OFF:
            yield Complaint(f"{name} is off its own fluxes by {residual:.1e} of what flows")
    for name, left in traced.elimination.redundant:
        if left.free_symbols & set(moving):
            yield Complaint(f"{name} does not follow from the totals: it still depends on a state")


def _water(case: _Case) -> Iterator[Complaint]:
    """A shared volume is kept, and rigid compartments take no water."""
    traced = case.eq.traced
    residuals = {}
    for c in closed(case.cell):
        if c.kind == "extracellular":
            everyone = (c.name, *c.shares_volume_with)
            value = sympy.Add(*(traced.influx(name, "water") for name in everyone))
            residuals[f"the total volume of {c.name}"] = (value, _gross(traced.flows, c.name, lambda f: 1.0))
        elif c.kind == "rigid" and traced.influx(c.name, "water") != 0:
            yield Complaint(f"{c.name} is rigid, but water enters it")
    for name, residual in case.worst(residuals).items():
        if residual > ROUND_OFF:
            yield Complaint(f"{name} changes: {residual:.1e} of the water that flows is lost")


# The second law


def _second_law(case: _Case) -> Iterator[Complaint]:
    """Passive paths dissipate everywhere; pumps that cannot reverse do where they are judged."""
    names = tuple(ion for ion, _ in case.cell.species)
    values = observables(case.eq).evaluate(case.states, case.start.p)
    here = observables(case.eq).evaluate(case.at, case.start.p)
    for flow in case.eq.traced.flows:
        mechanism = flow.placed.mechanism
        lost = values[f"{flow.name}.dissipation"]
        if obeys_second_law(mechanism):
            numbers = {p: case.cell[f"{flow.name}.{p}"] for p in mechanism.parameters()}
            for fault in passive_faults(mechanism.with_values(numbers), names):
                yield Complaint(f"{flow.name} ({flow.placed.type}): {fault}", flow.name)
            if np.min(lost) < -1e-12 * np.max(np.abs(lost)):
                message = f"{flow.name} ({flow.placed.type}) runs uphill: it would dissipate {np.min(lost):.3g} aJ/ms"
                yield Complaint(message, flow.name)
        elif ATP in mechanism.reacts:
            loss = float(here[f"{flow.name}.dissipation"])
            if loss < 0:
                work, supply = float(here[f"{flow.name}.work"]) / 1000, float(here["energy.dG_ATP"]) / 1000
                message = (
                    f"{flow.name} turns against its driving force: it needs {work:.1f} kJ/mol, ATP gives {-supply:.1f}"
                )
                yield Complaint(message, flow.name)


# Numbers


def _baths(case: _Case) -> Iterator[Complaint]:
    cell, z = case.cell, dict(case.cell.species)
    for bath in (c for c in cell.compartments if c.kind == "bath"):
        ions = [(z[ion], cell[f"{bath.name}.{ion}"]) for ion in bath.ions]
        fixed = [(cell[f"{bath.name}.{x}.z"], cell[f"{bath.name}.{x}"]) for x in bath.impermeants]
        left, size = sum(q * c for q, c in ions + fixed), sum(c for _, c in ions)
        if abs(left) > NEUTRAL * size:
            yield Complaint(f"{bath.name} is not neutral: its charges add up to {left:+.4g} mM")


def _ranges(case: _Case) -> Iterator[Complaint]:
    for path, number in case.cell.numbers.items():
        place = path.rpartition(".")[0]
        if not np.isfinite(number.value):
            yield Complaint(f"{path} is {number.value}", place)
            continue
        try:
            check_range(case.cell, path, number.value)
        except InputError as error:
            yield Complaint(error.message, place)
    for name, value in positives(case.eq, case.start.x, case.start.p).items():
        if not value > 0:
            yield Complaint(f"{name} starts at {float(value):.4g}, which is not positive")


def _fixed_numbers(case: _Case) -> Iterator[Complaint]:
    for membrane in case.cell.membranes:
        if membrane.densities_follow_area:
            yield Complaint(f"{membrane.name}: densities follow the area, so a swelling cell makes channels")


def _sources(case: _Case) -> Iterator[Complaint]:
    bare = [path for path, number in case.cell.numbers.items() if not number.source]
    if bare:
        yield Complaint(f"no source for {', '.join(bare)}")
