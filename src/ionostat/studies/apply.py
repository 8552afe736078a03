"""Changes during a run act on the full amounts.

A change of a parameter leaves every amount where it is; then the charge states are derived anew. So changing the mean
charge or the amount of an impermeant never moves an eliminated ion silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ionostat.cell.description import Cell, closed
from ionostat.cell.electrics import charge_terms
from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import settle_potentials
from ionostat.cell.feasible import amounts, volumes
from ionostat.cell.paths import balanced, check_range
from ionostat.cell.refusals import Pick, Refuse, at_once
from ionostat.cell.start import Settle
from ionostat.constants import F
from ionostat.errors import InputError, UnknownNameError

Array = np.ndarray
Value = Any
"""A number, or an array with one number per cell."""


class CellResolver:
    """What a protocol may change in a cell: parameter paths with units and values, and amounts that can be added."""

    def __init__(self, eq: Equations, cell: Cell, p: Array) -> None:
        self.cell = cell
        self._values = dict(zip(eq.parameters, p, strict=True))
        self._amounts = {f"{c.name}.{name}" for c in closed(cell) for name in (*c.ions, *c.impermeants)}

    def paths(self) -> list[str]:
        """Every path a protocol may name."""
        return [p for p in self.cell.numbers if p in self._values or p in self._amounts]

    def unit(self, path: str) -> str:
        """Declared unit of a path."""
        if path not in self.paths():
            raise UnknownNameError("parameter path", path, self.paths())
        return "mM" if self.is_amount(path) else self.cell.number(path).unit

    def value(self, path: str) -> float:
        """Value of a parameter at the start, in coherent units."""
        return float(self._values[path])

    def is_amount(self, path: str) -> bool:
        """Whether the path is an amount, which can be added to but not set."""
        return path in self._amounts


@dataclass(frozen=True)
class Point:
    """State and parameters at one instant, of one cell or (cells, n) of many."""

    x: Array
    p: Array


def parameters_after(eq: Equations, cell: Cell, p: Array, sets: Mapping[str, Value], refuse: Refuse = at_once) -> Array:
    """Parameters after `sets`, each within its range, with every bath kept neutral by the ion that it names."""
    if not sets:
        return p
    for path, value in sets.items():
        check_range(cell, path, value, refuse)
    after = np.array(p)
    for path, value in balanced(cell, _named(eq, p), sets, refuse).items():
        after[..., eq.parameter_index[path]] = value
    return after


def _named(eq: Equations, p: Array) -> dict[str, Value]:
    return dict(zip(eq.parameters, np.moveaxis(p, -1, 0), strict=True))


def refuse_ramps(cell: Cell, moving: Sequence[str]) -> None:
    """Refuse parameters that cannot move steadily, for the charge or the water they bring belongs to no flux.

    These are the charge, amount and volume of closed compartments (change them in a step, which acts on full amounts)
    and both factors of a bath's impermeant charge at once (the bath would be neutral at the ends only).
    """
    inside = {c.name for c in closed(cell)}
    for path in moving:
        if path.split(".")[0] in inside and path.endswith((".z", ".amount", "volume")):
            raise InputError(f"{path} cannot be ramped", hint=f"change it in a step: '{path} = ...'", field=path)
        if path.endswith(".z") and path.removesuffix(".z") in moving:
            message = f"{path.removesuffix('.z')} and {path} cannot be ramped at once"
            raise InputError(message, hint="ramp one after the other", field=path)


def apply(
    eq: Equations,
    here: Point,
    p: Array,
    adds: Mapping[str, tuple[float, str]],
    *,
    contract: bool | None = None,
    refuse: Refuse = at_once,
    settle: Settle = settle_potentials,
) -> Point:
    """The point after the parameters became `p` and amounts were added: amounts kept, charges derived anew.

    `adds` maps a path to (amount, unit): mM of the compartment's volume at that instant, or amol. `contract` derives
    the charges from the amounts even if nothing was added (default: where the charge or amount of an impermeant
    changed).
    States and parameters may be those of many cells, (cells, n); then `refuse` says what becomes of a cell that cannot
    be changed so, and `settle` finds the potentials of floating compartments.
    """
    for name, volume in volumes(eq, here.x, p).items():
        refuse(np.logical_not(volume > 0), partial(_no_volume, name, volume))
    if contract is None:
        contract = bool(adds) or _impermeants_changed(eq, here.p, p)
    if not contract:
        return Point(settle(eq, here.x, p), p)
    held: dict[str, Value] = {n: v[()] for n, v in amounts(eq, here.x, here.p).items()}
    space = {n: v[()] for n, v in volumes(eq, here.x, here.p).items()}
    p = np.array(p)
    for path, (amount, unit) in adds.items():
        more = amount * space[path.split(".")[0]] if unit == "mM" else amount
        if path in held:
            held[path] = after = held[path] + more
        else:
            index = eq.parameter_index[f"{path}.amount"]
            p[..., index] = after = p[..., index] + more
        refuse(np.logical_not(after >= 0), partial(_negative, path, after))
    return Point(settle(eq, _contract(eq, here.x, p, held, refuse), p), _totals(eq, p, held))


def _impermeants_changed(eq: Equations, before: Array, after: Array) -> bool:
    touched = [i for q, i in eq.parameter_index.items() if q.endswith((".z", ".amount"))]
    return bool(np.any(before[..., touched] != after[..., touched]))


def _no_volume(name: str, volume: Value, at: Pick) -> InputError:
    return InputError(f"the change would leave {name} with a volume of {at(volume):.4g} um3", field=name)


def _negative(path: str, amount: Value, at: Pick) -> InputError:
    return InputError(f"taking that much from {path} would leave {at(amount):.4g} amol", field=path)


def _contract(eq: Equations, x: Array, p: Array, amounts: Mapping[str, Value], refuse: Refuse) -> Array:
    """States for full amounts: kept amounts as they are, each charge from sum(z n)."""
    x = np.array(x)
    cell = eq.cell
    values = _named(eq, p)
    z = dict(cell.species)
    ghost = {s.name: x[..., i][()] for i, s in enumerate(eq.states) if s.kind == "ghost"}
    charge: dict[str, Value] = {}
    for c in closed(cell):
        total = sum(z[i] * amounts[f"{c.name}.{i}"] for i in c.ions) + ghost.get(f"{c.name}.ghost", 0.0)
        total = total + sum(values[f"{c.name}.{n}.z"] * values[f"{c.name}.{n}.amount"] for n in c.impermeants)
        charge[c.name] = F * total
    for i, s in enumerate(eq.states):
        if s.kind == "amount":
            x[..., i] = amounts[s.name]
        elif s.kind == "charge" and s.name.removesuffix(".charge") in charge:
            x[..., i] = charge[s.name.removesuffix(".charge")]
    _check_closed(eq, charge, x, refuse)
    return x


def _check_closed(eq: Equations, charge: Mapping[str, Value], x: Array, refuse: Refuse) -> None:
    """A closed reference, or a compartment without a charge state, must still balance."""
    parts = eq.components
    for name, present in charge.items():
        if f"{name}.charge" in eq.index:
            continue
        terms = charge_terms(name, parts).items()
        wanted: Value = sum(sign * x[..., eq.index[f"{m}.charge"]] for m, sign in terms)
        left = present - wanted
        refuse(np.logical_not(abs(left) <= 1e-9 * np.maximum(abs(wanted), 1.0)), partial(_not_closed, eq, name, left))


def _not_closed(eq: Equations, name: str, left: Value, at: Pick) -> InputError:
    way_out = "" if eq.cell.closure == "capacitive" else ", or use the capacitive closure"
    return InputError(
        f"the change leaves {name} with {at(left):+.4g} fC too much",
        hint=f"add or take a counter-ion in the same step{way_out}",
        field=name,
    )


def _totals(eq: Equations, p: Array, amounts: Mapping[str, Value]) -> Array:
    """Parameters with the conserved totals of these amounts."""
    p = np.array(p)
    for ion, _ in eq.cell.conserved:
        total = sum(amounts[f"{c.name}.{ion}"] for c in closed(eq.cell) if ion in c.ions)
        p[..., eq.parameter_index[f"total.{ion}"]] = total
    return p
