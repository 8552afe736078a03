"""What acts on the Na/K pump."""

from __future__ import annotations

from ionostat.interventions.intervention import Intervention
from ionostat.interventions.laws import Block, Stop

PUMP = ("*.nka.scale",)

PUMP_INTERVENTIONS = (
    Intervention(
        name="ouabain",
        what="Binds the Na/K pump from outside and blocks it: as the human pump, whatever cell is given.",
        targets=PUMP,
        law=Block("20 nM"),
        example="1 mM",
        species="human, isoforms alpha1 to alpha3 alike; a cell with the alpha1 pump of a rodent needs ouabain_rat",
        aliases=("strophanthin_g",),
        range=("10 nM", "40 nM"),
        source="Crambert et al. (2000) J Biol Chem 275:1976, doi:10.1074/jbc.275.3.1976",
        memory=True,
    ),
    Intervention(
        name="ouabain_rat",
        what="Ouabain on the insensitive alpha1 pump of rat and mouse.",
        targets=PUMP,
        law=Block("48 uM"),
        example="1 mM",
        species="rat alpha1 (rat alpha2: 37 to 115 nM, alpha3: 1.6 nM)",
        source="PubMed 8161218",
    ),
    Intervention(
        name="digoxin",
        what="A cardiac glycoside: blocks the Na/K pump from outside as ouabain does; raised K outside weakens it.",
        targets=PUMP,
        law=Block("20 nM"),
        example="1 nM",
        species="human; therapeutic in plasma 0.64 to 1.15 nM, toxic above 2.6 nM",
        range=("10 nM", "40 nM"),
        source="Crambert et al. (2000) J Biol Chem 275:1976, doi:10.1074/jbc.275.3.1976",
        memory=True,
    ),
    Intervention(
        name="vanadate",
        what="Takes the place of phosphate on the pump from inside and blocks it; the dose is the one in the cytosol.",
        targets=PUMP,
        law=Block("1 uM"),
        example="10 uM",
        range=("0.1 uM", "5 uM"),
        source="depends on Mg and K; binds the E2 form",
        memory=True,
    ),
    Intervention(
        name="pump_stop",
        what="Stops every Na/K pump at once and completely, as when the energy supply ends.",
        targets=PUMP,
        law=Stop(),
        dose_unit=None,
        aliases=("energy_stop", "stop_pump"),
        source="an idealisation; poisons of the energy supply take seconds to minutes",
    ),
)
