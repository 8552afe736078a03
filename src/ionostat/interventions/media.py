"""Changed bathing media."""

from __future__ import annotations

from ionostat.interventions.intervention import Intervention
from ionostat.interventions.laws import Becomes, Concentrate, Dilute

MEDIA_INTERVENTIONS = (
    Intervention(
        name="high_potassium",
        what="More K outside; the dose is the new concentration. The cell file says which ion makes up for it.",
        targets=("bath.K",),
        law=Becomes("above"),
        example="8 mM",
        species="human plasma: above 5.5 mM; arrest above about 9 mM",
        aliases=("hyperkalaemia", "hyperkalemia"),
        source="clinical bands of plasma K",
        memory=True,
    ),
    Intervention(
        name="low_potassium",
        what="Less K outside; the dose is the new concentration. The cell file says which ion makes up for it.",
        targets=("bath.K",),
        law=Becomes("below"),
        example="2 mM",
        species="human plasma: below 3.5 mM; severe below 2.5 mM",
        aliases=("hypokalaemia", "hypokalemia"),
        source="clinical bands of plasma K",
        memory=True,
    ),
    Intervention(
        name="hypoosmotic",
        what="The bath diluted with water: every solute falls by the same share, K too.",
        targets=("bath.*",),
        law=Dilute(),
        dose_unit="1",
        only="mM",
        example="20 %",
        aliases=("hypoosmotic_shock", "hypotonic"),
        source="a definition; the osmotic test of the brain is 290 to 240 mOsm, 17 %",
    ),
    Intervention(
        name="hyperosmotic",
        what="The bath made more concentrated: every solute rises by the same share, K too.",
        targets=("bath.*",),
        law=Concentrate(),
        dose_unit="1",
        only="mM",
        example="20 %",
        aliases=("hyperosmotic_shock", "hypertonic"),
        source="a definition",
    ),
)
