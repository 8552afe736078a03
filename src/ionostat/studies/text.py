"""How results print themselves: short, plain, with units."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from ionostat.units import to

if TYPE_CHECKING:
    from ionostat.studies.resting_state import RestingState
    from ionostat.studies.trajectory import Trajectory


def duration(ms: float) -> str:
    """A time in the unit that reads best: 250 us, 3.2 ms, 41 s, 12 min, 2.5 h, 3 d."""
    for unit, size in (("d", 86.4e6), ("h", 3.6e6), ("min", 6e4), ("s", 1e3), ("ms", 1.0)):
        if abs(ms) >= size:
            return f"{ms / size:.3g} {unit}"
    return f"{ms * 1e3:.3g} us"


def headline(names: list[str]) -> list[str]:
    """The quantities to show first: potentials, then what each closed compartment holds."""
    potentials = [n for n in names if n.endswith(".V")]
    contents = [
        n for n in names if n.count(".") == 1 and not n.endswith((".V", ".osmolarity", ".I_ionic")) and ".E_" not in n
    ]
    return potentials + [n for n in contents if not n.startswith("energy.")]


def rest_text(rest: RestingState) -> str:
    """A resting state in a few lines."""
    lines = [f"{rest.cell.name} ({rest.cell.closure}): {rest.status}"]
    lines += [f"  warning: {warning}" for warning in rest.warnings]
    baths = {c.name for c in rest.cell.compartments if c.kind == "bath"}
    for name in headline(list(rest.quantities)):
        if name.split(".")[0] not in baths:
            lines.append(f"  {name:<22}{rest.quantities[name]:>12.5g} {rest.units[name]}")
    if rest.found:
        lines.append(f"  {'ATP use':<22}{to(rest['energy.ATP_use'], 'amol/s'):>12.5g} amol/s")
        slow = [duration(t) for t in rest.time_constants[:3]]
        lines.append(f"  slowest modes: {', '.join(slow)}")
    return "\n".join(lines)


def trajectory_text(run: Trajectory) -> str:
    """A run in a few lines: first and last values."""
    end = run.end
    lines = [
        f"{run.cell.name}: {run.protocol}",
        f"  {run.status}: {run.sentence}; {len(run.time)} points over {duration(run.time[end])}",
    ]
    lines += [f"  warning: {warning}" for warning in run.warnings]
    baths = {c.name for c in run.cell.compartments if c.kind == "bath"}
    for name in headline(run.names):
        if name.split(".")[0] not in baths:
            lines.append(f"  {name:<22}{run[name][0]:>12.5g} -> {run[name][end]:<12.5g} {run.units[name]}")
    lines += [f"  {sentence}" for sentence in run.crossings_in_words()]
    lines.append(f"  largest audit residual {run.audit.worst:.1e}")
    return "\n".join(lines)


def as_html(text: str) -> str:
    """Plain text for a notebook."""
    return f"<pre>{escape(text)}</pre>"
