"""Logarithms as branch-free vector code: log, log1p, and a logarithm of twice the precision for powers.

x = 2**k m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s) with s = (m - 1)/(m + 1).
"""

from __future__ import annotations

import math

from ionostat.engines.native.builder import Value
from ionostat.engines.native.kernels.exponential import LN2_HIGH, LN2_LOW, signed_as
from ionostat.engines.native.kernels.polynomials import LOG, LOG_TAIL, polynomial

_ROOT = 0x3FE6A09E667F3BCD
"""The bits of sqrt(1/2)."""
_ONE = 0x3FF0000000000000
"""The bits of 1."""
TINY = 2.2250738585072014e-308
"""The smallest normal double."""


def split(x: Value) -> tuple[Value, Value]:
    """The mantissa m and the exponent k of a positive normal number, both as doubles."""
    f = x.function
    shifted = f.bits(x) + (_ONE - _ROOT)
    mantissa = f.from_bits((shifted & 0x000FFFFFFFFFFFFF) + _ROOT)
    exponent = f.from_bits((shifted >> 52) | 0x4330000000000000) - (2.0**52 + 1023.0)
    return mantissa, exponent


def split_any(x: Value) -> tuple[Value, Value]:
    """The same for every positive number, subnormal ones too."""
    f = x.function
    tiny = x < TINY
    mantissa, exponent = split(f.select(tiny, x * 2.0**54, x))
    return mantissa, f.select(tiny, exponent - 54.0, exponent)


def _assembled(g: Value, k: Value) -> Value:
    """log(1 + g) + k ln 2, where 1 + g is a mantissa."""
    f = g.function
    s = g / (g + 2.0)
    z = s * s
    half_square = g * g * 0.5
    tail = f.fused(k, LN2_LOW, s * f.fused(z, polynomial(z, LOG), half_square))
    return f.fused(k, LN2_HIGH, g - (half_square - tail))


def _with_limits(x: Value, pole: float, value: Value) -> Value:
    """`value` where x > pole; -inf at the pole, NaN below it (and for NaN), infinity at infinity."""
    f = x.function
    value = f.select(x.equals(math.inf), math.inf, value)
    value = f.select(x.equals(pole), -math.inf, value)
    return f.select(x >= pole, value, math.nan)


def log(x: Value) -> Value:
    """Natural logarithm; -inf at 0, NaN below, exact scaling of subnormal numbers."""
    mantissa, k = split_any(x)
    return _with_limits(x, 0.0, _assembled(mantissa - 1.0, k))


def log1p(x: Value) -> Value:
    """log(1 + x), accurate near 0; -inf at -1, NaN below.

    What 1 + x rounds off is put back, at its scale, into the mantissa less 1; without an exponent that gives x itself.
    """
    f = x.function
    u = x + 1.0
    lost = f.select(x > 1.0, 1.0 - (u - x), x - (u - 1.0))
    mantissa, k = split(u)
    # 2**(1 - k) from the difference of the two bit patterns: with the 1 it is no less than zero for every k.
    twice = f.from_bits(f.bits(mantissa) - f.bits(u) + (_ONE + (1 << 52)))
    g = f.fused(lost * twice, 0.5, mantissa - 1.0)
    return signed_as(x, _with_limits(x, -1.0, _assembled(g, k)))


def double_log(x: Value) -> tuple[Value, Value]:
    """Log x of a positive finite number as a sum of two doubles, to about 2**-64 of itself.

    2 atanh(s) = s (2 + z (2/3 + z tail(z))), z = s**2: all but the tail in pairs of doubles (Dekker, Knuth), products
    by fused multiply-add.
    """
    f = x.function
    mantissa, k = split_any(x)
    g = mantissa - 1.0
    below = mantissa + 1.0
    reciprocal = 1.0 / below
    s = g * reciprocal
    s_low = (f.intrinsic("fma", -s, below, g) - s * (mantissa - (below - 1.0))) * reciprocal
    z, z_low = _product(s, s)
    z_low = f.fused(s + s, s_low, z_low)
    third, third_low = _sum(f.number(2.0 / 3.0), z * polynomial(z, LOG_TAIL))
    third_low = third_low + _TWO_THIRDS_LOW
    u, u_low = _product(z, third)
    u_low = u_low + f.fused(z, third_low, z_low * third)
    v, v_low = _sum(f.number(2.0), u)
    v_low = v_low + u_low
    low, low_low = _product(s, v)
    low_low = low_low + f.fused(s, v_low, s_low * v)
    high, rest = _sum(k * LN2_HIGH, low)
    return high, rest + f.fused(k, LN2_LOW, low_low)


_TWO_THIRDS_LOW = 3.700743415417188e-17
"""2/3 less the double nearest to it."""


def _product(a: Value, b: Value) -> tuple[Value, Value]:
    """A * b exactly, as a rounded product and what it lost."""
    product = a * b
    return product, a.function.intrinsic("fma", a, b, -product)


def _sum(a: Value, b: Value) -> tuple[Value, Value]:
    """A + b exactly, as a rounded sum and what it lost, where |a| >= |b| or a = 0."""
    total = a + b
    return total, (a - total) + b
