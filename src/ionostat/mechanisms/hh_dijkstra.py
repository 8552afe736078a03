"""Gated sodium, potassium and chloride channels of the Dijkstra neuron."""

from math import inf
from typing import Any

from ionostat.maths import exp
from ionostat.mechanisms.gates import Gate, GHKGatedChannel, exponential, linoid, sigmoid
from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import Cl, K, Na

_SOURCE = "Dijkstra, Hofmeijer, van Gils & van Putten (2016) J Neurosci 36:11881"


class NaDijkstra(GHKGatedChannel):
    """Sodium channel of a cortical neuron, GHK flux.

        J = P m^3 h u (c_out e^-u - c_in)/(1 - e^-u)

    P: um3/ms for the whole membrane or um/ms, V: mV, rates in 1/ms at 37 C. Dijkstra et al. (2016) J Neurosci
    36:11881.
    """

    ion = Na
    m = Gate(linoid(0.32, -52, 4), linoid(-0.28, -25, -5), _SOURCE)
    h = Gate(exponential(0.128, -53, 18), sigmoid(4.0, -30, 5), _SOURCE)

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """m^3 h."""
        return gate["m"] ** 3 * gate["h"]


class KDijkstra(GHKGatedChannel):
    """Delayed-rectifier potassium channel of a cortical neuron, GHK flux.

        J = P n^2 u (c_out e^-u - c_in)/(1 - e^-u)

    Units and source as `NaDijkstra`. Dijkstra et al. (2016) J Neurosci 36:11881.
    """

    ion = K
    n = Gate(linoid(0.016, -35, 5), exponential(0.25, -50, 40), _SOURCE)

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """n^2."""
        return gate["n"] ** 2


class ClGated(Mechanism):
    """Voltage-gated chloride channel that opens at once on depolarisation (SLC26A11), GHK flux.

        J = P / (1 + exp(-(V - V_half)/slope)) u (c_out e^-u - c_in)/(1 - e^-u)

    P: um3/ms for the whole membrane or um/ms; V_half, slope: mV. It lets chloride in when a neuron stays depolarised,
    and so lets it swell. Dijkstra et al. (2016) J Neurosci 36:11881.
    """

    moves = {Cl: 1}
    voltage_gated = True
    P = parameter("um3/ms", range=(0.0, inf), doc="permeability fully open", extensive=True)
    V_half = parameter("mV", -10.0, doc="half opening", source=_SOURCE)
    slope = parameter("mV", 10.0, range=(1e-3, 1e3), doc="steepness", source=_SOURCE)

    def rate(self, at: Any) -> Any:
        """GHK influx times the open fraction."""
        return at.ghk_influx(Cl, self.P) / (1 + exp(-(at.V - self.V_half) / self.slope))
