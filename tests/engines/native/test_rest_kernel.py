"""The native search for fixed points against its NumPy reference, step by step, and the ways in which it can end."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import sympy
from engines.native.problems import PUMP_LEAK, PUMP_LEAK_START, potassium, pump_leak, system

from ionostat.cell.evaluate import compile_program
from ionostat.cell.program import Program, straight_line
from ionostat.engines.native import rest_run
from ionostat.engines.native import rest_status as status
from ionostat.engines.native.large_systems import is_large
from ionostat.engines.native.linear_algebra import plan
from ionostat.engines.native.rest_kernel import Bounds, RestKernel
from ionostat.engines.native.rest_programs import lean_programs
from ionostat.engines.native.rest_step import LEAST_INERTIA
from ionostat.engines.native.rest_system import RestSystem, check_rest_system
from ionostat.errors import InputError
from ionostat.numerics.pseudo_transient import Problem, solve

Array = np.ndarray
BOUNDS = Bounds()


def watched(model, positive, potentials=lambda *_: [], followers=(), steady=None) -> RestSystem:
    """A system with its guards as functions of all inputs."""
    above = list(positive(*model.inputs))
    guards = straight_line(model.inputs, [*above, *potentials(*model.inputs)])
    program = straight_line(model.inputs, steady(*model.inputs)) if steady else None
    return RestSystem(model, guards, len(above), followers, program)


def cell() -> RestSystem:
    """The pump-leak cell without its audit state."""
    full = pump_leak()
    inputs = (*full.inputs[:4], *full.inputs[5:])
    rhs = full.rhs
    rates = [sympy.sympify(o) for o in rhs.outputs[:4]]
    steps = dict(rhs.steps)
    while any(r.free_symbols & set(steps) for r in rates):
        rates = [r.xreplace(steps) for r in rates]
    by_name = {str(i): i for i in inputs}
    names = [str(i) for i in inputs]
    model = system(
        " ".join(names[:4]), " ".join(names[4:]), lambda *v: [
            r.xreplace(dict(zip([by_name[n] for n in names], v, strict=True))) for r in rates
        ]
    )  # fmt: skip
    return watched(model, lambda na, cl, w, v, *p: [na, potassium(na, cl, v), cl, w], lambda na, cl, w, v, *p: [v])


def gated() -> RestSystem:
    """A potential with a leak and a gate that opens with it: the gate follows at once."""

    def steady(v, n):
        return 1 / (1 + sympy.exp(-(v + 40) / 10))

    model = system("v n g", "drive", lambda v, n, g, drive: [drive - v - 0.5 * n * (v + 90), steady(v, n) - n, 1 - g])
    return watched(
        model, lambda v, n, g, drive: [g], lambda v, n, g, drive: [v], (1,), lambda v, n, g, d: [steady(v, n)]
    )


def floating() -> RestSystem:
    """An amount, and a potential without capacitance whose current-voltage curve is N-shaped."""
    model = system("a z", "i", lambda a, z, i: [i - a, a + (z / 30) ** 3 - z / 10 + 1], mass=(1, 0))
    negative = replace(
        model, rhs=Program(model.rhs.inputs, model.rhs.steps, (model.rhs.outputs[0], -model.rhs.outputs[1]))
    )
    from ionostat.cell.program import differentiate

    stable = replace(negative, jacobian=differentiate(negative.rhs, negative.inputs[:2]))
    return watched(stable, lambda a, z, i: [a], lambda a, z, i: [z])


def reference(rest: RestSystem, x0: Array, p: Array) -> Problem:
    """The same search for the NumPy iteration."""
    n = rest.system.n_states
    f, J, guards = (compile_program(q) for q in (rest.system.rhs, rest.system.jacobian.program, rest.guards))
    steady = compile_program(rest.steady) if rest.steady else None

    def jacobian(y: Array) -> Array:
        dense = np.zeros((n, n))
        for (i, j), value in zip(rest.system.jacobian.pattern, J(*y, *p), strict=True):
            dense[i, j] = value
        return dense

    def change(y: Array, d: Array) -> float:
        before, after = np.array(guards(*y, *p)), np.array(guards(*(y + d), *p))
        k = rest.n_positive
        ratios = np.abs(after[:k] / before[:k] - 1)
        return float(np.max([*ratios, *np.abs(after[k:] - before[k:]) / BOUNDS.wide]))

    def settle(y: Array) -> Array:
        y = np.array(y)
        if steady:
            y[list(rest.followers)] = steady(*y, *p)
        return y

    start = np.array(guards(*x0, *p))[: rest.n_positive]

    def bound(y: Array) -> str:
        ratio = np.array(guards(*y, *p))[: rest.n_positive] / start
        out = np.flatnonzero((ratio > BOUNDS.most) | (ratio < BOUNDS.least))
        return str(out[0]) if len(out) else ""

    mass = np.array([m if i not in rest.followers else 0 for i, m in enumerate(rest.system.mass)], dtype=float)
    for i in rest.floating:
        mass[i] = max(abs(jacobian(x0)[i, i]), LEAST_INERTIA)
    return Problem(
        f=lambda y: np.array(f(*y, *p), dtype=float), jacobian=jacobian, mass=mass, scale=lambda y: np.ones(n),
        change=change, basis=np.eye(n), bound=bound, settle=settle,
    )  # fmt: skip


CASES = {
    "cell": (cell, PUMP_LEAK_START[:4], PUMP_LEAK),
    "cell far away": (cell, (80.0, 120.0, 2.0, 10.0), PUMP_LEAK),
    "gated": (gated, (-65.0, 0.3, 0.2), (-20.0,)),
    "floating": (floating, (0.2, -90.0), (0.7,)),
    "quadratic": (
        lambda: watched(system("y", "k", lambda y, k: [-(y**2) * (y - k)]), lambda y, k: [y]), (1.0,), (1e-6,),
    ),
    "runs away": (lambda: watched(system("y", "k", lambda y, k: [k]), lambda y, k: [y]), (1.0,), (1.0,)),
    "runs dry": (lambda: watched(system("y", "k", lambda y, k: [-k]), lambda y, k: [y]), (1.0,), (1.0,)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("lanes", [1, 8])
def test_every_step_is_that_of_the_reference(name: str, lanes: int) -> None:
    make, x0, p = CASES[name]
    rest, start, parameters = make(), np.array(x0, dtype=float), np.array(p, dtype=float)
    kernel, problem = RestKernel(rest, lanes=lanes), reference(rest, start, parameters)
    with np.errstate(all="ignore"):
        last = solve(problem, start)
    outcomes = {"converged": status.CONVERGED, "bound": status.RAN_AWAY, "stalled": status.STALLED}
    for count in [*range(1, min(last.iterations, 40)), 1000]:
        with np.errstate(all="ignore"):
            expected = solve(problem, start, iterations=count)
        found = kernel.solve(start[None], parameters[None], max_iterations=count)
        assert found.status[0] == outcomes.get(expected.outcome, status.ITERATION_LIMIT)
        np.testing.assert_allclose(found.x[0], expected.y, rtol=1e-9, atol=1e-12)
        if expected.outcome == "converged":
            assert found.iterations[0] == expected.iterations
            assert found.last_change[0] < 1e-11
        if expected.outcome == "bound":
            assert str(found.bad[0]) == expected.reason


def test_the_emitted_functions_alone() -> None:
    """Right-hand side, Jacobian and guards against the programs in NumPy, for a batch that fills no group of lanes."""
    rest = cell()
    rng = np.random.default_rng(2)
    x = np.array(PUMP_LEAK_START[:4]) * rng.lognormal(0, 0.2, (21, 4))
    p = np.array(PUMP_LEAK) * rng.lognormal(0, 0.2, (21, 4))
    kernel = RestKernel(rest)
    f, J = kernel.slopes(x, p)
    columns = (*x.T, *p.T)
    np.testing.assert_allclose(f.T, np.broadcast_arrays(*compile_program(rest.system.rhs)(*columns)), rtol=1e-10)
    entries = np.broadcast_arrays(*compile_program(rest.system.jacobian.program)(*columns), x[:, 0])[:-1]
    for (i, j), value in zip(rest.system.jacobian.pattern, entries, strict=True):
        np.testing.assert_allclose(J[:, i, j], value, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(kernel.guards(x, p).T, compile_program(rest.guards)(*columns), rtol=1e-13)


def test_fixed_parts_are_lifted_out_of_all_programs_together() -> None:
    rest = gated()
    lean = lean_programs(rest)
    assert len(lean.guards.outputs) == rest.n_guards
    assert len(lean.steady.outputs) == len(rest.followers)
    assert len(lean.system.rhs.outputs) == rest.system.n_states


@pytest.mark.parametrize(("n", "large"), [(6, False), (16, True)])
def test_a_dense_linear_system_is_solved_written_out_and_in_loops(n: int, large: bool) -> None:
    rng = np.random.default_rng(n)
    A = rng.normal(size=(n, n)) + 4 * n**0.5 * np.eye(n)
    target = rng.uniform(1.0, 2.0, n)

    def rates(*y):
        return [sum(A[i, j] * (target[j] - y[j]) for j in range(n)) for i in range(n)]

    rest = watched(system(" ".join(f"y{i}" for i in range(n)), "", rates), lambda *y: y)
    assert is_large(plan(n, rest.system.jacobian.pattern, rest.system.mass)) is large
    found = RestKernel(rest).solve(np.full((3, n), 1.5), np.empty((3, 0)))
    assert list(found.status) == [status.CONVERGED] * 3
    np.testing.assert_allclose(found.x, np.tile(target, (3, 1)), rtol=1e-12)


def members(count: int, spread: float = 0.3) -> tuple[Array, Array]:
    rng = np.random.default_rng(7)
    x0 = np.array(PUMP_LEAK_START[:4]) * rng.lognormal(0, 0.1, (count, 4))
    p = np.array(PUMP_LEAK) * rng.lognormal(0, spread, (count, 4))
    p[::17, 3] = 0.0  # no pump: runs away
    p[::29, 0] = np.nan
    return x0, p


def same(a, b, rows=slice(None)) -> None:
    for name in ("x", "status", "bad", "iterations", "last_change"):
        np.testing.assert_array_equal(getattr(a, name)[rows], getattr(b, name))


@pytest.mark.parametrize("lanes", [1, 4, 16])
def test_the_bits_of_a_cell_depend_on_nothing_but_the_cell(lanes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Order, batch size, block, threads, and cells beside it that run away or are not finite."""
    x0, p = members(300)
    kernel = RestKernel(cell(), lanes=lanes)
    whole = kernel.solve(x0, p)
    assert {status.CONVERGED, status.RAN_AWAY, status.NON_FINITE} <= set(whole.status)
    order = np.random.default_rng(0).permutation(300)
    same(whole, kernel.solve(x0[order], p[order]), order)
    for i in (0, 1, 29, 123, 299):
        same(whole, kernel.solve(x0[i : i + 1], p[i : i + 1]), slice(i, i + 1))
    same(whole, kernel.solve(x0[:77], p[:77]), slice(77))
    monkeypatch.setattr(rest_run, "BLOCK", 41)
    same(whole, kernel.solve(x0, p, threads=3))


