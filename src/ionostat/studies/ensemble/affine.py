"""Values of a protocol that depend on a member's own number in a straight line: factor x number + constant.

A protocol sets, multiplies, ramps and gives back parameters; each of these is of that form in the number that the
parameter starts with. So a protocol is compiled once, with such values in place of numbers, for all members: what
happens when does not depend on the numbers of one of them.

>>> base = Affine(nominal=5.0)
>>> half = 0.5 * base + 1.0
>>> half.of(8.0), half == 0.5 * base + 1.0, base >= 4.0
(5.0, True, True)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Affine:
    """factor x number + constant. Compared in size with a plain number, it stands for that of the base cell."""

    factor: float = 1.0
    constant: float = 0.0
    nominal: float = field(default=0.0, compare=False)

    def of(self, number: Any) -> Any:
        """The value for a member's own number (or an array of them)."""
        if self.factor == 0.0:
            return self.constant
        return number if (self.factor, self.constant) == (1.0, 0.0) else self.factor * number + self.constant

    def __add__(self, other: Affine | float) -> Affine:
        if isinstance(other, Affine):
            return Affine(self.factor + other.factor, self.constant + other.constant, self.nominal)
        return Affine(self.factor, self.constant + other, self.nominal)

    def __mul__(self, other: float) -> Affine:
        return Affine(self.factor * other, self.constant * other, self.nominal)

    def __rsub__(self, other: float) -> Affine:
        return -1.0 * self + other

    def __sub__(self, other: Affine | float) -> Affine:
        return self + -1.0 * other

    __radd__, __rmul__ = __add__, __mul__

    def __float__(self) -> float:
        return self.factor * self.nominal + self.constant

    def __le__(self, other: float) -> bool:
        return float(self) <= other

    def __ge__(self, other: float) -> bool:
        return float(self) >= other

    def __format__(self, form: str) -> str:
        return format(float(self), form)


def value_of(value: Affine | float, number: Any) -> Any:
    """The value that a protocol gives a member whose own number this is."""
    return value.of(number) if isinstance(value, Affine) else value
