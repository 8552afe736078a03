"""Where inside a step a watched function is zero: sought in all lanes at once, on the dense output.

By the ITP method (Oliveira & Takahashi, ACM Trans. Math. Softw. 47:5, 2020): as fast as the secant method, and at most
one evaluation more than bisection.
"""

from __future__ import annotations

from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.layout import Frame, Layout

RESOLUTION = 2.0**-46
"""A zero is sought to this part of the step."""
LOOKS = 64
"""More evaluations than the search can take: 46 halvings and one."""


def bracket(frame: Frame, low: Value, low_g: Value, high: Value, high_g: Value) -> None:
    """Where `find` is to look, and the values of its function at the two ends."""
    for name, value in (("low_end", low), ("low_g", low_g), ("high_end", high), ("high_g", high_g)):
        frame.set(name, value)


def write_find(layout: Layout) -> Function:
    """`find(s, k)`: the zero of function k in the lanes `sought`, between `low_end` and `high_end`, as `high_end`.

    `low_g` and `high_g` are its values there. Keeps g <= 0 at `low_end` and g > 0 at `high_end` (of the sign that g
    takes on), so the answer lies just past the zero. A function that is not a number there is bisected.
    """
    f = Function("find", [("ptr", "s"), ("i64", "k")], layout.lanes)
    frame = Frame(f, layout)
    k = f.argument("k")
    last = frame.get("high_g")
    sign = f.select(last > 0.0, f.number(1.0), -1.0)
    frame.set("low_g", frame.get("low_g") * sign)
    frame.set("high_g", last * sign)
    frame.set("stride", frame.get("high_end") - frame.get("low_end"))
    with f.loop(LOOKS):
        low, high = frame.get("low_end"), frame.get("high_end")
        open_ = frame.get("sought").differs(0.0) & (high - low > RESOLUTION)
        with f.when(f.any(open_)):
            frame.set("theta", _itp(frame, low, high))
            f.call("inside", f.argument("s"))
            theta, g = frame.get("theta"), frame.get("value", k) * sign
            past = g > 0.0
            above, below = open_ & past, open_ & (past ^ True)
            frame.set("high_end", f.select(above, theta, high))
            frame.set("high_g", f.select(above, g, frame.get("high_g")))
            frame.set("low_end", f.select(below, theta, low))
            frame.set("low_g", f.select(below, g, frame.get("low_g")))
            frame.set("stride", frame.get("stride") * 0.5)
    f.finish()
    return f


def _itp(frame: Frame, low: Value, high: Value) -> Value:
    """The next point: regula falsi, moved a little towards the middle, never farther from it than `stride` allows."""
    f = frame.function
    g_low, g_high = frame.get("low_g"), frame.get("high_g")
    middle, width = (low + high) * 0.5, high - low
    falsi = (g_high * low - g_low * high) / (g_high - g_low)
    aside = middle - falsi
    inward = f.select(aside > 0.0, f.number(1.0), -1.0)
    shift = width * width * 0.2
    point = f.select(shift <= f.intrinsic("fabs", aside), falsi + inward * shift, middle)
    reach = frame.get("stride") - width * 0.5
    point = f.select(f.intrinsic("fabs", point - middle) <= reach, point, middle - inward * reach)
    return f.select((point > low) & (point < high), point, middle)
