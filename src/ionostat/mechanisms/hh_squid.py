"""Sodium and potassium channels of the squid giant axon."""

from typing import Any

from ionostat.mechanisms.gates import Gate, OhmicGatedChannel, exponential, linoid, sigmoid
from ionostat.species import K, Na

_SOURCE = "Hodgkin & Huxley (1952) J Physiol 117:500, doi:10.1113/jphysiol.1952.sp004764 (rest at -65 mV, 6.3 C)"


class NaSquid(OhmicGatedChannel):
    """Sodium channel of the squid axon.

        I = g m^3 h (V - E_Na),   dx/dt = speed (alpha_x (1 - x) - beta_x x)

    g: nS/um2, V: mV (rest at -65), rates in 1/ms at 6.3 C; `speed` = Q10^((T - 6.3)/10) with Q10 = 3 elsewhere.
    Hodgkin & Huxley (1952) J Physiol 117:500, doi:10.1113/jphysiol.1952.sp004764.
    """

    ion = Na
    m = Gate(linoid(0.1, -40, 10), exponential(4.0, -65, 18), _SOURCE)
    h = Gate(exponential(0.07, -65, 20), sigmoid(1.0, -35, 10), _SOURCE)

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """m^3 h."""
        return gate["m"] ** 3 * gate["h"]


class KSquid(OhmicGatedChannel):
    """Delayed-rectifier potassium channel of the squid axon.

        I = g n^4 (V - E_K)

    Units, range and source as `NaSquid`. Hodgkin & Huxley (1952) J Physiol 117:500,
    doi:10.1113/jphysiol.1952.sp004764.
    """

    ion = K
    n = Gate(linoid(0.01, -55, 10), exponential(0.125, -65, 80), _SOURCE)

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """n^4."""
        return gate["n"] ** 4
