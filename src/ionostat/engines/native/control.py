"""Step-size control: the first step, acceptance, the next step, and why a cell stops.

Simple control h <- 0.8 h error**(-1/order), between a fifth and six times h, with no growth right after a
rejection. A PI controller removes rejections too, but was 15 % dearer at equal error on slow transients. With
0.9 in place of 0.8 a spiking neuron has 18 % of its trials rejected (0.8: 2 %) and costs 8 % more at equal
error; the slow rundown of a cell does not care.
"""

from __future__ import annotations

import math

from ionostat.engines.native import events, status
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.kernels import ROUND, power_of_two
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import Method

SAFETY, SHRINK, GROW = 0.8, 0.2, 6.0
RESOLUTION = 16 * 2.0**-52
"""A step below this part of the time already reached cannot be resolved."""


def write_start(system: System, method: Method, layout: Layout) -> Function:
    """`start(a, s)`: the first step of lanes whose `h` is 0, from f and one explicit Euler trial.

    With d_0, d_1, d_2 the norms of y, y' and y'' in units of the tolerance, the time scale of change is
    T = d_1/d_2 and the local error of order q about d_1 T (h/T)**q; h makes that 0.01. Scaling time scales h.
    """
    f = Function("start", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    moving = [j for j in range(system.n_states) if system.mass[j]]
    span, share = frame.argument_splat("span"), frame.argument_splat("share")
    ceiling = f.smaller(frame.argument_splat("h_max"), span)
    rtol = frame.argument_splat("rtol")

    def scale(j: int) -> Value:
        return frame.get("atol", j) + f.intrinsic("fabs", frame.get("y", j)) * rtol

    def norm(terms: list[Value]) -> Value:
        total = f.number(0.0)
        for term in terms:
            total = total + term * term
        return f.intrinsic("sqrt", total * share)

    d0 = norm([frame.get("y", j) / scale(j) for j in moving])
    d1 = f.larger(norm([frame.get("f", j) / scale(j) for j in moving]), 1e-300)
    first = f.smaller(f.larger(d0, 1.0) / d1 * 0.01, ceiling)
    for j in range(system.n_states):
        y = frame.get("y", j)
        frame.set("Y", y + first * frame.get("f", j) if system.mass[j] else y, j)
    f.call("rhs", frame.address("Y"), frame.address("p"), frame.address("b"))
    changes = [(frame.get("b", j) - frame.get("f", j)) / scale(j) for j in moving]
    d2 = f.larger(norm(changes) / first, 1e-300)
    time = d1 / d2
    power = f.kernel("exp", f.kernel("log", 0.01 / (d1 * time)) * (1.0 / method.order))
    h = f.smaller(f.smaller(time * power, first * 100.0), ceiling)
    h = f.select(h > 0.0, h, first * 1e-3)  # the Euler trial left the domain of f
    h = f.select(h > 0.0, h, frame.argument_splat("h_min"))  # f itself is not finite: one trial will tell
    frame.set("h", f.select(frame.get("h").equals(0.0), h, frame.get("h")))
    f.finish()
    return f


def write_judge(system: System, method: Method, layout: Layout) -> Function:
    """`judge(a, s)`: accept or reject the trial of every lane, save, choose the next step, set `code`.

    `code` is 0 while a lane goes on and its status + 1 when its cell has ended.
    """
    f = Function("judge", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    tau, used, error = (frame.get(name) for name in ("tau", "used", "error"))
    active, last = frame.mask("active"), frame.mask("last")
    finite = error < math.inf
    accept = active & (error <= 1.0)
    following = _next_step(frame, method, accept, finite)
    reached = f.select(accept, f.select(last, frame.argument_splat("span"), tau + used), tau)
    frame.set("reached", reached)
    if system.watched:
        events.look(frame, accept)
        reached = frame.get("reached")
    _save_inside(frame, system, accept & (frame.get("next_save") <= reached))
    stopped = events.end_there(frame, system.n_states) if system.watched.events else None
    for j in range(system.n_states):
        frame.set("y", f.select(accept, frame.get("Y", j), frame.get("y", j)), j)
        frame.set("carry", f.select(accept, frame.get("Carry", j), frame.get("carry", j)), j)
    frame.set("tau", reached)
    frame.set("h", f.select(active, following, frame.get("h")))
    frame.set("limit", f.select(accept, f.number(GROW), 1.0))
    one = f.constant(1, f.integer)
    frame.set("steps", frame.get("steps") + f.select(accept, one, 0))
    frame.set("rejected", frame.get("rejected") + f.select(active & (accept ^ True), one, 0))
    too_small = following < reached * RESOLUTION + frame.argument_splat("h_min")
    code = _code(frame, active, accept & last, finite, too_small)
    if stopped is not None:
        code = f.select(stopped, f.constant(status.STOPPED + 1, f.integer), code)
    frame.set("code", code)
    frame.set_counter("fresh", f.convert("zext", f.any(accept), "i64"))
    frame.set_counter("event", f.convert("zext", f.any(code.differs(0)), "i64"))
    f.finish()
    return f


def _next_step(frame: Frame, method: Method, accept: Value, finite: Value) -> Value:
    """The step to want next: by the error, or a fifth where the trial was not even finite."""
    f = frame.function
    h, used = frame.get("h"), frame.get("used")
    factor = rough_power(frame.get("error"), -0.5 / method.order) * SAFETY
    factor = f.larger(f.smaller(factor, frame.get("limit")), SHRINK)
    following = used * f.select(finite, factor, SHRINK)
    # A step cut short to land on the end says nothing against the longer one that was wanted.
    wanted = f.select(used < h, h, following)
    return f.smaller(f.select(accept, f.larger(following, wanted), following), frame.argument_splat("h_max"))


def rough_power(x: Value, power: float) -> Value:
    """x**power within 1 % for 0 <= x < inf and |power| <= 1/2: all that the size of a step needs, and soon at hand.

    The next step waits for it, so it is short: log2 x is the exponent plus a parabola of the mantissa, and 2**t a
    cubic times a power of two.
    """
    f = x.function
    bits = f.bits(x)
    exponent = f.from_bits((bits >> 52) | 0x4330000000000000) - (2.0**52 + 1023.0)
    m = f.from_bits((bits & 0x000FFFFFFFFFFFFF) | 0x3FF0000000000000) - 1.0
    t = (exponent + m * (1.3465 - m * 0.3465)) * power
    whole = (t + ROUND) - ROUND
    r = t - whole
    cubic = 1.0 + r * (0.6931 + r * (0.2402 + r * 0.0558))
    return cubic * power_of_two(whole)


def _save_inside(frame: Frame, system: System, saving: Value) -> None:
    """Interpolate in the lanes that passed a save time, while the old states are still there."""
    f = frame.function
    frame.set("code", saving)
    with f.when(f.any(saving)):
        f.call("dense", f.argument("s"))
        if not all(system.mass):
            f.call("save_between", f.argument("a"), f.argument("s"))
            return
        with f.loop(frame.layout.lanes) as lane, f.when(frame.get_lane("code", lane).differs(0)):
            f.call("save", f.argument("a"), f.argument("s"), lane)


def _code(frame: Frame, active: Value, finished: Value, finite: Value, too_small: Value) -> Value:
    """Status + 1 of the lanes that end here; to have finished counts before any failure."""
    f = frame.function
    spent = (frame.get("steps") + frame.get("rejected")) >= frame.argument_splat("max_steps")
    code = f.select(active & spent, f.constant(status.STEP_LIMIT + 1, f.integer), 0)
    failure = f.select(finite, f.constant(status.STEP_TOO_SMALL + 1, f.integer), status.NON_FINITE + 1)
    code = f.select(active & too_small, failure, code)
    return f.select(finished, f.constant(status.OK + 1, f.integer), code)
