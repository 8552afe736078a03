"""From a dose to its effect: the few laws that every intervention uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ionostat.errors import InputError
from ionostat.interventions.effect import Effect
from ionostat.units import quantity


class Law(Protocol):
    """How a dose (coherent units) changes a parameter that starts at `start`."""

    @property
    def formula(self) -> str:
        """The law as a line of text, with its numbers."""

    def effect(self, dose: float, start: float) -> Effect:
        """What this dose does."""


@dataclass(frozen=True)
class Block:
    """One site, simple binding: the fraction still working is 1 / (1 + (c / IC50)^n).

    `c` is the concentration at the site and `n` the Hill coefficient. Valid at equilibrium: onset and wash-out are
    instantaneous here, where a real drug needs seconds (TTX) to an hour (ouabain at a few nM).

        >>> Block("20 nM").effect(20e-6, 1.0).factor
        0.5
    """

    half: str
    n: float = 1.0

    @property
    def formula(self) -> str:
        """The law as a line of text, with its numbers."""
        power = "" if self.n == 1 else f"^{self.n:g}"
        return f"scale x 1 / (1 + (c / {self.half}){power})"

    def effect(self, dose: float, start: float) -> Effect:
        """The share of the targets that is left."""
        return Effect.times(1.0 / (1.0 + (dose / quantity(self.half, "mM")) ** self.n))


@dataclass(frozen=True)
class Stop:
    """Nothing is left: factor 0, whatever the dose."""

    @property
    def formula(self) -> str:
        """The law as a line of text."""
        return "scale x 0"

    def effect(self, dose: float, start: float) -> Effect:
        """Zero."""
        return Effect.times(0.0)


@dataclass(frozen=True)
class Becomes:
    """The dose is the new value; it must lie on the side of the start value that the name promises."""

    side: Literal["above", "below"]

    @property
    def formula(self) -> str:
        """The law as a line of text."""
        return f"the dose, {self.side} the start value"

    def effect(self, dose: float, start: float) -> Effect:
        """The dose itself; refused when it lies on the wrong side of `start`."""
        if self.wrong_side(dose, start):
            raise self.refusal(dose, start)
        return Effect.to(dose)

    def wrong_side(self, dose: float, start: Any) -> Any:
        """Whether the start value (or which of an array of them) does not allow this dose."""
        return (start >= dose) if self.side == "above" else (start <= dose)

    def refusal(self, dose: float, start: float) -> InputError:
        """What to say about a dose on the wrong side."""
        return InputError(
            f"the new value must be {self.side} the start value {start:g}; got {dose:g}",
            hint="a plain change of the parameter has no such limit: 'bath.K = 4 mM'",
        )


@dataclass(frozen=True)
class Dilute:
    """Every solute of the bath times (1 - dose); the bath stays neutral.

    >>> Dilute().effect(0.2, 150.0)(150.0)
    120.0
    """

    @property
    def formula(self) -> str:
        """The law as a line of text."""
        return "concentration x (1 - dose)"

    def effect(self, dose: float, start: float) -> Effect:
        """The same factor for every solute."""
        if not dose < 1:
            raise InputError(f"a bath can be diluted by less than 100 %; got {100 * dose:g} %")
        return Effect.times(1.0 - dose)


@dataclass(frozen=True)
class Concentrate:
    """Every solute of the bath times (1 + dose); the bath stays neutral."""

    @property
    def formula(self) -> str:
        """The law as a line of text."""
        return "concentration x (1 + dose)"

    def effect(self, dose: float, start: float) -> Effect:
        """The same factor for every solute."""
        return Effect.times(1.0 + dose)
