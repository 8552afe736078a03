"""Na/K pump with exponential sigmoids of sodium and potassium."""

from typing import Any

from ionostat.maths import exp
from ionostat.mechanisms.mechanism import SodiumPotassiumPump, parameter

_SOURCE = "Cressman et al. (2009) J Comput Neurosci 26:159; Huebel & Ullah (2016) PLoS ONE 11:e0147060"


class NKASigmoid(SodiumPotassiumPump):
    """Na/K-ATPase as logistic functions of sodium inside and potassium outside.

        I_p = I_max / (1 + exp((Na_half - [Na]i)/Na_width)) / (1 + exp((K_half - [K]o)/K_width))

    I_p: net outward current (pA/um2); all other parameters in mM. The pump does not stop at zero sodium or potassium,
    so the law holds for [Na]i above about 5 mM and [K]o above about 1 mM. Cressman, Ullah, Ziburkus, Schiff & Barreto
    (2009) J Comput Neurosci 26:159; Huebel & Ullah (2016) PLoS ONE 11:e0147060, doi:10.1371/journal.pone.0147060.
    """

    Na_half = parameter("mM", 25.0, range=(0.0, 1e3), doc="sodium at half activation", source=_SOURCE)
    Na_width = parameter("mM", 3.0, range=(1e-3, 1e3), doc="width of the sodium sigmoid", source=_SOURCE)
    K_half = parameter("mM", 5.5, range=(0.0, 1e3), doc="potassium at half activation", source=_SOURCE)
    K_width = parameter("mM", 1.0, range=(1e-3, 1e3), doc="width of the potassium sigmoid", source=_SOURCE)

    def saturation(self, at: Any) -> Any:
        """Product of the two logistic functions."""
        sodium = 1 / (1 + exp((self.Na_half - at.inside.Na) / self.Na_width))
        potassium = 1 / (1 + exp((self.K_half - at.outside.K) / self.K_width))
        return sodium * potassium
