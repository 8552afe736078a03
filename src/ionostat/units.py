"""Units at the door: quantities with a unit become plain numbers in one coherent scale, and back.

Inside the package every number is a float in um, ms, mV, K and amol and what follows from them:
mM (= amol/um3), fL (= um3), fC, pA, nS, pF, aJ, Pa; so no equation carries a conversion factor.
The three sign rules, quoted everywhere else: **V is inside minus outside. Current is outward positive.
`moves` is positive into the inside compartment.**

    >>> quantity("4 mM", "mM"), quantity("0.3 mS/cm2", "nS/um2"), quantity("37 degC", "K")
    (4.0, 0.003, 310.15)
    >>> quantity("8 mV", "mM", field="bath.K")
    Traceback (most recent call last):
    ...
    ionostat.errors.UnitError: bath.K is a concentration (mM); '8 mV' is a voltage
"""

from __future__ import annotations

import re
from functools import cache
from math import isfinite
from typing import Any

from ionostat.constants import ZERO_CELSIUS
from ionostat.errors import UnitError
from ionostat.store import content_of, name_of, recall

_COHERENT = {
    "[length]": 1e-6,
    "[time]": 1e-3,
    "[mass]": 1e-12,
    "[current]": 1e-12,
    "[substance]": 1e-18,
    "[temperature]": 1.0,
}
"""SI value of the coherent unit of each base dimension (um, ms, 1e-12 kg, pA, amol, K)."""

_NAMES = {
    "mM": "a concentration",
    "mV": "a voltage",
    "ms": "a time",
    "um3": "a volume",
    "um2": "an area",
    "um": "a length",
    "K": "a temperature",
    "amol": "an amount",
    "pA": "a current",
    "pA/um2": "a current density",
    "nS": "a conductance",
    "nS/um2": "a conductance density",
    "pF": "a capacitance",
    "pF/um2": "a specific capacitance",
    "Pa": "a pressure",
    "um/ms": "a velocity or permeability",
    "um3/ms": "a volume flow or total permeability",
    "1/ms": "a rate",
    "aJ": "an energy",
    "aJ/amol": "a molar energy",
    "aJ/ms": "a power",
    "fC": "a charge",
    "amol/ms": "a flux",
    "amol/ms/um2": "a flux density",
    "mM/ms": "a concentration rate",
    "1": "a pure number",
}

_NUMBER = re.compile(r"^\s*(?P<number>[-+−]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>.*?)\s*$")


@cache
def registry() -> Any:
    """The pint registry of the package (imported on first use)."""
    import pint

    ureg: Any = pint.UnitRegistry(autoconvert_offset_to_baseunit=True)
    ureg.define("osmolar = mole / liter = Osm = OsM")
    return ureg


def _tidy(unit: str) -> str:
    """`uA/cm2` and `1/(mM ms)` in the notation that pint reads: powers with **, products with *."""
    unit = unit.replace("µ", "u").replace("μ", "u").replace("·", "*").replace("²", "2").replace("³", "3")
    unit = re.sub(r"(?<![\w.])([A-Za-z]+)\^?(-?\d)(?![\d.])", r"\1**\2", unit)
    return re.sub(r"(?<=[\w)])\s+(?=[A-Za-z(])", "*", unit.strip()) or "1"


@cache
def _parse(unit: str) -> tuple[float, tuple[tuple[str, float], ...]]:
    """Factor from `unit` to the coherent unit of its dimension, and that dimension."""
    if unit in ("", "1"):
        return 1.0, ()
    if unit == "%":
        return 0.01, ()
    value, powers = recall(name_of("unit", _definitions(), unit), lambda: _by_pint(unit))
    return value, tuple((base, power) for base, power in powers)


@cache
def _definitions() -> str:
    """A name for all that a parsed unit follows from: pint's table of units, and this module."""
    return name_of(content_of("pint", "default_en.txt"), content_of("ionostat", "units.py"))


def _by_pint(unit: str) -> tuple[float, tuple[tuple[str, float], ...]]:
    try:
        parsed = registry().Quantity(1.0, _tidy(unit)).to_base_units()
    except Exception as error:
        raise UnitError(f"unknown unit '{unit}'", hint="examples: mM, mV, nS/um2, uA/cm2, um3, min") from error
    si = float(parsed.magnitude)
    dims = {str(k): float(v) for k, v in dict(parsed.dimensionality).items()}
    for name, power in dims.items():
        if name not in _COHERENT:
            raise UnitError(f"unit '{unit}' has the dimension {name}, which no cell quantity has")
        si /= _COHERENT[name] ** power
    return _round(si), tuple(sorted((k, v) for k, v in dims.items() if v))


def _round(x: float) -> float:
    """Remove the last-digit noise of a product of powers of ten (1.0000000000000002 -> 1)."""
    return float(f"{x:.15g}")


def factor(unit: str) -> float:
    """How many coherent units make one `unit`: `factor("uA/cm2")` is 0.01 (pA/um2)."""
    return _parse(unit)[0]


def dimension(unit: str) -> tuple[tuple[str, float], ...]:
    """Base dimensions of `unit` as sorted pairs; equal for units that convert into each other."""
    return _parse(unit)[1]


def describe(unit: str) -> str:
    """What a unit measures, in words: "a concentration" for mM."""
    wanted = dimension(unit)
    return next((name for known, name in _NAMES.items() if dimension(known) == wanted), f"in {unit}")


def quantity(given: Any, unit: str, *, field: str = "", bare: bool = False) -> float:
    """The number of `given` in the coherent scale, after checking that it has the dimension of `unit`.

    `given` is a string ("4 mM", "37 degC", "-70mV"), a pint quantity, or a number. A number without a unit
    is refused unless the quantity is dimensionless or `bare` is true (it then means `unit`).
    """
    what = field or "this quantity"
    if hasattr(given, "m_as"):
        given = f"{float(given.magnitude)!r} {given.units:~C}".strip()
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise UnitError(f"{what} needs a number with a unit, like '1 {unit}'; got {given!r}", field=field)
    match = _NUMBER.match(str(given))
    if match is None:
        message = f"{what}: cannot read '{given}' as a number with a unit"
        raise UnitError(message, hint=f"write it like '{'1' if unit == '1' else f'1 {unit}'}'", field=field)
    number, text = float(match["number"].replace("−", "-")), match["unit"]
    text = f"1{text}" if text.startswith("/") else text
    if not isfinite(number):
        raise UnitError(f"{what}: '{given}' has to be finite", field=field)
    if not text:
        if dimension(unit) and not bare:
            message = f"{what} is {describe(unit)}; '{given}' has no unit"
            raise UnitError(message, hint=f"write '{given} {unit}'", field=field)
        return number * factor(unit)
    if dict(dimension(unit)) == {"[temperature]": 1.0} and text in ("C", "degC", "°C", "celsius"):
        return number + ZERO_CELSIUS
    if dimension(text) != dimension(unit):
        raise UnitError(f"{what} is {describe(unit)} ({unit}); '{given}' is {describe(text)}", field=field)
    return number * factor(text)


def to(value: Any, unit: str) -> Any:
    """A coherent number (or array) expressed in `unit`, for labels: `to(0.01, "uA/cm2")` is 1."""
    return value / factor(unit)


def __getattr__(name: str) -> Any:
    """`from ionostat.units import mM`: pint units by name, so that `5 * mM` can be written in Python."""
    if name.startswith("_"):
        raise AttributeError(name)
    try:
        return getattr(registry(), name)
    except Exception as error:
        raise AttributeError(f"no unit '{name}'") from error
