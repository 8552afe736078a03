"""Na-K-2Cl cotransport in logarithmic form."""

from math import inf
from typing import Any

from ionostat.maths import log
from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import Cl, K, Na


class NKCC1Log(Mechanism):
    """Na-K-2Cl cotransporter, inward, driven by the three gradients together.

        J = L ln([Na]o [K]o [Cl]o^2 / ([Na]i [K]i [Cl]i^2))

    J: turnovers (amol/ms/um2), L: rate (amol/ms/um2). Electroneutral; at equilibrium
    [Cl]i = [Cl]o sqrt([Na]o[K]o/([Na]i[K]i)). Linear near equilibrium, does not saturate. Wei, Ullah &
    Schiff (2014) J Neurosci 34:11733 (without its potassium factor).
    """

    moves = {Na: 1, K: 1, Cl: 2}
    L = parameter("amol/ms", range=(0.0, inf), doc="rate per unit of the logarithm", extensive=True)

    def rate(self, at: Any) -> Any:
        """L ln of the ratio of the products."""
        outside = at.outside.Na * at.outside.K * at.outside.Cl**2
        inside = at.inside.Na * at.inside.K * at.inside.Cl**2
        return self.L * log(outside / inside)
