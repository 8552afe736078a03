"""Changes during a run act on the full amounts.

A change of a parameter leaves every amount where it is; then the charge states are derived anew. So changing the mean
charge or the amount of an impermeant never moves an eliminated ion silently.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ionostat.cell.balance import charge_of, charge_symbol, closed
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import settle_potentials
from ionostat.cell.feasible import amounts, volumes
from ionostat.cell.paths import balanced, check_range
from ionostat.constants import F
from ionostat.errors import InputError, UnknownNameError

Array = np.ndarray


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
    """State and parameters at one instant."""

    x: Array
    p: Array


def parameters_after(eq: Equations, cell: Cell, p: Array, sets: Mapping[str, float]) -> Array:
    """Parameters after `sets`, each within its range, with every bath kept neutral by the ion that it names."""
    if not sets:
        return p
    for path, value in sets.items():
        check_range(cell, path, value)
    values = dict(zip(eq.parameters, p, strict=True))
    after = np.array(p)
    for path, value in balanced(cell, values, sets).items():
        after[eq.parameter_index[path]] = value
    return after


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


def apply(eq: Equations, here: Point, p: Array, adds: Mapping[str, tuple[float, str]]) -> Point:
    """The point after the parameters became `p` and amounts were added: amounts kept, charges derived anew.

    `adds` maps a path to (amount, unit): mM of the compartment's volume at that instant, or amol.
    """
    touched = [
        q
        for q in eq.parameters
        if q.endswith((".z", ".amount")) and p[eq.parameter_index[q]] != here.p[eq.parameter_index[q]]
    ]
    for name, volume in volumes(eq, here.x, p).items():
        if not float(volume) > 0:
            raise InputError(f"the change would leave {name} with a volume of {float(volume):.4g} um3", field=name)
    if not adds and not touched:
        return Point(settle_potentials(eq, here.x, p), p)
    held = {n: float(v) for n, v in amounts(eq, here.x, here.p).items()}
    space = {n: float(v) for n, v in volumes(eq, here.x, here.p).items()}
    p = np.array(p)
    for path, (amount, unit) in adds.items():
        more = amount * space[path.split(".")[0]] if unit == "mM" else amount
        if path in held:
            held[path] += more
            _refuse_negative(path, held[path])
        else:
            index = eq.parameter_index[f"{path}.amount"]
            p[index] += more
            _refuse_negative(path, p[index])
    return Point(_contract(eq, here.x, p, held), _totals(eq, p, held))


def _refuse_negative(path: str, amount: float) -> None:
    if amount < 0:
        raise InputError(f"taking that much from {path} would leave {amount:.4g} amol", field=path)


def _contract(eq: Equations, x: Array, p: Array, amounts: Mapping[str, float]) -> Array:
    """States for full amounts: kept amounts as they are, each charge from sum(z n)."""
    x = np.array(x)
    cell = eq.cell
    values = dict(zip(eq.parameters, p, strict=True))
    z = dict(cell.species)
    ghost = {s.name: x[i] for i, s in enumerate(eq.states) if s.kind == "ghost"}
    charge: dict[str, float] = {}
    gross: dict[str, float] = {}
    for c in closed(cell):
        gross[c.name] = F * sum(amounts[f"{c.name}.{i}"] for i in c.ions)
        total = sum(z[i] * amounts[f"{c.name}.{i}"] for i in c.ions) + ghost.get(f"{c.name}.ghost", 0.0)
        total += sum(values[f"{c.name}.{n}.z"] * values[f"{c.name}.{n}.amount"] for n in c.impermeants)
        charge[c.name] = F * total
    for i, s in enumerate(eq.states):
        if s.kind == "amount":
            x[i] = amounts[s.name]
        elif s.kind == "charge" and s.name.removesuffix(".charge") in charge:
            x[i] = charge[s.name.removesuffix(".charge")]
    _check_closed(eq, charge, gross, x)
    return settle_potentials(eq, x, p)


def _check_closed(eq: Equations, charge: Mapping[str, float], gross: Mapping[str, float], x: Array) -> None:
    """A closed reference, or a compartment without a charge state, must still balance: to round-off of its ions."""
    states = {s.symbol: x[i] for i, s in enumerate(eq.states)}
    for name, present in charge.items():
        expected = charge_of(name, eq.traced.components)
        wanted = (
            float(expected.subs({q: v for q, v in states.items() if q in expected.free_symbols})) if expected else 0.0
        )
        if charge_symbol(name) in states:
            continue
        if abs(present - wanted) > 1e-12 * gross[name]:
            way_out = "" if eq.cell.closure == "capacitive" else ", or use the capacitive closure"
            raise InputError(
                f"the change leaves {name} with {present - wanted:+.4g} fC too much",
                hint=f"add or take a counter-ion in the same step{way_out}",
                field=name,
            )


def _totals(eq: Equations, p: Array, amounts: Mapping[str, float]) -> Array:
    """Parameters with the conserved totals of these amounts."""
    p = np.array(p)
    for ion, _ in eq.cell.conserved:
        p[eq.parameter_index[f"total.{ion}"]] = sum(
            amounts[f"{c.name}.{ion}"] for c in closed(eq.cell) if ion in c.ions
        )
    return p
