"""What acts on the cation-chloride cotransporters."""

from __future__ import annotations

from ionostat.interventions.intervention import Intervention
from ionostat.interventions.laws import Block

TRANSPORTER_INTERVENTIONS = (
    Intervention(
        name="bumetanide",
        what="A loop diuretic: blocks NKCC1; KCC2 only above some 10 uM, which is left out.",
        targets=("*.nkcc1.scale",),
        law=Block("0.3 uM"),
        example="10 uM",
        range=("0.1 uM", "1 uM"),
        source="the middle of the reported range on a log scale; human NKCC1 in oocytes about 1 uM: "
        "Hampel et al. (2018) Sci Rep 8:9877, doi:10.1038/s41598-018-27995-w",
        memory=True,
    ),
    Intervention(
        name="furosemide",
        what="A loop diuretic: blocks NKCC1 and KCC2 about alike.",
        targets=("*.nkcc1.scale", "*.kcc2.scale"),
        law=Block("30 uM"),
        example="100 uM",
        aliases=("frusemide",),
        range=("10 uM", "100 uM"),
        source="the middle of the reported range on a log scale",
        memory=True,
    ),
    Intervention(
        name="VU0463271",
        what="Blocks KCC2 selectively.",
        targets=("*.kcc2.scale",),
        law=Block("60 nM"),
        example="10 uM",
        aliases=("vu",),
        source="Delpire et al. (2012) Bioorg Med Chem Lett 22:4532",
        memory=True,
    ),
)
