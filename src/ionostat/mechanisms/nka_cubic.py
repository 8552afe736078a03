"""Na/K pump cubic in sodium."""

from typing import Any

from ionostat.mechanisms.mechanism import SodiumPotassiumPump


class NKACubic(SodiumPotassiumPump):
    """Na/K-ATPase driven by the third power of the sodium ratio.

        I_p = I_max ([Na]i/[Na]o)^3

    I_p: net outward current (pA/um2); I_max is the current at equal sodium on both sides, not a ceiling: the law does
    not saturate and does not see potassium. Valid for [Na]i well below [Na]o. Keener & Sneyd (2009) Mathematical
    Physiology, chapter 2; Dusterwald et al. (2018) eLife 7:e39575, doi:10.7554/eLife.39575.
    """

    def saturation(self, at: Any) -> Any:
        """([Na]i/[Na]o)^3."""
        return (at.inside.Na / at.outside.Na) ** 3
