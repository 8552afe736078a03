"""The report of a run: old and new values, how V and the volume went, what changed most, and what it means."""

from __future__ import annotations

from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ionostat.report.energy import energy_at, total_ATP
from ionostat.report.numbers import percent, plain, pretty, shown, with_unit
from ionostat.report.outline import headline, main_volume
from ionostat.report.palette import VOLUME, ion_colour
from ionostat.report.sparkline import sparkline
from ionostat.report.stretches import course, index_before, label_at
from ionostat.report.summary import MOVED, Summary, summary
from ionostat.report.tables import about_model, lines, section, warning_lines
from ionostat.report.words import (
    change_in_words,
    clock,
    counted,
    difference,
    end_in_words,
    firing_in_words,
    half_times_in_words,
    jump_in_words,
    meaning,
)
from ionostat.studies.text import duration
from ionostat.studies.trajectory import Trajectory

WIDTH = 48
"""Characters of a sparkline."""


def run_report(run: Trajectory, *, verbose: bool = False) -> Group:
    """A run on one page; `verbose` adds the solver's statistics and the audit of every compartment."""
    found = summary(run)
    parts: list[Any] = [_head(run), *_body(run, found)]
    if found.jumps:
        several = len(found.jumps) > 1
        parts.append(section("At once", lines([jump_in_words(j, several=several) for j in found.jumps])))
    if found.firing is not None:
        parts.append(section("Firing", lines(firing_in_words(run, found.firing))))
    if run.crossings:
        parts.append(section("Conditions", lines(run.crossings_in_words())))
    if any(t is not None for t in found.half_times.values()):
        parts.append(section("Halved", lines(half_times_in_words(found))))
    parts.append(section("At the end", lines([end_in_words(run, found), *_energy(run)])))
    parts += about_model(run.cell, run.notes)
    if verbose:
        parts.append(section("Solver and audit", lines(solver_in_words(run))))
    parts += [Text(), Text(meaning(run, found), style="bold red" if run.warnings else "bold")]
    return Group(*parts)


def short_run_report(run: Trajectory) -> Group:
    """The table and the line of meaning."""
    found = summary(run)
    return Group(_head(run), *_body(run, found)[:1], Text(), Text(meaning(run, found)))


def _head(run: Trajectory) -> Group:
    good = run.status == "ok"
    status = Text("done" if good else run.sentence, style="bold green" if good else "bold red")
    if good and run.warnings:
        status = Text(f"done, DOUBTFUL: {counted(len(run.warnings), 'warning')}", style="bold red")
    if run.status == "stopped":
        status = Text(f"stopped: {run.sentence};", style="bold green")
    elif not good:
        status.append(f" ({run.status}); what was reached is shown", style="")
    return Group(
        Text.assemble((run.cell.name, "bold"), f"  {run.protocol}"),
        Text.assemble(
            status,
            f"  {len(run.time)} points over {duration(float(run.time[run.end]))}, ",
            run.cell.closure,
            " closure",
        ),
        *warning_lines(run.warnings),
    )


def _body(run: Trajectory, found: Summary) -> list[Any]:
    before = index_before(run, found.first_change) if found.first_change is not None else 0
    since = found.first_change or 0.0
    most = [c for c in found.changes[:3] if c.weight > MOVED]
    parts: list[Any] = [Group(Text(), _values(run, found, before)), section("Course", _sparklines(run, found))]
    if len(found.stretches) > 2 or (found.returns and len(found.stretches) > 1):
        parts.append(section("At the end of each stretch", _stretches(run, found, before)))
    if most:
        told = [Text(change_in_words(c, since), style=_colour(c.name)) for c in most]
        parts.append(section("Changed most", lines(told)))
    return parts


def _values(run: Trajectory, found: Summary, before: int) -> Table:
    """Old and new values; where something came back, also how far each quantity went, and when."""
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    titles = ["before", "", "end", "", "change", *(["farthest", "", "at"] if found.returns else [])]
    for title in titles:
        table.add_column(title, justify="left" if title == "" else "right", no_wrap=True)
    changes = {c.name: c for c in found.changes}
    for name in headline(run.cell):
        old, new = float(run[name][before]), float(run[name][run.end])
        unit = run.units[name]
        shown_old, better = shown(old, unit)
        row = [plain(shown_old), "->", plain(shown(new, unit)[0]), pretty(better), difference(old, new, unit)]
        if found.returns:
            far = changes[name]
            how = difference(old, far.farthest, unit)
            row += [plain(shown(far.farthest, unit)[0]), f"({how})", clock(far.when)] if far.came_back else [""] * 3
        table.add_row(Text(name, style=_colour(name)), *row)
    return table


def _stretches(run: Trajectory, found: Summary, before: int) -> Table:
    """V, main ions and volume at the end of every stretch between changes."""
    inside, main = run.cell.membranes[0].inside, main_volume(run.cell)
    names = [f"{run.cell.membranes[0].name}.V", *(f"{inside}.{ion}" for ion in ("Na", "K", "Cl")), main]
    names = [n for n in names if n in run.units]
    table = Table(box=None, header_style="dim", pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    table.add_column("until", justify="right", no_wrap=True)
    for name in names:
        title = f"{name.rpartition('.')[2]} ({pretty(run.units[name])})"
        table.add_column(title if name != main else "volume", justify="right", no_wrap=True)
    start = float(run[main][before])
    rows = [(s.label, s.end, s.last) for s in found.stretches]
    if found.first_change == 0.0:
        rows.insert(0, ("start", 0.0, before))
    for label, end, k in rows:
        values = [plain(float(run[n][k]), 4) for n in names[:-1]]
        table.add_row(label, clock(end), *values, percent(float(run[main][k]) / start))
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
        values = course(run, name)[1]
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        span = f"{plain(low, 4)} to {with_unit(high, run.units[name], 4)}"
        drawn = _resampled(run, name, found)
        table.add_row(name, Text(sparkline(drawn, low, high), style=colour), span)
    end = duration(float(run.time[run.end]) - (found.first_change or 0.0))
    first = found.first_change
    axis = (
        "time from the start"
        if first is None
        else f"log time after {label_at(run.events, first)}, from {duration(_first(run, first))}"
    )
    fired = ""
    if found.firing is not None and V == f"{found.firing.membrane}.V":
        fired = "; full blocks where the cell fires"
    return Group(table, Text(f"{axis} to {end}{fired}", style="dim"))


def _first(run: Trajectory, when: float) -> float:
    """First time after the change that a logarithmic axis shows, ms."""
    later = run.time[run.time > when]
    return float(max(later[0] - when, 0.1)) if len(later) else 0.1


def _resampled(run: Trajectory, name: str, found: Summary) -> np.ndarray:
    """A series at the places of a sparkline; the peak in every place in which the membrane fired."""
    known = slice(0, run.end + 1)
    time, values = run.time[known], run[name][known]
    since = found.first_change
    if since is None:
        at = np.linspace(time[0], time[-1], WIDTH)
    else:
        span = float(time[-1]) - since
        if span <= 0:
            return np.full(WIDTH, values[-1])
        at = since + np.geomspace(min(_first(run, since), span / 10), span, WIDTH - 4)
    drawn = np.interp(at, time, values)
    if found.firing is not None and name == f"{found.firing.membrane}.V":
        spikes = found.firing.times[found.firing.times >= at[0]]
        drawn[np.minimum(np.searchsorted(at, spikes), len(at) - 1)] = found.firing.peak
    if since is None:
        return np.asarray(drawn)
    return np.concatenate([np.full(4, values[index_before(run, since)]), drawn])


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
