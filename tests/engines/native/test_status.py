"""How a cell can fail: each way has its status, never a number that looks like a result, and never a neighbour."""

import _thread
import threading
import time

import numpy as np
import pytest
import sympy
from engines.native.problems import blow_up, decay, runs_dry, system, van_der_pol

from ionostat.engines.native import STATUS, compile_system
from ionostat.engines.native.status import CANCELLED, NON_FINITE, OK, STEP_LIMIT, STEP_TOO_SMALL, STOPPED


def nothing(batch):
    return np.empty((batch, 0))


def test_every_status_has_a_sentence():
    assert set(STATUS) == {OK, STEP_TOO_SMALL, STEP_LIMIT, NON_FINITE, CANCELLED, STOPPED}
    assert all(len(sentence) > 10 for sentence in STATUS.values())


@pytest.mark.parametrize("lanes", [1, 8])
def test_a_blow_up_ends_with_a_step_too_small(lanes):
    kernel = compile_system(blow_up(), lanes=lanes)
    result = kernel.solve([[1.0, 1.0], [1.0, -1.0]], nothing(2), 0.0, 2.0, [0.5, 1.5], 1e-6, [1e-9] * 2)
    assert list(result.status) == [STEP_TOO_SMALL, OK]
    assert list(result.bad_state) == [1, -1]
    assert result.t_end[0] == pytest.approx(1.0, abs=1e-6)
    assert np.isfinite(result.saved[0, 0]).all()
    assert np.isnan(result.saved[0, 1]).all()
    assert result.steps[0] + result.rejected[0] < 3000


@pytest.mark.parametrize("lanes", [1, 8])
def test_leaving_the_domain_ends_non_finite_and_names_the_state(lanes):
    kernel = compile_system(runs_dry(), lanes=lanes)
    result = kernel.solve([[1.0, 0.0]] * 2, [[1.0], [0.25]], 0.0, 2.0, None, 1e-6, [1e-9] * 2)
    assert list(result.status) == [NON_FINITE, OK]
    assert list(result.bad_state) == [1, -1]
    assert result.t_end[0] == pytest.approx(1.0, abs=1e-6)
    assert np.isfinite(result.y_end).all()


def test_a_rate_that_is_not_finite_at_the_start_ends_at_once():
    result = compile_system(runs_dry()).solve([[-1.0, 0.0]], [[1.0]], 0.0, 2.0, [0.0, 1.0], 1e-6, [1e-9] * 2)
    assert (result.status[0], result.bad_state[0], result.t_end[0]) == (NON_FINITE, 1, 0.0)
    assert result.steps[0] + result.rejected[0] <= 2
    np.testing.assert_array_equal(result.saved[0], [[-1.0, 0.0], [np.nan, np.nan]])


def test_parameters_that_are_nan_do_not_cost_time():
    began = time.perf_counter()
    result = compile_system(decay()).solve([[1.0]] * 64, [[np.nan]] * 64, 0.0, 1e9, None, 1e-6, [1e-9])
    assert set(result.status) == {NON_FINITE}
    assert (result.steps + result.rejected).max() <= 2
    assert time.perf_counter() - began < 2.0


def test_a_slope_that_is_not_finite_is_named():
    """With an infinite slope the step formula alone would let the state stand still and call it fine."""
    for rate in (lambda a, b: a + sympy.sqrt(b), lambda a, b: (1 - a) * sympy.sqrt(b)):
        model = system("a b", "", lambda a, b, rate=rate: [-a, rate(a, b)])
        result = compile_system(model).solve([[1.0, 0.0]], nothing(1), 0.0, 1.0, None, 1e-6, [1e-9] * 2)
        assert (result.status[0], result.bad_state[0]) == (NON_FINITE, 1)


def test_a_singular_constraint_fails_instead_of_inventing():
    model = system("y z", "", lambda y, z: [-y, z**2 + y], mass=(1, 0))  # no real z
    result = compile_system(model).solve([[1.0, 1.0]], nothing(1), 0.0, 1.0, None, 1e-6, [1e-9] * 2)
    assert result.status[0] != OK


