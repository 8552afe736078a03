"""What a change does to one parameter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """The new value of a parameter: factor * present + constant.

    Both kinds of change are of this form: `set` has factor 0, `multiply` has constant 0; so changes that
    overlap compose, and stay linear in time under a ramp.

        >>> Effect.times(0.5)(8.0), Effect.to(3.0)(8.0)
        (4.0, 3.0)
    """

    factor: float = 1.0
    constant: float = 0.0

    def __call__(self, present: float) -> float:
        """The value after the change."""
        return self.factor * present + self.constant

    @classmethod
    def to(cls, value: float) -> Effect:
        """The parameter becomes `value`, whatever it was."""
        return cls(0.0, value)

    @classmethod
    def times(cls, factor: float) -> Effect:
        """The parameter is multiplied by `factor`."""
        return cls(factor, 0.0)
