"""What a state costs: ATP, free energy, and who dissipates it; read from the observables of a rest or a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ionostat.cell.description import Cell
from ionostat.constants import N_A
from ionostat.report.outline import mechanisms
from ionostat.studies.trajectory import Trajectory


@dataclass(frozen=True)
class Energy:
    """Energy use of a cell in one state, in coherent units: amol/ms, aJ/ms (= fW), aJ/amol (= J/mol)."""

    ATP_use: float
    dG_ATP: float
    dissipation: dict[str, float]
    efficiency: dict[str, float]
    work: dict[str, float]

    @property
    def molecules(self) -> float:
        """ATP molecules per second."""
        return self.ATP_use * N_A * 1e3

    @property
    def supply(self) -> float:
        """Free energy that ATP gives up, aJ/ms."""
        return -self.ATP_use * self.dG_ATP

    @property
    def total(self) -> float:
        """Free energy dissipated by all mechanisms together, aJ/ms. At rest it equals the supply."""
        return sum(self.dissipation.values())


def energy(cell: Cell, values: Mapping[str, float]) -> Energy:
    """The energy account of one state, from its quantities."""
    parts = mechanisms(cell)
    pumps = [m.path for m in parts if m.uses_atp]
    return Energy(
        ATP_use=values["energy.ATP_use"],
        dG_ATP=values["energy.dG_ATP"],
        dissipation={m.path: values[f"{m.path}.dissipation"] for m in parts},
        efficiency={m: values[f"{m}.efficiency"] for m in pumps},
        work={m: values[f"{m}.work"] for m in pumps},
    )


def energy_at(run: Trajectory, index: int) -> Energy:
    """The energy account at one recorded point of a run."""
    return energy(run.cell, {n: float(run[n][index]) for n in run.names})


def total_ATP(run: Trajectory) -> float:
    """ATP used in the whole run, amol (trapezoids between the recorded points)."""
    known = slice(0, run.end + 1)
    return float(np.trapezoid(run["energy.ATP_use"][known], run.time[known]))
