"""Numbers with a unit as the experimenter wrote them, and durations in words."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ionostat.errors import InputError, ProtocolError, UnitError, closest
from ionostat.protocols.places import Place, refusal
from ionostat.units import dimension, quantity

NUMBER = r"[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
UNITS = (
    *("M", "mM", "uM", "nM", "pM", "amol", "fmol", "V", "uV", "mV", "A", "nA", "pA", "S", "mS", "nS", "pS"),
    *("Pa", "kPa", "MPa", "K", "degC", "%", "fC", "pC", "fL", "um", "um2", "um3", "pA/um2", "uA/cm2", "nS/um2"),
    *("mS/cm2", "pF/um2", "uF/cm2", "aJ/amol", "kJ/mol", "mM/ms", "mM/s", "1/ms", "1/s", "amol/ms", "um/ms"),
    *("d", "h", "min", "s", "ms", "us"),
)
"""The units people write most, for "did you mean"."""

TIMES = {"d": 86_400_000.0, "h": 3_600_000.0, "min": 60_000.0, "s": 1_000.0, "ms": 1.0, "us": 0.001}
"""Milliseconds in each unit of time, longest first."""


@dataclass(frozen=True)
class Quantity:
    """A number and a unit, not yet converted: only the cell knows what the number is of.

    >>> Quantity.of("8mM"), str(Quantity.of("-20 pA")), str(Quantity.of(0.5))
    (Quantity(number=8.0, unit='mM'), '-20 pA', '0.5')
    """

    number: float
    unit: str = ""
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not math.isfinite(self.number):
            raise refusal(f"a quantity must be a finite number; got {self.number}", self.place)

    @classmethod
    def of(cls, given: Any) -> Quantity:
        """From text ("8 mM"), a number, a pint quantity (`8 * mM`), or a `Quantity`."""
        if isinstance(given, Quantity):
            return given
        if hasattr(given, "m_as"):
            given = f"{given.magnitude!r} {given.units:~C}"
        match = re.fullmatch(rf"\s*({NUMBER})\s*(.*?)\s*", str(given))
        if match is None or isinstance(given, bool):
            raise ProtocolError(f"cannot read {given!r} as a number with a unit", hint="write it like '8 mM'")
        return cls(float(match[1].replace("−", "-")), re.sub(r"\s+", " ", match[2])).checked()

    def __str__(self) -> str:
        return f"{write_number(self.number)} {self.unit}".strip()

    def checked(self) -> Quantity:
        """Itself, after asking that the unit exists."""
        if not is_unit(self.unit):
            near = closest(self.unit, UNITS)
            hint = f"did you mean '{near}'?" if near else "examples: mM, mV, nS/um2, uA/cm2, um3, min"
            raise refusal(f"unknown unit '{self.unit}'", self.place, hint=hint)
        return self

    def into(self, unit: str, what: str) -> float:
        """The number in coherent units, after checking that it has the dimension of `unit`."""
        try:
            return quantity(str(self), unit, field=what)
        except InputError as error:
            hint = error.hint or f"did you mean '{Quantity(self.number, '' if unit == '1' else unit)}'?"
            raise refusal(error.message, self.place, hint=hint, field=error.field) from error


def is_unit(text: str) -> bool:
    """Whether a unit of this name exists."""
    try:
        dimension(text)
    except UnitError:
        return False
    return True


def duration(given: Any, what: str = "a duration") -> float:
    """A time in ms, longer than nothing.

    >>> duration("2 h")
    7200000.0
    >>> duration("10")
    Traceback (most recent call last):
    ...
    ionostat.errors.ProtocolError: a duration is a time; '10' has no unit
      hint: write '10 min', '10 s' or '10 ms'
    """
    time = moment(given, what)
    return positive(time, what, Quantity.of(given))


def moment(given: Any, what: str = "a time") -> float:
    """A time in ms from the start, which may be 0."""
    read = Quantity.of(given)
    if not read.unit:
        hint = f"write '{read} min', '{read} s' or '{read} ms'"
        raise refusal(f"{what} is a time; '{read}' has no unit", read.place, hint=hint)
    time = read.into("ms", what)
    if time < 0:
        raise refusal(f"{what} cannot be negative; got '{read}'", read.place)
    return time


def positive(time: float, what: str = "a duration", shown: Quantity | None = None) -> float:
    """`time` itself when it is finite and longer than nothing."""
    if not (math.isfinite(time) and time > 0):
        raise refusal(f"{what} must be longer than 0; got '{shown or time}'", shown.place if shown else None)
    return time


def write_number(x: float) -> str:
    """The shortest text that reads back to the same float.

    >>> write_number(8.0), write_number(0.1), write_number(-0.0)
    ('8', '0.1', '-0')
    """
    text = repr(float(x))
    return text.removesuffix(".0")


def write_time(ms: float) -> str:
    """A time in the unit that people would choose, exact.

    >>> [write_time(t) for t in (7.2e6, 5.4e6, 0.001, 1500.0, 0.1)]
    ['2 h', '90 min', '1 us', '1.5 s', '100 us']
    """
    if ms == 0:
        return "0 s"
    shown = [(f"{ms / size:.6g}", unit, ms / size) for unit, size in TIMES.items() if ms / size >= 1]
    exact = [(text, unit, n) for text, unit, n in shown if n < 1e6 and _same(text, unit, ms)]
    whole = [(text, unit, n) for text, unit, n in exact if "." not in text and n < 1000]
    for text, unit, _ in (*whole, *exact):
        return f"{text} {unit}"
    return f"{write_number(ms)} ms"


def _same(text: str, unit: str, ms: float) -> bool:
    return float(text) * TIMES[unit] == ms
