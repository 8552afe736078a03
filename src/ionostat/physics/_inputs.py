"""Refusing numbers that no cell can have: the one door check of every formula in this package.

Only numbers are judged. A symbol has no sign yet and passes; so does NaN, which is how a run reports a value that
does not exist, and which must stay visible in what is computed from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from ionostat.constants import ZERO_CELSIUS
from ionostat.errors import InputError

Value: TypeAlias = Any
"""A float, a NumPy array or a SymPy expression."""


def positive(unit: str, **values: Value) -> None:
    """Refuse a number that is zero or negative.

    >>> positive("mM", c_in=140.0, c_out=-5.0)
    Traceback (most recent call last):
    ...
    ionostat.errors.InputError: c_out must be positive (mM); got -5.0
    """
    for name, value in values.items():
        _refuse(name, value, lambda x: x <= 0, f"must be positive ({unit})")


def not_negative(unit: str, **values: Value) -> None:
    """Refuse a number below zero."""
    for name, value in values.items():
        _refuse(name, value, lambda x: x < 0, f"must not be negative ({unit})")


def negative(unit: str, hint: str, **values: Value) -> None:
    """Refuse a number that is zero or positive."""
    for name, value in values.items():
        _refuse(name, value, lambda x: x >= 0, f"must be negative ({unit})", hint)


def nonzero(**values: Value) -> None:
    """Refuse zero, where a formula divides by a charge, a slope or a net stoichiometry."""
    for name, value in values.items():
        _refuse(name, value, lambda x: x == 0, "must not be zero")


def monovalent(z: Value) -> None:
    """Refuse a charge number other than +1 and -1."""
    _refuse("z", z, lambda x: np.abs(x) != 1, "must be +1 or -1 in this formula")


def temperature(T: Value, name: str = "T") -> None:
    """Refuse a temperature of 100 or less: no cell is at 100 K, so degrees Celsius were meant.

    >>> temperature(37)
    Traceback (most recent call last):
    ...
    ionostat.errors.InputError: T must be an absolute temperature (K); got 37
      hint: 37 degrees Celsius is 310.15 K
    """
    hint = f"37 degrees Celsius is {37 + ZERO_CELSIUS} K"
    _refuse(name, T, lambda x: x <= 100, "must be an absolute temperature (K)", hint)


def same_length(**sequences: Sequence[Value]) -> None:
    """Refuse sequences that do not hold one entry per ion, or hold none."""
    lengths = {name: len(values) for name, values in sequences.items()}
    if len(set(lengths.values())) > 1 or 0 in lengths.values():
        given = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise InputError(f"{', '.join(lengths)} need one entry per ion; {given}", field=next(iter(lengths)))


def _refuse(name: str, value: Value, bad: Callable[[Any], Any], expected: str, hint: str = "") -> None:
    numbers = np.asarray(value.magnitude if hasattr(value, "m_as") else value)
    if numbers.dtype.kind not in "biuf":
        return
    wrong = np.asarray(bad(numbers))
    if wrong.any():
        first = tuple(int(i) for i in np.argwhere(wrong)[0])
        where = f" at index {first if len(first) > 1 else first[0]}" if first else ""
        raise InputError(f"{name} {expected}; got {numbers[first].item()!r}{where}", hint=hint, field=name)
