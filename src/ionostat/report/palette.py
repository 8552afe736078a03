"""The colours of figures and tables: one per idea, the same everywhere, safe for colour-blind readers."""

from __future__ import annotations

ION = {"Na": "#D55E00", "K": "#0072B2", "Cl": "#00875f", "Ca": "#a8456f"}
"""Colour of each ion."""

POTENTIAL = "#000000"
VOLUME = "#6f4bb2"
WATER = "#3b8ea5"
ATP = "#b07a00"
SPIKES = "#d4d7db"
"""Action potentials behind the line of V."""
OTHER = "#5f6368"
"""Everything that has no colour of its own: impermeants, other ions, notes."""

DASH: dict[str, tuple[int, tuple[float, ...]]] = {
    "Na": (0, (5, 1.6)),
    "K": (0, (6, 1.6, 1.2, 1.6)),
    "Cl": (0, (1.4, 1.4)),
}
"""Dash of an ion's Nernst potential, so that colour is never the only difference."""


def ion_colour(name: str) -> str:
    """Colour of an ion, grey for one without a colour of its own."""
    return ION.get(name, OTHER)
