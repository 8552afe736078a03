"""Conditions on what can be read off a cell, as text: `cytosol.volume > 3000 um3`, `plasma.V > 0 mV`.

A condition *happens* when it becomes true: `>` when the quantity rises above the level, `<` when it falls below. In
percent the level is relative to the start of the run: `cytosol.volume > 150 %`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from ionostat.errors import InputError, did_you_mean
from ionostat.protocols.places import Place
from ionostat.protocols.quantities import NUMBER, UNITS, is_unit
from ionostat.studies.text import duration
from ionostat.units import quantity

Array = np.ndarray
_SIGN = re.compile(r"[<>]=?")
_LEVEL = re.compile(rf"(?P<number>{NUMBER})\s*(?P<unit>.*)")
EXAMPLE = "conditions look like 'cytosol.volume > 3000 um3', 'plasma.V < -80 mV' or 'cytosol.volume > 150 %'"


@dataclass(frozen=True)
class Condition:
    """`name` above (or below) `level`, in the coherent unit of that quantity.

    `shown` is the level as it was written, `part` the level relative to the start where it was a percentage; `stops`
    says whether the run ends when the condition happens.
    """

    text: str
    name: str
    rising: bool
    level: float
    unit: str
    shown: str
    stops: bool
    part: float | None = None
    place: Place | None = field(default=None, compare=False, repr=False)

    def from_start(self, start: float) -> Condition:
        """With the level that a percentage of the value at the start stands for."""
        if self.part is None:
            return self
        if not start > 0:
            message = f"{self.name} is {start:.6g} {self.unit} at the start; a percentage of that is ambiguous"
            raise _refusal(message, self.place, hint=f"give the level with its unit: '{self.name} > ... {self.unit}'")
        level = self.part * start
        return replace(self, level=level, shown=f"{level:.6g} {self.unit} ({self.shown} of the start)")

    def holds(self, value: float) -> bool:
        """Whether it is true at a value of the quantity."""
        return value > self.level if self.rising else value < self.level

    def in_words(self) -> str:
        """What has happened: "plasma.V rose above 0 mV"."""
        return f"{self.name} {'rose above' if self.rising else 'fell below'} {self.shown}"


@dataclass(frozen=True)
class Crossing:
    """A condition that happened: when (ms), the value of its quantity (in `unit`), states and parameters then."""

    condition: Condition
    time: float
    value: float
    x: Array = field(compare=False, repr=False)
    p: Array = field(compare=False, repr=False)

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return self.condition.unit

    def in_words(self, start: float) -> str:
        """One sentence; of a volume it says how many times the volume at the start (`start`) that is."""
        times = ""
        if self.condition.name.endswith(".volume") and self.condition.part is None:
            times = f" ({self.value / start:.4g} times the volume at the start)"
        return f"{self.condition.in_words()}{times} at {duration(self.time)}"

    def to_dict(self) -> dict[str, object]:
        """Plain data with units."""
        return {
            "condition": self.condition.text,
            "name": self.condition.name,
            "direction": "up" if self.condition.rising else "down",
            "time": {"value": self.time, "unit": "ms"},
            "value": {"value": self.value, "unit": self.unit},
            "stops": self.condition.stops,
        }


def condition(text: str, units: Mapping[str, str], *, stops: bool = False) -> Condition:
    """Read a condition on one of the quantities in `units` (name -> coherent unit).

    >>> c = condition("cytosol.volume > 3 pL", {"cytosol.volume": "um3"})
    >>> c.name, c.rising, c.level, c.unit
    ('cytosol.volume', True, 3000.0, 'um3')
    >>> condition("cytosol.volum > 3 pL", {"cytosol.volume": "um3"})
    Traceback (most recent call last):
    ...
    ionostat.errors.InputError: unknown quantity 'cytosol.volum'
      cytosol.volum > 3 pL
      ^^^^^^^^^^^^^
      hint: did you mean 'cytosol.volume'?
    """
    if not isinstance(text, str):
        raise InputError(f"a condition is text; got {text!r}", hint=EXAMPLE)
    signs = list(_SIGN.finditer(text))
    if len(signs) != 1:
        place = Place(text, *signs[1].span()) if signs else Place(text, 0, max(len(text.strip()), 1))
        raise _refusal("a condition has one '>' or '<'", place, hint=EXAMPLE)
    left, right = _stripped(text, 0, signs[0].start()), _stripped(text, signs[0].end(), len(text))
    if not left.word:
        raise _refusal(f"what is to be {'above' if '>' in signs[0][0] else 'below'} the level?", left, hint=EXAMPLE)
    if left.word not in units:
        raise _refusal(f"unknown quantity '{left.word}'", left, hint=did_you_mean(left.word, units))
    unit = units[left.word]
    level, part = _level(right, left.word, unit)
    tidy = " ".join(text.split())
    return Condition(tidy, left.word, ">" in signs[0][0], level, unit, right.word, stops, part, right)


def _level(place: Place, name: str, unit: str) -> tuple[float, float | None]:
    """The level in the coherent unit, or NaN and the part of the start that it stands for."""
    match = _LEVEL.fullmatch(place.word)
    if match is None:
        raise _refusal(f"{name} needs a number to be compared with", place, hint=EXAMPLE)
    if match["unit"] == "%":
        return float("nan"), float(match["number"].replace("−", "-")) / 100
    if match["unit"] and not is_unit(match["unit"]):
        start = place.start + match.start("unit")
        raise _refusal(f"unknown unit '{match['unit']}'", replace(place, start=start), hint=_near_unit(match["unit"]))
    try:
        return quantity(place.word, unit, field=name), None
    except InputError as error:
        hint = error.hint or f"did you mean '{match['number']} {unit}'?"
        raise _refusal(error.message, place, hint=hint) from error


def _near_unit(unit: str) -> str:
    return did_you_mean(unit, UNITS) or "examples: mM, mV, um3, %"


def _stripped(text: str, start: int, end: int) -> Place:
    """The place of what stands between, without the blanks around it."""
    part = text[start:end]
    if not part.strip():
        return Place(text, start, end)
    return Place(text, start + len(part) - len(part.lstrip()), end - (len(part) - len(part.rstrip())))


def _refusal(message: str, place: Place | None, *, hint: str) -> InputError:
    return InputError(f"{message}\n{place.caret()}" if place else message, hint=hint, field=place.text if place else "")
