"""Integration of batches: classical stiff problems, exact landing, invariants, saved values, identical bits."""

import math

import numpy as np
import pytest
import sympy
from engines.native.problems import (
    HIRES_END,
    PUMP_LEAK,
    PUMP_LEAK_START,
    ROBERTSON,
    decay,
    hires,
    potassium,
    pump_leak,
    robertson,
    system,
    van_der_pol,
)
from scipy.integrate import solve_ivp

from ionostat.engines.native import compile_system
from ionostat.engines.native.status import OK
from ionostat.errors import InputError

METHODS = ("RODAS4P2", "RODAS5P")
ROBERTSON_ATOL = [1e-8, 1e-12, 1e-8]


def nothing(batch):
    return np.empty((batch, 0))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lanes", [1, 2, 4, 8, 16])
def test_robertson(method, lanes):
    kernel = compile_system(robertson(), lanes=lanes, method=method)
    result = kernel.solve([[1.0, 0.0, 0.0]] * 3, [ROBERTSON] * 3, 0.0, 1e11, None, 1e-7, [1e-14, 1e-18, 1e-14])
    np.testing.assert_allclose(result.y_end, [[0.2083340149701255e-7, 0.8333360770334713e-13, 0.9999999791665050]] * 3,
                               rtol=1e-5)  # fmt: skip  # test set for IVP solvers, Bari
    assert list(result.status) == [OK] * 3
    assert result.steps.max() < 1000


@pytest.mark.parametrize("method", METHODS)
def test_hires(method):
    start = [[1.0, 0, 0, 0, 0, 0, 0, 0.0057]]
    result = compile_system(hires(), method=method).solve(start, nothing(1), 0.0, 321.8122, None, 1e-7, [1e-12] * 8)
    np.testing.assert_allclose(result.y_end[0], HIRES_END, rtol=2e-5)


@pytest.mark.parametrize("method", METHODS)
def test_van_der_pol(method):
    kernel = compile_system(van_der_pol(), method=method)
    result = kernel.solve([[2.0, -0.66]], [[1e-6]], 0.0, 2.0, None, 1e-7, [1e-9] * 2)
    # test set for IVP solvers, Bari, at t = 2
    np.testing.assert_allclose(result.y_end[0], [0.1706167732170483e1, -0.8928097010247975], rtol=2e-5)


def test_the_error_follows_the_tolerance():
    kernel = compile_system(van_der_pol(), lanes=1)
    exact = solve_ivp(
        lambda t, y: [y[1], ((1 - y[0] ** 2) * y[1] - y[0]) / 0.1], (0, 7), [2, 0], "DOP853", rtol=1e-13, atol=1e-13
    )
    for rtol in (1e-4, 1e-6, 1e-8, 1e-10):
        end = kernel.solve([[2.0, 0.0]], [[0.1]], 0.0, 7.0, None, rtol, [rtol] * 2).y_end[0]
        assert (
            np.abs(end - exact.y[:, -1]) / (1 + np.abs(exact.y[:, -1]))
        ).max() < 60 * rtol  # a period of fast and slow parts multiplies it


@pytest.mark.parametrize("method", METHODS)
def test_saved_values_are_as_good_as_the_steps(method):
    kernel = compile_system(van_der_pol(), lanes=1, method=method)
    times = np.linspace(0.0, 7.0, 301)
    exact = solve_ivp(
        lambda t, y: [y[1], ((1 - y[0] ** 2) * y[1] - y[0]) / 0.1],
        (0, 7), [2, 0], "DOP853", times, rtol=1e-13, atol=1e-13,
    )  # fmt: skip
    for rtol in (1e-5, 1e-7, 1e-9):
        result = kernel.solve([[2.0, 0.0]], [[0.1]], 0.0, 7.0, times, rtol, [rtol] * 2)
        np.testing.assert_array_equal(result.saved[0, -1], result.y_end[0])
        np.testing.assert_array_equal(result.saved[0, 0], [2.0, 0.0])
        error = np.abs(result.saved[0] - exact.y.T) / (rtol + rtol * np.abs(exact.y.T))
        assert error.max() < 150


def test_linear_invariants_hold_to_round_off():
    times = np.geomspace(1e-3, 1e5, 60)
    for method in METHODS:
        kernel = compile_system(robertson(), method=method)
        result = kernel.solve([[1.0, 0.0, 0.0]] * 20, [ROBERTSON] * 20, 0.0, 1e5, times, 1e-6, ROBERTSON_ATOL)
        np.testing.assert_allclose(result.saved.sum(axis=2), 1.0, rtol=0, atol=3e-13)


def test_quadratures_collect_what_leaves():
    # w'f = 0 with three collecting states that are left out of error control
    def rates(a, b, u, v, w):
        flux, back = 100 * a**2, sympy.exp(b) - 1
        return [-flux + back - a, flux - back, a / 2, a / 4, a / 4]

    model = system("a b u v w", "", rates)
    atol = [1e-9, 1e-9, math.inf, math.inf, math.inf]
    start = np.tile([1.0, 0.5, 0.0, 0.0, 0.0], (9, 1))
    result = compile_system(model).solve(start, nothing(9), 0.0, 50.0, [10.0, 20.0], 1e-6, atol)
    np.testing.assert_allclose(result.saved.sum(axis=2), 1.5, atol=2e-14)
    np.testing.assert_allclose(result.y_end.sum(axis=1), 1.5, atol=2e-14)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("pump", [1.0, 0.0])
