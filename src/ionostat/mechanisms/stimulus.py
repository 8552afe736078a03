"""A stimulus current that names the ion which carries it."""

from typing import Any

from ionostat.mechanisms.mechanism import Mechanism, option, parameter
from ionostat.species import Species


class Stimulus(Mechanism):
    """Current injected into the inside compartment, carried by a named ion.

        dn/dt = I/(z F)

    I: inward current (pA, or pA/um2 per area), 0 unless a protocol sets it. The outside compartment gives the ion up,
    so a long stimulus loads the cell as a real one does. Definition.
    """

    empirical = "the experimenter's current source: it can push ions uphill"
    ion: Any = option("ion", "the ion that carries the current")
    I = parameter("pA", 0.0, doc="inward current", source="definition", extensive=True)  # noqa: E741 - the field's symbol

    @property
    def moves(self) -> dict[Species, int]:
        """One ion per turnover."""
        return {self.ion: 1}

    def rate(self, at: Any) -> Any:
        """I/(z F)."""
        return self.I / (self.ion.z * at.F)
