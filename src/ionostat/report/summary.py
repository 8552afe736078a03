"""What a run comes to, in numbers and in words: the jump, the half-times, the end, what changed most.

Pure functions of a `Trajectory`. A run is measured from its first change; what was before is the value just before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, log
from typing import Any

import numpy as np

from ionostat.cell.balance import Traced
from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import functions
from ionostat.cell.observables import observables
from ionostat.constants import F, R
from ionostat.report.numbers import percent, plain, signed, with_unit
from ionostat.report.outline import headline, main_volume, mechanisms
from ionostat.studies.text import duration
from ionostat.studies.trajectory import Trajectory

SETTLED = 10.0
"""A membrane has followed a jump of its current after this many time constants (to 5e-5)."""
BLOCKED = 0.1
"""A pump that keeps less than this part of its current is called blocked."""


@dataclass(frozen=True)
class Jump:
    """What a pump block does to V at once, beside the textbook's -dI_p/g.

    `lost_current` is the pump current taken away at the same state (pA), `conductance` the slope conductance of the
    rest of the cell with gates and amounts held (nS), `after` when V was read (ms after the change).
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
    def blocked(self) -> bool:
        """Whether hardly any pump current was kept."""
        return self.kept < BLOCKED


@dataclass(frozen=True)
class Change:
    """A quantity before the first change and at the end of the run. `weight` orders changes of all kinds."""

    name: str
    unit: str
    before: float
    after: float
    weight: float

    @property
    def in_words(self) -> str:
        """Old -> new, with how much that is."""
        how = f"{signed(self.after - self.before)} mV" if self.unit == "mV" else percent(self.ratio)
        return f"{self.name} {plain(self.before, 4)} -> {with_unit(self.after, self.unit, 4)} ({how})"

    @property
    def ratio(self) -> float:
        """New over old."""
        return self.after / self.before if self.before else inf


@dataclass(frozen=True)
class Summary:
    """A run in numbers. Times in ms; `half_times` maps V, E_Na, E_K to the time (or None) at which half was gone."""

    first_change: float | None
    events: tuple[tuple[float, str], ...]
    jumps: tuple[Jump, ...]
    half_times: dict[str, float | None]
    changes: tuple[Change, ...]
    duration: float
    drift: dict[str, float] = field(default_factory=dict)
    """How fast each main quantity still moves at the end: fraction per hour, V in mV per hour."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data with units."""
        return {
            "first_change": _time(self.first_change),
            "jumps": [_jump_record(j) for j in self.jumps],
            "half_times": {n: _time(t) for n, t in self.half_times.items()},
            "changed_most": [
                {"name": c.name, "before": _finite(c.before), "after": _finite(c.after), "unit": c.unit}
                for c in self.changes[:5]
            ],
        }


def summary(run: Trajectory) -> Summary:
    """Everything about a run that is worth a sentence."""
    t0 = first_change(run)
    before = index_before(run, t0) if t0 is not None else 0
    return Summary(
        first_change=t0,
        events=run.events,
        jumps=tuple(jumps(run)),
        half_times=half_times(run),
        changes=tuple(changes(run, before)),
        duration=float(run.time[run.end]),
        drift=drift(run),
    )


def first_change(run: Trajectory) -> float | None:
    """Time of the first change that the run reached, ms; None for a run in which nothing is changed."""
    reached = [t for t, _ in run.events if t < run.time[run.end] or t == 0.0]
    return min(reached) if reached else None


def index_before(run: Trajectory, when: float) -> int:
    """Index of the last recorded point that still has the values before a change at `when`."""
    return max(0, int(np.searchsorted(run.time, when, side="right")) - 1)


def jumps(run: Trajectory) -> list[Jump]:
    """The jump of V at every change that takes current from an electrogenic ATPase at once."""
    eq = equations(run.cell)
    found = []
    times = sorted({t for t, _ in run.events if t < run.time[run.end]})
    for pump in (m for m in mechanisms(run.cell) if m.uses_atp and m.charged):
        for when in times:
            jump = _jump(run, eq, pump.path, when, next((t for t in times if t > when), inf))
            if jump is not None:
                found.append(jump)
    return sorted(found, key=lambda j: j.time)


