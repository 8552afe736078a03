"""One Rosenbrock step of all lanes, written out from the method's tableau.

`slopes` gives f and J at the present states, `factor` and `solve` the linear algebra, `trial` the stages, the
proposed states and the squared error norm. Whether the step is taken is decided in `control`.
"""

from __future__ import annotations

from collections.abc import Callable

from ionostat.cell.program import Program
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.expressions import write_program
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.linear_algebra import Elimination, write_factor, write_solve
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import Method

COPIED = 8
"""Up to this many states a single cell's f is copied into every stage: a tenth faster, and longer to compile."""
POINTS = [("ptr", "x"), ("ptr", "p"), ("ptr", "out")]
UNROLL = 12
"""Up to this many states, sums over states are written out; beyond, they are loops, to compile fast."""


def write_rhs(system: System, lanes: int) -> Function:
    """`rhs(x, p, out)`: f at one point per lane."""
    f = Function("rhs", POINTS, lanes)
    for i, value in enumerate(write_program(f, system.rhs, _inputs(f, system))):
        f.store(value, f.offset(f.argument("out"), i * 8 * lanes))
    f.finish()
    f.gather_kernels()
    f.inline = lanes == 1 and system.n_states <= COPIED
    return f


def write_slopes(system: System, lanes: int) -> Function:
    """`slopes(x, p, out, jacobian)`: f and the entries of J at one point per lane, sharing what they can."""
    f = Function("slopes", [*POINTS, ("ptr", "jacobian")], lanes)
    inputs = _inputs(f, system)
    for name, program in (("out", system.rhs), ("jacobian", system.jacobian.program)):
        for i, value in enumerate(write_program(f, program, inputs)):
            f.store(value, f.offset(f.argument(name), i * 8 * lanes))
    f.finish()
    f.gather_kernels()
    return f


def write_prepare(system: System, fixed: Program, lanes: int) -> Function:
    """`prepare(p)`: put what depends on parameters alone behind the parameters."""
    f = Function("prepare", [("ptr", "p")], lanes)
    values = write_program(f, fixed, _inputs(f, system))
    for i, value in enumerate(values, start=system.n_parameters):
        f.store(value, f.offset(f.argument("p"), i * 8 * lanes))
    f.finish()
    return f


def _inputs(f: Function, system: System) -> dict[object, Value]:
    """The states (where the function has them) and parameters, read from memory."""
    values: dict[object, Value] = {}
    n = system.n_states
    for i, symbol in enumerate(system.inputs):
        base, place = ("x", i) if i < n else ("p", i - n)
        if base not in [name for _, name in f.parameters]:
            continue
        values[symbol] = f.load(f.offset(f.argument(base), place * 8 * f.lanes), f.real)
    return values


def write_linear_algebra(system: System, elimination: Elimination, gamma: float, layout: Layout) -> list[Function]:
    """`factor(s)`: LU of W for the step in use; `solve(s, out)`: W out = b."""
    factor = Function("factor", [("ptr", "s")], layout.lanes)
    frame = Frame(factor, layout)
    reciprocal_c = frame.get("used") * gamma
    jacobian = {entry: frame.get("jacobian", i) for i, entry in enumerate(system.jacobian.pattern)}
    # An infinite entry would pass unseen: its pivot's reciprocal is 0, so the state would seem to stand still.
    poison = factor.number(0.0)
    for value in jacobian.values():
        poison = poison + value * 0.0
    frame.set("poison", poison)
    factors = write_factor(elimination, jacobian, system.mass, 1.0 / reciprocal_c, reciprocal_c)
    for entry, slot in elimination.slots.items():
        frame.set("factors", factors[entry], slot)
    factor.finish()

    solve = Function("solve", [("ptr", "s"), ("ptr", "out")], layout.lanes)
    frame = Frame(solve, layout)
    kept = {entry: frame.get("factors", slot) for entry, slot in elimination.slots.items()}
    b = [frame.get("b", i) for i in range(elimination.n)]
    for i, value in enumerate(write_solve(elimination, kept, frame.get("used") * gamma, b)):
        solve.store(value, solve.offset(solve.argument("out"), i * layout.stride))
    solve.finish()
    factor.inline = solve.inline = elimination.n <= UNROLL
    return [factor, solve]


