"""From a cell's numbers to the starting state and the parameter values of its equations.

Published amounts are rarely neutral: each closed compartment names what closes its starting charge (`closes: X.z`, an
ion, `X.n` or `V`). What was computed to close it is reported, never silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from ionostat.cell.description import Cell, Compartment, closed
from ionostat.cell.electrics import charge_terms
from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import Expressions, expressions, settle_gates, settle_potentials
from ionostat.constants import F
from ionostat.errors import CellError
from ionostat.units import dimension


@dataclass
class Start:
    """Starting state: every amount, volume, charge and gate by path, the parameters, and what closed the charge."""

    x: np.ndarray
    p: np.ndarray
    amounts: dict[str, float]
    notes: list[str] = field(default_factory=list)


def start(eq: Equations, cell: Cell) -> Start:
    """State and parameters that the numbers of `cell` stand for (`cell` has the structure of `eq.cell`)."""
    values = {path: n.value for path, n in cell.numbers.items()}
    volumes = _volumes(cell, values)
    amounts = _amounts(cell, values, volumes)
    notes: list[str] = []
    charges = _close(eq, cell, values, volumes, amounts, notes)
    values |= {f"{k}.amount": v for k, v in amounts.items()} | {f"{k}.volume": v for k, v in volumes.items()}
    for edge in cell.edges:
        if edge.area is not None:
            values[f"{edge.name}.area_at_start"] = area(edge, values, volumes)
    for ion, _ in cell.conserved:
        values[f"total.{ion}"] = sum(amounts[f"{c.name}.{ion}"] for c in closed(cell) if ion in c.ions)
    p = np.array([values[name] for name in eq.parameters])
    x = np.array([_state_value(s, values, charges) for s in eq.states])
    _gates(eq, x, p)
    _check_redundant(eq, x, p)
    return Start(x, p, amounts, notes)


def _volumes(cell: Cell, values: Mapping[str, float]) -> dict[str, float]:
    volumes = {c.name: values[f"{c.name}.volume"] for c in closed(cell) if c.kind != "extracellular"}
    for c in closed(cell):
        if c.kind == "extracellular":
            volumes[c.name] = values[f"{c.name}.total_volume"] - sum(volumes[o] for o in c.shares_volume_with)
    return volumes


def _amounts(cell: Cell, values: Mapping[str, float], volumes: Mapping[str, float]) -> dict[str, float]:
    """Amounts in amol of every ion and impermeant of the closed compartments."""
    amounts = {}
    for c in closed(cell):
        for name in (*c.ions, *c.impermeants):
            path = f"{c.name}.{name}"
            concentration = dimension(cell.numbers[path].unit) == dimension("mM")
            amounts[path] = values[path] * (volumes[c.name] if concentration else 1.0)
        amounts[f"{c.name}.ghost"] = 0.0
    return amounts


def area(edge: Any, values: Mapping[str, float], volumes: Mapping[str, float]) -> float:
    """Area of a membrane at the start, um2."""
    if edge.area == "fixed":
        return values[f"{edge.name}.area"]
    volume = volumes[edge.inside]
    if edge.area == "sphere":
        return float((36 * np.pi) ** (1 / 3) * volume ** (2 / 3))
    return float(2 * np.sqrt(np.pi * values[f"{edge.name}.length"] * volume))


def _charge_rows(
    eq: Equations, cell: Cell, values: Mapping[str, float], volumes: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Charge (fC) and capacitance (pF) of each charged compartment, from the starting V of its membranes."""
    rows: dict[str, dict[str, float]] = {}
    charged = {m for part in eq.components for m in part.charged}
    for name in charged:
        rows[name] = {"charge": 0.0, "C": 0.0}
    for membrane in cell.membranes:
        if membrane.capacitance is None or cell.closure != "capacitive":
            continue
        C = values[f"{membrane.name}.capacitance"]
        C *= area(membrane, values, volumes) if membrane.capacitance == "area" else 1.0
        V = values.get(f"{membrane.name}.V", 0.0)
        for name, sign in ((membrane.inside, 1.0), (membrane.outside, -1.0)):
            if name in rows:
                rows[name]["charge"] += sign * C * V
                rows[name]["C"] += C
    return rows