def test_lane_widths_agree_to_round_off() -> None:
    x0, p = members(40, 0.1)
    one, many = RestKernel(cell(), lanes=1).solve(x0, p), RestKernel(cell(), lanes=16).solve(x0, p)
    np.testing.assert_array_equal(one.status, many.status)
    fine = one.converged
    np.testing.assert_allclose(one.x[fine], many.x[fine], rtol=1e-10)


def test_converged_cells_are_zeros_of_the_right_hand_side() -> None:
    x0, p = members(200, 0.2)
    kernel = RestKernel(cell())
    found = kernel.solve(x0, p)
    f, _ = kernel.slopes(found.x[found.converged], p[found.converged])
    far, _ = kernel.slopes(x0[found.converged], p[found.converged])
    assert np.all(np.max(np.abs(f), axis=0) < 1e-9 * np.max(np.abs(far), axis=0))


def test_the_quantity_that_ran_away_is_told() -> None:
    x0, p = members(20)
    found = RestKernel(cell()).solve(x0, p)
    away = found.status == status.RAN_AWAY
    assert away.any()
    assert set(found.bad[away]) <= {0, 1, 2, 3}
    assert set(found.bad[~away]) == {-1}


def test_a_start_that_is_not_feasible_is_told() -> None:
    x0 = np.array([PUMP_LEAK_START[:4]] * 2)
    x0[1, 1] = -5.0
    found = RestKernel(cell()).solve(x0, np.array([PUMP_LEAK] * 2))
    assert list(found.status) == [status.CONVERGED, status.INFEASIBLE]
    assert list(found.bad) == [-1, 2]
    np.testing.assert_array_equal(found.x[1], x0[1])


