"""x**y as branch-free vector code."""

from __future__ import annotations

import math

from ionostat.engines.native.builder import Value
from ionostat.engines.native.kernels.exponential import LIMIT, reduced
from ionostat.engines.native.kernels.logarithm import double_log


def pow(x: Value, y: Value) -> Value:  # the name of the function that it is
    """x**y = exp(y log|x|), with the logarithm and the product as pairs of doubles: a large y keeps its digits.

    Special arguments as in IEEE 754 (and C), with one exception: a NaN always stays NaN, also in x**0 and 1**y, so that
    a state that went wrong stays visible. A negative x has a power only where y is whole.
    """
    f = x.function
    size, order = f.intrinsic("fabs", x), f.intrinsic("fabs", y)
    high, low = double_log(size)
    high = f.select(size.equals(math.inf), math.inf, f.select(size.equals(0.0), -math.inf, high))
    product = y * high
    rest = f.fused(y, low, f.intrinsic("fma", y, high, -product))
    # Beyond the limit exp is infinite or zero anyway, and the rest may be anything.
    rest = f.select(f.intrinsic("fabs", product) < LIMIT, rest, 0.0)
    parts = reduced(f.larger(f.smaller(product, LIMIT), -LIMIT), low=rest)
    value = parts.grown() * parts.first
    value = f.select(y.equals(0.0) | size.equals(1.0), 1.0, value)
    whole = _is_whole(order)
    odd = whole & (_is_whole(order * 0.5) ^ True)
    sign = f.bits(x) & f.select(odd, f.constant(-(2**63), f.integer), 0)
    value = f.from_bits(f.bits(value) ^ sign)
    value = f.select((x < 0.0) & (x > -math.inf) & (whole ^ True), math.nan, value)
    return f.select(x.differs(x) | y.differs(y), math.nan, value)


def _is_whole(size: Value) -> Value:
    """Whether a number that is not negative is whole: from 2**52 on all are."""
    return (size >= 2.0**52) | ((size + 2.0**52) - 2.0**52).equals(size)
