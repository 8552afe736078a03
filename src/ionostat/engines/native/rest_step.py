"""One step of the search for a fixed point, in all lanes: (M/h - J) d = f, then the followers at once.

M is 1 for differential states, 0 for followers (their Newton step at any h) and an inertia for floating potentials:
that of a membrane charged in 1 ms, without which their step would not shrink with h.
"""

from __future__ import annotations

from dataclasses import replace

from ionostat.cell.program import Program
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.expressions import write_program
from ionostat.engines.native.large_systems import is_large, write_large_linear_algebra
from ionostat.engines.native.layout import Frame
from ionostat.engines.native.linear_algebra import Elimination, write_factor, write_solve
from ionostat.engines.native.rest_layout import RestLayout
from ionostat.engines.native.rest_programs import LeanPrograms
from ionostat.engines.native.rest_system import RestSystem
from ionostat.engines.native.system import System

LEAST_INERTIA = 1e-3
"""Inertia of a potential whose current does not depend on it, pA ms/mV."""


def search_mass(rest: RestSystem) -> tuple[int, ...]:
    """Mass in the linear system of the search; the inertia of floating potentials is added to J instead."""
    return tuple(m if i not in rest.followers else 0 for i, m in enumerate(rest.system.mass))


def write_guards(rest: RestSystem, lean: LeanPrograms, lanes: int) -> Function:
    """`guards(x, p, out)`: the quantities that are watched."""
    return _values("guards", lean.guards, rest.system, lean, lanes)


def _values(name: str, program: Program, system: System, lean: LeanPrograms, lanes: int) -> Function:
    f = Function(name, [("ptr", "x"), ("ptr", "p"), ("ptr", "out")], lanes)
    for i, value in enumerate(write_program(f, program, read_inputs(f, lean.system))):
        f.store(value, f.offset(f.argument("out"), i * 8 * lanes))
    f.finish()
    return f


def read_inputs(f: Function, system: System) -> dict[object, Value]:
    """States and parameters, read from memory."""
    n, stride = system.n_states, 8 * f.lanes
    places = [("x", i) for i in range(n)] + [("p", i) for i in range(len(system.inputs) - n)]
    return {
        symbol: f.load(f.offset(f.argument(base), place * stride), f.real)
        for symbol, (base, place) in zip(system.inputs, places, strict=True)
    }


def write_settle(rest: RestSystem, lean: LeanPrograms, lanes: int) -> Function:
    """`settle(x, p)`: bring the followers in `x` to their steady values."""
    f = Function("settle", [("ptr", "x"), ("ptr", "p")], lanes)
    values = write_program(f, lean.steady, read_inputs(f, lean.system))
    for state, value in zip(rest.followers, values, strict=True):
        f.store(value, f.offset(f.argument("x"), state * 8 * lanes))
    f.finish()
    return f


def write_search_algebra(
    rest: RestSystem, elimination: Elimination, layout: RestLayout
) -> tuple[list[Function], list[str]]:
    """`factor(s)`: LU of M/h - J; `solve(s, out)`: the step for the right side `b`; and the tables of large systems."""
    system = replace(rest.system, mass=search_mass(rest))
    if is_large(elimination):
        return write_large_linear_algebra(system, elimination, 1.0, layout)
    factor = Function("factor", [("ptr", "s")], layout.lanes)
    frame = Frame(factor, layout)
    h = frame.get("used")
    jacobian = {entry: frame.get("jacobian", i) for i, entry in enumerate(system.jacobian.pattern)}
    poison = factor.number(0.0)  # an infinite entry would pass unseen: its pivot's reciprocal is 0
    for value in jacobian.values():
        poison = poison + value * 0.0
    frame.set("poison", poison)
    for entry, value in write_factor(elimination, jacobian, system.mass, 1.0 / h, h).items():
        if entry in elimination.slots:
            frame.set("factors", value, elimination.slots[entry])
    factor.finish()

    solve = Function("solve", [("ptr", "s"), ("ptr", "out")], layout.lanes)
    frame = Frame(solve, layout)
    kept = {entry: frame.get("factors", slot) for entry, slot in elimination.slots.items()}
    b = [frame.get("b", i) for i in range(elimination.n)]
    for i, value in enumerate(write_solve(elimination, kept, frame.get("used"), b)):
        solve.store(value, solve.offset(solve.argument("out"), i * layout.stride))
    solve.finish()
    return [factor, solve], []


def write_arrive(rest: RestSystem, layout: RestLayout) -> Function:
    """`arrive(a, s)`: guards and bounds of new cells, inertia of their potentials; those not feasible end here."""
    f = Function("arrive", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    new = frame.mask("new")
    f.call("guards", frame.address("y"), frame.address("p"), frame.address("guards"))
    feasible = f.constant(1, f.mask)
    most, least = frame.argument_splat("most"), frame.argument_splat("least")
    for i in range(rest.n_positive):
        value = frame.get("guards", i)
        feasible = feasible & (value > 0.0)
        frame.set("low", f.select(new, value * least, frame.get("low", i)), i)
        frame.set("high", f.select(new, value * most, frame.get("high", i)), i)
    for i, state in enumerate(rest.floating):
        slot = rest.system.jacobian.pattern.index((state, state))
        slope = f.larger(f.intrinsic("fabs", frame.get("jacobian", slot)), LEAST_INERTIA)
        frame.set("inertia", f.select(new, slope, frame.get("inertia", i)), i)
    frame.set("new", new & (feasible ^ True))  # what is still marked is judged infeasible
    f.finish()
    return f


def write_attempt(rest: RestSystem, layout: RestLayout) -> Function:
    """`attempt(a, s)`: from f and J at `y` propose `Y`, with the guards before the followers moved and f after."""
    f = Function("attempt", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    n = rest.system.n_states
    y, p, point = frame.address("y"), frame.address("p"), frame.address("Y")
    f.call("slopes", y, p, frame.address("f"), frame.address("jacobian"))
    with f.when(frame.counter("filled").differs(0)):
        f.call("arrive", f.argument("a"), f.argument("s"))
    for i, state in enumerate(rest.floating):
        slot = rest.system.jacobian.pattern.index((state, state))
        frame.set("jacobian", frame.get("jacobian", slot) - frame.get("inertia", i) / frame.get("used"), slot)
    f.call("factor", f.argument("s"))
    with f.loop(n) as j:
        frame.set("b", frame.get("f", j), j)
    f.call("solve", f.argument("s"), frame.address("k"))
    with f.loop(n) as j:
        frame.set("Y", frame.get("y", j) + frame.get("k", j), j)
    f.call("guards", point, p, frame.address("Guards"))
    if rest.followers:
        f.call("settle", point, p)
    f.call("rhs", point, p, frame.address("b"))
    f.finish()
    return f