def _jump(run: Trajectory, eq: Equations, pump: str, when: float, until: float) -> Jump | None:
    i = index_before(run, when)
    if i + 1 >= len(run.time) or not np.all(np.isfinite(run.x[i + 1])):
        return None
    x, p, q = run.x[i], run.p[i], run.p[i + 1]
    table = observables(eq).evaluate
    old, new = float(table(x, p)[f"{pump}.I"]), float(table(x, q)[f"{pump}.I"])
    if not old > 0 or new > 0.99 * old:
        return None
    edge = pump.split(".")[0]
    g = input_conductance(eq, edge, x, q)
    C = membrane_capacitance(eq, edge, x, q)
    after = SETTLED * C / g if C and g > 0 else float(run.time[i + 1]) - when
    after = min(after, until - when, float(run.time[run.end]) - when)
    V = run[f"{edge}.V"]
    V_after = _interpolated(run, V, when, after)
    return Jump(pump, edge, when, new / old, float(V[i]), V_after, after, old - new, g)


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
        part = next(c for c in eq.traced.components if compartment in c.members)
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
    expression = _capacitance(eq.traced, edge)
    if expression is None:
        return 0.0
    values = {s.symbol: v for s, v in zip(eq.states, x, strict=True)}
    parameters = eq.parameter_index
    values |= {s: p[parameters[s.name]] for s in expression.free_symbols if s.name in parameters}
    return float(expression.subs(values))


def _capacitance(traced: Traced, edge: str) -> Any:
    return traced.capacitance.get(edge) if traced.cell.closure == "capacitive" else None


def half_times(run: Trajectory) -> dict[str, float | None]:
    """For V and the Nernst potentials of Na and K of the first membrane: when half of the value was gone.

    Counted from the first change; None when that did not happen, and empty without a change. V of a cell that fires
    counts as gone only when it does not come back.
    """
    t0 = first_change(run)
    if t0 is None:
        return {}
    edge = run.cell.membranes[0].name
    names = [n for n in (f"{edge}.V", f"{edge}.E_Na", f"{edge}.E_K") if n in run.units]
    fires = run.cell.excitable
    return {n: half_time(run, n, t0, for_good=fires and n.endswith(".V")) for n in names}


def half_time(run: Trajectory, name: str, since: float, *, for_good: bool = False) -> float | None:
    """Time after `since` (ms) at which a quantity first was half of what it had been; linear between points.

    `for_good` gives the time from which on it stayed below half.
    """
    i = index_before(run, since)
    series = run[name][i : run.end + 1]
    time = run.time[i : run.end + 1]
    with np.errstate(all="ignore"):
        left = series / series[0]
    below = left <= 0.5
    kept = np.flatnonzero(~below)
    if not below.any() or (for_good and below.size - 1 == kept[-1]):
        return None
    k = int(kept[-1]) + 1 if for_good else int(np.argmax(below))
    part = (left[k - 1] - 0.5) / (left[k - 1] - left[k])
    return float(time[k - 1] + part * (time[k] - time[k - 1]) - since)


def changes(run: Trajectory, before: int = 0) -> list[Change]:
    """The main quantities from the point `before` to the end, what changed most first.

    Changes of all kinds are weighed alike: a ratio by its logarithm, a potential in units of RT/F (an e-fold
    change of an ion moves its Nernst potential by RT/F).
    """
    thermal = R * run.cell["temperature"] / F
    found = []
    for name in headline(run.cell):
        old, new = float(run[name][before]), float(run[name][run.end])
        if run.units[name] == "mV":
            weight = abs(new - old) / thermal
        else:
            weight = abs(log(new / old)) if old > 0 and new > 0 else (0.0 if old == new else inf)
        found.append(Change(name, run.units[name], old, new, weight))
    return sorted(found, key=lambda c: -c.weight)


def spikes(run: Trajectory) -> int:
    """Action potentials of a cell with voltage-gated channels: upward crossings of 0 mV among the recorded points."""
    if not run.cell.excitable:
        return 0
    V = run[f"{run.cell.membranes[0].name}.V"][: run.end + 1]
    return int(np.count_nonzero((V[:-1] < 0) & (V[1:] >= 0)))


