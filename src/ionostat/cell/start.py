"""From a cell's numbers to the starting state and the parameter values of its equations.

Published amounts are rarely neutral: each closed compartment names what closes its starting charge (`closes: X.z`, an
ion, `X.n` or `V`). What was computed to close it is reported, never silent. The same lines serve one cell and many:
every number may be an array with one value per cell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from ionostat.cell.description import Cell, Compartment, closed
from ionostat.cell.electrics import charge_terms, components
from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import settle_gates, settle_potentials
from ionostat.cell.refusals import Pick, Refuse, at_once
from ionostat.constants import F
from ionostat.errors import CellError
from ionostat.units import dimension

Value = Any
"""A number, or an array with one number per cell."""
Settle = Callable[[Equations, np.ndarray, np.ndarray], np.ndarray]
BALANCE = 1e-9
"""A compartment whose charge is off by more (relative to its ions) after it was closed left double precision."""


@dataclass
class Start:
    """Starting state: every amount, volume, charge and gate by path, the parameters, and what closed the charge.

    `x` and `p` have the states and parameters along their last axis, and before it one axis of cells if there are many.
    """

    x: np.ndarray
    p: np.ndarray
    amounts: dict[str, Value]
    notes: list[str] = field(default_factory=list)


def start(eq: Equations, cell: Cell) -> Start:
    """State and parameters that the numbers of `cell` stand for (`cell` has the structure of `eq.cell`)."""
    return start_many(eq, cell, {path: n.value for path, n in cell.numbers.items()})


def start_many(
    eq: Equations,
    cell: Cell,
    numbers: Mapping[str, Value],
    shape: tuple[int, ...] = (),
    refuse: Refuse = at_once,
    settle: Settle = settle_potentials,
) -> Start:
    """States and parameters of cells that share the structure of `cell` and have the values `numbers` by path.

    A value is a number that all cells share or an array of `shape`. `refuse` says what becomes of a cell whose charge
    cannot be closed, `settle` finds the potentials of floating compartments. Notes are written for a single cell only.
    """
    values = dict(numbers)
    volumes = _volumes(cell, values, refuse)
    amounts = _amounts(cell, values, volumes)
    notes: list[str] | None = None if shape else []
    charges = _close(cell, values, volumes, amounts, notes, refuse)
    values |= {f"{k}.amount": v for k, v in amounts.items()} | {f"{k}.volume": v for k, v in volumes.items()}
    for edge in cell.edges:
        if edge.area is not None:
            values[f"{edge.name}.area_at_start"] = area(edge, values, volumes)
    for ion, _ in cell.conserved:
        values[f"total.{ion}"] = sum(amounts[f"{c.name}.{ion}"] for c in closed(cell) if ion in c.ions)
    p = _stacked([values[name] for name in eq.parameters], shape)
    x = _stacked([_state_value(s, values, charges) for s in eq.states], shape)
    return Start(_settled(eq, x, p, settle), p, amounts, notes or [])


def _stacked(values: list[Value], shape: tuple[int, ...]) -> np.ndarray:
    """Values side by side along the last axis; each stays contiguous in memory over the cells."""
    return np.moveaxis(np.array([np.broadcast_to(v, shape) for v in values], dtype=float), 0, -1)


def _volumes(cell: Cell, values: Mapping[str, Value], refuse: Refuse) -> dict[str, Value]:
    volumes = {c.name: values[f"{c.name}.volume"] for c in closed(cell) if c.kind != "extracellular"}
    for c in closed(cell):
        if c.kind == "extracellular":
            volumes[c.name] = values[f"{c.name}.total_volume"] - sum(volumes[o] for o in c.shares_volume_with)
            refuse(np.logical_not(volumes[c.name] > 0), partial(_no_room, c, volumes[c.name]))
    return volumes


def _no_room(c: Compartment, left: Value, at: Pick) -> CellError:
    sharing = ", ".join(c.shares_volume_with)
    message = f"the total volume leaves {at(left):.6g} um3 for {c.name} beside {sharing}"
    return CellError(message, hint="it is the volume of all of them together", field=f"{c.name}.total_volume")


def _amounts(cell: Cell, values: Mapping[str, Value], volumes: Mapping[str, Value]) -> dict[str, Value]:
    """Amounts in amol of every ion and impermeant of the closed compartments."""
    amounts = {}
    for c in closed(cell):
        for name in (*c.ions, *c.impermeants):
            path = f"{c.name}.{name}"
            concentration = dimension(cell.numbers[path].unit) == dimension("mM")
            amounts[path] = values[path] * (volumes[c.name] if concentration else 1.0)
        amounts[f"{c.name}.ghost"] = 0.0
    return amounts


def area(edge: Any, values: Mapping[str, Value], volumes: Mapping[str, Value]) -> Value:
    """Area of a membrane at the start, um2."""
    if edge.area == "fixed":
        return values[f"{edge.name}.area"]
    volume = volumes[edge.inside]
    if edge.area == "sphere":
        return (36 * np.pi) ** (1 / 3) * volume ** (2 / 3)
    return 2 * np.sqrt(np.pi * values[f"{edge.name}.length"] * volume)


def _charge_rows(
    cell: Cell, values: Mapping[str, Value], volumes: Mapping[str, Value], charged: list[str]
) -> dict[str, dict[str, Value]]:
    """Charge (fC) and capacitance (pF) of each charged compartment, from the starting V of its membranes."""
    rows: dict[str, dict[str, Value]] = {name: {"charge": 0.0, "C": 0.0} for name in charged}
    for membrane in cell.membranes:
        if membrane.capacitance is None or cell.closure != "capacitive":
            continue
        C = values[f"{membrane.name}.capacitance"]
        C = C * (area(membrane, values, volumes) if membrane.capacitance == "area" else 1.0)
        V = values.get(f"{membrane.name}.V", 0.0)
        for name, sign in ((membrane.inside, 1.0), (membrane.outside, -1.0)):
            if name in rows:
                rows[name]["charge"] = rows[name]["charge"] + sign * C * V
                rows[name]["C"] = rows[name]["C"] + C
    return rows


def _close(
    cell: Cell,
    values: dict[str, Value],
    volumes: Mapping[str, Value],
    amounts: dict[str, Value],
    notes: list[str] | None,
    refuse: Refuse,
) -> dict[str, Value]:
    """Make every starting charge balance; returns the charge states.

    Charged compartments come first, then closed references, whose charge is minus that of the others.
    """
    parts = components(cell)
    rows = _charge_rows(cell, values, volumes, [m for part in parts for m in part.charged])
    charges = {name: row["charge"] for name, row in rows.items()}
    order = sorted(closed(cell), key=lambda c: c.name not in rows)
    for c in order:
        present = _ionic_charge(cell, c, values, amounts)
        if c.closes == "V" and c.name in rows:
            charges[c.name] = F * present
            if notes is not None:
                _note_potential(cell, c, rows[c.name]["C"], charges[c.name], notes)
            continue
        wanted = sum(sign * charges[m] for m, sign in charge_terms(c.name, parts).items()) / F
        missing = wanted - present
        ions = sum(amounts[f"{c.name}.{i}"] for i in c.ions)
        wanting = abs(missing) > 1e-15 * ions
        if np.any(wanting):
            _give(cell, c, np.where(wanting, missing, 0.0)[()], values, amounts, notes, refuse)
        left = wanted - _ionic_charge(cell, c, values, amounts)
        refuse(np.logical_not(abs(left) <= BALANCE * ions), partial(_unbalanced, c, left))
    return charges


def _ionic_charge(cell: Cell, c: Compartment, values: Mapping[str, Value], amounts: Mapping[str, Value]) -> Value:
    """sum(z n) of a compartment, amol."""
    z = dict(cell.species)
    ions = sum(z[i] * amounts[f"{c.name}.{i}"] for i in c.ions)
    return ions + sum(values[f"{c.name}.{x}.z"] * amounts[f"{c.name}.{x}"] for x in c.impermeants)


def closing_numbers(cell: Cell) -> dict[str, str]:
    """Path -> compartment of the numbers that close a starting charge: what the file says for them is overwritten."""
    charged = {m for part in components(cell) for m in part.charged}
    found = {}
    for c in closed(cell):
        if c.closes == "V" and c.name in charged:
            continue
        name, _, part = _closes(c).partition(".")
        found[f"{c.name}.{name}.z" if part == "z" else f"{c.name}.{name}"] = c.name
    return found


def _closes(c: Compartment) -> str:
    """What closes the starting charge where the potential does not."""
    return c.eliminate or c.ions[0] if c.closes in (None, "V") else str(c.closes)


def _give(
    cell: Cell,
    c: Compartment,
    missing: Value,
    values: dict[str, Value],
    amounts: dict[str, Value],
    notes: list[str] | None,
    refuse: Refuse,
) -> None:
    """Add `missing` charge (amol) to the quantity that closes the compartment."""
    closes = _closes(c)
    name, _, part = closes.partition(".")
    path = f"{c.name}.{name}"
    refuse_idle = partial(_idle, c, closes, path)
    if part == "z":
        before = values[f"{path}.z"]
        refuse((amounts[path] == 0) & (missing != 0), refuse_idle)
        values[f"{path}.z"] = after = before + missing / _not_zero(amounts[path])
        if notes is not None:
            notes.append(f"{path}.z = {after:.9g} closes the starting charge (file: {before:.9g})")
        return
    z = values[f"{path}.z"] if part == "n" else dict(cell.species)[name]
    refuse((z == 0) & (missing != 0), refuse_idle)
    before = amounts[path]
    amounts[path] = after = before + missing / _not_zero(z)
    refuse(np.logical_not((after > 0) | (missing == 0)), partial(_too_little, c, name, path, missing))
    if notes is not None:
        notes.append(f"{path} = {after / 1000:.9g} fmol closes the starting charge (file: {before / 1000:.9g})")


def _not_zero(value: Value) -> Value:
    """The value, and 1 in place of a zero that has been refused."""
    return np.where(value == 0, 1.0, value)[()]


def _idle(c: Compartment, closes: str, path: str, _: Pick) -> CellError:
    return CellError(f"{c.name}: '{closes}' carries no charge and cannot close it", field=path)


def _too_little(c: Compartment, name: str, path: str, missing: Value, at: Pick) -> CellError:
    return CellError(
        f"{c.name} misses {at(missing) / 1000:.4g} fmol of charge, more than {name} can give",
        hint=f"check the charges of {c.name}, or let another quantity close it ('closes:')",
        field=path,
    )


def _unbalanced(c: Compartment, left: Value, at: Pick) -> CellError:
    return CellError(
        f"the starting charge of {c.name} cannot be closed in double precision: {at(left):.4g} amol are left",
        field=c.name,
    )


def _note_potential(cell: Cell, c: Compartment, C: float, charge: float, notes: list[str]) -> None:
    around = [m.name for m in cell.membranes if c.name in (m.inside, m.outside)]
    if len(around) == 1:
        V = charge / C if abs(charge / C) > 1e-6 else 0.0
        notes.append(f"{around[0]}.V = {V:.6g} mV follows from the starting charge of {c.name}")


def _state_value(state: Any, values: Mapping[str, Value], charges: Mapping[str, Value]) -> Value:
    if state.kind == "charge":
        return charges[state.name.removesuffix(".charge")]
    if state.kind == "amount":
        return values[f"{state.name}.amount"]
    if state.kind == "ghost":
        return 0.0
    if state.kind == "volume":
        return values[state.name]
    return 0.5 if state.kind == "gate" else 0.0


def _settled(eq: Equations, x: np.ndarray, p: np.ndarray, settle: Settle) -> np.ndarray:
    """Every gate at its steady value and every algebraic potential at zero net current, at the starting V."""
    return settle(eq, settle_gates(eq, settle(eq, x, p), p), p)
