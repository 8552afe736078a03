"""Everything that can be read off a state, evaluated on arrays; `readings.py` has the expressions and their names."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import Expressions, expressions


@dataclass(frozen=True)
class Observables:
    """Named expressions with their units, ready to evaluate on arrays of states."""

    units: dict[str, str]
    evaluate: Expressions


@lru_cache(maxsize=32)
def observables(eq: Equations) -> Observables:
    """All observables of a cell."""
    units: dict[str, str] = eq.record.recall("units", lambda: {n: u for n, (_, u) in eq.readings.items()})
    return Observables(units, expressions(eq, "observables", lambda: {n: e for n, (e, _) in eq.readings.items()}))