def write_trial(system: System, method: Method, layout: Layout) -> Function:
    """`trial(a, s)`: choose the step to use, run the stages, propose new states in `Y` and their `error`."""
    f = Function("trial", [("ptr", "a"), ("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    s, n = f.argument("s"), system.n_states
    y, p, slopes, point, b = (frame.address(name) for name in ("y", "p", "f", "Y", "b"))
    with f.when(frame.counter("fresh").differs(0)):
        f.call("slopes", y, p, slopes, frame.address("jacobian"))
    with f.when(f.any(frame.get("h").equals(0.0))):
        f.call("start", f.argument("a"), s)
    _choose_step(f, frame)
    f.call("factor", s)

    for i in range(method.stages):
        if i == 0:
            _each(f, n, lambda j: frame.set("b", frame.get("f", j), j))
        else:
            _each(f, n, _stage_point(frame, method, i))
            f.call("rhs", point, p, b)
            reciprocal_h = 1.0 / frame.get("used")
            _each(f, n, _stage_sum(frame, method, i, system.mass, reciprocal_h))
        f.call("solve", s, frame.address("k", i * n))
    _error(f, frame, method, n)
    f.finish()
    return f


def _choose_step(f: Function, frame: Frame) -> None:
    """Land on the end exactly: the last step is what remains, the one before never leaves a sliver."""
    h = frame.get("h")
    remaining = frame.argument_splat("span") - frame.get("tau")
    last = remaining <= h * (1.0 + 1e-6)
    frame.set("last", last)
    frame.set("used", f.select(last, remaining, f.select(remaining < h * 2.0, remaining * 0.5, h)))


def _each(f: Function, n: int, body: Callable[[Value | int], None]) -> None:
    """Run `body` for every state."""
    if n <= UNROLL:
        for j in range(n):
            body(j)
    else:
        with f.loop(n) as index:
            body(index)


def _k(frame: Frame, stage: int, j: Value | int) -> Value:
    """k_stage of state j."""
    n = frame.layout.states
    return frame.get("k", j + stage * n)


def _weighted(frame: Frame, weights: tuple[float, ...], j: Value | int) -> Value | None:
    """Sum of weights times stages, for state j."""
    total = None
    for stage, weight in enumerate(weights):
        if weight:
            term = _k(frame, stage, j) * weight if weight != 1.0 else _k(frame, stage, j)
            total = term if total is None else total + term
    return total


def _stage_point(frame: Frame, method: Method, i: int) -> Callable[[Value | int], None]:
    """Y_i; in a stiffly accurate method some stages are the point before plus its k."""
    follows = i > 1 and method.A[i] == (*method.A[i - 1], 1.0)

    def body(j: Value | int) -> None:
        if follows:
            value = frame.get("Y", j) + _k(frame, i - 1, j)
        else:
            total = _weighted(frame, method.A[i], j)
            value = frame.get("y", j) if total is None else frame.get("y", j) + total
        frame.set("Y", value, j)

    return body


def _stage_sum(
    frame: Frame, method: Method, i: int, mass: tuple[int, ...], reciprocal_h: Value
) -> Callable[[Value | int], None]:
    """B = f(Y_i) + M sum C_ij k_j / h."""
    f = frame.function

    def body(j: Value | int) -> None:
        if isinstance(j, int) and not mass[j]:
            return
        total = _weighted(frame, method.C[i], j)
        if total is None:
            return
        if isinstance(j, Value) and not all(mass):
            address = f.offset(Value(f, "@mass", "ptr"), 0, j)
            total = total * f.splat(f.load(address, "double"))
        frame.set("b", frame.get("b", j) + total * reciprocal_h, j)

    return body


def _error(f: Function, frame: Frame, method: Method, n: int) -> None:
    """Propose y_1 = y_0 + sum b_i k_i; the squared norm of k_s against atol + rtol |y|, not finite if y_1 or J is not.

    What the sum with y_0 rounds off is carried to the next step (compensated summation, Knuth's exact sum of two), so
    linear invariants do not drift over millions of small steps.
    """
    rtol = frame.argument_splat("rtol")
    total, poison = f.number(0.0), frame.get("poison")
    for j in range(n):
        error = _k(frame, method.stages - 1, j)
        old = frame.get("y", j)
        change = _weighted(frame, (*method.A[-1], 1.0), j)
        assert change is not None
        change = change + frame.get("carry", j)
        new = old + change
        kept = new - old
        frame.set("Y", new, j)
        frame.set("Carry", (old - (new - kept)) + (change - kept), j)
        size = f.larger(f.intrinsic("fabs", new), f.intrinsic("fabs", frame.get("y", j)))
        ratio = error / (frame.get("atol", j) + size * rtol)
        total = total + ratio * ratio
        poison = poison + new * 0.0
    frame.set("error", total * frame.argument_splat("share") + poison)


def write_dense(method: Method, n: int, layout: Layout) -> Function:
    """`dense(s)`: the weights d_r of the interpolation inside the step."""
    f = Function("dense", [("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)

    def body(j: Value | int) -> None:
        for r, weights in enumerate(method.dense):
            total = _weighted(frame, weights, j)
            if total is not None:
                frame.set("d", total, j + r * n)

    _each(f, n, body)
    f.finish()
    return f
