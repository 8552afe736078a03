"""States inside a step, with the algebraic ones brought back to their constraint.

The dense output is of lower order for the algebraic states of an index-1 system than for the others: at tight
tolerances it was off by hundreds of tolerances. They follow from the differential states, so a few steps of Newton's
method, with the algebraic block of the step's own Jacobian, put them right: 0 = g(y, z), z <- z - g_z^-1 g.
"""

from __future__ import annotations

import math

from ionostat.engines.native.builder import Function
from ionostat.engines.native.lanes import next_save
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.linear_algebra import plan, write_factor, write_solve
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import Method

STEPS = 3
"""The Jacobian is that of the start of the step, so every step of Newton's method gains a digit or two, not all."""


def sizes_between(system: System) -> dict[str, int]:
    """Further vectors of the scratch block, where states inside a step are needed in all lanes at once."""
    n = system.n_states
    if not needs_between(system):
        return {}
    return {"theta": 1, "point": n, "residual": 0 if all(system.mass) else n, "residual_size": 1}


def needs_between(system: System) -> bool:
    """Whether states inside a step are sought for events, or have to obey constraints."""
    return bool(system.watched) or not all(system.mass)


def write_between(system: System, method: Method, layout: Layout) -> list[Function]:
    """`between(s)`: the states at the part `theta` of the step, in `point`; needs the weights d."""
    if not needs_between(system):
        return []
    f = Function("between", [("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    n, last = system.n_states, len(method.dense) - 1
    theta = frame.get("theta")
    rest = 1.0 - theta
    with f.loop(n) as j:
        inner = frame.get("d", j + last * n)
        for r in reversed(range(last)):
            inner = frame.get("d", j + r * n) + theta * inner
        frame.set("point", rest * frame.get("y", j) + theta * (frame.get("Y", j) + rest * inner), j)
    algebraic = [j for j, mass in enumerate(system.mass) if not mass]
    if algebraic:
        plain = [frame.get("point", i) for i in algebraic]
        f.call("project", f.argument("s"))
        within = (theta > 0.0) & (theta < 1.0)  # the ends are known
        for i, value in zip(algebraic, plain, strict=True):
            frame.set("point", f.select(within, frame.get("point", i), value), i)
    f.finish()
    return [f, _project(system, algebraic, layout)] if algebraic else [f]


def _project(system: System, algebraic: list[int], layout: Layout) -> Function:
    """`project(s)`: correct the algebraic states of `point`, unless that leads away."""
    f = Function("project", [("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    place = {j: i for i, j in enumerate(algebraic)}
    inside = {
        (place[i], place[j]): frame.get("jacobian", slot)
        for slot, (i, j) in enumerate(system.jacobian.pattern)
        if i in place and j in place
    }
    massless = (0,) * len(algebraic)
    elimination = plan(len(algebraic), tuple(inside), massless)
    one = f.number(1.0)
    factors = write_factor(elimination, inside, massless, one, one)  # of -g_z
    frame.set("residual_size", f.number(math.inf))
    with f.loop(STEPS):
        f.call("rhs", frame.address("point"), frame.address("p"), frame.address("residual"))
        changes = write_solve(elimination, factors, one, [frame.get("residual", j) for j in algebraic])
        size = f.number(0.0)
        for change in changes:
            size = size + f.intrinsic("fabs", change)
        shrinks = size < frame.get("residual_size")
        for j, change in zip(algebraic, changes, strict=True):
            old = frame.get("point", j)
            frame.set("point", f.select(shrinks, old + change, old), j)
        frame.set("residual_size", f.select(shrinks, size, frame.get("residual_size")))
    f.finish()
    return f


def write_save_between(system: System, layout: Layout) -> list[Function]:
    """`save_between(a, s)`: as `loop.save`, for systems with algebraic states: one save time of every lane at once."""
    if all(system.mass):
        return []
    f = Function("save_between", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    n, s = system.n_states, f.argument("s")
    head, some, after = f.label("head"), f.label("some"), f.label("after")
    f.jump(head)
    f.begin(head)
    due = frame.mask("code") & (frame.get("next_save") <= frame.get("reached"))
    frame.set("code", due)
    f.branch(f.any(due), some, after)
    f.begin(some)
    theta = (frame.get("next_save") - frame.get("tau")) / frame.get("used")
    frame.set("theta", f.select(frame.mask("code"), theta, 0.0))
    f.call("between", s)
    with f.loop(layout.lanes) as lane, f.when(frame.get_lane("code", lane).differs(0)):
        index, count = frame.get_lane("save_index", lane), frame.argument("n_save")
        row = f.offset(frame.argument("saved"), 0, (frame.get_lane("cell", lane) * count + index) * n)
        with f.loop(n) as j:
            f.store(frame.get_lane("point", lane, j), f.offset(row, 0, j))
        next_save(frame, lane)
    f.jump(head)
    f.begin(after)
    f.finish()
    return [f]
