"""What becomes of a step of the search: taken or refused, the next h, and why a cell ends.

The rules are those of `ionostat.numerics.pseudo_transient`, lane by lane.
"""

from __future__ import annotations

import math

from ionostat.engines.native import rest_status as status
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.layout import Frame
from ionostat.engines.native.rest_layout import RestLayout
from ionostat.engines.native.rest_system import RestSystem
from ionostat.numerics import pseudo_transient as rule


def write_judge_rest(rest: RestSystem, layout: RestLayout) -> Function:
    """`judge(a, s)`: take or refuse the proposed step of every lane, choose the next h, set `code`.

    `code` is 0 while a lane goes on and its status + 1 when its cell has ended.
    """
    f = Function("judge", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    active, h = frame.mask("active"), frame.get("used")
    size, small, finite_step = _change(frame, rest)
    take = active & small & _finite(frame, "b", rest.system.n_states)
    # h: by the change of the step that was taken, or back.
    grown = f.larger(f.smaller(rule.AIM / f.larger(size, 1e-300), rule.FASTEST), rule.SLOWEST)
    back = f.select(finite_step, f.number(rule.SHRINK), rule.RETREAT)
    following = f.smaller(h * f.select(take, grown, back), rule.LARGEST)

    late = take & (h > rule.NEWTON)
    best, idle, one = frame.get("best"), frame.get("idle"), f.constant(1, f.integer)
    idle = f.select(late, f.select(size > best * rule.REFUSE, idle + one, 0), idle)
    best = f.select(late, f.smaller(size, best), best)
    still = (idle > rule.IDLE) & (best < rule.ROUND_OFF)
    converged = late & ((size < frame.argument_splat("tolerance")) | still)
    refused = f.select(take, f.constant(0, f.integer), frame.get("refused") + one)
    iterations = frame.get("iterations") + f.select(active, one, 0)

    away = _out_of_bounds(frame, rest) & take
    fine = _finite(frame, "f", rest.system.n_states) & (frame.get("poison") * 0.0).equals(0.0)
    endings = (
        (status.ITERATION_LIMIT, iterations >= frame.argument_splat("max_iterations")),
        (status.STALLED, (take ^ True) & ((following < rule.SMALLEST) | (refused > rule.REFUSALS))),
        (status.CONVERGED, converged),
        (status.RAN_AWAY, away),
        (status.NON_FINITE, fine ^ True),
        (status.INFEASIBLE, frame.mask("new")),
    )
    code = f.constant(0, f.integer)
    for number, mask in endings:
        code = f.select(active & mask, f.constant(number + 1, f.integer), code)

    take = take & fine & (frame.mask("new") ^ True)
    for j in range(rest.system.n_states):
        frame.set("y", f.select(take, frame.get("Y", j), frame.get("y", j)), j)
    for j in range(rest.n_guards):
        frame.set("guards", f.select(take, frame.get("Guards", j), frame.get("guards", j)), j)
    frame.set("used", f.select(active, following, h))
    for name, value in (("best", best), ("idle", idle), ("refused", refused), ("iterations", iterations)):
        frame.set(name, value)
    frame.set("size", f.select(converged | away, size, best))
    frame.set("code", code)
    frame.set("new", f.constant(0, f.integer))
    frame.set_counter("filled", 0)
    frame.set_counter("event", f.convert("zext", f.any(code.differs(0)), "i64"))
    f.finish()
    return f


def _change(frame: Frame, rest: RestSystem) -> tuple[Value, Value, Value]:
    """The largest change of a guard; where it is small enough to be taken; where all changes are finite.

    Positive quantities by their ratio, potentials in units of the argument.
    """
    f = frame.function
    size, small, finite = f.number(0.0), f.constant(1, f.mask), f.constant(1, f.mask)
    for i in range(rest.n_guards):
        before, after = frame.get("guards", i), frame.get("Guards", i)
        moved = after / before - 1.0 if i < rest.n_positive else (after - before) * frame.argument_splat("per_unit")
        change = f.intrinsic("fabs", moved)
        small = small & (change < rule.REFUSE)
        finite = finite & (change < math.inf)
        size = f.larger(size, change)
    return size, small, finite


def _out_of_bounds(frame: Frame, rest: RestSystem) -> Value:
    f = frame.function
    out = f.constant(0, f.mask)
    for i in range(rest.n_positive):
        value = frame.get("Guards", i)
        out = out | (value > frame.get("high", i)) | (value < frame.get("low", i))
    return out


def _finite(frame: Frame, name: str, count: int) -> Value:
    """Where all values of a vector are finite."""
    f = frame.function
    total = f.number(0.0)
    for j in range(count):
        total = total + frame.get(name, j) * 0.0
    return total.equals(0.0)
