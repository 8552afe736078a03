"""Figures of an ensemble: the share of every outcome, and how each quantity is distributed or goes on over time.

>>> import matplotlib; matplotlib.use("Agg")
>>> from ionostat import ensemble
>>> samples = {"plasma.nka.scale": {"uniform": {"low": 0.5, "high": 2}}}
>>> found = ensemble("Kay2017_cell", samples, "ouabain 1 mM for 1 h", n=50, start="file")
>>> [ax.get_xlabel() for ax in figure(found).axes][:2]
['share of 50 members (%)', 'median ..., 90 % in ... to ...']
"""

from __future__ import annotations

from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.errors import InputError
from ionostat.report.figures import FORMATS, WIDTH, style
from ionostat.report.numbers import plain, pretty
from ionostat.report.palette import ATP, OTHER, POTENTIAL, VOLUME, ion_colour
from ionostat.studies.ensemble.outcome import FOUND
from ionostat.studies.ensemble.result import Ensemble
from ionostat.studies.ensemble.shards import SAMPLE
from ionostat.studies.text import duration
from ionostat.studies.whole_file import whole_file
from ionostat.units import to

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Array = np.ndarray
GOOD, UNEASY, FAILED = "#00875f", "#b07a00", "#b00020"
"""Colours of outcomes: reached, found but not stable, not reached."""
BINS = 60
DECADES = 2.0
"""A positive quantity that spreads over more decades is drawn on a logarithmic axis."""
PER_ROW = 2
SAMPLED = 10_000
"""Members whose series are drawn as bands: quantiles of so many, evenly taken, differ from those of all by little."""


