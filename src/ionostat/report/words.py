"""A run in sentences: what happened at once, whether the cell fired, when gradients halved, where it ended."""

from __future__ import annotations

import numpy as np

from ionostat.report.jumps import BLOCKED, Jump
from ionostat.report.numbers import percent, plain, signed, with_unit
from ionostat.report.outline import main_volume
from ionostat.report.stretches import Firing, index_before, label_at, watched
from ionostat.report.summary import MOVED, Change, Summary, summary
from ionostat.studies.text import duration
from ionostat.studies.trajectory import Trajectory


def meaning(run: Trajectory, found: Summary | None = None) -> str:
    """The run in one line: what happened at once, and when gradients had halved; whether to doubt it comes first."""
    found = found or summary(run)
    return f"{_doubt(run)}{_meaning(run, found)}"


def _doubt(run: Trajectory) -> str:
    return f"DOUBTFUL, {counted(len(run.warnings), 'warning')}: " if run.warnings else ""


def _meaning(run: Trajectory, found: Summary) -> str:
    if found.first_change is None:
        most = found.changes[0]
        if found.firing is not None:
            return f"without any change the cell {_fires(run, found.firing)}"
        if most.weight < MOVED:
            return f"nothing moved in {duration(found.duration)}"
        return f"without any change {change_in_words(most)} in {duration(found.duration)}"
    first = found.jumps[0] if found.jumps else None
    if first is not None:
        what = pump_in_words(first)
        if found.firing is not None:
            head = f"{what}: {_fires(run, found.firing)}"
        elif first.gated:
            head = f"{what}: {predicted_in_words(first)}; {answer_in_words(first)}"
        else:
            head = f"{what}: V jumped {signed(first.size)} mV at once"
    elif found.firing is not None:
        head = f"after {_events_in_words(run)}: {_fires(run, found.firing)}"
    else:
        head = f"after {_events_in_words(run)}: {change_in_words(found.changes[0], found.first_change)}"
    return "; ".join([head, *_halved(run, found)])


def _halved(run: Trajectory, found: Summary) -> list[str]:
    edge = run.cell.membranes[0].name
    times = [(ion, found.half_times.get(f"{edge}.E_{ion}")) for ion in ("Na", "K")]
    return [f"E_{ion} halved after {duration(when)}" for ion, when in times if when is not None]


def _fires(run: Trajectory, found: Firing) -> str:
    """How often, from when to when, and what then."""
    V = with_unit(float(run[f"{found.membrane}.V"][run.end]), "mV", 3)
    many = counted(found.count, "action potential")
    when = f"at {clock(found.first)}" if found.count == 1 else f"from {clock(found.first)} to {clock(found.last)}"
    if found.at_end:
        return f"fires {many} from {clock(found.first)} on, V up to {with_unit(found.peak, 'mV', 3)}, and still fires"
    return f"fires {many} {when}, V up to {with_unit(found.peak, 'mV', 3)}, then silent at {V}"


def firing_in_words(run: Trajectory, found: Firing) -> list[str]:
    """Count, rate and range of V, from the watch on every membrane and not from the recorded points."""
    text = f"{counted(found.count, 'action potential')} of {found.membrane}"
    if found.count == 1:
        text += f" at {clock(found.first)}"
    else:
        rate = plain(found.rate, 3)
        text += f", the first at {clock(found.first)}, the last at {clock(found.last)}: {rate} per second on average"
    text += "; still firing at the end" if found.at_end else ""
    trains = found.epochs()
    if 1 < len(trains) <= 6:
        text += f"; {len(trains)} trains: " + ", ".join(
            clock(a) if a == b else f"{clock(a)} to {clock(b)}" for a, b in trains
        )
    seen = watched(run, f"{found.membrane}.V")
    assert seen is not None
    low, high = with_unit(seen.V_min, "mV", 4), with_unit(seen.V_max, "mV", 4)
    return [text, f"V from {low} (at {clock(seen.t_min)}) to {high} (at {clock(seen.t_max)})"]


def pump_in_words(jump: Jump) -> str:
    """What became of the pump."""
    if jump.restored:
        return "pump restored" if jump.kept * BLOCKED > 1 else f"pump raised by {percent(jump.kept).lstrip('+')}"
    return "pump blocked" if jump.blocked else f"pump cut to {100 * jump.kept:.3g} %"


