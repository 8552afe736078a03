"""What a protocol does to a cell, as jumps of named quantities at known times: for formats that have events.

The rules are those of a run (`studies/apply.py`): a change of a parameter leaves every amount where it is, baths stay
neutral by the ion that they name, and what is added or recharged goes into the charge states. What a jump depends on is
written in symbols, because the volume at that time is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy

from ionostat.cell.balance import amount_symbol, charge_of, charge_symbol, closed, symbol
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations
from ionostat.constants import F as FARADAY
from ionostat.errors import InputError
from ionostat.interop.named_equations import F
from ionostat.protocols import Segment, Timeline
from ionostat.studies.apply import Point, apply, parameters_after, refuse_ramps

Array = np.ndarray
NEGLIGIBLE = 1e-9
"""Charge (fC, or fC/um3 of what is given per volume) that is round-off of a neutral addition."""


@dataclass(frozen=True)
class Jump:
    """At `time` (ms) each quantity of `values` gets its expression in the quantities just before.

    An expression that is a number has the unit of its quantity; a number inside an expression that has a unit is a
    symbol of `numbers`, which gives value and unit.
    """

    time: float
    values: Mapping[str, Any]
    numbers: Mapping[str, tuple[float, str]]
    label: str


@dataclass(frozen=True)
class Course:
    """A start and what happens to it: `moving` are the parameters that a ramp moves, with their slopes at the start."""

    x: Array
    p: Array
    moving: Mapping[str, float] = field(default_factory=dict)
    jumps: tuple[Jump, ...] = ()


def slope(path: str) -> str:
    """Name of the slope of a ramped parameter."""
    return f"{path}.slope"


def course(eq: Equations, cell: Cell, start: Point, timeline: Timeline | None) -> Course:
    """The course of a protocol from a starting point. Changes at time 0 are in the start."""
    if timeline is None:
        return Course(start.x, start.p)
    first, *later = timeline
    here, slopes, p = _begin(eq, cell, start, first)
    moving = dict(slopes)
    jumps = []
    for segment in later:
        before, p_old = slopes, p
        p_new, slopes, p = _parameters(eq, cell, p_old, segment)
        names = [q for q, a, b in zip(eq.parameters, p_old, p_new, strict=True) if a != b or q in before]
        values: dict[str, Any] = {q: sympy.Float(p_new[eq.parameter_index[q]]) for q in names}
        numbers = {f"added to {path}": given for path, given in segment.adds.items()}
        values |= _additions(eq, cell, numbers, p_old, p_new)
        values |= {slope(q): sympy.Float(slopes.get(q, 0.0)) for q in {**before, **slopes}}
        moving |= {q: 0.0 for q in slopes if q not in moving}
        if values:
            jumps.append(Jump(segment.t0, values, numbers, segment.label))
    if slopes:
        last = {q: sympy.Float(p[eq.parameter_index[q]]) for q in slopes}
        jumps.append(Jump(timeline.duration, last | {slope(q): sympy.Float(0.0) for q in slopes}, {}, "end"))
    return Course(here.x, here.p, moving, tuple(jumps))


def _begin(eq: Equations, cell: Cell, start: Point, first: Segment) -> tuple[Point, dict[str, float], Array]:
    """The point just after the changes at time 0, the slopes from there, and the parameters at the end."""
    p, _, _ = _parameters(eq, cell, start.p, first)
    here = apply(eq, start, p, first.adds)
    again = Segment(first.t0, first.t1, {}, first.ramps, {}, first.label)
    _, slopes, end = _parameters(eq, cell, here.p, again)
    return here, slopes, end


def _parameters(eq: Equations, cell: Cell, p: Array, segment: Segment) -> tuple[Array, dict[str, float], Array]:
    """Parameters at the start of a stretch, the slopes of those that move in it, and all at its end."""
    first = {**segment.sets, **{path: v0 for path, (v0, _) in segment.ramps.items()}}
    p = parameters_after(eq, cell, p, first)
    end = parameters_after(eq, cell, p, {path: v1 for path, (_, v1) in segment.ramps.items()})
    moving = [q for q, a, b in zip(eq.parameters, p, end, strict=True) if a != b]
    refuse_ramps(cell, moving)
    slopes = {q: float((end - p)[eq.parameter_index[q]]) / segment.duration for q in moving}
    return p, slopes, end


def _additions(
    eq: Equations, cell: Cell, numbers: Mapping[str, tuple[float, str]], p_old: Array, p_new: Array
) -> dict[str, Any]:
    """What additions, and new charges of impermeants, do to amounts, totals and charges."""
    z = dict(cell.species)
    added = {name.removeprefix("added to "): _amol(name, unit) for name, (_, unit) in numbers.items()}
    values: dict[str, Any] = {}
    more: dict[str, Any] = {}
    charges: dict[str, Any] = {}
    for c in closed(cell):
        charge: Any = sympy.Integer(0)
        for ion in c.ions:
            amount = added.get(f"{c.name}.{ion}", sympy.Integer(0))
            charge += z[ion] * amount
            if amount != 0 and (c.name, ion) not in eq.traced.elimination.solved:
                values[f"{c.name}.{ion}.amount"] = amount_symbol(c.name, ion) + amount
            if amount != 0 and ion in dict(cell.conserved):
                more[f"total.{ion}"] = more.get(f"total.{ion}", symbol(f"total.{ion}")) + amount
        for x in c.impermeants:
            amount, path = added.get(f"{c.name}.{x}", sympy.Integer(0)), f"{c.name}.{x}"
            old, new = (sympy.Float(p[eq.parameter_index[f"{path}.z"]]) for p in (p_old, p_new))
            charge += new * amount
            if old != new:
                charge += (new - old) * symbol(f"{path}.amount")
            if amount != 0:
                values[f"{path}.amount"] = symbol(f"{path}.amount") + amount
        charges[c.name] = charge
    return values | more | _charged(eq, charges, {symbol(name): value for name, (value, _) in numbers.items()})


def _amol(name: str, unit: str) -> Any:
    """The amount of an addition: as it is, or times the volume of its compartment."""
    compartment = name.removeprefix("added to ").split(".")[0]
    return symbol(name) * symbol(f"{compartment}.volume") if unit == "mM" else symbol(name)


def _charged(eq: Equations, more: Mapping[str, Any], numbers: Mapping[Any, float]) -> dict[str, Any]:
    """New charges of the compartments that have `more` (amol); one whose charge follows from others has to agree."""
    values = {}
    states = {s.symbol for s in eq.states}
    jumps = {charge_symbol(name): charge for name, charge in more.items()}
    for name, charge in more.items():
        own = charge_symbol(name)
        if own in states and charge != 0:
            values[own.name] = own + F * charge
        elif own not in states:
            expected = sympy.sympify(charge_of(name, eq.traced.components)).xreplace(jumps)
            _refuse_lone_charge(name, sympy.sympify(charge - expected).subs(numbers))
    return values


def _refuse_lone_charge(name: str, left: Any) -> None:
    """Refuse a change that leaves charge in a compartment without a charge of its own."""
    parts = sympy.expand(left).as_coefficients_dict().values()
    if any(abs(float(amount)) * FARADAY > NEGLIGIBLE for amount in parts):
        raise InputError(
            f"the change leaves {name} with a charge that has nowhere to go",
            hint="add or take a counter-ion in the same step, or use the capacitive closure",
            field=name,
        )
