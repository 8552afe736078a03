"""The coherent units of the package as SBML unit definitions."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any

from ionostat.interop.libraries import libsbml
from ionostat.units import dimension

BASE = {
    "[length]": ("metre", -6, "um"),
    "[time]": ("second", -3, "ms"),
    "[mass]": ("gram", -9, "ng"),
    "[current]": ("ampere", -12, "pA"),
    "[substance]": ("mole", -18, "amol"),
    "[temperature]": ("kelvin", 0, "K"),
}
"""Dimension -> the SBML unit, its power of ten, and the coherent unit in short."""
NAMES = (
    *("um", "um2", "um3", "ms", "mV", "amol", "mM", "pA", "nS", "pF", "fC", "K"),
    *("1/ms", "1/ms/mV", "mM/ms", "mV/ms", "pA/ms", "amol/ms", "um/ms", "um3/ms", "um3/amol", "um3/ms/Pa"),
    *("nS/um2", "pA/um2", "pF/um2", "aJ/amol", "aJ/amol/K", "fC/amol", "amol/ms/um2"),
)
"""Units that keep their usual names; others are named by their dimensions."""
MODEL_WIDE = {"substance": "amol", "extent": "amol", "time": "ms", "volume": "um3", "area": "um2", "length": "um"}


class Units:
    """Defines units in a model as they are needed."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.known: dict[tuple[tuple[str, float], ...], str] = {(): "dimensionless"}
        self.usual = {dimension(name): name for name in NAMES}
        for role, unit in MODEL_WIDE.items():
            getattr(model, f"set{role.capitalize()}Units")(self.id_of(unit))

    def id_of(self, unit: str) -> str:
        """Identifier of the coherent unit with the dimension of `unit` (numbers in the model are in that scale)."""
        wanted = dimension(unit)
        if wanted not in self.known:
            self.known[wanted] = self._define(wanted)
        return self.known[wanted]

    def _define(self, wanted: tuple[tuple[str, float], ...]) -> str:
        text = self.usual.get(wanted) or _spelled(wanted)
        made = self.model.createUnitDefinition()
        made.setId(re.sub(r"\W+", "_", text.replace("1/", "per_").replace("/", "_per_")))
        made.setName(text)
        for name, power in wanted:
            kind, scale, _ = BASE[name]
            unit = made.createUnit()
            unit.setKind(libsbml().UnitKind_forName(kind))
            unit.setExponent(power)
            unit.setScale(scale)
            unit.setMultiplier(1.0)
        return str(made.getId())


def _spelled(wanted: tuple[tuple[str, float], ...]) -> str:
    """`amol/um2/ms`: what stands above, then what stands below, by dimension."""
    sides: dict[bool, list[str]] = defaultdict(list)
    for name, power in wanted:
        size = f"{abs(power):g}"
        sides[power > 0].append(BASE[name][2] + ("" if size == "1" else size))
    return "/".join(["*".join(sides[True]) or "1", *sides[False]])
