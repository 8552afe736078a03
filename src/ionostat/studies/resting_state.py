"""The result of looking for a rest: a state with a verdict, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from ionostat.cell.description import Cell
from ionostat.errors import UnknownNameError

Verdict = Literal["stable", "unstable", "neutral", "none"]


@dataclass(frozen=True)
class RestingState:
    """A resting state of a cell and what is known about it.

    `verdict` is "stable", "unstable", "neutral" (a quantity is conserved by value: named in `conserved`, and held; or,
    with nothing in `conserved`, a mode that cannot be told from one that neither grows nor decays) or "none" (then
    `reason` says which volume or amount runs away, and `certificate` holds the evidence).
    `quantities` maps paths to values in the units of `units`; `eigenvalues` are in 1/ms, slowest first.
    """

    cell: Cell
    verdict: Verdict
    reason: str
    quantities: dict[str, float]
    units: dict[str, str]
    x: np.ndarray
    p: np.ndarray
    eigenvalues: np.ndarray = field(default_factory=lambda: np.zeros(0, complex))
    conserved: tuple[str, ...] = ()
    certificate: dict[str, Any] = field(default_factory=dict)
    label: str = "rest"
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    """What nature would not allow: a pump beyond the free energy of ATP, a potential no membrane stands."""
    iterations: int = 0
    residual: float = float("nan")
    engine: str = "native"

    @property
    def found(self) -> bool:
        """Whether there is a resting state."""
        return self.verdict != "none"

    @property
    def status(self) -> str:
        """Verdict and reason in one line."""
        return f"{self.verdict}: {self.reason}" if self.reason else self.verdict

    @property
    def time_constants(self) -> np.ndarray:
        """1/|Re lambda| in ms, slowest first."""
        with np.errstate(divide="ignore"):
            return np.asarray(1 / np.abs(self.eigenvalues.real))

    def __getitem__(self, name: str) -> float:
        """Value of a quantity by path (`rest["plasma.V"]`), in the unit `rest.units[name]`."""
        try:
            return self.quantities[name]
        except KeyError:
            if not self.found:
                raise UnknownNameError("quantity (there is no rest)", name, []) from None
            raise UnknownNameError("quantity", name, self.quantities) from None

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: no NaN, every value with its unit."""
        from ionostat.units import to

        return {
            "cell": self.cell.name,
            "closure": self.cell.closure,
            "verdict": self.verdict,
            "status": self.status,
            "label": self.label,
            "quantities": {n: {"value": _finite(v), "unit": self.units[n]} for n, v in self.quantities.items()},
            "eigenvalues": [{"re": float(v.real), "im": float(v.imag), "unit": "1/ms"} for v in self.eigenvalues],
            "time_constants": [{"value": _finite(to(t, "s")), "unit": "s"} for t in self.time_constants],
            "conserved": list(self.conserved),
            "certificate": self.certificate,
            "deviations": [{"id": d.id, "what": d.what} for d in self.cell.deviations],
            "notes": list(self.notes),
            "warnings": list(self.warnings),
            "statistics": {"iterations": self.iterations, "residual": _finite(self.residual), "engine": self.engine},
        }

    def __repr__(self) -> str:
        from ionostat.studies.text import rest_text

        return rest_text(self)

    def _repr_html_(self) -> str:
        from ionostat.studies.text import as_html

        return as_html(repr(self))


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
