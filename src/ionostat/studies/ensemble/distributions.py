"""How a parameter is spread over the members of an ensemble.

A distribution is truncated to the range that its parameter may have (`allowed_range` of the cell) and to `low` and
`high` where they are given. The rule: probability outside is removed and the rest scaled up to one, so no value is ever
moved to an edge. A distribution of which less than one percent lies inside is refused.

    normal        mean (else the cell's own value), and sd, or cv = sd/mean
    lognormal     median (else the cell's own value) or mean, and sigma = sd of ln value, or cv = sd/mean
    uniform       low and high, or `within` = half the width over the cell's own value
    loguniform    low and high, or `factor`: from own value / factor to own value * factor

>>> spread = lognormal(median=0.5, sigma=0.2)
>>> spread.values(np.array([0.5, 0.975])).round(3)
array([0.5 , 0.74])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import exp, isfinite, log, log1p, sqrt
from typing import Any, Literal, cast, get_args

import numpy as np

from ionostat.cell.description import Cell
from ionostat.cell.paths import allowed_range, check_range
from ionostat.errors import InputError, UnitError, UnknownNameError
from ionostat.units import dimension, quantity

Array = np.ndarray
Kind = Literal["normal", "lognormal", "uniform", "loguniform"]
INF = float("inf")
LEAST_INSIDE = 0.01
"""The part of a distribution that has to lie in the allowed range."""

KEYS: dict[str, tuple[str, ...]] = {
    "normal": ("mean", "sd", "cv", "low", "high"),
    "lognormal": ("median", "mean", "sigma", "cv", "low", "high"),
    "uniform": ("low", "high", "within"),
    "loguniform": ("low", "high", "factor"),
}
"""Kind -> the numbers that describe it."""
PURE = ("cv", "sigma", "within", "factor")
"""Those that have no unit."""


@dataclass(frozen=True)
class Distribution:
    """A distribution of one parameter in coherent units.

    `first` and `second` are mean and sd (normal), mean and sd of ln value (lognormal), or the ends of the interval
    (uniform; loguniform: their logarithms). `low` and `high` bound the values.
    """

    kind: Kind
    first: float
    second: float
    low: float = -INF
    high: float = INF

    @property
    def inside(self) -> float:
        """The probability that a value lies within the bounds before they are imposed."""
        low, high = self._bounds()
        return float(high - low)

    def values(self, u: Array) -> Array:
        """The values at probabilities `u` in (0, 1), by the inverse of the truncated distribution."""
        low, high = self._bounds()
        x = self._inverse(low + u * (high - low))
        return np.asarray(np.clip(x, self.low, self.high))  # rounding alone could leave the range, by the last digit

    def _bounds(self) -> tuple[float, float]:
        """Cumulative probability at `low` and at `high`."""
        return self._cumulative(self.low), self._cumulative(self.high)

    def _cumulative(self, value: float) -> float:
        if not isfinite(value):
            return float(value > 0)
        if self.kind in ("lognormal", "loguniform"):
            if value <= 0:
                return 0.0
            value = log(value)
        t = (value - self.first) / (self.second - self.first if "uniform" in self.kind else self.second)
        if "uniform" in self.kind:
            return min(max(t, 0.0), 1.0)
        from scipy.special import ndtr

        return float(ndtr(t))

    def _inverse(self, u: Array) -> Array:
        if "uniform" in self.kind:
            x = self.first + u * (self.second - self.first)
        else:
            from scipy.special import ndtri

            x = self.first + self.second * ndtri(u)
        return np.exp(x) if "log" in self.kind else x

    def within(self, low: float, high: float) -> Distribution:
        """The same, bounded further."""
        return replace(self, low=max(self.low, low), high=min(self.high, high))

    def to_record(self) -> dict[str, Any]:
        """Plain data; `None` where there is no bound."""
        return {k: v if k == "kind" or isfinite(v) else None for k, v in asdict(self).items()}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Distribution:
        """What `to_record` wrote."""
        bounds: dict[str, Any] = {"low": -INF, "high": INF}
        return cls(**{k: bounds[k] if v is None else v for k, v in record.items()})


def normal(mean: float, sd: float, low: float = -INF, high: float = INF) -> Distribution:
    """Normal; numbers in coherent units."""
    return Distribution("normal", mean, sd, low, high)


def lognormal(median: float, sigma: float, low: float = -INF, high: float = INF) -> Distribution:
    """Lognormal: ln value is normal about ln median with standard deviation sigma."""
    return Distribution("lognormal", log(median), sigma, low, high)


def uniform(low: float, high: float) -> Distribution:
    """Equally likely between low and high."""
    return Distribution("uniform", low, high)


def loguniform(low: float, high: float) -> Distribution:
    """Its logarithm is equally likely between those of low and high (both positive)."""
    return Distribution("loguniform", log(low), log(high))


def read_distribution(cell: Cell, path: str, given: Any) -> Distribution:
    """The distribution of a parameter, from one or from `{kind: {key: value with unit}}`, within its allowed range.

    >>> from ionostat import load
    >>> read_distribution(load("Kay2017_cell"), "bath.K", {"uniform": {"low": "2 mM", "high": "4 mM"}}).inside
    1.0
    """
    if isinstance(given, Distribution):
        return allowed(cell, path, given)
    if not isinstance(given, Mapping) or len(given) != 1:
        hint = "write {'lognormal': {'cv': '20 %'}}; kinds: " + ", ".join(KEYS)
        raise InputError(f"{path}: expected one distribution, got {given!r}", hint=hint, field=path)
    kind, numbers = next(iter(given.items()))
    if kind not in KEYS:
        raise UnknownNameError("distribution", str(kind), KEYS, field=path)
    numbers = {} if numbers is None else numbers
    if not isinstance(numbers, Mapping):
        raise InputError(f"{path}: {kind} needs {', '.join(KEYS[kind])}; got {numbers!r}", field=path)
    read = {key: read_number(cell, path, kind, key, value) for key, value in numbers.items()}
    return distribution_of(cell, path, kind, read)


def read_number(cell: Cell, path: str, kind: str, key: str, given: Any) -> float:
    """One number of a distribution in coherent units; a bare one means the declared unit."""
    if key not in KEYS[kind]:
        raise UnknownNameError(f"key of {kind}", key, KEYS[kind], field=path)
    unit = "1" if key in PURE else cell.number(path).unit
    what = f"{key} of {path}"
    if key == "sd" and dimension(unit) == dimension("K") and isinstance(given, str) and given.strip().endswith("C"):
        raise UnitError(f"{what} is a difference; '{given}' is a temperature", hint="write it in K", field=path)
    value = quantity(given, unit, field=what, bare=True)
    if key in (*PURE, "sd") and not value > 0:
        raise InputError(f"{what} must be positive; got {given}", field=path)
    if key not in (*PURE, "sd") and not (key in ("low", "high") and value == 0):
        check_range(cell, path, value)
    return value


def distribution_of(cell: Cell, path: str, kind: str, numbers: Mapping[str, float]) -> Distribution:
    """The distribution that numbers in coherent units describe; what is not given comes from the cell's own value."""
    own = cell[path]
    low, high = numbers.get("low", -INF), numbers.get("high", INF)
    if not low < high:
        raise InputError(f"{path}: low = {low:g} is not below high = {high:g}", field=path)
    if kind == "normal":
        mean = numbers.get("mean", own)
        sd = numbers["sd"] if _one(path, kind, numbers, "sd", "cv") == "sd" else abs(mean) * numbers["cv"]
        return allowed(cell, path, normal(mean, _positive(path, sd, "sd"), low, high))
    if kind == "lognormal":
        sigma = numbers["sigma"] if _one(path, kind, numbers, "sigma", "cv") == "sigma" else None
        sigma = sqrt(log1p(numbers["cv"] ** 2)) if sigma is None else sigma
        if "mean" in numbers:
            _one(path, kind, numbers, "mean", "median")
        median = numbers["mean"] * exp(-(sigma**2) / 2) if "mean" in numbers else numbers.get("median", own)
        return allowed(cell, path, lognormal(_positive(path, median, "median"), sigma, low, high))
    relative = "within" if kind == "uniform" else "factor"
    if relative in numbers:
        if len(numbers) > 1:
            raise InputError(f"{path}: give {relative}, or low and high, not both", field=path)
        low, high = _around(path, kind, own, numbers[relative])
    if not (isfinite(low) and isfinite(high)):
        raise InputError(f"{path}: {kind} needs low and high, or {relative}", field=path)
    if kind == "uniform":
        return allowed(cell, path, uniform(low, high))
    return allowed(cell, path, loguniform(_positive(path, low, "low"), high))


