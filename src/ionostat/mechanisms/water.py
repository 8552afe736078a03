"""Water paths that follow osmolarity."""

from math import inf
from typing import Any

from ionostat.constants import V_WATER
from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import WATER


class Water(Mechanism):
    """Osmotic water flow by the osmotic water permeability P_f.

        dW/dt = P_f A V_w (Osm_in - Osm_out)

    P_f: um/ms (1 um/ms = 0.1 cm/s), A: membrane area (um2), V_w: molar volume of water (um3/amol), Osm: mM. No
    hydrostatic pressure, reflection coefficients of 1. Finkelstein (1987) Water Movement Through Lipid
    Bilayers, Pores, and Plasma Membranes.
    """

    moves = {WATER: 1}
    Pf = parameter("um3/ms", range=(0.0, inf), doc="osmotic water permeability (um/ms per area)", extensive=True)
    Vw = parameter(
        "um3/amol",
        V_WATER,
        range=(1e-6, 1e-4),
        doc="molar volume of water",
        source="18 cm3/mol, definition of the papers",
    )

    def rate(self, at: Any) -> Any:
        """P_f V_w (Osm_in - Osm_out)."""
        return self.Pf * self.Vw * (at.inside.osmolarity - at.outside.osmolarity)


class WaterHydraulic(Mechanism):
    """Osmotic water flow by the hydraulic conductivity L_p.

        dW/dt = L_p A R T (Osm_in - Osm_out)

    L_p: um/ms/Pa (or um3/ms/Pa for the whole membrane), R T Osm: osmotic pressure (Pa). Kedem & Katchalsky (1958)
    Biochim Biophys Acta 27:229, doi:10.1016/0006-3002(58)90330-5, with reflection coefficients of 1.
    """

    moves = {WATER: 1}
    Lp = parameter("um3/ms/Pa", range=(0.0, inf), doc="hydraulic conductivity", extensive=True)

    def rate(self, at: Any) -> Any:
        """L_p R T (Osm_in - Osm_out)."""
        return self.Lp * at.R * at.T * (at.inside.osmolarity - at.outside.osmolarity)