def test_numbers_that_are_not_finite_end_at_once() -> None:
    began = time.perf_counter()
    x0, p = np.tile(PUMP_LEAK_START[:4], (500, 1)), np.full((500, 4), np.nan)
    p[::2] = np.inf
    found = RestKernel(cell()).solve(x0, p)
    assert set(found.status) == {status.NON_FINITE}
    assert found.iterations.max() == 1
    assert time.perf_counter() - began < 2.0


def test_wild_numbers_end_within_the_iteration_limit() -> None:
    rng = np.random.default_rng(1)
    x0 = np.array(PUMP_LEAK_START[:4]) * 10 ** rng.uniform(-8, 8, (2000, 4))
    p = np.array(PUMP_LEAK) * 10 ** rng.uniform(-150, 150, (2000, 4)) * (rng.random((2000, 4)) > 0.1)
    found = RestKernel(cell()).solve(x0, p, max_iterations=300)
    assert found.iterations.max() <= 300
    assert np.isfinite(found.x).all()
    assert len(set(found.status)) >= 3


def test_a_cancelled_search_keeps_what_was_found() -> None:
    """A potential that drifts for ever (nothing bounds it, and the limit is out of reach) is stopped by the flag."""
    drift = watched(system("v", "rate", lambda v, rate: [rate * (1 + 0 * v)]), lambda *_: [], lambda v, rate: [v])
    kernel, cancel = RestKernel(drift, lanes=4), threading.Event()
    assert kernel.code  # compiled before the clock starts
    threading.Timer(0.5, cancel.set).start()
    found = kernel.solve([[0.0], [0.0]], [[1.0], [0.0]], max_iterations=2**62, cancel=cancel, threads=2)
    assert list(found.status) == [status.CANCELLED, status.CONVERGED]
    assert found.x[0, 0] > 1e3
    none = kernel.solve([[0.0]] * 3, [[1.0]] * 3, cancel=cancel)
    assert set(none.status) == {status.CANCELLED}


