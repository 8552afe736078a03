"""Water laws that relax towards a target volume."""

from typing import Any

from ionostat.maths import exp
from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import WATER

_SOURCE = "Huebel & Ullah (2016) PLoS ONE 11:e0147060, doi:10.1371/journal.pone.0147060"


class WaterRelaxation(Mechanism):
    """Volume of a cell in a closed space relaxes to equal osmolarity on both sides with one time constant.

        dW_i/dt = (W_inf - W_i)/tau,   W_inf = (W_i + W_o) N_i/(N_i + N_o)

    N: particles on each side (amol). Written as a flux it is W_i W_o (Osm_in - Osm_out)/((N_i + N_o) tau), so it
    follows the osmotic gradient. For the whole membrane only. Huebel & Ullah (2016) PLoS ONE 11:e0147060,
    doi:10.1371/journal.pone.0147060.
    """

    moves = {WATER: 1}
    basis = "membrane"
    tau = parameter("ms", 250.0, range=(1e-3, 1e9), doc="time constant of water movement", source=_SOURCE)

    def rate(self, at: Any) -> Any:
        """W_i W_o (Osm_in - Osm_out)/((N_i + N_o) tau)."""
        inside, outside = at.inside, at.outside
        excess = inside.volume * outside.volume * (inside.osmolarity - outside.osmolarity)
        return excess / (inside.particles + outside.particles) / self.tau


class WaterExponential(Mechanism):
    """Volume relaxes to an exponential function of the osmotic difference.

        dW_i/dt = (W_inf - W_i)/tau,   W_inf = W0 (1 + s - s exp((Osm_out - Osm_in)/width))

    W0: reference volume (um3), s: largest relative swelling, width: mM. Water stops at W0 only without an osmotic
    difference, and the cell can never swell beyond 1 + s. Huebel & Ullah (2016) PLoS ONE 11:e0147060,
    doi:10.1371/journal.pone.0147060 (s = 0.35); Wei, Ullah & Schiff (2014) J Neurosci 34:11733 (s = 0.1029).
    """

    moves = {WATER: 1}
    basis = "membrane"
    empirical = "a fitted target volume: water can stop with an osmotic difference left; holds for swelling up to s"
    W0 = parameter("um3", range=(1e-6, 1e12), doc="volume without osmotic difference")
    s = parameter("1", 0.35, range=(0.0, 10.0), doc="largest relative swelling", source=_SOURCE)
    width = parameter("mM", 20.0, range=(1e-3, 1e4), doc="osmotic difference for an e-fold", source=_SOURCE)
    tau = parameter("ms", 250.0, range=(1e-3, 1e9), doc="time constant of water movement", source=_SOURCE)

    def rate(self, at: Any) -> Any:
        """(W_inf - W_i)/tau."""
        relative = 1 + self.s - self.s * exp((at.outside.osmolarity - at.inside.osmolarity) / self.width)
        return (self.W0 * relative - at.inside.volume) / self.tau
