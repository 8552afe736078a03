"""Interventions: drugs, toxins and changed media as data: what each acts on, how strongly, and who measured it.

An intervention turns a dose into changed parameters, here half the pumps of a cell:

    >>> from types import SimpleNamespace
    >>> cell = SimpleNamespace(paths=lambda: ["plasma.nka.scale"], value=lambda path: 1.0, is_amount=lambda path: False)
    >>> get("ouabain").changes("20 nM", cell)
    {'plasma.nka.scale': 0.5}
"""

from ionostat.interventions.catalogue import all, get, names
from ionostat.interventions.effect import Effect
from ionostat.interventions.intervention import Intervention
from ionostat.interventions.resolver import Resolver

__all__ = ["Effect", "Intervention", "Resolver", "all", "get", "names"]
