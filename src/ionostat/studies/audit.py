"""The audit of a run: what was eliminated, integrated independently and compared.

Eliminating an ion by the charge balance makes that balance a tautology. So each eliminated amount (and the volume of a
closed extracellular space) is also integrated from its own fluxes, beside the states. The difference is the audit: it
would show a flux that is counted on one side only, a charge that is lost, a solver that lets an invariant drift.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ionostat.cell.description import closed
from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import Expressions, expressions
from ionostat.cell.feasible import amounts
from ionostat.constants import F

Array = np.ndarray


@dataclass
class Audit:
    """Largest residuals of a run. Relative to: all ionic charge of the compartment; the ion's total; the shared volume.

    `charge` is by compartment, `mass` by ion (closed systems), `water` by compartment; each value is
    (absolute, relative) with absolute in fC, amol and um3. `lost_charge` is what deviations lost, fC.
    """

    charge: dict[str, tuple[float, float]] = field(default_factory=dict)
    mass: dict[str, tuple[float, float]] = field(default_factory=dict)
    water: dict[str, tuple[float, float]] = field(default_factory=dict)
    lost_charge: dict[str, float] = field(default_factory=dict)

    @property
    def worst(self) -> float:
        """Largest relative residual."""
        everything = [*self.charge.values(), *self.mass.values(), *self.water.values()]
        return max((relative for _, relative in everything), default=0.0)

    def to_dict(self) -> dict[str, object]:
        """Plain data with units."""
        units = {"charge": "fC", "mass": "amol", "water": "um3"}
        table: dict[str, object] = {
            kind: {n: {"absolute": a, "unit": unit, "relative": r} for n, (a, r) in getattr(self, kind).items()}
            for kind, unit in units.items()
        }
        table["lost_charge"] = {n: {"value": q, "unit": "fC"} for n, q in self.lost_charge.items()}
        return table


class Auditor:
    """Follows the quadratures through the stretches of a run."""

    def __init__(self, eq: Equations) -> None:
        self.eq = eq
        self.drift = np.zeros(len(eq.quadrature_names))
        self.worst = np.zeros(len(eq.quadrature_names))

    def begin(self, x: Array, p: Array) -> Array:
        """Starting values of the quadratures of a stretch: what the states say, plus the drift so far."""
        return self._values(x, p) + self.drift

    def end(self, x: Array, p: Array, quadratures: Array) -> None:
        """Compare at saved points (any leading shape) and at the end of a stretch."""
        gap = quadratures - self._values(x, p)
        if gap.size:
            flat = np.abs(gap.reshape(-1, gap.shape[-1]))
            self.worst = np.fmax(self.worst, np.nanmax(np.vstack([flat, np.zeros_like(self.worst)]), axis=0))
            last = gap.reshape(-1, gap.shape[-1])[-1]
            self.drift = np.where(np.isfinite(last), last, self.drift)

    def _values(self, x: Array, p: Array) -> Array:
        if not self.eq.quadrature_names:
            return np.zeros((*np.shape(x)[:-1], 0))
        table = _quadrature_values(self.eq)(x, p)
        return np.stack([table[name] for name in self.eq.quadrature_names], axis=-1)

    def report(self, x: Array, p: Array) -> Audit:
        """The audit at the end of a run in state x."""
        eq, cell = self.eq, self.eq.cell
        z = dict(cell.species)
        held = {n: float(v) for n, v in amounts(eq, x, p).items()}
        gaps = {name: float(w) for name, w in zip(eq.quadrature_names, self.worst, strict=True)}
        audit = Audit()
        absorbed = {f"{where}.{ion}": ion for ion, where in cell.conserved}
        for name, gap in gaps.items():
            compartment, _, what = name.partition(".")
            if what == "volume":
                whole = float(p[eq.parameter_index[f"{compartment}.total_volume"]])
                audit.water[compartment] = (gap, gap / whole)
            elif name in absorbed:
                total = float(p[eq.parameter_index[f"total.{what}"]])
                audit.mass[what] = (gap, gap / total)
            else:
                ionic = sum(
                    abs(z[i]) * held[f"{compartment}.{i}"]
                    for c in closed(cell)
                    if c.name == compartment
                    for i in c.ions
                )
                audit.charge[compartment] = (F * abs(z[what]) * gap, abs(z[what]) * gap / ionic)
        for i, s in enumerate(eq.states):
            if s.kind == "ghost":
                audit.lost_charge[s.name.removesuffix(".ghost")] = -F * float(x[i])
        return audit


@lru_cache(maxsize=32)
def _quadrature_values(eq: Equations) -> Expressions:
    return expressions(eq, "quadratures", lambda: {name: value for name, _, value in eq.quadratures})
