"""exp and its relatives expm1, exprel, bernoulli, dexprel, tanh as branch-free vector code.

All begin alike: x = n ln 2 + r with |r| <= ln(2)/2, and exp(x) = 2**n (1 + r + tail(r)). Where 1 is taken away, it
is taken from 2**n first (exact or nearly), then r and its tail are added: what cancels has not been rounded yet.
2**n comes as two factors, so that results pass through the subnormal numbers to zero, and to infinity, by themselves.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from ionostat.engines.native.builder import Value
from ionostat.engines.native.kernels.polynomials import DEXPREL, EXP, polynomial

LN2_HIGH = 0.6931471803691238
"""ln 2 without its last 21 bits: its product with a whole number below 2**21 is exact."""
LN2_LOW = 1.9082149292705877e-10
ROUND = 1.5 * 2.0**52
"""Adding it rounds to a whole number, which then stands in the lowest bits."""
BIAS = 1023
"""Of the exponent of a double: n + BIAS, moved to the exponent's bits, is 2**n."""
LIMIT = 1000.0
"""Beyond it exp is infinite or zero, also after a division by x: the argument is held there."""


@dataclass(frozen=True)
class Reduced:
    """exp(x) = first * second * (1 + r + tail), with first * inverse = 1."""

    first: Value
    second: Value
    inverse: Value
    r: Value
    tail: Value

    def grown(self) -> Value:
        """exp(x)/first."""
        f = self.r.function
        return f.fused(self.second, self.r + self.tail, self.second)

    def less_one(self) -> Value:
        """(exp(x) - 1)/first."""
        return _less_one(self.second, self.inverse, self.r, self.tail)


def _less_one(scale: Value, one: Value, r: Value, tail: Value) -> Value:
    """Scale * (1 + r + tail) - one, in the order in which nothing is rounded before it cancels."""
    f = r.function
    return f.fused(scale, tail, f.fused(scale, r, scale - one))


def reduced(held: Value, *, careful: bool = False, low: Value | None = None) -> Reduced:
    """The parts of exp(held), or of exp(held + low), for |held| <= LIMIT. A NaN passes."""
    f = held.function
    shifted = f.fused(held, math.log2(math.e), ROUND + 2 * BIAS)
    n = shifted - (ROUND + 2 * BIAS)
    halved = f.fused(n, 0.5, ROUND + BIAS)
    r, tail = remainder(held, n, careful=careful, low=low)
    return Reduced(
        first=f.from_bits(f.bits(halved) << 52),
        second=f.from_bits((f.bits(shifted) - f.bits(halved)) << 52),
        inverse=f.from_bits((f.constant(2 * BIAS, f.integer) - f.bits(halved)) << 52),
        r=r,
        tail=tail,
    )


def remainder(held: Value, n: Value, *, careful: bool, low: Value | None = None) -> tuple[Value, Value]:
    """R = held + low - n ln 2, and exp(r) - 1 - r.

    If `careful`, r is held - n LN2_HIGH, which is exact and has few enough bits for 2**n - 1 + 2**n r to be nearly so;
    what is missing in it, n LN2_LOW, goes to the tail.
    """
    f = held.function
    coarse = f.fused(n, -LN2_HIGH, held)
    r = f.fused(n, -LN2_LOW, coarse) if low is None else coarse + f.fused(n, -LN2_LOW, low)
    square, bend = r * r, polynomial(r, EXP)
    if careful:
        return coarse, f.fused(square, bend, n * -LN2_LOW)
    return r, square * bend


def power_of_two(whole: Value) -> Value:
    """2**n for whole doubles |n| < 1023: the number plus the exponent's bias lands in the exponent's bits."""
    f = whole.function
    return f.from_bits(f.bits(whole + (ROUND + BIAS)) << 52)


def _held(x: Value) -> Value:
    """X within +-LIMIT."""
    f = x.function
    return f.larger(f.smaller(x, LIMIT), -LIMIT)


def signed_as(x: Value, value: Value) -> Value:
    """`value`, which is zero or has the sign of x anyway, with the sign of x: for a zero that keeps its sign."""
    f = x.function
    return f.from_bits(f.bits(value) | (f.bits(x) & -(2**63)))


def exp(x: Value) -> Value:
    """exp(x)."""
    parts = reduced(_held(x))
    return parts.grown() * parts.first


def expm1(x: Value) -> Value:
    """exp(x) - 1, accurate near 0."""
    parts = reduced(_held(x))
    return signed_as(x, parts.less_one() * parts.first)


def exprel(x: Value) -> Value:
    """(exp(x) - 1)/x with exprel(0) = 1. The division is by x itself, however negative."""
    f = x.function
    below = f.smaller(x, LIMIT)
    parts = reduced(f.larger(below, -LIMIT), careful=True)
    return f.select(x.equals(0.0), 1.0, parts.less_one() / below * parts.first)


def bernoulli(x: Value) -> Value:
    """1/exprel(x) = x/(exp(x) - 1), of |x| first and then by B(-x) = B(x) + x: nothing cancels."""
    f = x.function
    size = f.intrinsic("fabs", x)
    held = f.larger(f.smaller(size, LIMIT), 1e-300)  # the quotient is 1 there, as at 0
    parts = reduced(held)
    return held / parts.less_one() * parts.inverse - f.smaller(x, 0.0)


def dexprel(x: Value) -> Value:
    """Derivative of exprel: a polynomial on [-2, 1], (exp(x)(x - 1) + 1)/x**2 elsewhere.

    The quotient is corrected by its residual with the exact square. The square of a huge x would overflow before the
    result vanishes: x is made smaller by a power of two first.
    """
    f = x.function
    held = _held(x)
    parts = reduced(held)
    grown = parts.second * (held - 1.0)
    above = f.fused(grown, parts.r + parts.tail, grown + parts.inverse)
    size = f.smaller(f.intrinsic("fabs", x), 2.0**600)
    huge = size > 2.0**400
    below = f.select(huge, size * 2.0**-300, size)
    square = below * below
    far = _divided(above, square, f.intrinsic("fma", below, below, -square)) * parts.first
    far = f.select(huge, far * 2.0**-600, far)
    far = f.select(x > LIMIT, math.inf, far)
    near = polynomial(x + 0.5, DEXPREL)
    return f.select((x >= -2.0) & (x <= 1.0), near, far)


def tanh(x: Value) -> Value:
    """Hyperbolic tangent: tanh |x| = e/(e + 2) with e = exp(2|x|) - 1, and the sign of x; 1 from |x| = 20 on."""
    f = x.function
    size = f.smaller(f.intrinsic("fabs", x), 20.0)
    twice = size + size
    shifted = f.fused(twice, math.log2(math.e), ROUND + BIAS)
    scale = f.from_bits(f.bits(shifted) << 52)
    r, tail = remainder(twice, shifted - (ROUND + BIAS), careful=True)
    e = _less_one(scale, f.number(1.0), r, tail)
    return signed_as(x, e / (e + 2.0))


def _divided(above: Value, below: Value, rest: Value) -> Value:
    """above/(below + rest), where below has rounded off the rest: a quotient corrected by its residual."""
    f = above.function
    reciprocal = 1.0 / below
    quotient = above * reciprocal
    residual = f.fused(-quotient, rest, f.fused(-quotient, below, above))
    return f.fused(reciprocal, residual, quotient)
