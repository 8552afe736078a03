"""Goldman-Hodgkin-Katz leak."""

from math import inf
from typing import Any

from ionostat.mechanisms.mechanism import Mechanism, option, parameter
from ionostat.species import Species


class LeakGHK(Mechanism):
    """Leak of one ion by electrodiffusion through a constant field.

        J = P u (c_out e^-u - c_in)/(1 - e^-u),   u = z F V/(R T)

    J: influx (amol/ms/um2), P: permeability (um/ms), c: mM. Valid where ions cross independently of each other.
    Goldman (1943) J Gen Physiol 27:37, doi:10.1085/jgp.27.1.37; Hodgkin & Katz (1949) J Physiol 108:37,
    doi:10.1113/jphysiol.1949.sp004310.
    """

    ion: Any = option("ion", "the ion that leaks")
    P = parameter("um3/ms", range=(0.0, inf), doc="permeability", extensive=True)

    @property
    def moves(self) -> dict[Species, int]:
        """One ion per turnover."""
        return {self.ion: 1}

    def rate(self, at: Any) -> Any:
        """Influx by the GHK equation."""
        return at.ghk_influx(self.ion, self.P)
