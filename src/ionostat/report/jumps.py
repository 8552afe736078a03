"""What a change of an ATPase does to V at once, beside the textbook's -dI_p/g."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import inf, log
from typing import Any

import numpy as np

from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import Expressions, expressions, functions
from ionostat.cell.observables import observables
from ionostat.report.outline import mechanisms
from ionostat.report.stretches import change_times, index_before
from ionostat.studies.trajectory import Trajectory

SETTLED = 10.0
"""A membrane has followed a jump of its current after this many time constants (to 5e-5)."""
BLOCKED = 0.1
"""A pump that keeps less than this part of its current is called blocked."""
GATES = 100.0
"""Gates have answered a jump of the pump current after this long (ms): opened and closed again, or begun to fire."""


@dataclass(frozen=True)
class Jump:
    """What a change of a pump does to V at once, beside the textbook's -dI_p/g.

    `lost_current` is the pump current taken away at the same state (pA, negative where it is given back),
    `conductance` the slope conductance of the rest of the cell with gates and amounts held (nS), `after` when V was
    read (ms after the change). With voltage-gated channels (`gated`) V rings or fires: then V is read when the gates
    have answered, and `V_peak` is the farthest it had gone by then, `peak_after` ms after the change.
    """

    pump: str
    membrane: str
    time: float
    kept: float
    V_before: float
    V_after: float
    after: float
    lost_current: float
    conductance: float
    gated: bool
    V_peak: float
    peak_after: float

    @property
    def size(self) -> float:
        """V after minus V before, mV."""
        return self.V_after - self.V_before

    @property
    def predicted(self) -> float:
        """Lost pump current over slope conductance, mV."""
        return self.lost_current / self.conductance if self.conductance else float("nan")

    @property
    def ratio(self) -> float:
        """Jump over prediction: 1 where the membrane is linear and nothing else moved."""
        return self.size / self.predicted if self.predicted else float("nan")

    @property
    def peak(self) -> float:
        """The farthest V went from where it had been while the gates answered, mV."""
        return self.V_peak - self.V_before

    @property
    def peaked(self) -> bool:
        """Whether V went farther than it is at the end of the answer of the gates."""
        return abs(self.peak - self.size) > max(0.05 * abs(self.peak), 1e-3)

    @property
    def restored(self) -> bool:
        """Whether the pump was given back current."""
        return self.kept > 1

    @property
    def blocked(self) -> bool:
        """Whether hardly any pump current was kept."""
        return self.kept < BLOCKED

    def record(self) -> dict[str, Any]:
        """Plain data with units."""
        found = {
            "pump": self.pump,
            "time": {"value": self.time, "unit": "ms"},
            "kept": _finite(self.kept),
            "V_before": _mV(self.V_before),
            "V_after": _mV(self.V_after),
            "read_after": {"value": self.after, "unit": "ms"},
            "jump": _mV(self.size),
            "lost_current": {"value": _finite(self.lost_current), "unit": "pA"},
            "conductance": {"value": _finite(self.conductance), "unit": "nS"},
            "predicted": _mV(self.predicted),
            "ratio": _finite(self.ratio),
            "gated": self.gated,
        }
        if self.gated:
            found |= {"peak": _mV(self.peak), "peak_after": {"value": self.peak_after, "unit": "ms"}}
        return found


def jumps(run: Trajectory) -> list[Jump]:
    """The jump of V at every change of an electrogenic ATPase that takes or gives current at once."""
    eq = equations(run.cell)
    times = change_times(run)
    pairs = [(when, next((t for t in times if t > when), inf)) for when in times]
    pumps = [m.path for m in mechanisms(run.cell) if m.uses_atp and m.charged]
    found = [_jump(run, eq, pump, when, until) for pump in pumps for when, until in pairs]
    return sorted((j for j in found if j is not None), key=lambda j: j.time)


def pump_change(run: Trajectory) -> float | None:
    """Time of the first change (ms) from which on a number of an ATPase itself differs; None if none ever does."""
    eq = equations(run.cell)
    own = _own(eq, tuple(m.path for m in mechanisms(run.cell) if m.uses_atp))
    moved = np.flatnonzero(np.any(run.p[: run.end + 1][:, own] != run.p[0, own], axis=1))
    times = change_times(run)
    if not len(moved) or not times:
        return None
    when = float(run.time[moved[0]])
    return max((t for t in times if t < when), default=times[0])


def _own(eq: Equations, pumps: tuple[str, ...]) -> list[int]:
    """Indices of the parameters that belong to these pumps."""
    return [i for n, i in eq.parameter_index.items() if n.rpartition(".")[0] in pumps]


def _jump(run: Trajectory, eq: Equations, pump: str, when: float, until: float) -> Jump | None:
    i = index_before(run, when)
    if i + 1 >= len(run.time) or not np.all(np.isfinite(run.x[i + 1])):
        return None
    x, p, q = run.x[i], run.p[i], run.p[i + 1]
    own = _own(eq, (pump,))
    if np.array_equal(p[own], q[own]):  # another current changed: its jump is not the pump's
        return None
    table = observables(eq).evaluate
    old, new = float(table(x, p)[f"{pump}.I"]), float(table(x, q)[f"{pump}.I"])
    if min(old, new) < 0 or abs(new - old) < 0.01 * max(old, new) or old == new:
        return None
    edge = pump.split(".")[0]
    g = input_conductance(eq, edge, x, q)
    C = membrane_capacitance(eq, edge, x, q)
    gated = run.cell.excitable
    after = GATES if gated else SETTLED * C / g if C and g > 0 else float(run.time[i + 1]) - when
    after = min(after, until - when, float(run.time[run.end]) - when)
    V = run[f"{edge}.V"]
    V_after = _interpolated(run, V, when, after)
    V_peak, t_peak = _farthest(run, edge, when, after, float(V[i]), V_after)
    kept = new / old if old else inf
    return Jump(pump, edge, when, kept, float(V[i]), V_after, after, old - new, g, gated, V_peak, t_peak - when)


def _farthest(run: Trajectory, edge: str, when: float, after: float, V0: float, V1: float) -> tuple[float, float]:
    """V farthest from `V0` within `after` of a change and its time, over recorded points and the watched extremes."""
    seen = [(V1, when + after)]
    inside = (run.time > when) & (run.time <= when + after) & np.isfinite(run[f"{edge}.V"])
    seen += zip(run[f"{edge}.V"][inside].tolist(), run.time[inside].tolist(), strict=True)
    watched = run.activity[edge]
    extremes = ((watched.V_min, watched.t_min), (watched.V_max, watched.t_max))
    seen += [(V, t) for V, t in extremes if when < t <= when + after]
    return max(seen, key=lambda point: abs(point[0] - V0))


def _interpolated(run: Trajectory, series: np.ndarray, when: float, after: float) -> float:
    """A series at `when + after`, linear in the logarithm of the time since the change."""
    late = np.isfinite(series) & (run.time > when)
    return float(np.interp(log(after), np.log(run.time[late] - when), series[late]))


def input_conductance(eq: Equations, edge: str, x: np.ndarray, p: np.ndarray) -> float:
    """Current through a membrane over the V that it makes (nS), with gates, amounts and volumes held.

    From the exact derivatives of the traced currents with respect to charges and floating potentials: for a cell with
    one membrane the slope conductance dI/dV, for one with several the conductance of the network as seen from this
    one. NaN where no current can flow back.
    """
    electric = [i for i, s in enumerate(eq.states) if s.kind in ("charge", "potential")]
    push = np.zeros(len(eq.states))
    ends = eq.cell.edge(edge)
    for compartment, sign in ((ends.inside, 1.0), (ends.outside, -1.0)):
        part = next(c for c in eq.components if compartment in c.members)
        rows = [f"{compartment}.charge"] + ([f"{part.reference}.potential"] if part.floating else [])
        for name in rows:
            if name in eq.index:
                push[eq.index[name]] += sign
    with np.errstate(all="ignore"):
        slopes = functions(eq).jacobian(x, p)[np.ix_(electric, electric)]
    moved = np.array(x)
    try:
        moved[electric] -= np.linalg.solve(slopes, push[electric])
    except np.linalg.LinAlgError:
        return float("nan")
    table = observables(eq).evaluate
    shift = float(table(moved, p)[f"{edge}.V"] - table(x, p)[f"{edge}.V"])  # V is linear in the charges
    return 1.0 / shift if shift else float("nan")


def membrane_capacitance(eq: Equations, edge: str, x: np.ndarray, p: np.ndarray) -> float:
    """Capacitance of a membrane in a state (pF); 0 where it has none or the closure is electroneutral."""
    if eq.cell.closure != "capacitive":
        return 0.0
    return float(_capacitances(eq)(x, p).get(edge, 0.0))


@lru_cache(maxsize=32)
def _capacitances(eq: Equations) -> Expressions:
    return expressions(eq, "capacitances", lambda: eq.traced.capacitance)


def _mV(value: float) -> dict[str, Any]:
    return {"value": _finite(value), "unit": "mV"}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