def _close(
    eq: Equations,
    cell: Cell,
    values: dict[str, float],
    volumes: Mapping[str, float],
    amounts: dict[str, float],
    notes: list[str],
) -> dict[str, float]:
    """Make every starting charge balance; returns the charge states.

    Charged compartments come first, then closed references, whose charge is minus that of the others.
    """
    rows = _charge_rows(eq, cell, values, volumes)
    charges = {name: row["charge"] for name, row in rows.items()}
    order = sorted(closed(cell), key=lambda c: c.name not in rows)
    for c in order:
        present = _ionic_charge(cell, c, values, amounts)
        if c.name in rows:
            wanted = charges[c.name]
        else:
            wanted = sum(sign * charges[n] for n, sign in charge_terms(c.name, eq.components).items())
        missing = wanted / F - present
        if c.closes == "V" and c.name in rows:
            charges[c.name] = F * present
            _note_potential(cell, c, rows[c.name]["C"], charges[c.name], notes)
        elif abs(missing) > 1e-15 * sum(amounts[f"{c.name}.{i}"] for i in c.ions):
            _give(cell, c, missing, values, amounts, notes)
    return charges


def _ionic_charge(cell: Cell, c: Compartment, values: Mapping[str, float], amounts: Mapping[str, float]) -> float:
    """sum(z n) of a compartment, amol."""
    z = dict(cell.species)
    ions = sum(z[i] * amounts[f"{c.name}.{i}"] for i in c.ions)
    return ions + sum(values[f"{c.name}.{x}.z"] * amounts[f"{c.name}.{x}"] for x in c.impermeants)


def _give(
    cell: Cell, c: Compartment, missing: float, values: dict[str, float], amounts: dict[str, float], notes: list[str]
) -> None:
    """Add `missing` charge (amol) to the quantity that closes the compartment."""
    closes = c.closes
    if closes is None or closes == "V":
        closes = c.eliminate or c.ions[0]
    name, _, part = closes.partition(".")
    path = f"{c.name}.{name}"
    if part == "z":
        before = values[f"{path}.z"]
        values[f"{path}.z"] = before + missing / amounts[path]
        notes.append(f"{path}.z = {values[f'{path}.z']:.9g} closes the starting charge (file: {before:.9g})")
        return
    z = values[f"{path}.z"] if part == "n" else dict(cell.species)[name]
    if z == 0:
        raise CellError(f"{c.name}: '{closes}' carries no charge and cannot close it", field=path)
    before = amounts[path]
    amounts[path] = before + missing / z
    if amounts[path] <= 0:
        raise CellError(
            f"{c.name} misses {missing / 1000:.4g} fmol of charge, more than {name} can give",
            hint=f"check the charges of {c.name}, or let another quantity close it ('closes:')",
            field=path,
        )
    notes.append(f"{path} = {amounts[path] / 1000:.9g} fmol closes the starting charge (file: {before / 1000:.9g})")


def _note_potential(cell: Cell, c: Compartment, C: float, charge: float, notes: list[str]) -> None:
    around = [m.name for m in cell.membranes if c.name in (m.inside, m.outside)]
    if len(around) == 1:
        V = charge / C if abs(charge / C) > 1e-6 else 0.0
        notes.append(f"{around[0]}.V = {V:.6g} mV follows from the starting charge of {c.name}")


def _state_value(state: Any, values: Mapping[str, float], charges: Mapping[str, float]) -> float:
    if state.kind == "charge":
        return charges[state.name.removesuffix(".charge")]
    if state.kind == "amount":
        return values[f"{state.name}.amount"]
    if state.kind == "ghost":
        return 0.0
    if state.kind == "volume":
        return values[state.name]
    return 0.5 if state.kind == "gate" else 0.0


def _gates(eq: Equations, x: np.ndarray, p: np.ndarray) -> None:
    """Set every gate to its steady value and every algebraic potential to zero net current, at the starting V."""
    x[:] = settle_potentials(eq, x, p)
    x[:] = settle_gates(eq, x, p)
    x[:] = settle_potentials(eq, x, p)


def _check_redundant(eq: Equations, x: np.ndarray, p: np.ndarray) -> None:
    """A redundant charge row that does not vanish means that the whole closed system is not neutral."""
    for name, residual in _redundant(eq)(x, p).items():
        left = float(residual)
        scale = sum(abs(v) for q, v in zip(eq.parameters, p, strict=True) if q.startswith("total.")) or 1.0
        if abs(left) > 1e-9 * scale:
            raise CellError(
                f"{name} is redundant with the totals but off by {left:.4g} amol",
                hint="let an impermeant close it: 'closes: X.z'",
            )


@lru_cache(maxsize=32)
def _redundant(eq: Equations) -> Expressions:
    return expressions(eq, "redundant", lambda: dict(eq.traced.elimination.redundant))
