"""When a run is recorded: linear, logarithmic after every change, or at given times."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ionostat.errors import InputError, UnknownNameError

Array = np.ndarray
FIRST = 1e-3
"""Logarithmic saving begins 1 us after each change (or a thousandth of a shorter stretch)."""


def save_times(spans: Sequence[tuple[float, float]], save: str | Sequence[float] | Array, points: int) -> list[Array]:
    """Times (ms) to record in each stretch (t0, t1]; the very start of the run is recorded besides.

    `save` is "log" (from 1 us after each change, `points` shared among the stretches by their decades), "linear"
    (evenly over the whole run), or an increasing sequence of times. The end of every stretch is always recorded.
    """
    if isinstance(save, str):
        if save == "log":
            return _logarithmic(spans, points)
        if save == "linear":
            end = spans[-1][1]
            return _split(np.linspace(0.0, end, max(points, 2)), spans)
        raise UnknownNameError("way to save", save, ("log", "linear"))
    given = np.asarray(save, dtype=float)
    if given.ndim != 1 or not np.all(np.diff(given) > 0):
        raise InputError("save times must be a list of increasing times in ms")
    if given.size and not (given[0] >= 0 and given[-1] <= spans[-1][1] * (1 + 1e-12)):
        raise InputError(
            f"save times must lie within the run, 0 to {spans[-1][1]:.6g} ms; got {given[0]:.6g} to {given[-1]:.6g}"
        )
    return _split(given, spans)


def _logarithmic(spans: Sequence[tuple[float, float]], points: int) -> list[Array]:
    lengths = [t1 - t0 for t0, t1 in spans]
    decades = [np.log10(max(d, 1e-9) / min(FIRST, d / 1000)) for d in lengths]
    shares = [max(2, round(points * d / sum(decades))) for d in decades]
    found = []
    for (t0, t1), length, n in zip(spans, lengths, shares, strict=True):
        after = np.geomspace(min(FIRST, length / 1000), length, n)
        times = np.unique(t0 + after)
        times = times[(times > t0) & (times < t1)]
        found.append(np.append(times, t1))
    return found


def _split(times: Array, spans: Sequence[tuple[float, float]]) -> list[Array]:
    found = []
    for t0, t1 in spans:
        inside = times[(times > t0) & (times < t1)]
        found.append(np.append(inside, t1))
    return found
