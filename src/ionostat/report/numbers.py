"""Numbers for people: few digits, a unit that reads well, plain signs."""

from __future__ import annotations

from math import isfinite

from ionostat.units import to

_UNITS = {"um3": "µm³", "um2": "µm²", "1": ""}
_SHOWN_IN = {"amol/ms": "amol/s", "um3/ms": "um3/s", "aJ/ms": "fW", "aJ/amol": "kJ/mol"}
"""Coherent unit -> the unit in which a table shows it."""


def shown(value: float, unit: str) -> tuple[float, str]:
    """A coherent value and its unit as tables show them: amol/s for turnovers, fW for heat, kJ/mol for free energy.

    >>> shown(0.0733, "amol/ms"), shown(-58400.0, "aJ/amol")
    ((73.3, 'amol/s'), (-58.4, 'kJ/mol'))
    """
    better = _SHOWN_IN.get(unit, unit)
    return (float(to(value, better)) if better != unit else value), better


def pretty(unit: str) -> str:
    """A unit as it is printed: µm³ for um3, nothing for a pure number."""
    return _UNITS.get(unit, unit)


def plain(value: float, digits: int = 5) -> str:
    """A number with `digits` significant digits, without a needless exponent; "?" for what is not known.

    >>> plain(1963.5183), plain(-72.588106), plain(2865.3, 3), plain(4.4e7, 3), plain(float("nan"))
    ('1963.5', '-72.588', '2865', '4.4e+07', '?')
    """
    if not isfinite(value):
        return "?"
    if value == 0 or abs(value) < 1e-300:
        return "0"
    if 1e-4 <= abs(value) < 1e6:
        text = f"{value:.{digits}g}"
        return text if "e" not in text else f"{value:.0f}"
    return f"{value:.{digits}g}"


def with_unit(value: float, unit: str, digits: int = 5) -> str:
    """A coherent value as a person would write it: `with_unit(0.0733, "amol/ms")` is "73.3 amol/s"."""
    number, better = shown(value, unit)
    return f"{plain(number, digits)} {pretty(better)}".rstrip()


def signed(value: float, digits: int = 3) -> str:
    """A change with its sign: "+64.6", "-1.3", "0"."""
    return f"+{plain(value, digits)}" if value > 0 else plain(value, digits)


def percent(ratio: float, digits: int = 3) -> str:
    """A relative change in percent, or a factor where percents stop being readable.

    >>> percent(1.646), percent(0.954), percent(9.69), percent(0.0466)
    ('+64.6 %', '-4.6 %', '×9.69', '-95.3 %')
    """
    if not isfinite(ratio):
        return "?"
    if ratio >= 3:
        return f"×{plain(ratio, digits)}"
    change = 100 * (ratio - 1)
    return f"{signed(change, digits)} %" if abs(change) >= 5e-4 else "0 %"
