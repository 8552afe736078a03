"""Telling the rests of one cell apart, and naming them."""

from __future__ import annotations

from collections.abc import Sequence

from ionostat.studies.resting_state import RestingState


def same(a: RestingState, b: RestingState, tol: float = 1e-6) -> bool:
    """Whether two rests are one: all concentrations and volumes agree within `tol` (relative), V within 1e-3 mV."""
    for name, unit in a.units.items():
        if name not in a.quantities or name not in b.quantities:
            continue
        u, v = a.quantities[name], b.quantities[name]
        if unit in ("mM", "um3") and not abs(u - v) <= tol * max(abs(u), abs(v), 1e-9):
            return False
        if name.endswith(".V") and not abs(u - v) <= 1e-3:
            return False
    return True


def unique(rests: Sequence[RestingState]) -> list[RestingState]:
    """The different rests, in the order in which they were found."""
    kept: list[RestingState] = []
    for r in rests:
        if not any(same(r, k) for k in kept if k.found == r.found):
            kept.append(r)
    return kept


def label_rests(rests: Sequence[RestingState]) -> list[str]:
    """A name for each rest; the first is the one reached from the file's start, the others are described beside it.

    The first is `physiological` when the cell is as its file has it, and `nearest` when numbers were changed, for the
    paper vouches only for the former. Others are `depolarised` or `hyperpolarised` by more than 5 mV at the first
    membrane, `swollen` or `shrunken` by more than 2 percent in the first closed volume, `saddle` or
    `unstable focus` when a disturbance grows without or with oscillation. Two
    alike get a number.
    """
    if not rests:
        return []
    first = rests[0]
    V = f"{first.cell.membranes[0].name}.V"
    W = next(n for n, u in first.units.items() if n.endswith(".volume"))
    names: list[str] = []
    for i, r in enumerate(rests):
        words = []
        if i == 0:
            changed = any(n.source == "set by the user" for n in first.cell.numbers.values())
            words.append("nearest" if changed else "physiological")
        else:
            shift, ratio = r[V] - first[V], r[W] / first[W]
            words += ["depolarised"] if shift > 5 else ["hyperpolarised"] if shift < -5 else []
            words += ["swollen"] if ratio > 1.02 else ["shrunken"] if ratio < 0.98 else []
        if r.verdict == "unstable":
            words.append("saddle" if abs(r.eigenvalues[0].imag) < 1e-12 else "unstable focus")
        name = " ".join(words) or "second rest"
        names.append(name if name not in names else f"{name} {1 + sum(n.startswith(name) for n in names)}")
    return names
