"""Every function that the generator writes, called alone and compared with plain NumPy from the textbook formula."""

import ctypes
import math
from functools import cache

import numpy as np
import pytest
import sympy
from engines.native.problems import hires, robertson, system

from ionostat.cell.evaluate import compile_program
from ionostat.cell.program import Program
from ionostat.engines.native import module, status
from ionostat.engines.native.control import GROW, SAFETY, SHRINK
from ionostat.engines.native.hoisting import hoist
from ionostat.engines.native.inputs import aligned
from ionostat.engines.native.layout import Arguments
from ionostat.engines.native.linear_algebra import plan
from ionostat.engines.native.module import compile_text, write_module
from ionostat.engines.native.tableau import METHODS

FUNCTIONS = (
    "prepare", "rhs", "slopes", "factor", "solve", "start", "trial", "dense", "judge", "fill", "save", "end_lane",
    "solve_batch", "rhs_blocks", "slopes_blocks",
)  # fmt: skip
BATCH, SAVES = 5, 3


def index_one():
    """Two differential states and an algebraic one, with a parameter in every row."""
    return system("x z q", "a b", lambda x, z, q, a, b: [-a * x * z, z**3 + z - x * b, a * z * x - q], mass=(1, 0, 1))


MODELS = {
    "robertson": (robertson, (0.7, 1e-4, 0.3), (0.04, 3e3, 1e2)),
    "hires": (hires, (0.7, 0.2, 0.1, 0.3, 0.4, 0.9, 0.005, 0.0007), ()),
    "index-1": (index_one, (0.8, 0.5, 0.1), (1.3, 0.9)),
}


@cache
def compiled(name, method, lanes):
    """A model's machine code, made once for all tests."""
    model = MODELS[name][0]()
    text, layout = write_module(model, METHODS[method], lanes)
    return model, layout, compile_text(text)