def figure(found: Ensemble) -> Figure:
    """The share of every outcome, then a panel per sampled parameter and per recorded quantity."""
    from matplotlib.figure import Figure

    names = [SAMPLE + path for path in found.study.samples.paths] + found.names
    rows = ceil(len(names) / PER_ROW)
    head = 0.5 + 0.2 * len(found.outcomes)
    with style():
        made = Figure(figsize=(WIDTH * 1.25, head + 1.75 * rows + 0.4), layout="constrained")
        grid = made.add_gridspec(rows + 1, PER_ROW, height_ratios=[head, *[1.75] * rows])
        outcomes(found, made.add_subplot(grid[0, :]))
        for i, name in enumerate(names):
            ax = made.add_subplot(grid[1 + i // PER_ROW, i % PER_ROW])
            if found.time is not None and len(found.time) > 1 and not name.startswith(SAMPLE):
                band(found, name, ax)
            else:
                distribution(found, name, ax)
        made.suptitle(_title(found), x=0.02, ha="left", fontsize=10.5, fontweight="bold")
    return made


def _title(found: Ensemble) -> str:
    job = found.study.job
    what = "resting states" if job.protocol is None else str(job.protocol)
    return f"{job.cell.name}: {what if len(what) <= 48 else what[:45] + '...'}"


def outcomes(found: Ensemble, ax: Axes) -> None:
    """A bar for every way in which members ended."""
    rows = sorted(found.outcomes.items(), key=lambda item: item[1])
    shares = [100 * count / len(found) for _, count in rows]
    bars = ax.barh([n for n, _ in rows], shares, color=[_colour_of_outcome(n) for n, _ in rows], height=0.5)
    labels = [f"{plain(s, 3)} %  ({count:,})" for s, (_, count) in zip(shares, rows, strict=True)]
    ax.bar_label(bars, labels, padding=3, fontsize="x-small")
    ax.set_xlim(0, 125)
    ax.set_ylim(-0.6, len(rows) - 0.4)
    ax.set_xticks([0, 25, 50, 75, 100])
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(f"share of {len(found):,} members (%)")
    ax.set_title("How members ended", loc="left")


def _colour_of_outcome(name: str) -> str:
    if name in ("ok", "stable"):
        return GOOD
    return UNEASY if name in FOUND else OTHER if name == "cancelled" else FAILED


def distribution(found: Ensemble, name: str, ax: Axes) -> None:
    """A histogram over the members that have a value, with the median and the middle 90 percent."""
    values = found.columns.last(name)
    values = values[np.isfinite(values)]
    ax.set_title(_label(found, name), loc="left")
    ax.set_yticks([])
    ax.grid(visible=False, axis="y")
    ax.spines["left"].set_visible(False)
    if not values.size:
        ax.set_xticks([])
        ax.text(0.5, 0.5, "no member has a value", transform=ax.transAxes, ha="center", color=OTHER)
        return
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    edges, logarithmic = _edges(values)
    if logarithmic:
        ax.set_xscale("log")
    else:
        ax.locator_params(axis="x", nbins=4)
        ax.xaxis.set_major_formatter(lambda value, _: plain(float(value), 3))
    ax.hist(values, bins=edges.tolist(), color=_colour(name), alpha=0.75, lw=0)
    ax.axvline(middle, color="#222222", lw=1.2)
    top = ax.get_ylim()[1]
    ax.set_ylim(0, 1.22 * top)
    ax.plot([low, high], [1.1 * top] * 2, color="#222222", lw=1.0, solid_capstyle="butt")
    ax.set_xlabel(f"median {plain(middle, 3)}, 90 % in {plain(low, 3)} to {plain(high, 3)}", fontsize="small")


def _edges(values: Array) -> tuple[Array, bool]:
    """Edges of the bins, evenly or in decades. Far tails (beyond three times the middle 98 percent) are left out."""
    low, high = np.quantile(values, [0.01, 0.99])
    if low > 0 and high / low > 10**DECADES:
        return np.geomspace(values.min(), values.max(), BINS + 1), True
    room = 2 * (high - low)
    first, last = max(float(values.min()), low - room), min(float(values.max()), high + room)
    if not last - first > 1e-9 * max(abs(first), abs(last)):  # all the same: a bin of some width around it
        width = 0.01 * max(abs(first), 1e-9)
        first, last = first - width, last + width
    return np.linspace(first, last, BINS + 1), False


def band(found: Ensemble, name: str, ax: Axes) -> None:
    """Median, middle half and middle 90 percent of a series over time."""
    assert found.time is not None
    series = _some(found, name)
    unit = _time_unit(float(found.time[-1]))
    t = to(found.time, unit)
    known = np.isfinite(series).any(axis=0)
    low, first, middle, third, high = np.nanquantile(series[:, known], [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    colour = _colour(name)
    ax.fill_between(t[known], low, high, color=colour, alpha=0.18, lw=0)
    ax.fill_between(t[known], first, third, color=colour, alpha=0.32, lw=0)
    ax.plot(t[known], middle, color=colour, lw=1.6)
    ax.set_title(f"{name} ({pretty(found.units[name]) or '1'})", loc="left")
    ax.set_xlabel(f"time ({unit}); bands: 50 and 90 % of members", fontsize="small")


def _some(found: Ensemble, name: str) -> Array:
    """A series of at most `SAMPLED` members, evenly taken from all blocks."""
    step = max(len(found) // SAMPLED, 1)
    return np.concatenate([block.read([name])[name][::step] for block in found.columns.blocks()])


def _time_unit(end: float) -> str:
    """The unit in which a time axis reads well, from its end in ms."""
    return next((unit for unit, size in (("h", 3.6e6), ("min", 6e4), ("s", 1e3)) if end >= 2 * size), "ms")


def _label(found: Ensemble, name: str) -> str:
    unit = pretty(found.units[name])
    label = f"{name.removeprefix(SAMPLE)} ({unit})" if unit else name.removeprefix(SAMPLE)
    if name.startswith(SAMPLE):
        return f"varied: {label}"
    return label if found.time is None else f"{label} at {duration(float(found.time[-1]))}"


def _colour(name: str) -> str:
    if name.startswith(SAMPLE):
        return OTHER
    last = name.split(".")[-1]
    if name.startswith("energy.ATP"):
        return ATP
    return {"V": POTENTIAL, "volume": VOLUME}.get(last, ion_colour(last.removeprefix("E_")))


def save_figure(found: Ensemble, path: str | Path) -> Path:
    """Write the figure to an .svg, .png or .pdf file; it appears only when it is whole."""
    path = Path(path)
    if path.suffix not in FORMATS:
        hint = f"use {', '.join(FORMATS)}"
        raise InputError(f"cannot draw a figure as '{path.suffix or path.name}'", hint=hint, field=str(path))
    with whole_file(path) as part, style():
        figure(found).savefig(part, format=path.suffix[1:], metadata=_metadata(found, path.suffix))
    return path


def _metadata(found: Ensemble, suffix: str) -> dict[str, Any]:
    """Title and description; no date, so that equal results give equal files."""
    text = ", ".join(f"{count} {name}" for name, count in found.outcomes.items())
    about = {"Title": _title(found), "Subject" if suffix == ".pdf" else "Description": text}
    return about if suffix == ".png" else {**about, "CreationDate" if suffix == ".pdf" else "Date": None}
