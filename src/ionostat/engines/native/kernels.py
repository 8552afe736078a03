"""Elementary functions as branch-free vector code: exp, expm1, exprel, its reciprocal, dexprel, log, tanh.

No lane ever waits for another and nothing calls the C library, so a cell's digits depend on nothing but the
cell. Each kernel holds over all doubles: infinities, NaN, zeros and subnormal numbers included. Largest
errors found against 60-digit arithmetic are in tests/engines/native/test_kernels.py.

The polynomials are Chebyshev interpolants made with 60 digits (mpmath.chebyfit) on the interval given beside
each; their own error is below 0.1 ulp of the result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ionostat.engines.native.builder import Function, Value, real_type

LN2_HIGH = 0.6931471803691238
"""ln 2 without its last 21 bits: its product with a whole number below 2**21 is exact."""
LN2_LOW = 1.9082149292705877e-10
ROUND = 1.5 * 2.0**52
"""Adding and subtracting it rounds to a whole number, which then stands in the lowest bits."""

EXP = (
    0.5000000000000001,
    0.16666666666666669,
    0.04166666666662413,
    0.008333333333330062,
    0.0013888888917213717,
    0.00019841269863053618,
    2.4801521295954376e-05,
    2.7557268459997064e-06,
    2.7620088445409746e-07,
    2.510038549551032e-08,
)
"""(exp(r) - 1 - r)/r**2 on |r| <= ln(2)/2."""

LOG = (
    0.666666666666667,
    0.39999999999899444,
    0.2857142862600327,
    0.22222211130259878,
    0.18182889455674947,
    0.15331710618210773,
    0.14616585424888623,
)
"""(2 atanh(s)/s - 2)/s**2 as a polynomial in s**2, on |s| <= 0.1716."""

DEXPREL = (
    0.5,
    0.33333333333333337,
    0.125,
    0.03333333333333178,
    0.006944444444444353,
    0.0011904761904929966,
    0.0001736111111121019,
    2.2045855299190406e-05,
    2.4801587254424228e-06,
    2.50521279278102e-07,
    2.2964444208670986e-08,
    1.9268297308029706e-09,
    1.4910462510638438e-10,
    1.0875970998749004e-11,
    7.26945015997829e-13,
)
"""(exp(x)(x - 1) + 1)/x**2 on |x| <= 1."""


def polynomial(x: Value, coefficients: Sequence[float]) -> Value:
    """Horner's rule over pairs (Estrin's first level): half the latency, the same number of operations."""
    c = [x.function.number(value) for value in coefficients]
    pairs = [c[i] + x * c[i + 1] if i + 1 < len(c) else c[i] for i in range(0, len(c), 2)]
    square = x * x
    total = pairs[-1]
    for pair in reversed(pairs[:-1]):
        total = pair + square * total
    return total


def _reduced(x: Value) -> tuple[Value, Value, Value, Value]:
    """The argument as n ln 2 + r: the two halves of 2**n as factors, 1/first factor, and exp(r) - 1.

    Beyond +-1000 the argument is held: the two factors then overflow to infinity and underflow to zero by
    themselves, through the subnormal numbers. A NaN passes.
    """
    f = x.function
    held = f.larger(f.smaller(x, 1000.0), -1000.0)
    n = (held * math.log2(math.e) + ROUND) - ROUND
    r = (held - n * LN2_HIGH) - n * LN2_LOW
    half = (n * 0.5 + ROUND) - ROUND
    first = power_of_two(half)
    second = power_of_two(n - half)
    inverse = power_of_two(-half)
    grown = r + (r * r) * polynomial(r, EXP)
    return first, second, inverse, grown


def power_of_two(whole: Value) -> Value:
    """2**n for whole doubles |n| < 1023: the number plus the exponent's bias lands in the exponent's bits."""
    f = whole.function
    return f.from_bits(f.bits(whole + (ROUND + 1023.0)) << 52)


def exp(x: Value) -> Value:
    """exp(x)."""
    first, second, _, grown = _reduced(x)
    return (second + second * grown) * first


def expm1(x: Value) -> Value:
    """exp(x) - 1, accurate near 0."""
    first, second, inverse, grown = _reduced(x)
    return ((second - inverse) + second * grown) * first


def exprel(x: Value) -> Value:
    """(exp(x) - 1)/x with exprel(0) = 1; the division is by x itself, however large."""
    f = x.function
    value = f.select(x.equals(0.0), 1.0, expm1(x) / x)
    return f.select(x.equals(math.inf), math.inf, value)


def bernoulli(x: Value) -> Value:
    """1/exprel(x) = x/(exp(x) - 1) for x >= 0; `expressions` gets the other side from B(-x) = B(x) + x."""
    f = x.function
    return f.select(x.equals(0.0), 1.0, f.smaller(x, 1000.0) / expm1(x))


def dexprel(x: Value) -> Value:
    """Derivative of exprel: a polynomial for |x| < 1, (exp(x)(x - 1) + 1)/x**2 elsewhere."""
    f = x.function
    held = f.larger(x, -1000.0)
    far = (exp(x) * (held - 1.0) + 1.0) / (x * x)
    far = f.select(x > 720.0, math.inf, far)
    return f.select(f.intrinsic("fabs", x) < 1.0, polynomial(x, DEXPREL), far)


def log(x: Value) -> Value:
    """Natural logarithm; -inf at 0, NaN below, exact scaling of subnormal numbers.

    x = 2**k m with m in [sqrt(1/2), sqrt(2)); log m = 2 atanh(s) with s = (m - 1)/(m + 1).
    """
    f = x.function
    tiny = x < 2.2250738585072014e-308
    scaled = f.select(tiny, x * 2.0**54, x)
    root = 0x3FE6A09E667F3BCD  # the bits of sqrt(1/2)
    shifted = f.bits(scaled) + (0x3FF0000000000000 - root)
    mantissa = f.from_bits((shifted & 0x000FFFFFFFFFFFFF) + root)
    exponent = f.from_bits((shifted >> 52) | 0x4330000000000000) - (2.0**52 + 1023.0)
    k = f.select(tiny, exponent - 54.0, exponent)
    g = mantissa - 1.0
    s = g / (g + 2.0)
    z = s * s
    half_square = g * g * 0.5
    tail = s * (half_square + z * polynomial(z, LOG)) + k * LN2_LOW
    value = k * LN2_HIGH - ((half_square - tail) - g)
    value = f.select(x.equals(math.inf), math.inf, value)
    value = f.select(x.equals(0.0), -math.inf, value)
    return f.select(x >= 0.0, value, math.nan)


def tanh(x: Value) -> Value:
    """Hyperbolic tangent: tanh |x| = -e/(e + 2) with e = exp(-2|x|) - 1, and the sign of x."""
    f = x.function
    e = expm1(f.intrinsic("fabs", x) * -2.0)
    size = f.bits(f.intrinsic("fabs", e / (e + 2.0)))
    return f.from_bits(size | (f.bits(x) & -(2**63)))


KERNELS = {f.__name__: f for f in (exp, expm1, exprel, bernoulli, dexprel, log, tanh)}
"""The elementary functions by name."""


def kernel_text(name: str, lanes: int, *, suffix: str = "", inline: bool = False) -> tuple[str, set[str]]:
    """One kernel as the IR function `kernel.<name><suffix>`, and the declarations that it needs."""
    real = real_type(lanes)
    function = Function(f"kernel.{name}{suffix}", [(real, "x")], lanes, returns=real)
    function.finish(KERNELS[name](function.argument("x")))
    function.inline = inline
    return function.text(attributes="memory(none)"), function.declarations
