"""The certificate that a volume runs away (`runaway.py`), for many members at once.

The volume is held by shutting every path of water: then its rate is exactly zero and the lanes bring all else to rest.
Only what this scan shows beyond doubt is said here; a member with a gap or a change of sign is left to the single-cell
search. So is a cell with more than one swelling compartment.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import expressions
from ionostat.cell.feasible import node_potentials
from ionostat.studies.judge_many import Judge
from ionostat.studies.rest import HELD_LIMIT
from ionostat.studies.runaway import (
    DECADES_ABOVE,
    DECADES_BELOW,
    HOPELESS,
    PER_DECADE,
    SUSPECT,
    HeldVolume,
    crossings,
    scan_words,
)

Array = np.ndarray


def water_paths(eq: Equations) -> list[int]:
    """Places of the parameters that, set to zero, shut every path of water."""
    return [
        eq.parameter_index[f"{edge.name}.{placed.name}.scale"]
        for edge, placed in eq.cell.placements()
        if placed.mechanism.moves_water
    ]


class VolumeScan:
    """What the scans of one model share; `possible` is False where the single-cell search has to do them."""

    def __init__(self, judge: Judge) -> None:
        self.judge, eq = judge, judge.eq
        self.eq: Equations = eq
        volumes = [i for i, s in enumerate(eq.states) if s.kind == "volume"]
        self.possible = len(volumes) == 1 and not any(s.kind == "potential" for s in eq.states)
        if not self.possible:
            return
        self.index = volumes[0]
        self.name = eq.states[self.index].name
        compartment = self.name.split(".")[0]
        self.inside = [i for i, s in enumerate(eq.states) if s.kind == "amount" and s.name.split(".")[0] == compartment]
        self.charges = [i for i, s in enumerate(eq.states) if s.kind == "charge"]
        self.shut = water_paths(eq)
        membrane = next(m for m in eq.cell.membranes if compartment in (m.inside, m.outside))
        other = membrane.outside if membrane.inside == compartment else membrane.inside

        def gap() -> dict[str, Any]:
            osmolarity = eq.traced.osmolarity
            return {"gap": osmolarity[compartment] - osmolarity[other]}

        self._gap = expressions(eq, f"gap between {compartment} and {other}", gap)

    def words(self, x0: Array, ended: Array, p: Array) -> list[str]:
        """Why each member has no rest, from its start and the end of its search; "" where the scan does not show it."""
        said = [""] * len(x0)
        changed = np.abs(np.log(ended[:, self.index] / x0[:, self.index])) > np.log(SUSPECT)
        members = np.flatnonzero(changed)
        if not len(members):
            return said
        volumes, states = self._scan(x0[members], ended[members], p[members])
        for k, i in enumerate(members):
            scan = self._held_volume(volumes[k], states[k], p[i])
            if not crossings(scan):
                said[i] = scan_words(self.name, scan)[0]
        return said

    def _scan(self, x0: Array, ended: Array, p: Array) -> tuple[Array, Array]:
        """Volumes (members, points) and rests at them (members, points, states); NaN where there is none."""
        points = PER_DECADE * (DECADES_BELOW + DECADES_ABOVE) + 1
        factors = np.logspace(-DECADES_BELOW, DECADES_ABOVE, points)
        volumes = x0[:, self.index, None] * factors
        states = np.full((len(x0), points, x0.shape[1]), np.nan)
        shut = p.copy()
        shut[:, self.shut] = 0.0
        alive = np.ones(len(x0), dtype=bool)
        for tried, i in enumerate(np.argsort(np.abs(np.log(factors)), kind="stable")):
            if tried == HOPELESS:
                alive = np.any(np.isfinite(states[:, :, 0]), axis=1)
            bases = [states[:, j] for j in (i - 1, i + 1) if 0 <= j < points]
            for base in (*bases, ended, x0):
                for scaled in (True, False):
                    todo = np.flatnonzero(alive & np.isnan(states[:, i, 0]) & np.isfinite(base[:, 0]))
                    if len(todo):
                        self._try(base[todo], volumes[todo, i], shut[todo], scaled, states, todo, int(i))
        return volumes, states

    def _try(self, base: Array, volume: Array, p: Array, scaled: bool, states: Array, todo: Array, point: int) -> None:
        """Rests at the held volumes from `base`, written into `states` where there are any."""
        x = self._scaled(base, volume, p) if scaled else base.copy()
        x[:, self.index] = volume
        guards = self.judge.kernel.guards(x, p)[:, : len(self.judge.names)]
        feasible = np.all(guards > 0, axis=1)
        ended = self.judge.kernel.solve(x[feasible], p[feasible], max_iterations=HELD_LIMIT)
        states[todo[feasible][ended.converged], point] = ended.x[ended.converged]

    def _scaled(self, x: Array, volume: Array, p: Array) -> Array:
        """The states with their volume changed, the amounts inside with it, and the potentials kept."""
        before = self._charge_per_mV(x, p)
        x = x.copy()
        x[:, self.inside] *= (volume / x[:, self.index])[:, None]
        x[:, self.index] = volume
        x[:, self.charges] *= self._charge_per_mV(x, p) / before
        return x

    def _charge_per_mV(self, x: Array, p: Array) -> Array:
        """Charge that moves the potential of each charged compartment by 1 mV: (members, charges)."""
        here = node_potentials(self.eq, x, p)
        columns = []
        for i in self.charges:
            moved = x.copy()
            moved[:, i] += 1.0
            name = self.eq.states[i].name.removesuffix(".charge")
            columns.append(1.0 / (node_potentials(self.eq, moved, p)[name] - here[name]))
        return np.stack(columns, axis=1) if columns else np.zeros((len(x), 0))

    def _held_volume(self, volumes: Array, states: Array, p: Array) -> HeldVolume:
        """The scan of one member, as the single-cell search has it."""
        known = np.isfinite(states[:, 0])
        x, many = states[known], np.tile(p, (int(np.sum(known)), 1))
        rates, osmoles = np.full(len(volumes), np.nan), np.full(len(volumes), np.nan)
        rates[known] = self.judge.kernel.slopes(x, many)[0][:, self.index] / x[:, self.index]
        osmoles[known] = self._gap(x, many)["gap"] * x[:, self.index]
        return HeldVolume(volumes, rates, osmoles, [s if k else None for s, k in zip(states, known, strict=True)])
