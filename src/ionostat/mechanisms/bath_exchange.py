"""Exchange of an ion between a closed extracellular space and a bath."""

from math import inf
from typing import Any

from ionostat.mechanisms.mechanism import Mechanism, option, parameter
from ionostat.species import GHOST, Species


class BathExchange(Mechanism):
    """First-order exchange of one ion with a bath, as by diffusion or perfusion.

        dn/dt = k W_a (c_b - c_a)

    n: amount in side a (amol), k: rate constant (1/ms), W_a: volume of side a (um3), c: mM. Place it on a junction from
    the extracellular space (a) to the bath (b). The counter-ion keeps side a neutral: a second ion moves with it in the
    ratio of the charges (an anion the same way, a cation the other way). Published models often leave it out; then give
    no counter-ion and name a deviation on the placement: the missing charge is integrated and reported. The law is
    driven by one concentration only, so it is empirical for the pair. Huebel, Andrew & Ullah (2016) J Comput Neurosci
    40:177 (k = 3e-5 1/ms for potassium).
    """

    empirical = "driven by the concentration of the named ion alone; holds near the bath's composition"
    basis = "membrane"
    ion: Any = option("ion", "the ion that is exchanged")
    counter: Any = option("ion", "the ion that keeps the space neutral", optional=True)
    k = parameter("1/ms", range=(0.0, inf), doc="rate constant of exchange")

    @property
    def moves(self) -> dict[Species, int]:
        """The ion and its counter-ion, or a bare counter-charge where the model names none."""
        partner = self.counter or GHOST
        size = abs(partner.z)
        return {self.ion: size, partner: -(self.ion.z * size) // partner.z}

    def rate(self, at: Any) -> Any:
        """K W_a (c_b - c_a) per unit of the ion's stoichiometry."""
        flux = self.k * at.inside.volume * (at.outside[self.ion] - at.inside[self.ion])
        return flux / self.moves[self.ion]