def test_progress_ends_at_one() -> None:
    x0, p = members(200)
    seen: list[float] = []
    RestKernel(cell()).solve(x0, p, progress=seen.append)
    assert seen[-1] == 1.0
    assert all(0.0 <= s <= 1.0 for s in seen)


def test_an_empty_batch_is_no_error() -> None:
    found = RestKernel(cell()).solve(np.empty((0, 4)), np.empty((0, 4)))
    assert found.x.shape == (0, 4)


def test_every_status_has_a_sentence() -> None:
    assert sorted(status.REST_STATUS) == list(range(7))


def test_input_that_does_not_fit_is_refused() -> None:
    kernel = RestKernel(cell())
    with pytest.raises(InputError, match="do not fit"):
        kernel.solve(np.ones((2, 4)), np.ones((3, 4)))
    with pytest.raises(InputError, match="must be positive"):
        kernel.solve(np.ones((1, 4)), np.ones((1, 4)), threads=0)
    with pytest.raises(InputError, match="lanes"):
        RestKernel(cell(), lanes=3)
    rest = gated()
    inputs = rest.system.inputs
    with pytest.raises(InputError, match="only follow"):
        check_rest_system(replace(rest, guards=Program(inputs, (), (inputs[1],)), n_positive=1))
    with pytest.raises(InputError, match="followers need"):
        check_rest_system(replace(rest, steady=None))
