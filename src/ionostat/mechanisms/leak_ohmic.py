"""Ohmic leak."""

from math import inf
from typing import Any

from ionostat.mechanisms.mechanism import Mechanism, option, parameter
from ionostat.species import Species


class LeakOhmic(Mechanism):
    """Leak of one ion with a constant conductance.

        I = g (V - E),   E = (RT/zF) ln(c_out/c_in)

    I: outward current density (pA/um2), g: conductance (nS/um2), V and E: mV. Valid for small excursions; a real
    pore rectifies when the concentrations differ much (see `leak_ghk`). Hodgkin & Huxley (1952) J Physiol 117:500,
    doi:10.1113/jphysiol.1952.sp004764.
    """

    ion: Any = option("ion", "the ion that leaks")
    g = parameter("nS", range=(0.0, inf), doc="conductance", extensive=True)

    @property
    def moves(self) -> dict[Species, int]:
        """One ion per turnover."""
        return {self.ion: 1}

    def rate(self, at: Any) -> Any:
        """Influx -g (V - E)/(z F)."""
        return at.ohmic_influx(self.ion, self.g)
