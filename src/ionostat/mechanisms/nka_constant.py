"""Na/K pump at a constant rate."""

from typing import Any

from ionostat.mechanisms.mechanism import SodiumPotassiumPump


class NKAConstant(SodiumPotassiumPump):
    """Na/K-ATPase that turns at one rate whatever the ions are.

        I_p = I_max

    I_p: net outward current (pA/um2). The simplest pump of the pump-leak theory; it would pump sodium that is not
    there, so at high rates its rests hold less than one sodium ion, or do not exist. Kay (2017) Front Cell Dev Biol
    5:41, doi:10.3389/fcell.2017.00041; Keener & Sneyd (2009) Mathematical Physiology, chapter 2.
    """

    def saturation(self, at: Any) -> Any:
        """Always 1."""
        return 1
