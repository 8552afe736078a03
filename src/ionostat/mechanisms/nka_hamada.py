"""Na/K pump of small sensory neurons, two sodium affinities."""

from typing import Any

from ionostat.mechanisms.mechanism import SodiumPotassiumPump, parameter

_SOURCE = (
    "Hamada, Matsuura, Sanada, Toyoda, Omatsu-Kanbe, Kashiwagi & Yasuda (2003) Br J Pharmacol 138:1517 (reference from "
    "memory, confidence medium), as used by Dijkstra et al. (2016) J Neurosci 36:11881"
)


class NKAHamada(SodiumPotassiumPump):
    """Na/K-ATPase with a high- and a low-affinity sodium component (two isoforms).

        I_p = I_max [w/(1 + (K1/[Na]i)^3) + (1 - w)/(1 + (K2/[Na]i)^3)]

    I_p: net outward current (pA or pA/um2); w: share of the high-affinity part; K1, K2: half-saturation (mM). At
    [Na]i = 10 mM the pump runs at 0.4779 of I_max. No potassium dependence: valid for [K]o at or above normal.
    Measured in small neurons of the dorsal root ganglia of adult rats: Hamada et al. (2003) Br J Pharmacol 138:1517
    (from memory, medium). In whole-cell models: Dijkstra et al. (2016) J Neurosci 36:11881.
    """

    w = parameter("1", 0.62, range=(0.0, 1.0), doc="share of the high-affinity component", source=_SOURCE)
    K1 = parameter("mM", 6.7, range=(0.0, 1e3), doc="half-saturation of the high-affinity component", source=_SOURCE)
    K2 = parameter("mM", 67.6, range=(0.0, 1e3), doc="half-saturation of the low-affinity component", source=_SOURCE)

    def saturation(self, at: Any) -> Any:
        """The two Hill terms."""
        Na3 = at.inside.Na**3
        return self.w * Na3 / (Na3 + self.K1**3) + (1 - self.w) * Na3 / (Na3 + self.K2**3)
