"""Figures of results. `plot` returns Axes and accepts `ax=`; nothing is shown, and nothing is styled globally.

>>> import matplotlib; matplotlib.use("Agg")
>>> from ionostat import simulate
>>> axes = plot(simulate("Kay2017_cell", "ouabain 1 mM for 1 h"))
>>> [ax.get_ylabel() for ax in axes]
['mV', 'mM', 'volume (µm³)', 'fW']
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ionostat.errors import InputError, UnknownNameError
from ionostat.report.numbers import plain, pretty
from ionostat.report.outline import closed, main_volume, mechanisms
from ionostat.report.palette import ATP, DASH, OTHER, POTENTIAL, SPIKES, VOLUME, ion_colour
from ionostat.report.rest_figures import PANELS as REST_PANELS
from ionostat.report.stretches import firing, index_before
from ionostat.report.time_axis import Scale, TimeAxis
from ionostat.report.words import counted, end_in_words, meaning
from ionostat.studies.resting_state import RestingState
from ionostat.studies.trajectory import Trajectory
from ionostat.studies.whole_file import whole_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png", ".pdf")
WIDTH = 4.8
"""Width of a figure, inches: one column on paper, and about the width of a phone at 9 points."""
LABEL_HEIGHT = 0.15
"""Room for the name of a line, inches."""

STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.7,
    "axes.edgecolor": "#444444",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelcolor": "#222222",
    "ytick.labelcolor": "#222222",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#00000014",
    "grid.linewidth": 0.6,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "svg.hashsalt": "ionostat",
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}
"""Settings of our own figures; they hold only while one is made."""

RunPanel = Callable[[Trajectory, "Axes", TimeAxis], None]


@contextmanager
def style() -> Iterator[None]:
    """The look of our figures, for a `with` block: `with ionostat.report.figures.style(): ...`."""
    from matplotlib import rc_context

    with rc_context(STYLE):
        yield


def plot(
    result: Trajectory | RestingState, what: str | None = None, ax: Axes | None = None, *, time: Scale = "auto"
) -> Any:
    """Draw a run or a rest.

    `what` is one panel: of a run "potentials", "concentrations", "volume", "energy" or the path of any recorded
    quantity ("plasma.nka.I"); of a rest "potentials", "currents" or "dissipation". Without `what` all panels are drawn
    in one figure and their Axes returned as a list; with it one Axes. `ax` draws a panel into a figure of yours. `time`
    is the time axis of a run: "log" is measured from each change (from the first if there are more than four), with
    what was before as a flat lead-in; "auto" chooses it for runs that go on for more than a minute after up to four.
    """
    if what is None and ax is None:
        return figure(result, time=time, pyplot=True).axes
    name = what or "potentials"
    if ax is None:
        with style():
            import matplotlib.pyplot as plt

            ax = plt.subplots(figsize=(WIDTH, 2.8), layout="constrained")[1]
            _panel(result, name, ax, time)
    else:
        _panel(result, name, ax, time)
    return ax


def figure(result: Trajectory | RestingState, *, time: Scale = "auto", pyplot: bool = False) -> Figure:
    """All panels of a result in one figure, outside pyplot unless asked for."""
    rest = isinstance(result, RestingState)
    if isinstance(result, RestingState) and not result.found:
        raise InputError(f"there is no rest to draw: {result.reason}")
    names = list(REST_PANELS) if rest else list(RUN_PANELS)
    heights = [2.0] * len(names) if rest else [2.5, 2.4, 1.4, 1.6]
    with style():
        made = _new_figure((WIDTH, sum(heights) + 0.7), pyplot)
        axes = made.subplots(len(names), 1, height_ratios=heights, sharex=not rest)
        for i, (ax, name) in enumerate(zip(axes, names, strict=True)):
            _panel(result, name, ax, time, events=i == 0, label=i == len(names) - 1)
        made.suptitle(result.cell.name, x=0.02, ha="left", fontsize=10.5, fontweight="bold")
        if result.warnings:
            many = f"DOUBTFUL: {counted(len(result.warnings), 'warning')} "
            made.text(0.99, 0.995, many, ha="right", va="top", color="#b00020", fontweight="bold")
    return made


def save_figure(result: Trajectory | RestingState, path: str | Path, *, time: Scale = "auto") -> Path:
    """Write all panels to an .svg, .png or .pdf file; it appears only when it is whole."""
    path = Path(path)
    if path.suffix not in FORMATS:
        raise InputError(
            f"cannot draw a figure as '{path.suffix or path.name}'", hint=f"use {', '.join(FORMATS)}", field=str(path)
        )
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist", field=str(path))
    with whole_file(path) as part, style():
        figure(result, time=time).savefig(part, format=path.suffix[1:], metadata=_metadata(result, path.suffix))
    return path


def _metadata(result: Trajectory | RestingState, suffix: str) -> dict[str, Any]:
    """Title and description for those who cannot see the figure; no date, so that equal results give equal files."""
    title = result.cell.name
    text = result.status if isinstance(result, RestingState) else f"{meaning(result)}. {end_in_words(result)}"
    if suffix == ".svg":
        return {"Title": title, "Description": text, "Date": None}
    return (
        {"Title": title, "Description": text}
        if suffix == ".png"
        else {"Title": title, "Subject": text, "CreationDate": None}
    )


def _new_figure(size: tuple[float, float], pyplot: bool) -> Figure:
    if pyplot:
        import matplotlib.pyplot as plt

        return plt.figure(figsize=size, layout="constrained")
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _panel(
    result: Trajectory | RestingState, name: str, ax: Axes, time: Scale, *, events: bool = True, label: bool = True
) -> None:
    if isinstance(result, RestingState):
        if name not in REST_PANELS:
            raise UnknownNameError("panel of a rest", name, REST_PANELS)
        REST_PANELS[name](result, ax)
        return
    if name not in RUN_PANELS and name not in result.units:
        raise UnknownNameError("panel or quantity", name, [*RUN_PANELS, *result.units])
    axis = TimeAxis.of(result, time)
    if name in RUN_PANELS:
        RUN_PANELS[name](result, ax, axis)
    else:
        _single(result, name, ax, axis)
    axis.mark(ax, result, labels=events)
    axis.finish(ax, label=label)


def potentials(run: Trajectory, ax: Axes, axis: TimeAxis) -> None:
    """V of the first membrane, and the Nernst potential of each ion."""
    edge = run.cell.membranes[0].name
    found = []
    ions = [n.split(".E_")[1] for n in run.units if n.startswith(f"{edge}.E_")]
    for ion in ions:
        name = f"{edge}.E_{ion}"
        options = {"color": ion_colour(ion), "ls": DASH.get(ion, (0, (3, 1.5, 1, 1.5, 1, 1.5))), "lw": 1.3}
        found.append(_line(ax, axis, run, name, f"$E_\\mathrm{{{ion}}}$", options))
    weight = 2.0 if firing(run) is None else 1.2
    for membrane in run.cell.membranes:
        label = "$V$" if len(run.cell.membranes) == 1 else f"V {membrane.name}"
        found.append(_line(ax, axis, run, f"{membrane.name}.V", label, {"color": POTENTIAL, "lw": weight}))
    _firing(ax, axis, run, tuple(m.name for m in run.cell.membranes))
    ax.set_title("Membrane potential and Nernst potentials (mV)", loc="left")
    ax.set_ylabel("mV")
    _label_ends(ax, found)


def _firing(ax: Axes, axis: TimeAxis, run: Trajectory, membranes: Sequence[str]) -> None:
    """A light bar over the range of V at every action potential: the line joins recorded points and misses most."""
    found = firing(run)
    if found is None or found.membrane not in membranes:
        return
    seen = run.activity[found.membrane]
    low, high = ax.get_ylim()
    room = 0.04 * (seen.V_max - seen.V_min)
    ax.set_ylim(min(low, seen.V_min - room), max(high, seen.V_max + room))
    at = axis.places(found.times)
    ax.vlines(at, seen.V_min, seen.V_max, color=SPIKES, lw=0.8, zorder=0.9)
    many, peak = counted(found.count, "action potential"), plain(seen.V_max, 3)
    note = f"grey: {many}, V {plain(seen.V_min, 3)} to {peak} mV; the black line joins recorded points"
    ax.annotate(
        note,
        xy=(0, 0),
        xycoords="axes fraction",
        xytext=(0, -4),
        textcoords="offset points",
        va="top",
        fontsize="x-small",
        color=OTHER,
        annotation_clip=False,
    )


def concentrations(run: Trajectory, ax: Axes, axis: TimeAxis) -> None:
    """What the first membrane's inside holds; a closed extracellular space is drawn dashed."""
    inside = run.cell.membranes[0].inside
    found = []
    for c in closed(run.cell):
        here = c.name == inside
        for name in (*c.ions, *c.impermeants):
            fixed = name in c.impermeants
            if fixed and not here:
                continue
            label = ("impermeants" if fixed else name) if here else f"{name} {c.name}"
            options: dict[str, Any] = {"color": OTHER if fixed else ion_colour(name)}
            options |= {"lw": 1.1, "ls": (0, (1, 1.2))} if fixed else {} if here else {"ls": (0, (4, 2)), "lw": 1.1}
            found.append(_line(ax, axis, run, f"{c.name}.{name}", label, options))
    others = [c.name for c in closed(run.cell) if c.name != inside]
    ax.set_title(f"Concentrations in {inside}{' and ' + ', '.join(others) if others else ''} (mM)", loc="left")
    ax.set_ylabel("mM")
    ax.set_ylim(bottom=0)
    _label_ends(ax, found)


