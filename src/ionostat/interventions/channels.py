"""What acts on the voltage-gated channels."""

from __future__ import annotations

from ionostat.interventions.intervention import Intervention
from ionostat.interventions.laws import Block

CHANNEL_INTERVENTIONS = (
    Intervention(
        name="TTX",
        what="Tetrodotoxin: plugs voltage-gated Na channels from outside.",
        targets=("*.nav*.scale",),
        law=Block("3 nM"),
        example="1 uM",
        species="sensitive channels (resistant ones: 1 to 2 uM; Nav1.8: 100 uM)",
        aliases=("tetrodotoxin",),
        range=("1 nM", "10 nM"),
        source="the middle of the reported range on a log scale",
        memory=True,
    ),
    Intervention(
        name="TEA",
        what="Tetraethylammonium from outside: plugs K channels one by one; those of squid it plugs only from inside.",
        targets=("*.kv*.scale",),
        law=Block("8 mM"),
        example="20 mM",
        species="frog skeletal muscle",
        aliases=("tetraethylammonium",),
        source="Stanfield (1970) J Physiol 209:209, doi:10.1113/jphysiol.1970.sp009163",
    ),
)
