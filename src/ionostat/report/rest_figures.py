"""Panels of a resting state: potentials as levels, currents and dissipation as bars."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ionostat.report.numbers import plain
from ionostat.report.outline import Part, mechanisms
from ionostat.report.palette import ATP, OTHER, POTENTIAL, WATER, ion_colour
from ionostat.studies.resting_state import RestingState

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def potentials(rest: RestingState, ax: Axes) -> None:
    """V and every Nernst potential of the first membrane as bars from zero."""
    edge = rest.cell.membranes[0].name
    names = [n for n in rest.quantities if n.startswith(f"{edge}.E_")]
    rows = sorted([(rest[n], n.split(".")[1].replace("E_", "E "), ion_colour(n.split("E_")[1])) for n in names])
    rows.append((rest[f"{edge}.V"], "V", POTENTIAL))
    _bars(ax, rows, "mV")
    ax.set_title(f"Potentials of {edge} (mV)", loc="left")


def currents(rest: RestingState, ax: Axes) -> None:
    """Current of every mechanism that carries charge, outward positive."""
    rows = [(rest[f"{m.path}.I"], m.path, _colour(rest, m)) for m in reversed(mechanisms(rest.cell)) if m.charged]
    _bars(ax, rows, "pA")
    ax.set_title("Currents, outward positive (pA)", loc="left")


def dissipation(rest: RestingState, ax: Axes) -> None:
    """Free energy that every mechanism turns into heat."""
    rows = [(rest[f"{m.path}.dissipation"], m.path, _colour(rest, m)) for m in reversed(mechanisms(rest.cell))]
    _bars(ax, rows, "fW")
    ax.set_title("Free energy dissipated (fW)", loc="left")


PANELS: dict[str, Callable[[RestingState, Axes], None]] = {
    "potentials": potentials,
    "currents": currents,
    "dissipation": dissipation,
}
"""Panels of a rest by name, in the order of the figure."""


def _colour(rest: RestingState, part: Part) -> str:
    """ATP for a pump, water for a water path, the ion where only one is moved."""
    if part.uses_atp:
        return ATP
    if part.water:
        return WATER
    edge, name = part.path.split(".")
    moved = next(p.mechanism.moves for e, p in rest.cell.placements() if (e.name, p.name) == (edge, name))
    return ion_colour(next(iter(moved)).name) if len(moved) == 1 else OTHER


def _bars(ax: Axes, rows: list[tuple[float, str, str]], unit: str) -> None:
    bars = ax.barh([label for _, label, _ in rows], [v for v, _, _ in rows], color=[c for _, _, c in rows], height=0.62)
    ax.bar_label(bars, [plain(v, 3) for v, _, _ in rows], padding=3, fontsize="x-small")
    ax.axvline(0.0, color="#444444", lw=0.7)
    ax.margins(x=0.18)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel(unit)