def volume(run: Trajectory, ax: Axes, axis: TimeAxis) -> None:
    """Volume of the first membrane's inside; percent of the value before the change on the right."""
    main = main_volume(run.cell)
    _line(ax, axis, run, main, main, {"color": VOLUME, "lw": 2.0})
    before = float(run[main][index_before(run, axis.since)])
    low, high = ax.get_ylim()
    room = 0.02 * before
    ax.set_ylim(min(low, before - room), max(high, before + room))
    right = ax.secondary_yaxis("right", functions=_percent_of(before))
    right.set_ylabel("% of start")
    ax.set_title(f"Volume of {main.split('.')[0]} (µm³)", loc="left")
    ax.set_ylabel("volume (µm³)")


def _percent_of(start: float) -> Any:
    """From a volume to percent of the start, and back."""
    return (lambda W: 100 * W / start), (lambda percent: percent * start / 100)


def energetics(run: Trajectory, ax: Axes, axis: TimeAxis) -> None:
    """The free energy that ATP gives and that all mechanisms dissipate, fW (= aJ/ms)."""
    x, use = axis.series(run, "energy.ATP_use")
    _, dG = axis.series(run, "energy.dG_ATP")
    _, lost = axis.series(run, "energy.dissipation")
    supply = -use * dG
    found = [(ax.plot(x, supply, color=ATP, lw=2.0)[0], "ATP gives", float(supply[-1]))]
    found.append((ax.plot(x, lost, color=OTHER, ls=(0, (4, 1.5)), lw=1.3)[0], "dissipated", float(lost[-1])))
    ax.set_title("ATP supply and dissipation of free energy (fW)", loc="left")
    ax.set_ylabel("fW")
    if not lost.min() < 0:  # against the second law, and to be seen
        ax.set_ylim(bottom=0)
    _label_ends(ax, found)