def _around(path: str, kind: str, own: float, size: float) -> tuple[float, float]:
    """The interval around the cell's own value."""
    if kind == "uniform":
        half = abs(own) * size
        _positive(path, half, "the cell's own value")
        return own - half, own + half
    if not size > 1:
        raise InputError(f"{path}: factor must be above 1; got {size:g}", field=path)
    return _positive(path, own, "the cell's own value") / size, own * size


def _one(path: str, kind: str, numbers: Mapping[str, float], *keys: str) -> str:
    """Which one of the keys is given; exactly one has to be."""
    found = [k for k in keys if k in numbers]
    if len(found) != 1:
        state = "not both" if found else "got neither"
        raise InputError(f"{path}: {kind} needs {' or '.join(keys)}, {state}", field=path)
    return found[0]


def _positive(path: str, value: float, what: str) -> float:
    if not value > 0:
        raise InputError(f"{path}: {what} must be positive; got {value:g}", field=path)
    return value


def allowed(cell: Cell, path: str, given: Distribution) -> Distribution:
    """The distribution within the range that the parameter may have; refused where it lies outside."""
    if given.kind not in get_args(Kind):
        raise UnknownNameError("distribution", cast(str, given.kind), get_args(Kind), field=path)
    cell.number(path)
    if not (isfinite(given.first) and isfinite(given.second)):
        raise InputError(f"{path}: the numbers of a {given.kind} distribution have to be finite", field=path)
    found = given.within(*allowed_range(cell, path))
    if found.low >= found.high or found.inside < LEAST_INSIDE:
        span = f"{found.low:g} to {found.high:g}"
        raise InputError(f"{path}: less than 1 % of this {given.kind} lies in its range ({span})", field=path)
    return found
