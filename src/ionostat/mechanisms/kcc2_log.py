"""K-Cl cotransport in logarithmic form."""

from math import inf
from typing import Any

from ionostat.maths import log
from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import Cl, K


class KCC2Log(Mechanism):
    """K-Cl cotransporter, one K and one Cl out per turnover, driven by both gradients together.

        J = L ln([K]i [Cl]i / ([K]o [Cl]o))

    J: turnovers (amol/ms/um2), L: rate (amol/ms/um2; U RT/F in the notation of Dijkstra). Electroneutral; linear near
    equilibrium, does not saturate. Dijkstra et al. (2016) J Neurosci 36:11881; Wei, Ullah & Schiff (2014) J Neurosci
    34:11733.
    """

    moves = {K: -1, Cl: -1}
    L = parameter("amol/ms", range=(0.0, inf), doc="rate per unit of the logarithm", extensive=True)

    def rate(self, at: Any) -> Any:
        """L ln([K]i [Cl]i / ([K]o [Cl]o))."""
        return self.L * log(at.inside.K * at.inside.Cl / (at.outside.K * at.outside.Cl))