class Bench:
    """The machine code of one model with every function open to calls, a scratch block and the arguments of a run."""

    def __init__(self, monkeypatch, name, method, lanes):
        _, y, p = MODELS[name]
        self.method, self.lanes = METHODS[method], lanes
        with monkeypatch.context() as patch:
            patch.setattr(module, "_EXPORTS", FUNCTIONS)
            self.system, self.layout, self.engine = compiled(name, method, lanes)
        self.n = self.system.n_states
        self.block = aligned((-(-self.layout.size // 8),))
        rng = np.random.default_rng(8)
        self.y = np.array(y) * rng.uniform(0.9, 1.1, size=(lanes, self.n))
        self.p = np.tile(p, (lanes, 1)) * rng.uniform(0.9, 1.1, size=(lanes, self.system.n_parameters))
        if name == "index-1":  # z on its constraint, z**3 + z = x b
            for _ in range(50):
                z, drive = self.y[:, 1], self.y[:, 0] * self.p[:, 1]
                self.y[:, 1] = z - (z**3 + z - drive) / (3 * z**2 + 1)
        self.atol = np.full(self.n, 1e-6)
        self.rtol = 1e-5
        self._arguments()
        self.put("y", self.y)
        self.put("atol", np.tile(self.atol, (lanes, 1)))
        self.put("p", self.p)
        self.call("prepare", self.address("p"))
        self._rhs = compile_program(self.system.rhs)
        self._jacobian = compile_program(self.system.jacobian.program)

    def _arguments(self):
        n, m = self.n, self.system.n_parameters
        rng = np.random.default_rng(9)
        self.arrays = {
            "x0": rng.uniform(1, 2, (BATCH, n)), "parameters": rng.uniform(1, 2, (BATCH, m)),
            "y_end": np.full((BATCH, n), np.nan), "t_end": np.full(BATCH, np.nan),
            "saved": np.full((BATCH, SAVES, n), np.nan), "status": np.full(BATCH, -1),
            "steps": np.full(BATCH, -1), "rejected": np.full(BATCH, -1), "h_last": np.full(BATCH, np.nan),
            "save_times": np.array([0.25, 0.5, 8.0]), "atol": self.atol, "cancel": np.zeros(1, dtype=np.int64),
            "next_cell": np.zeros(1, dtype=np.int64), "done": np.zeros(1, dtype=np.int64),
        }  # fmt: skip
        self.a = Arguments(
            batch=BATCH, n_save=SAVES, span=10.0, h0=0.125, h_max=math.inf, h_min=1e-12, rtol=self.rtol,
            share=1.0 / n, max_steps=1000, **{k: v.ctypes.data for k, v in self.arrays.items()},
        )  # fmt: skip

    def address(self, name):
        return self.block.ctypes.data + self.layout.offsets[name]

    def view(self, name, count, kind=float):
        """The vectors `name[0] ... name[count - 1]`, as (lanes, count)."""
        start = self.layout.offsets[name] // 8
        return self.block.view(kind)[start : start + count * self.lanes].reshape(count, self.lanes).T

    def put(self, name, values, kind=float):
        values = np.array(values, dtype=kind)
        self.view(name, values.shape[1] if values.ndim == 2 else 1, kind)[:] = values.reshape(self.lanes, -1)

    def counter(self, name):
        return self.block.view(np.int64)[self.layout.offsets[name] // 8 :]

    def call(self, name, *addresses):
        kinds = [ctypes.c_void_p] * len(addresses)
        ctypes.CFUNCTYPE(None, *kinds)(self.engine.get_function_address(name))(*addresses)

    def call_lane(self, name, lane):
        function = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
        function(self.engine.get_function_address(name))(ctypes.addressof(self.a), self.block.ctypes.data, lane)

    def run(self, name):
        self.call(name, ctypes.addressof(self.a), self.block.ctypes.data)

    # The same in NumPy, one lane at a time

    def f(self, lane, y):
        return np.array(self._rhs(*y, *self.p[lane]), dtype=float)

    def jacobian(self, lane, y):
        dense = np.zeros((self.n, self.n))
        entries = self._jacobian(*y, *self.p[lane])
        for (i, j), value in zip(self.system.jacobian.pattern, entries, strict=True):
            dense[i, j] = value
        return dense

    def stages(self, lane, y, h):
        """The k_i of one step, by the formula at the head of `tableau`."""
        method, mass = self.method, np.diag(self.system.mass)
        W = mass / (h * method.gamma) - self.jacobian(lane, y)
        k = []
        for a_row, c_row in zip(method.A, method.C, strict=True):
            Y = y + sum((a * ki for a, ki in zip(a_row, k, strict=False)), np.zeros(self.n))
            sums = sum((c * ki for c, ki in zip(c_row, k, strict=False)), np.zeros(self.n))
            k.append(np.linalg.solve(W, self.f(lane, Y) + mass @ sums / h))
        return np.array(k)

    def proposal(self, lane, y, h):
        k = self.stages(lane, y, h)
        new = y + np.array([*self.method.A[-1], 1.0]) @ k
        size = np.maximum(np.abs(new), np.abs(y))
        return k, new, np.sum((k[-1] / (self.atol + self.rtol * size)) ** 2) / self.n


CASES = [(m, method, lanes) for m in MODELS for method in METHODS for lanes in (1, 8)]


@pytest.fixture(params=CASES, ids=lambda c: f"{c[0]}-{c[1]}-{c[2]}")
def bench(request, monkeypatch):
    return Bench(monkeypatch, *request.param)


def test_every_function_of_the_module_is_tested_here(monkeypatch):
    text, _ = write_module(robertson(), METHODS["RODAS4P2"], 8)
    written = {line.split("@")[1].split("(")[0] for line in text.splitlines() if line.startswith("define")}
    assert {name for name in written if not name.startswith("kernel.")} == set(FUNCTIONS)


def test_prepare_gives_what_depends_on_parameters_alone(bench):
    lean, fixed = hoist(bench.system)
    names = {dummy: sympy.Symbol(f"fixed{i}") for i, (dummy, _) in enumerate(fixed.steps)}
    steps = tuple((names[dummy], expression.xreplace(names)) for dummy, expression in fixed.steps)
    kept = compile_program(Program(fixed.inputs, steps, tuple(o.xreplace(names) for o in fixed.outputs)))
    values = bench.view("p", lean.n_parameters)
    for lane in range(bench.lanes):
        np.testing.assert_allclose(values[lane, bench.system.n_parameters :], kept(*bench.p[lane]), rtol=1e-14)


def test_rhs_and_slopes(bench):
    n, entries = bench.n, len(bench.system.jacobian.pattern)
    bench.call("rhs", bench.address("y"), bench.address("p"), bench.address("b"))
    bench.call("slopes", bench.address("y"), bench.address("p"), bench.address("f"), bench.address("jacobian"))
    np.testing.assert_array_equal(bench.view("b", n), bench.view("f", n))
    for lane in range(bench.lanes):
        f, J = bench.f(lane, bench.y[lane]), bench.jacobian(lane, bench.y[lane])
        np.testing.assert_allclose(bench.view("f", n)[lane], f, rtol=1e-13, atol=1e-13 * np.abs(f).max())
        found = dict(zip(bench.system.jacobian.pattern, bench.view("jacobian", entries)[lane], strict=True))
        for (i, j), value in found.items():
            np.testing.assert_allclose(value, J[i, j], rtol=1e-13, atol=1e-13 * np.abs(J).max())


def test_factor_and_solve(bench):
    h = np.linspace(0.01, 0.3, bench.lanes)
    bench.call("slopes", bench.address("y"), bench.address("p"), bench.address("f"), bench.address("jacobian"))
    bench.put("used", h)
    bench.call("factor", bench.block.ctypes.data)
    right = np.random.default_rng(4).normal(size=(bench.lanes, bench.n))
    bench.put("b", right)
    bench.call("solve", bench.block.ctypes.data, bench.address("k"))
    assert not np.any(bench.view("poison", 1))
    for lane in range(bench.lanes):
        W = np.diag(bench.system.mass) / (h[lane] * bench.method.gamma) - bench.jacobian(lane, bench.y[lane])
        x = np.linalg.solve(W, right[lane])
        scale = np.linalg.cond(W) * np.abs(x).max()
        np.testing.assert_allclose(bench.view("k", bench.n)[lane], x, rtol=1e-9, atol=1e-15 * scale)


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_factor_poisons_a_lane_whose_jacobian_is_not_finite(bench, bad):
    entries = len(bench.system.jacobian.pattern)
    bench.call("slopes", bench.address("y"), bench.address("p"), bench.address("f"), bench.address("jacobian"))
    bench.put("used", np.full(bench.lanes, 0.1))
    bench.view("jacobian", entries)[-1, 0] = bad
    bench.call("factor", bench.block.ctypes.data)
    poison = bench.view("poison", 1)[:, 0]
    assert np.isnan(poison[-1])
    assert not np.any(poison[:-1])


def ready(bench, h):
    """A lane in the middle of a run."""
    lanes = bench.lanes
    bench.put("h", h)
    bench.put("tau", np.full(lanes, 0.2))
    bench.put("limit", np.full(lanes, GROW))
    bench.put("next_save", np.full(lanes, math.inf))
    bench.put("active", np.ones(lanes), np.int64)
    bench.counter("fresh")[0] = 1


def test_trial_is_one_step_of_the_tableau(bench):
    h = np.linspace(0.01, 0.2, bench.lanes)
    ready(bench, h)
    bench.run("trial")
    assert not np.any(bench.view("last", 1, np.int64))
    for lane in range(bench.lanes):
        k, new, error = bench.proposal(lane, bench.y[lane], h[lane])
        np.testing.assert_allclose(
            bench.view("k", bench.n * bench.method.stages)[lane], k.ravel(), rtol=1e-6, atol=1e-9 * np.abs(k).max()
        )
        np.testing.assert_allclose(bench.view("Y", bench.n)[lane], new, rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(bench.view("error", 1)[lane, 0], error, rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize(
    ("h", "used", "last"), [(1.0, 1.0, 0), (6.0, 4.9, 0), (9.8, 9.8, -1), (99.0, 9.8, -1), (9.7999999, 9.8, -1)]
)
def test_trial_lands_on_the_end_without_leaving_a_sliver(bench, h, used, last):
    ready(bench, np.full(bench.lanes, h))
    bench.run("trial")
    np.testing.assert_allclose(bench.view("used", 1), used, rtol=1e-12)
    assert np.all(bench.view("last", 1, np.int64) == last)


def test_the_sum_that_rounds_is_carried(bench):
    h = np.full(bench.lanes, 1e-9)
    ready(bench, h)
    bench.run("trial")
    k = bench.view("k", bench.n * bench.method.stages).reshape(bench.lanes, bench.method.stages, bench.n)
    change = np.einsum("i,lij->lj", np.array([*bench.method.A[-1], 1.0]), k)
    new, carry = bench.view("Y", bench.n), bench.view("Carry", bench.n)
    lost = change - (new - bench.y)  # exact: the new and the old state are close (Sterbenz)
    assert np.any(carry)
    np.testing.assert_allclose(carry, lost, rtol=1e-9, atol=1e-12 * np.abs(change).max())


def test_start_gives_a_first_step_of_small_error(bench):
    ready(bench, np.zeros(bench.lanes))
    bench.put("tau", np.zeros(bench.lanes))
    bench.run("trial")
    h = bench.view("h", 1)[:, 0]
    assert np.all((h > 0) & (h < 10.0))
    for lane in range(bench.lanes):
        _, _, error = bench.proposal(lane, bench.y[lane], h[lane])
        assert error < 100.0  # within a few rejections of the tolerance


def test_dense_interpolates_between_the_ends_of_the_step(bench):
    h = np.full(bench.lanes, 0.02)
    ready(bench, h)
    bench.run("trial")
    bench.call("dense", bench.block.ctypes.data)
    rows = len(bench.method.dense)
    for lane in range(bench.lanes):
        k, _, _ = bench.proposal(lane, bench.y[lane], h[lane])
        expected = np.array([[*row, 0.0][: len(k)] for row in bench.method.dense]) @ k
        found = bench.view("d", bench.n * rows)[lane].reshape(rows, bench.n)
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8 * np.abs(k).max())


def test_judge_accepts_rejects_and_chooses_the_next_step(bench):
    lanes, order = bench.lanes, bench.method.order
    error = np.resize([1e-6, 0.9, 4.0, 1e9, math.nan, math.inf], lanes)
    ready(bench, np.full(lanes, 0.1))
    bench.put("used", np.full(lanes, 0.1))
    bench.put("error", error)
    bench.put("Y", bench.y + 1.0)
    bench.run("judge")
    accepted = error <= 1.0
    np.testing.assert_array_equal(bench.view("y", bench.n), np.where(accepted[:, None], bench.y + 1.0, bench.y))
    np.testing.assert_array_equal(bench.view("tau", 1)[:, 0], np.where(accepted, 0.2 + 0.1, 0.2))
    np.testing.assert_array_equal(bench.view("steps", 1, np.int64)[:, 0], accepted)
    np.testing.assert_array_equal(bench.view("rejected", 1, np.int64)[:, 0], ~accepted)
    with np.errstate(over="ignore"):
        factor = np.clip(SAFETY * error ** (-0.5 / order), SHRINK, GROW)
    factor = np.where(np.isfinite(error), factor, SHRINK)
    np.testing.assert_allclose(bench.view("h", 1)[:, 0], 0.1 * factor, rtol=0.01)
    np.testing.assert_array_equal(bench.view("limit", 1)[:, 0], np.where(accepted, GROW, 1.0))
    assert not np.any(bench.view("code", 1, np.int64))
    assert bench.counter("event")[0] == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"last": -1}, status.OK),
        ({"steps": 999}, status.STEP_LIMIT),
        ({"used": 1e-13, "h": 1e-13, "error": 1e6}, status.STEP_TOO_SMALL),
        ({"used": 1e-13, "h": 1e-13, "error": math.nan}, status.NON_FINITE),
    ],
)
def test_judge_ends_a_cell_with_its_reason(bench, change, code):
    lanes = bench.lanes
    ready(bench, np.full(lanes, 0.1))
    given = {"used": 0.1, "error": 0.1, "last": 0, "steps": 0} | change
    for name, value in given.items():
        bench.put(name, np.full(lanes, value), np.int64 if name in ("last", "steps") else float)
    bench.put("Y", bench.y)
    bench.run("judge")
    assert np.all(bench.view("code", 1, np.int64) == code + 1)
    assert bench.counter("event")[0] == 1
    if code == status.OK:
        np.testing.assert_array_equal(bench.view("tau", 1), 10.0)  # the end itself, not a sum that rounds


def test_fill_gives_the_next_cell_and_then_idles(bench):
    arrays = bench.arrays
    for cell in range(BATCH + 1):
        lane = cell % bench.lanes
        bench.call_lane("fill", lane)
        row = min(cell, BATCH - 1)
        np.testing.assert_array_equal(bench.view("y", bench.n)[lane], arrays["x0"][row])
        np.testing.assert_array_equal(bench.view("p", bench.system.n_parameters)[lane], arrays["parameters"][row])
        np.testing.assert_array_equal(bench.view("atol", bench.n)[lane], bench.atol)
        assert bench.view("active", 1, np.int64)[lane, 0] == (cell < BATCH)
        assert bench.view("next_save", 1)[lane, 0] == (0.25 if cell < BATCH else math.inf)
        assert bench.view("h", 1)[lane, 0] == (0.125 if cell < BATCH else 10.0)
    assert bench.counter("alive")[0] == BATCH


def test_save_writes_every_time_that_was_passed(bench):
    lane, rows = bench.lanes - 1, len(bench.method.dense)
    old, new = bench.y, bench.y + 1.0
    d = np.random.default_rng(1).normal(size=(bench.lanes, rows * bench.n))
    for name, values in (("Y", new), ("d", d), ("tau", np.full(bench.lanes, 0.2)), ("used", np.full(bench.lanes, 0.4))):
        bench.put(name, values)
    bench.put("reached", np.full(bench.lanes, 0.6))
    bench.put("next_save", np.full(bench.lanes, 0.25))
    bench.put("cell", np.full(bench.lanes, 3), np.int64)
    bench.put("save_index", np.zeros(bench.lanes), np.int64)
    bench.call_lane("save", lane)
    weights = d[lane].reshape(rows, bench.n)
    for i, t in enumerate((0.25, 0.5)):
        theta = (t - 0.2) / 0.4
        inner = sum(theta**r * weights[r] for r in range(rows))
        expected = (1 - theta) * old[lane] + theta * (new[lane] + (1 - theta) * inner)
        np.testing.assert_allclose(bench.arrays["saved"][3, i], expected, rtol=1e-12, atol=1e-12)
    assert np.all(np.isnan(bench.arrays["saved"][3, 2]))
    assert np.all(np.isnan(bench.arrays["saved"][[0, 1, 2, 4]]))
    assert bench.view("next_save", 1)[lane, 0] == 8.0


@pytest.mark.parametrize("state", [status.OK, status.CANCELLED, status.NON_FINITE])
def test_end_lane_writes_what_became_of_the_cell(bench, state):
    lane = bench.lanes - 1
    bench.put("cell", np.full(bench.lanes, 2), np.int64)
    bench.put("code", np.full(bench.lanes, state + 1), np.int64)
    bench.put("tau", np.full(bench.lanes, 7.0))
    bench.put("h", np.full(bench.lanes, 0.5))
    bench.put("used", np.full(bench.lanes, 0.25))
    bench.put("steps", np.full(bench.lanes, 11), np.int64)
    bench.put("rejected", np.full(bench.lanes, 4), np.int64)
    bench.counter("alive")[0] = 3
    bench.call_lane("end_lane", lane)
    arrays = bench.arrays
    np.testing.assert_array_equal(arrays["y_end"][2], bench.y[lane])
    assert (arrays["t_end"][2], arrays["status"][2], arrays["steps"][2], arrays["rejected"][2]) == (7.0, state, 11, 4)
    assert arrays["h_last"][2] == (0.25 if state == status.NON_FINITE else 0.5)
    assert np.all(np.isnan(arrays["y_end"][[0, 1, 3, 4]]))
    assert (bench.counter("alive")[0], arrays["done"][0]) == (2, 1)


def test_solve_batch_runs_every_cell_and_obeys_the_cancel_flag(bench):
    bench.arrays["x0"][:] = bench.y[0]
    bench.arrays["parameters"][:] = bench.p[0]
    bench.a.span = 0.3
    bench.a.n_save = 0
    bench.arrays["cancel"][0] = 1
    bench.run("solve_batch")
    taken = min(BATCH, bench.lanes)
    assert list(bench.arrays["status"]) == [status.CANCELLED] * taken + [-1] * (BATCH - taken)
    bench.arrays["cancel"][0] = bench.arrays["next_cell"][0] = bench.arrays["done"][0] = 0
    bench.run("solve_batch")
    assert list(bench.arrays["status"]) == [status.OK] * BATCH
    assert np.all(bench.arrays["t_end"] == 0.3)
    assert np.all(bench.arrays["y_end"] == bench.arrays["y_end"][0])
    assert bench.arrays["done"][0] == BATCH


def test_blocks_run_group_after_group(bench):
    n, m = bench.n, bench.layout.parameters
    groups, entries = 3, len(bench.system.jacobian.pattern)
    x, p = aligned((groups, n, bench.lanes)), aligned((groups, m, bench.lanes))
    out, again, jacobian = aligned(x.shape), aligned(x.shape), aligned((groups, entries, bench.lanes))
    x[:], p[:, : bench.p.shape[1]] = bench.y.T, bench.p.T
    x[1] *= 1.01
    for name, arrays in (("rhs_blocks", (x, p, out)), ("slopes_blocks", (x, p, again, jacobian))):
        kinds = [ctypes.c_int64] + [ctypes.c_void_p] * len(arrays)
        function = ctypes.CFUNCTYPE(None, *kinds)(bench.engine.get_function_address(name))
        function(groups, *(a.ctypes.data for a in arrays))
    np.testing.assert_array_equal(out, again)
    np.testing.assert_array_equal(out[0], out[2])
    for lane in range(bench.lanes):
        f = bench.f(lane, bench.y[lane] * 1.01)
        np.testing.assert_allclose(out[1, :, lane], f, rtol=1e-12, atol=1e-12 * np.abs(f).max())
    assert plan(n, bench.system.jacobian.pattern, bench.system.mass).n == n
