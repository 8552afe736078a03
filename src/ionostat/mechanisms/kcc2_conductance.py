"""K-Cl cotransport in conductance form."""

from math import inf
from typing import Any

from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import Cl, K


class KCC2Conductance(Mechanism):
    """K-Cl cotransporter, one K and one Cl out per turnover, driven by the difference of their Nernst potentials.

        J = (g/F) (E_Cl - E_K)

    J: turnovers (amol/ms/um2), g: transport conductance (nS/um2), E: mV. Electroneutral; linear near equilibrium, does
    not saturate. Dusterwald et al. (2018) eLife 7:e39575, doi:10.7554/eLife.39575.
    """

    moves = {K: -1, Cl: -1}
    g = parameter("nS", range=(0.0, inf), doc="transport conductance", extensive=True)

    def rate(self, at: Any) -> Any:
        """(g/F)(E_Cl - E_K)."""
        return self.g / at.F * (at.E(Cl) - at.E(K))
