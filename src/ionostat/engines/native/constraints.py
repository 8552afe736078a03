"""Algebraic states inside a step, brought back to their constraint.

The dense output is of lower order for the algebraic states of an index-1 system than for the others: at tight tolerances
it was off by hundreds of tolerances. They follow from the differential states, so a few steps of Newton's method, with
the algebraic block of the step's own Jacobian, put them right: 0 = g(y, z), z <- z - g_z^-1 g.
"""

from __future__ import annotations

import math

from ionostat.engines.native.builder import Function
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.linear_algebra import plan, write_factor, write_solve
from ionostat.engines.native.system import System

STEPS = 3
"""The Jacobian is that of the start of the step, so every step of Newton's method gains a digit or two, not all."""


def write_project(system: System, layout: Layout) -> list[Function]:
    """`project(s)`: correct the algebraic states of `point`, unless that leads away; none without such states."""
    algebraic = [j for j, mass in enumerate(system.mass) if not mass]
    if not algebraic:
        return []
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
    return [f]
