"""Changing numbers by path: unit check, allowed range, and a bath that stays neutral."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ionostat.cell.description import Cell, Number
from ionostat.cell.refusals import Pick, Refuse, at_once
from ionostat.constants import ZERO_CELSIUS
from ionostat.errors import InputError, UnknownNameError
from ionostat.units import quantity, to

Value = Any
"""A number, or an array with one number per cell."""


def set_numbers(cell: Cell, numbers: dict[str, Number], changes: Mapping[str, Any]) -> dict[str, Number]:
    """Numbers after `changes`, each checked; the numbers given are left alone."""
    result = dict(numbers)
    parsed = {path: parse_value(cell, path, value) for path, value in changes.items()}
    for path, value in parsed.items():
        result[path] = replace(result[path], value=value, text=str(changes[path]), source="set by the user")
    for path, value in balanced(cell, {p: n.value for p, n in numbers.items()}, parsed).items():
        if path not in parsed:
            result[path] = replace(result[path], value=float(value), text="", source="follows to keep the bath neutral")
    return result


def parse_value(cell: Cell, path: str, given: Any) -> float:
    """A value for `path` in coherent units, within its range. A bare number means the declared unit."""
    if path not in cell.numbers:
        raise UnknownNameError("parameter path", path, cell.numbers)
    unit = cell.numbers[path].unit
    value = quantity(given, unit, field=path, bare=True)
    check_range(cell, path, value)
    return value


def check_range(cell: Cell, path: str, value: Value, refuse: Refuse = at_once) -> None:
    """Refuse a number outside the range its mechanism declares, or a non-positive amount, volume or temperature.

    `value` may be an array with one number per cell; then `refuse` says what becomes of those that are wrong.
    """
    low, high = allowed_range(cell, path)
    name, _, what = path.partition(".")
    if any(c.name == name and what in c.ions for c in cell.compartments):
        hint = "its Nernst potential would be infinite; use a trace, such as 1 nM"
        refuse(value == 0, lambda _: InputError(f"{path} = 0 leaves no {what} in {name}", hint=hint, field=path))
    if path.endswith((".area", ".length", "volume", ".capacitance", ".ATP", ".ADP", ".Pi")):
        refuse(value == 0, lambda at: InputError(f"{path} must be positive; got {at(value):g}", field=path))
    outside = np.logical_not((value >= low) & (value <= high))
    refuse(outside, lambda at: _outside(cell, path, at(value), low, high))


def _outside(cell: Cell, path: str, value: float, low: float, high: float) -> InputError:
    unit = cell.numbers[path].unit if path in cell.numbers else ""
    shown = f"{to(value, unit):.6g} {unit}".replace(" 1", "") if unit else f"{value:.6g}"
    return InputError(f"{path} = {shown} is outside its range {_span(low, high, unit)}", field=path)


def allowed_range(cell: Cell, path: str) -> tuple[float, float]:
    """Smallest and largest value that makes sense at `path`, in coherent units."""
    inf = float("inf")
    parts = path.split(".")
    if len(parts) == 3 and parts[2] != "z":
        for edge, placed in cell.placements():
            if (edge.name, placed.name) == (parts[0], parts[1]):
                return placed.mechanism.parameters()[parts[2]].range
    if parts[-1] in ("z", "V", "dG0"):
        return -inf, inf
    if path == "temperature":  # water is liquid and proteins are folded
        return ZERO_CELSIUS - 10.0, ZERO_CELSIUS + 60.0
    return 0.0, inf


def _span(low: float, high: float, unit: str) -> str:
    scale = unit or "1"
    return f"({to(low, scale):.6g} to {to(high, scale):.6g} {'' if unit == '1' else unit})".replace(" )", ")")


def balanced(
    cell: Cell, values: Mapping[str, Value], changes: Mapping[str, Value], refuse: Refuse = at_once
) -> dict[str, Value]:
    """`changes`, and for each bath whose charge they disturb the concentration of the ion that gives way.

    A bath says in its file how it stays neutral (`balance: Na` replaces, `balance: Cl` adds salt); one that does
    not say refuses the change. Changing enough ions at once to stay neutral needs no balance. Values may be arrays with
    one number per cell; then `refuse` says what becomes of the cells whose bath cannot stay neutral.
    """
    result = dict(changes)
    charges = dict(cell.species)
    for bath in (c for c in cell.compartments if c.kind == "bath"):
        ions = [f"{bath.name}.{ion}" for ion in bath.ions]
        others = [f"{bath.name}.{x}{tail}" for x in bath.impermeants for tail in ("", ".z")]
        if not any(p in changes for p in ions + others):
            continue
        after = {**values, **changes}
        charge = sum(charges[p.split(".")[1]] * after[p] for p in ions)
        charge += sum(after[f"{bath.name}.{x}"] * after[f"{bath.name}.{x}.z"] for x in bath.impermeants)
        disturbed = np.logical_not(abs(charge) <= 1e-9 * sum(after[p] for p in ions))
        if not np.any(disturbed):
            continue
        name = f"{bath.name}.{bath.balance}"
        if bath.balance is None or name in changes:
            refuse(disturbed, partial(_charged, bath.name, charge))
            continue
        result[name] = np.where(disturbed, after[name] - charge / charges[bath.balance], after[name])[()]
        refuse(np.logical_not(result[name] > 0), partial(_nothing_left, name, result[name], values[name]))
    return result


def _charged(bath: str, charge: Value, at: Pick) -> InputError:
    hint = f"change {bath} ions together, or give the bath a 'balance:' ion in its file"
    return InputError(f"the change leaves {bath} with {at(charge):+.4g} mM of charge", hint=hint, field=bath)


def _nothing_left(name: str, needed: Value, before: Value, at: Pick) -> InputError:
    bath, _, ion = name.partition(".")
    return InputError(
        f"keeping {bath} neutral would need {at(needed):.4g} mM {ion}",
        hint=f"{bath} holds {at(before):.4g} mM {ion} to give way",
        field=name,
    )