def test_the_charge_audit_of_a_cell_closes_to_round_off(method, pump):
    """The eliminated ion, integrated separately for ten hours, is the one that charge gives."""
    atol = [1e-5, 1e-5, 1e-6, 1e-4, math.inf]
    times = np.geomspace(1.0, 3.6e7, 30)
    p = np.multiply(PUMP_LEAK, [1.0, 1.0, 1.0, pump])
    result = compile_system(pump_leak(), method=method).solve([PUMP_LEAK_START], [p], 0.0, 3.6e7, times, 1e-6, atol)
    sodium, chloride, _, potential, audit = result.saved[0].T
    residual = potassium(sodium, chloride, potential) - audit
    assert np.abs(residual).max() < 1e-13 * np.abs(result.saved[0]).max()


def test_a_cell_agrees_with_radau():
    model = pump_leak()
    kernel = compile_system(model, lanes=1)
    p = np.multiply(PUMP_LEAK, [1.0, 1.0, 1.0, 0.0])
    exact = solve_ivp(
        lambda t, y: kernel.rhs([y], [p])[0], (0, 3.6e6), PUMP_LEAK_START, "Radau",
        jac=lambda t, y: kernel.jacobian([y], [p])[0], rtol=1e-9, atol=1e-9,
    ).y[:, -1]  # fmt: skip
    end = kernel.solve([PUMP_LEAK_START], [p], 0.0, 3.6e6, None, 1e-7, [1e-6] * 5).y_end[0]
    np.testing.assert_allclose(end, exact, rtol=2e-6)


def test_algebraic_states_stay_on_their_constraint():
    model = system("y z", "", lambda y, z: [y - sympy.exp(2 * z), sympy.exp(z) - y], mass=(1, 0))
    times = np.linspace(0.0, 10.0, 101)
    result = compile_system(model).solve([[0.1, math.log(0.1)]], nothing(1), 0.0, 10.0, times, 1e-7, [1e-9] * 2)
    y, z = result.saved[0].T
    np.testing.assert_allclose(y, 1 / (1 + 9 * np.exp(-times)), rtol=2e-6)
    np.testing.assert_allclose(np.exp(z), y, rtol=2e-6)


def test_a_cell_has_the_same_bits_in_any_company():
    rng = np.random.default_rng(0)
    parameters = ROBERTSON * rng.lognormal(0.0, 0.5, (75, 3))
    start = np.tile([1.0, 0.0, 0.0], (75, 1))
    times = [0.1, 10.0, 1000.0]

    def run(cells, lanes):
        kernel = compile_system(robertson(), lanes=lanes)
        return kernel.solve(start[cells], parameters[cells], 0.0, 1e4, times, 1e-6, ROBERTSON_ATOL)

    for lanes in (8, 16):
        whole = run(slice(None), lanes)
        backwards = run(slice(None, None, -1), lanes)
        np.testing.assert_array_equal(backwards.y_end[::-1], whole.y_end)
        np.testing.assert_array_equal(backwards.saved[::-1], whole.saved)
        np.testing.assert_array_equal(backwards.steps[::-1], whole.steps)
        for cell in (0, 33, 74):
            np.testing.assert_array_equal(run([cell], lanes).y_end[0], whole.y_end[cell])
    np.testing.assert_allclose(run(slice(None), 1).y_end, whole.y_end, rtol=1e-9)


def test_the_end_is_hit_exactly_and_tiny_segments_work():
    kernel = compile_system(decay())
    for t0, t1 in ((0.0, 1.0), (0.1, 0.7), (1e7, 1e7 + 1e-8), (-3.0, 1e8), (0.0, 1e-9), (5.0, 5.0)):
        result = kernel.solve([[1.0]], [[1e-3]], t0, t1, [t0, t1], 1e-6, [1e-9])
        assert result.t_end[0] == t1
        assert result.status[0] == OK
        np.testing.assert_allclose(result.y_end[0, 0], math.exp(-1e-3 * (t1 - t0)), rtol=1e-6, atol=1e-8)
        np.testing.assert_array_equal(result.saved[0], [[1.0], result.y_end[0]])


def test_the_first_step_scales_with_the_time_unit():
    kernel = compile_system(decay(), lanes=1)
    steps = {int(kernel.solve([[1.0]], [[k]], 0.0, 5 / k, None, 1e-6, [1e-9]).steps[0]) for k in (1e-6, 1.0, 1e6)}
    assert len(steps) == 1


def test_a_resting_system_takes_few_steps():
    result = compile_system(decay()).solve([[0.0]], [[1.0]], 0.0, 1e9, None, 1e-6, [1e-9])
    assert result.steps[0] <= 3


