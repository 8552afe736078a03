"""What the symbols of a cell's programs stand for: states, parameters, and the steps between them.

A step is recognised by its value: where it equals a quantity of the cell (a concentration, a Nernst potential, a
current) at several points to 12 digits, it is that quantity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from ionostat.cell.balance import symbol
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations, System, equations
from ionostat.cell.evaluate import compile_program
from ionostat.cell.observables import observables
from ionostat.cell.program import Program
from ionostat.cell.start import Start, start

Array = np.ndarray
POINTS = 3
"""Points at which values are compared."""


@dataclass(frozen=True)
class Named:
    """A cell's equations with the names and units of all that goes in, and its values at the start."""

    cell: Cell
    equations: Equations
    system: System
    start: Start
    paths: dict[Any, str]
    """Symbol of a state or parameter -> path."""
    units: dict[str, str]
    """Path of a state or parameter -> unit; "" for one that the equations need and the file does not give."""

    @property
    def states(self) -> list[str]:
        """Paths of the states, in order."""
        return [self.paths[s] for s in self.system.inputs[: self.system.n_states]]

    @property
    def parameters(self) -> list[str]:
        """Paths of the parameters, in order."""
        return [self.paths[s] for s in self.system.inputs[self.system.n_states :]]

    def rate(self, state: int) -> str:
        """What row `state` of the right-hand side is, with its unit."""
        path = self.states[state]
        if not self.system.mass[state]:
            return f"0 = net current that sets {path}, pA"
        unit = self.units[path]
        return f"d({path})/dt, {'1/ms' if unit == '1' else f'{unit}/ms'}"


def named(cell: Cell) -> Named:
    """The names of a cell's equations."""
    eq = equations(cell)
    paths = {s.symbol: s.name for s in eq.states} | {symbol(p): p for p in eq.parameters}
    units = {p: cell.numbers[p].unit if p in cell.numbers else _derived_unit(p) for p in eq.parameters}
    units |= {s.name: s.unit for s in eq.states}
    return Named(cell, eq, eq.system(), start(eq, cell), paths, units)


def _derived_unit(path: str) -> str:
    """Unit of a parameter that is computed from the starting state."""
    if path.endswith(".amount") or path.startswith("total."):
        return "amol"
    return {"area_at_start": "um2", "volume": "um3"}.get(path.rsplit(".", 1)[-1], "")


def recognised(names: Named, program: Program) -> dict[Any, str]:
    """Steps of a program that are quantities of the cell: symbol -> "path, unit"."""
    if not program.steps:
        return {}
    symbols = tuple(s for s, _ in program.steps)
    function = compile_program(Program(program.inputs, program.steps, symbols))
    seen = observables(names.equations)
    rng = np.random.default_rng(20)
    x = np.array(names.start.x) * rng.uniform(0.9, 1.1, (POINTS, len(names.start.x)))
    p = np.array(names.start.p) * rng.uniform(0.97, 1.03, (POINTS, len(names.start.p)))
    with np.errstate(all="ignore"):
        values = [np.broadcast_to(np.asarray(v, dtype=float), POINTS) for v in function(*x.T, *p.T)]
    quantities = {n: v for n, v in seen.evaluate(x, p).items() if np.all(np.isfinite(v)) and np.all(v != 0.0)}
    found = {}
    for name, value in zip(symbols, values, strict=True):
        for path, quantity in quantities.items():
            if np.allclose(value, quantity, rtol=1e-12, atol=0.0):
                found[name] = f"{path}, {seen.units[path]}"
                break
    return found


def readable(expression: Any, paths: dict[Any, str]) -> str:
    """An expression as text, with paths for symbols."""
    return str(sympy.sympify(expression).xreplace({s: sympy.Symbol(p) for s, p in paths.items()}))