def predicted_in_words(jump: Jump) -> str:
    """The textbook's jump for a cell whose gates answer."""
    if jump.restored:
        return f"regained pump current / slope conductance = {signed(jump.predicted)} mV with the gates held"
    return f"lost pump current / slope conductance = {signed(jump.predicted)} mV with the gates held"


def answer_in_words(jump: Jump) -> str:
    """What V did while the gates answered."""
    opened = abs(jump.peak) > 1.1 * abs(jump.predicted)
    head = "the gates opened" if opened else "with the gates free"
    if not jump.peaked:
        return f"{head}: {signed(jump.size)} mV after {duration(jump.after)}"
    peak = f"{head}: peak {signed(jump.peak)} mV at {duration(jump.peak_after)}"
    return f"{peak}, {signed(jump.size)} mV after {duration(jump.after)}"


def jump_in_words(jump: Jump, *, several: bool = False) -> str:
    """V before and after, and how that compares with I_p/g; with gates what they did to it."""
    name = f"at {clock(jump.time)} {pump_in_words(jump)}: " if several else ""
    currents = f"{with_unit(jump.lost_current, 'pA', 4)} / {with_unit(jump.conductance, 'nS', 4)}"
    if jump.gated:
        return (
            f"{name}{jump.membrane}.V from {with_unit(jump.V_before, 'mV')}: "
            f"{predicted_in_words(jump)} ({currents}); {answer_in_words(jump)}"
        )
    text = (
        f"{name}{jump.membrane}.V {plain(jump.V_before)} -> {with_unit(jump.V_after, 'mV')} "
        f"within {duration(jump.after)}: {signed(jump.size)} mV"
    )
    if np.isfinite(jump.ratio):
        lost = "regained" if jump.restored else "lost"
        text += (
            f"; {lost} pump current / slope conductance = {currents} = {signed(jump.predicted)} mV "
            f"(ratio {jump.ratio:.3f})"
        )
    return text


def change_in_words(change: Change, since: float = 0.0) -> str:
    """Old -> new, with how much that is; for what came back, its farthest first."""
    name, unit = change.name, change.unit
    if not change.came_back:
        value = with_unit(change.after, unit, 4)
        return f"{name} {plain(change.before, 4)} -> {value} ({difference(change.before, change.after, unit)})"
    farthest = f"{plain(change.before, 4)} -> {with_unit(change.farthest, unit, 4)}"
    how = difference(change.before, change.farthest, unit)
    end = difference(change.before, change.after, unit)
    return f"{name} {farthest} ({how}) after {duration(change.when - since)}, {end} at the end"


def difference(old: float, new: float, unit: str) -> str:
    """A change in mV for a potential, else in percent."""
    if unit == "mV":
        return f"{signed(new - old) if abs(new - old) >= 1e-3 else '0'} mV"
    return percent(new / old if old else float("nan"))


def half_times_in_words(found: Summary) -> list[str]:
    """When V and each Nernst potential had halved."""
    return [
        f"{name} halved after {duration(t)}" if t is not None else f"{name}: more than half left"
        for name, t in found.half_times.items()
    ]


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
    first = "the first change" if len(found.stretches) > 2 else "the change"
    text = (
        f"{duration(float(run.time[end]) - since)} after {first}: "
        if found.first_change is not None
        else "at the end: "
    )
    text += ", ".join(parts)
    speed = found.drift.get(W, 0.0)
    if abs(speed) > 1e-3:
        word = "swelling" if speed > 0 else "shrinking"
        text += f"; still {word} by {plain(100 * abs(speed), 2)} % per hour"
    return text


def clock(ms: float) -> str:
    """A time of the run; its beginning is 0.

    >>> clock(0.0), clock(12340.0)
    ('0 s', '12.3 s')
    """
    return duration(ms) if ms else "0 s"


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "warning"), counted(2, "warning")
    ('1 warning', '2 warnings')
    """
    return f"{number} {what}{'' if number == 1 else 's'}"


def _events_in_words(run: Trajectory) -> str:
    return label_at(run.events, run.events[0][0]) if run.events else "the start"
