"""What nature would not allow: results that follow from the equations but lie outside the range in which they hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ionostat.cell.description import Cell
from ionostat.constants import R
from ionostat.units import to

Array = np.ndarray
IMPOSSIBLE_V = 400.0
"""No membrane stands more than this (mV)."""
GAP = 10.0
"""Osmotic difference (mM) across a rigid wall that deserves a word: 25 kPa."""


def warnings(cell: Cell, values: Mapping[str, Any], time: Array | None = None) -> tuple[str, ...]:
    """Sentences on values outside nature's range: a rest's numbers, or a run's series with their times (ms)."""
    return (*_pumps(cell, values, time), *_potentials(cell, values, time), *_walls(cell, values), *_temperature(cell))


def _when(time: Array | None, index: int) -> str:
    return "" if time is None else f" at {to(float(time[index]), 's'):.5g} s"


def _pumps(cell: Cell, values: Mapping[str, Any], time: Array | None) -> list[str]:
    """ATPases that run forward although their work exceeds the free energy of ATP."""
    found = []
    for edge, placed in cell.placements():
        name = f"{edge.name}.{placed.name}"
        if f"{name}.efficiency" not in values:
            continue
        efficiency = np.where(np.asarray(values[f"{name}.turnover"]) > 0, values[f"{name}.efficiency"], 0.0)
        efficiency = np.atleast_1d(np.nan_to_num(efficiency))
        worst = int(np.argmax(efficiency))
        if efficiency[worst] > 1:
            size = f"{efficiency[worst]:.3g} times the free energy of ATP{_when(time, worst)}"
            found.append(f"{name} asks for {size}: outside the range of {placed.type}, no real pump would turn")
    return found


def _potentials(cell: Cell, values: Mapping[str, Any], time: Array | None) -> list[str]:
    found = []
    for membrane in cell.membranes:
        V = np.atleast_1d(np.nan_to_num(values[f"{membrane.name}.V"]))
        worst = int(np.argmax(np.abs(V)))
        if abs(V[worst]) > IMPOSSIBLE_V:
            found.append(f"{membrane.name}.V is {V[worst]:.5g} mV{_when(time, worst)}: no membrane stands that")
    return found


def _walls(cell: Cell, values: Mapping[str, Any]) -> list[str]:
    """Rigid compartments whose osmolarity differs from their neighbours' at the end."""
    found = []
    for membrane in cell.membranes:
        if cell.compartment(membrane.inside).kind != "rigid":
            continue
        gap = _osmolarity(cell, values, membrane.inside) - _osmolarity(cell, values, membrane.outside)
        if abs(gap) > GAP:
            pressure = to(R * cell["temperature"] * gap, "kPa")
            what = f"{membrane.inside} is rigid and holds {gap:+.4g} mM osmoles against {membrane.outside}"
            found.append(f"{what}: {pressure:+.4g} kPa on a wall that is not modelled")
    return found


def _osmolarity(cell: Cell, values: Mapping[str, Any], name: str) -> float:
    compartment = cell.compartment(name)
    if compartment.kind == "bath":
        return sum(cell[f"{name}.{solute}"] for solute in (*compartment.ions, *compartment.impermeants))
    series = np.atleast_1d(values[f"{name}.osmolarity"])
    known = series[np.isfinite(series)]
    return float(known[-1]) if len(known) else float("nan")


def _temperature(cell: Cell) -> list[str]:
    if cell.number("temperature").source != "set by the user":
        return []
    return ["temperature was changed: RT/F and the free energy of ATP follow it, rates and gates do not"]