RUN_PANELS: dict[str, RunPanel] = {
    "potentials": potentials,
    "concentrations": concentrations,
    "volume": volume,
    "energy": energetics,
}
"""Panels of a run by name, in the order of the figure."""


def _single(run: Trajectory, name: str, ax: Axes, axis: TimeAxis) -> None:
    """Any one recorded quantity."""
    last = name.split(".")[-1]
    colour = {"V": POTENTIAL, "volume": VOLUME}.get(last, ion_colour(last.removeprefix("E_")))
    if any(name.startswith(f"{m.path}.") and m.uses_atp for m in mechanisms(run.cell)):
        colour = ATP
    _line(ax, axis, run, name, name, {"color": colour})
    if last == "V":
        _firing(ax, axis, run, (name.rpartition(".")[0],))
    unit = pretty(run.units[name]) or "1"
    ax.set_title(f"{name} ({unit})", loc="left")
    ax.set_ylabel(unit)


Labelled = tuple[Any, str, float]


def _line(ax: Axes, axis: TimeAxis, run: Trajectory, name: str, label: str, options: dict[str, Any]) -> Labelled:
    x, y = axis.series(run, name)
    return ax.plot(x, y, **options)[0], label, float(y[-1])


def _label_ends(ax: Axes, found: Sequence[Labelled]) -> None:
    """Name every line at its right end, moved apart where they would stand on each other."""
    low, high = ax.get_ylim()
    height = ax.get_position().height * ax.get_figure(root=True).get_figheight()  # type: ignore[union-attr]
    gap = (high - low) * LABEL_HEIGHT / max(height, 1.0)
    order = sorted(found, key=lambda item: item[2])
    places = spread([min(max(y, low), high) for _, _, y in order], gap)
    for (line, label, y), place in zip(order, places, strict=True):
        ax.annotate(
            label,
            xy=(1.0, y),
            xytext=(1.03, place),
            xycoords=("axes fraction", "data"),
            textcoords=("axes fraction", "data"),
            color=line.get_color(),
            va="center",
            ha="left",
            fontsize="small",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": line.get_color(), "lw": 0.5, "shrinkA": 0.5, "shrinkB": 0.5},
        )


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Positions as near as can be to the wanted ones (ascending) and at least `gap` apart.

    Least squares with order kept: neighbours that are too close share the mean of their wishes.

    >>> spread([0.0, 0.5, 5.0], 1.0)
    [-0.25, 0.75, 5.0]
    """
    groups: list[list[float]] = []
    for i, y in enumerate(wanted):
        groups.append([y - i * gap])
        while len(groups) > 1 and _mean(groups[-2]) > _mean(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    flat = [_mean(group) for group in groups for _ in group]
    return [level + i * gap for i, level in enumerate(flat)]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


__all__ = ["FORMATS", "RUN_PANELS", "STYLE", "figure", "plot", "save_figure", "spread", "style"]
