"""What the membrane potential did between the recorded points: extremes, and every action potential.

A record of a few hundred points misses spikes. So the engine looks at the potential after every step: an action
potential is an upward crossing of 0 mV, its time sought inside the step, and the extremes are those of the ends of the
steps and of the turning points inside them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray
THRESHOLD = 0.0
"""An action potential is an upward crossing of this potential (mV)."""


@dataclass(frozen=True)
class Activity:
    """Extremes of V (mV) with their times (ms), and the times (ms) of upward crossings of 0 mV."""

    V_min: float
    t_min: float
    V_max: float
    t_max: float
    spikes: Array = field(default_factory=lambda: np.zeros(0))

    def to_dict(self) -> dict[str, object]:
        """Plain data with units."""
        return {
            "V_min": {"value": self.V_min, "unit": "mV", "time": {"value": self.t_min, "unit": "ms"}},
            "V_max": {"value": self.V_max, "unit": "mV", "time": {"value": self.t_max, "unit": "ms"}},
            "spikes": {"count": len(self.spikes), "times": {"value": self.spikes.tolist(), "unit": "ms"}},
        }
