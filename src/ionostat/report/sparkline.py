"""A series as one line of eight-level blocks."""

from __future__ import annotations

import numpy as np

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: np.ndarray, low: float | None = None, high: float | None = None) -> str:
    """The values as blocks from `low` to `high`, by default their own; a blank where one is not known.

    >>> sparkline(np.array([0.0, 1.0, 2.0, 7.0]))
    '▁▂▃█'
    >>> sparkline(np.array([3.0, 3.0]))
    '▁▁'
    >>> sparkline(np.array([0.0, 1.0]), 0.0, 7.0)
    '▁▂'
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return " " * len(values)
    low = float(known.min()) if low is None else low
    span = (float(known.max()) if high is None else high) - low
    if span <= 1e-9 * float(np.max(np.abs(known))):
        span = 0.0
    level = np.zeros(len(values)) if span == 0.0 else (values - low) / span * (len(BLOCKS) - 1)
    return "".join(BLOCKS[round(float(x))] if np.isfinite(x) else " " for x in level)