def test_the_step_limit_keeps_what_was_reached():
    result = compile_system(van_der_pol()).solve(
        [[2.0, 0.0]], [[1e-3]], 0.0, 5.0, [4.9], 1e-6, [1e-9] * 2, max_steps=50
    )
    assert result.status[0] == STEP_LIMIT
    assert result.steps[0] + result.rejected[0] == 50
    assert 0.0 < result.t_end[0] < 5.0
    assert np.isfinite(result.y_end).all()
    assert np.isnan(result.saved).all()


def test_a_failing_cell_does_not_disturb_the_others():
    kernel = compile_system(van_der_pol(), lanes=8)
    start, eps = np.tile([2.0, 0.0], (40, 1)), np.geomspace(1e-3, 1.0, 40)[:, None]
    alone = kernel.solve(start, eps, 0.0, 1.0, [0.5], 1e-6, [1e-9] * 2)
    broken = eps.copy()
    broken[::3] = np.nan
    broken[1] = 0.0
    mixed = kernel.solve(start, broken, 0.0, 1.0, [0.5], 1e-6, [1e-9] * 2)
    good = np.isfinite(broken[:, 0]) & (broken[:, 0] > 0.0)
    assert set(mixed.status[~good]) == {NON_FINITE}
    np.testing.assert_array_equal(mixed.y_end[good], alone.y_end[good])
    np.testing.assert_array_equal(mixed.saved[good], alone.saved[good])


def endless(**options):
    """A run of many seconds: a fast oscillator, followed closely."""
    kernel = compile_system(system("x y", "w", lambda x, y, w: [w * y, -w * x]))
    start, speeds = [[1.0, 0.0]] * 40, np.full((40, 1), 1e4)
    return kernel.solve(start, speeds, 0.0, 1e6, [1e-3, 9e5], 1e-6, [1e-6] * 2, h_max=1e-3, **options)


def test_a_run_can_be_cancelled_from_another_thread():
    endless(max_steps=1)  # compiles
    cancel = threading.Event()
    timer = threading.Timer(0.2, cancel.set)
    timer.start()
    began = time.perf_counter()
    result = endless(cancel=cancel, max_steps=10**12)
    assert time.perf_counter() - began < 3.0
    assert set(result.status) == {CANCELLED}
    assert (result.t_end[:16] > 0.0).all()
    assert np.isfinite(result.saved[:16, 0]).all()
    np.testing.assert_array_equal(result.t_end[16:], 0.0)  # never begun
    assert np.isnan(result.saved[16:]).all()
    assert np.isnan(result.saved[:, 1]).all()


def test_ctrl_c_returns_what_was_computed():
    endless(max_steps=1)  # compiles
    timer = threading.Timer(0.2, _thread.interrupt_main)
    timer.start()
    result = endless(cancel=threading.Event(), max_steps=10**12)
    timer.join()
    assert set(result.status) == {CANCELLED}


def test_progress_rises_to_one():
    seen = []
    kernel = compile_system(van_der_pol())
    eps = np.full((200, 1), 1e-3)
    result = kernel.solve([[2.0, 0.0]] * 200, eps, 0.0, 20.0, None, 1e-9, [1e-11] * 2, progress=seen.append)
    assert set(result.status) == {OK}
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_runs_in_two_threads_do_not_mix():
    kernel = compile_system(van_der_pol(), lanes=8)
    eps = np.geomspace(1e-3, 1.0, 64)[:, None]
    start = np.tile([2.0, 0.0], (64, 1))
    expected = kernel.solve(start, eps, 0.0, 5.0, None, 1e-6, [1e-9] * 2).y_end
    results = {}

    def run(part):
        results[part] = kernel.solve(start[part::2], eps[part::2], 0.0, 5.0, None, 1e-6, [1e-9] * 2).y_end

    threads = [threading.Thread(target=run, args=(part,)) for part in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for part in (0, 1):
        np.testing.assert_array_equal(results[part], expected[part::2])
