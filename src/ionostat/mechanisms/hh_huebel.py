"""Sodium and potassium channels of the Cressman/Huebel neuron."""

from typing import Any

from ionostat.mechanisms.gates import Gate, OhmicGatedChannel, exponential, linoid, sigmoid
from ionostat.species import K, Na

_SOURCE = "Huebel & Ullah (2016) PLoS ONE 11:e0147060, doi:10.1371/journal.pone.0147060 (ModelDB 187599)"


class NaHuebel(OhmicGatedChannel):
    """Sodium channel of the Cressman/Huebel neuron, activation at once.

        I = g m_inf(V)^3 h (V - E_Na)

    g: nS/um2, V: mV; the published model speeds all gates by phi = 3 (`speed`). Huebel & Ullah (2016) PLoS ONE
    11:e0147060, doi:10.1371/journal.pone.0147060.
    """

    ion = Na
    m = Gate(linoid(0.1, -30, 10), exponential(4.0, -55, 18), _SOURCE, instantaneous=True)
    h = Gate(exponential(0.07, -44, 20), sigmoid(1.0, -14, 10), _SOURCE)

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """m_inf^3 h."""
        return gate["m"] ** 3 * gate["h"]


class KHuebel(OhmicGatedChannel):
    """Delayed-rectifier potassium channel of the Cressman/Huebel neuron.

        I = g n^4 (V - E_K)

    Units and source as `NaHuebel`. Huebel & Ullah (2016) PLoS ONE 11:e0147060, doi:10.1371/journal.pone.0147060.
    """

    ion = K
    n = Gate(linoid(0.01, -34, 10), exponential(0.125, -44, 80), _SOURCE)

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """n^4."""
        return gate["n"] ** 4
