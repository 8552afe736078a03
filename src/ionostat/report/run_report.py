"""The report of a run: old and new values, how V and the volume went, what changed most, and what it means."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ionostat.report.energy import energy_at, total_ATP
from ionostat.report.numbers import percent, plain, pretty, shown, signed, with_unit
from ionostat.report.outline import headline, main_volume
from ionostat.report.palette import VOLUME, ion_colour
from ionostat.report.sparkline import sparkline
from ionostat.report.summary import Jump, Summary, end_in_words, index_before, meaning, summary
from ionostat.report.tables import about_model, lines, section
from ionostat.studies.text import duration
from ionostat.studies.trajectory import Trajectory

WIDTH = 48
"""Characters of a sparkline."""


def run_report(run: Trajectory, *, verbose: bool = False) -> Group:
    """A run on one page; `verbose` adds the solver's statistics and the audit of every compartment."""
    found = summary(run)
    parts: list[Any] = [_head(run), *_body(run, found)]
    if found.jumps:
        parts.append(section("At once", lines([jump_in_words(j) for j in found.jumps])))
    if any(t is not None for t in found.half_times.values()):
        parts.append(section("Half gone", lines(half_times_in_words(found))))
    parts.append(section("At the end", lines([end_in_words(run, found), *_energy(run)])))
    parts += about_model(run.cell, run.notes)
    if verbose:
        parts.append(section("Solver and audit", lines(solver_in_words(run))))
    parts += [Text(), Text(meaning(run, found), style="bold")]
    return Group(*parts)


def short_run_report(run: Trajectory) -> Group:
    """The table and the line of meaning."""
    found = summary(run)
    return Group(_head(run), *_body(run, found)[:1], Text(), Text(meaning(run, found)))


def _head(run: Trajectory) -> Group:
    good = run.status == "ok"
    status = Text("done" if good else run.sentence, style="bold green" if good else "bold red")
    if not good:
        status.append(f" ({run.status}); what was reached is shown", style="")
    return Group(
        Text.assemble((run.cell.name, "bold"), f"  {run.protocol}"),
        Text.assemble(
            status,
            f"  {len(run.time)} points over {duration(float(run.time[run.end]))}, ",
            run.cell.closure,
            " closure",
        ),
    )


def _body(run: Trajectory, found: Summary) -> list[Any]:
    before = index_before(run, found.first_change) if found.first_change is not None else 0
    most = [c for c in found.changes[:3] if c.weight > 1e-3]
    parts: list[Any] = [Group(Text(), _values(run, before)), section("Course", _sparklines(run, found))]
    if most:
        parts.append(section("Changed most", lines([Text(c.in_words, style=_colour(c.name)) for c in most])))
    return parts


def _values(run: Trajectory, before: int) -> Table:
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for title in ("before", "", "end", "", "change"):
        table.add_column(title, justify="left" if title == "" else "right", no_wrap=True)
    for name in headline(run.cell):
        old, new = float(run[name][before]), float(run[name][run.end])
        unit = run.units[name]
        change = f"{signed(new - old)} mV" if unit == "mV" else percent(new / old if old else float("nan"))
        shown_old, better = shown(old, unit)
        row = (plain(shown_old), "->", plain(shown(new, unit)[0]), pretty(better), change)
        table.add_row(Text(name, style=_colour(name)), *row)
    return table


def _colour(name: str) -> str:
    """Style of a quantity's name. V keeps the terminal's own colour, because black does not show on black."""
    what = name.split(".")[-1]
    if what == "volume":
        return VOLUME
    return "" if what == "V" else ion_colour(what)


def _sparklines(run: Trajectory, found: Summary) -> Group:
    """V and the main volume over the run: logarithmic from the first change, the value before it first."""
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(no_wrap=True)
    V, W = f"{run.cell.membranes[0].name}.V", main_volume(run.cell)
    for name, colour in ((V, ""), (W, VOLUME)):
        values = _resampled(run, name, found.first_change)
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        span = f"{plain(low, 4)} to {with_unit(high, run.units[name], 4)}"
        table.add_row(name, Text(sparkline(values), style=colour), span)
    end = duration(float(run.time[run.end]) - (found.first_change or 0.0))
    first = found.first_change
    axis = (
        "time from the start"
        if first is None
        else f"log time after {_label(run, first)}, from {duration(_first(run, first))}"
    )
    return Group(table, Text(f"{axis} to {end}", style="dim"))


def _label(run: Trajectory, when: float) -> str:
    return next((what for t, what in run.events if t == when), "the change")


def _first(run: Trajectory, when: float) -> float:
    """First time after the change that a logarithmic axis shows, ms."""
    later = run.time[run.time > when]
    return float(max(later[0] - when, 0.1)) if len(later) else 0.1


def _resampled(run: Trajectory, name: str, since: float | None) -> np.ndarray:
    known = slice(0, run.end + 1)
    time, values = run.time[known], run[name][known]
    if since is None:
        return np.asarray(np.interp(np.linspace(time[0], time[-1], WIDTH), time, values))
    span = float(time[-1]) - since
    if span <= 0:
        return np.full(WIDTH, values[-1])
    after = np.geomspace(min(_first(run, since), span / 10), span, WIDTH - 4)
    later = np.interp(since + after, time, values)
    return np.concatenate([np.full(4, values[index_before(run, since)]), later])


def jump_in_words(jump: Jump) -> str:
    """V before and after, and how that compares with I_p/g."""
    text = (
        f"{jump.membrane}.V {plain(jump.V_before)} -> {with_unit(jump.V_after, 'mV')} within {duration(jump.after)}: "
        f"{signed(jump.size)} mV"
    )
    if np.isfinite(jump.ratio):
        text += (
            f"; lost pump current / slope conductance = {with_unit(jump.lost_current, 'pA', 4)} / "
            f"{with_unit(jump.conductance, 'nS', 4)} = {signed(jump.predicted)} mV (ratio {jump.ratio:.3f})"
        )
    return text


def half_times_in_words(found: Summary) -> list[str]:
    """When half of V and of each gradient was gone."""
    return [
        f"{name} after {duration(t)}" if t is not None else f"{name}: more than half left"
        for name, t in found.half_times.items()
    ]


def _energy(run: Trajectory) -> list[str]:
    first, last = energy_at(run, 0), energy_at(run, run.end)
    use = f"{with_unit(first.ATP_use, 'amol/ms', 4)} -> {with_unit(last.ATP_use, 'amol/ms', 4)}"
    heat = f"{with_unit(first.total, 'aJ/ms', 4)} -> {with_unit(last.total, 'aJ/ms', 4)}"
    return [f"ATP use {use}, {plain(total_ATP(run) / 1000, 4)} fmol in all; dissipation {heat}"]


def solver_in_words(run: Trajectory) -> list[str]:
    """Steps, evaluations, wall time, tolerance, and the residuals of the audit."""
    s = run.statistics
    steps = f"{s.steps} steps, {s.rejected} rejected, {s.evaluations} evaluations, {s.restarts} restarts"
    found = [
        f"{run.engine} engine, rtol {run.rtol:g}: {steps}, {s.seconds:.3g} s",
        f"largest audit residual {run.audit.worst:.1e} (relative)",
    ]
    for kind, table in (("charge", run.audit.charge), ("mass", run.audit.mass), ("water", run.audit.water)):
        found += [f"  {kind} of {n}: {relative:.1e}" for n, (_, relative) in table.items()]
    found += [f"  charge lost to deviations in {n}: {plain(q, 3)} fC" for n, q in run.audit.lost_charge.items()]
    return found