def test_h_max_and_h0_are_obeyed():
    result = compile_system(decay()).solve([[1.0]], [[1e-3]], 0.0, 10.0, None, 1e-6, [1e-3], h_max=0.25)
    assert result.steps[0] == 40
    result = compile_system(decay()).solve([[1.0]], [[1e-3]], 0.0, 10.0, None, 1e-6, [1e-3], h0=1e-3, max_steps=1)
    assert result.t_end[0] == 1e-3


def test_lanes_are_chosen_by_batch_and_size():
    kernel = compile_system(decay())
    assert kernel.solve([[1.0]], [[1.0]], 0, 1, None, 1e-6, [1e-9]).lanes == 1
    result = kernel.solve([[1.0]] * 2, [[1.0]] * 2, 0, 1, None, 1e-7, [1e-9])
    assert (result.lanes, result.method) == (16, "RODAS5P")
    assert kernel.solve([[1.0]], [[1.0]], 0, 1, None, 1e-6, [1e-9]).method == "RODAS4P2"


def test_equal_systems_share_their_machine_code():
    first, second = compile_system(robertson()), compile_system(robertson())
    assert first.system is not second.system
    assert first.code(5)[0] is second.code(5)[0]


def test_an_empty_batch_gives_empty_results():
    result = compile_system(decay()).solve(np.empty((0, 1)), np.empty((0, 1)), 0.0, 1.0, [0.5], 1e-6, [1e-9])
    assert result.saved.shape == (0, 1, 1)
    assert compile_system(decay()).rhs(np.empty((0, 1)), np.empty((0, 1))).shape == (0, 1)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"rtol": 1e-3}, "rtol"),
        ({"rtol": math.nan}, "rtol"),
        ({"rtol": 1e-17}, "double precision"),
        ({"atol": [math.inf]}, "under error control"),
        ({"atol": [0.0]}, "atol"),
        ({"atol": [1.0, 1.0]}, "atol"),
        ({"t1": -1.0}, "integrate"),
        ({"save_times": [0.5, 0.2]}, "save_times"),
        ({"save_times": [2.0]}, "save_times"),
        ({"x0": [[1.0, 2.0]]}, "x0"),
        ({"p": [[1.0, 2.0]]}, "p has"),
        ({"h0": -1.0}, "h0"),
        ({"max_steps": 0}, "max_steps"),
    ],
)
def test_unusable_input_is_refused(change, word):
    given = {"x0": [[1.0]], "p": [[1.0]], "t0": 0.0, "t1": 1.0, "save_times": None, "rtol": 1e-6, "atol": [1e-9]}
    with pytest.raises(InputError, match=word):
        compile_system(decay()).solve(**(given | change))


def test_unknown_methods_and_widths_are_refused():
    with pytest.raises(InputError, match="RODAS9"):
        compile_system(decay(), method="RODAS9")
    with pytest.raises(InputError, match="3 lanes"):
        compile_system(decay(), lanes=3)


@pytest.mark.parametrize("lanes", [1, 8])
def test_the_digits_of_a_cell_do_not_depend_on_the_number_of_threads(lanes):
    rng = np.random.default_rng(5)
    rates = np.array(ROBERTSON) * np.exp(rng.normal(size=(61, 3)))
    starts = np.tile([1.0, 0.0, 0.0], (61, 1))
    kernel = compile_system(robertson(), lanes=lanes)

    def solve(threads):
        return kernel.solve(starts, rates, 0.0, 1e4, [1.0, 1e3], 1e-6, ROBERTSON_ATOL, threads=threads)

    alone = solve(1)
    assert np.all(alone.status == OK)
    for threads in (2, 5, 100):
        shared = solve(threads)
        for name in ("y_end", "saved", "steps", "rejected", "status", "t_end", "h_last"):
            np.testing.assert_array_equal(getattr(shared, name), getattr(alone, name))


def test_each_cell_can_have_tolerances_of_its_own():
    starts, rates = np.array([[1.0, 0.0, 0.0]] * 3), [ROBERTSON] * 3
    kernel = compile_system(robertson(), lanes=2)
    tolerances = np.array(ROBERTSON_ATOL) * [[1.0], [1e-3], [1.0]]
    mixed = kernel.solve(starts, rates, 0.0, 1e4, None, 1e-5, tolerances)
    loose = kernel.solve(starts, rates, 0.0, 1e4, None, 1e-5, tolerances[0])
    tight = kernel.solve(starts, rates, 0.0, 1e4, None, 1e-5, tolerances[1])
    np.testing.assert_array_equal(mixed.y_end[[0, 2]], loose.y_end[[0, 2]])
    np.testing.assert_array_equal(mixed.y_end[1], tight.y_end[1])
    assert mixed.steps[1] > mixed.steps[0]
    with pytest.raises(InputError, match="same states"):
        kernel.solve(starts, rates, 0.0, 1.0, None, 1e-5, np.where([[1], [0], [0]], np.inf, tolerances))


def test_no_thread_is_no_way_to_run():
    with pytest.raises(InputError, match="0 threads"):
        compile_system(decay()).solve([[1.0]], [[1.0]], 0, 1, None, 1e-6, [1e-9], threads=0)
