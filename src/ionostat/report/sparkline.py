"""A series as one line of eight-level blocks."""

from __future__ import annotations

import numpy as np

BLOCKS = "▁▂▃▄▅▆▇█"


def sparkline(values: np.ndarray) -> str:
    """The values as blocks from their lowest to their highest; a blank where one is not known.

    >>> sparkline(np.array([0.0, 1.0, 2.0, 7.0]))
    '▁▂▃█'
    >>> sparkline(np.array([3.0, 3.0]))
    '▁▁'
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return " " * len(values)
    low, span = float(known.min()), float(np.ptp(known))
    if span <= 1e-9 * float(np.max(np.abs(known))):
        span = 0.0
    level = np.zeros(len(values)) if span == 0.0 else (values - low) / span * (len(BLOCKS) - 1)
    return "".join(BLOCKS[round(float(x))] if np.isfinite(x) else " " for x in level)