def drift(run: Trajectory) -> dict[str, float]:
    """Speed of V (mV per hour) and of the main volume (fraction per hour) over the last hundredth of the run."""
    end = run.end
    start = index_before(run, 0.99 * float(run.time[end]))
    start = min(start, end - 1)
    if start < 0 or run.time[end] <= run.time[start]:
        return {}
    hours = float(run.time[end] - run.time[start]) / 3.6e6
    V, W = f"{run.cell.membranes[0].name}.V", main_volume(run.cell)
    return {
        V: float(run[V][end] - run[V][start]) / hours,
        W: log(float(run[W][end] / run[W][start])) / hours,
    }


def meaning(run: Trajectory, found: Summary | None = None) -> str:
    """The run in one line: what happened at once, and when half of the gradients was gone."""
    found = found or summary(run)
    if found.first_change is None:
        most = found.changes[0]
        if most.weight < 1e-3:
            return f"nothing moved in {duration(found.duration)}"
        return f"without any change {most.in_words} in {duration(found.duration)}"
    first = found.jumps[0] if found.jumps else None
    if first is not None:
        what = "pump blocked" if first.blocked else f"pump cut to {100 * first.kept:.3g} %"
        head = f"{what}: V jumped {signed(first.size)} mV at once"
    elif fired := spikes(run):
        V = run[f"{run.cell.membranes[0].name}.V"]
        many = "1 action potential" if fired == 1 else f"{fired} action potentials"
        head = f"after {_events_in_words(run)}: {many}, V up to {with_unit(float(np.nanmax(V)), 'mV', 3)}"
        head += f" and {with_unit(float(V[run.end]), 'mV', 3)} at the end"
    else:
        head = f"after {_events_in_words(run)}: {found.changes[0].in_words}"
    edge = run.cell.membranes[0].name
    tail = []
    for ion, word in (("Na", "sodium"), ("K", "potassium")):
        when = found.half_times.get(f"{edge}.E_{ion}")
        if when is not None:
            tail.append(f"{word} gradient half gone after {duration(when)}")
    return "; ".join([head, *tail])


def _events_in_words(run: Trajectory) -> str:
    return run.events[0][1] if run.events else "the start"


def end_in_words(run: Trajectory, found: Summary | None = None) -> str:
    """Where the run ended, and whether it still moves."""
    found = found or summary(run)
    cell = run.cell
    edge, W = cell.membranes[0], main_volume(cell)
    end = run.end
    since = found.first_change or 0.0
    parts = [f"V {with_unit(float(run[f'{edge.name}.V'][end]), 'mV', 4)}"]
    for ion in ("Na", "K", "Cl"):
        name = f"{edge.inside}.{ion}"
        if name in run.units:
            parts.append(f"{ion} {with_unit(float(run[name][end]), 'mM', 4)}")
    ratio = float(run[W][end] / run[W][index_before(run, since)])
    parts.append(f"volume {percent(ratio)}")
    text = (
        f"{duration(float(run.time[end]) - since)} after the change: "
        if found.first_change is not None
        else "at the end: "
    )
    text += ", ".join(parts)
    speed = found.drift.get(W, 0.0)
    if abs(speed) > 1e-3:
        word = "swelling" if speed > 0 else "shrinking"
        text += f"; still {word} by {100 * abs(speed):.2g} % per hour"
    return text


def _jump_record(jump: Jump) -> dict[str, Any]:
    return {
        "pump": jump.pump,
        "time": _time(jump.time),
        "kept": _finite(jump.kept),
        "V_before": {"value": _finite(jump.V_before), "unit": "mV"},
        "V_after": {"value": _finite(jump.V_after), "unit": "mV"},
        "read_after": _time(jump.after),
        "jump": {"value": _finite(jump.size), "unit": "mV"},
        "lost_current": {"value": _finite(jump.lost_current), "unit": "pA"},
        "conductance": {"value": _finite(jump.conductance), "unit": "nS"},
        "predicted": {"value": _finite(jump.predicted), "unit": "mV"},
        "ratio": _finite(jump.ratio),
    }


def _time(value: float | None) -> dict[str, Any] | None:
    return None if value is None else {"value": float(value), "unit": "ms"}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
