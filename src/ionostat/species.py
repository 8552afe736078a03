"""What a mechanism can move or turn over: ions, water, metabolites."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Species:
    """A chemical species with its charge number.

    `name` is how it is written in paths and files (`cytosol.Na`), `z` its valence.
    """

    name: str
    z: int = 0

    def __str__(self) -> str:
        return self.name


Na = Species("Na", 1)
K = Species("K", 1)
Cl = Species("Cl", -1)
Ca = Species("Ca", 2)
H = Species("H", 1)
HCO3 = Species("HCO3", -1)
Li = Species("Li", 1)
NH4 = Species("NH4", 1)

WATER = Species("water")
"""Water, counted by volume: what moves is um3, not amol."""

ATP = Species("ATP", -4)
ADP = Species("ADP", -3)
Pi = Species("Pi", -2)

GHOST = Species("ghost", 1)
"""The counter-charge that a published model left out: charge, but no particle and no osmotic effect."""

IONS: dict[str, Species] = {s.name: s for s in (Na, K, Cl, Ca, H, HCO3, Li, NH4)}
METABOLITES: dict[str, Species] = {s.name: s for s in (ATP, ADP, Pi)}
