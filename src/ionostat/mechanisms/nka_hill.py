"""Na/K pump with Hill binding of sodium inside and potassium outside."""

from typing import Any

from ionostat.mechanisms.mechanism import SodiumPotassiumPump, parameter

_SOURCE = "Kager, Wadman & Somjen (2000) J Neurophysiol 84:495, doi:10.1152/jn.2000.84.1.495 (neuron set)"


class NKAHill(SodiumPotassiumPump):
    """Na/K-ATPase with independent binding of three sodium ions inside and two potassium ions outside.

        I_p = I_max (1 + K_Na/[Na]i)^-3 (1 + K_K/[K]o)^-2

    I_p: net outward current (pA/um2); K_Na, K_K: half-saturation of one site (mM). No voltage dependence; no back
    reaction. Kager, Wadman & Somjen (2000) J Neurophysiol 84:495, doi:10.1152/jn.2000.84.1.495.
    """

    K_Na = parameter("mM", 10.0, range=(0.0, 1e3), doc="sodium that half-fills one inner site", source=_SOURCE)
    K_K = parameter("mM", 2.0, range=(0.0, 1e3), doc="potassium that half-fills one outer site", source=_SOURCE)

    def saturation(self, at: Any) -> Any:
        """(1 + K_Na/[Na]i)^-3 (1 + K_K/[K]o)^-2."""
        sodium = at.inside.Na / (at.inside.Na + self.K_Na)
        potassium = at.outside.K / (at.outside.K + self.K_K)
        return sodium**3 * potassium**2
