"""Events and extremes on problems with known answers: times to the tolerance, order, direction, ends, same bits."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import sympy
from engines.native.problems import decay, system
from hypothesis import given, settings
from hypothesis import strategies as st

from ionostat.engines.native import compile_system
from ionostat.engines.native.module import write_module
from ionostat.engines.native.status import OK, STOPPED
from ionostat.engines.native.tableau import RODAS4P2
from ionostat.engines.watched import Watched
from ionostat.errors import InputError

METHODS = ("RODAS4P2", "RODAS5P")


def rotation(events, values=lambda x, v, level: [], ties=()):
    """x = sin(w t + phase), v = cos(w t + phase), watched."""
    model = system("x v", "w level", lambda x, v, w, level: [w * v, -w * x])
    x, v, _, level = model.inputs
    return replace(model, watched=Watched(tuple(events(x, v, level)), tuple(values(x, v, level)), ties))


X_LEVEL = compile_system(rotation(lambda x, v, level: [x - level], lambda x, v, level: [x], ((0, 0),)), lanes=8)


def turn(kernel, p, t1, rtol=1e-8, phase=0.0, **options):
    p = np.atleast_2d(p)
    start = np.tile([math.sin(phase), math.cos(phase)], (len(p), 1))
    return kernel.solve(start, p, 0.0, t1, options.pop("save", None), rtol, [rtol] * 2, **options)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("lanes", [1, 8])
def test_the_error_of_a_time_follows_the_tolerance(method, lanes):
    kernel = compile_system(rotation(lambda x, v, level: [x, v - level]), lanes=lanes, method=method)
    errors = []
    for rtol in (1e-5, 1e-7, 1e-9, 1e-11):
        log = turn(kernel, [1.0, 0.5], 20.0, rtol, phase=0.1).events
        zeros = np.arange(1, 7) * math.pi - 0.1
        np.testing.assert_allclose(log.of(0), zeros, atol=30 * rtol)
        errors.append(np.abs(log.of(0) - zeros).max())
        even = np.add.outer(2 * math.pi * np.arange(4), [math.pi / 3, 5 * math.pi / 3]).ravel() - 0.1
        np.testing.assert_allclose(log.of(1), even[even < 20.0], atol=30 * rtol)
    assert all(fine < coarse / 20 for coarse, fine in itertools.pairwise(errors))


@pytest.mark.parametrize("method", METHODS)
def test_an_exponential_decay_crosses_its_levels_when_it_should(method):
    model = decay()
    y, _ = model.inputs
    levels = (0.9, 0.5, 1e-1, 1e-3)
    kernel = compile_system(replace(model, watched=Watched(tuple(y - level for level in levels))), method=method)
    for rtol in (1e-6, 1e-9):
        log = kernel.solve([[1.0], [1.0]], [[1.0], [1e-3]], 0.0, 2e4, None, rtol, [1e-3 * rtol]).events
        for cell, rate in enumerate((1.0, 1e-3)):
            times = log.time[log.cell == cell]
            np.testing.assert_array_equal(log.which[log.cell == cell], range(4))
            np.testing.assert_allclose(times * rate, -np.log(levels), rtol=50 * rtol)
        np.testing.assert_allclose(log.state[:, 0], np.tile(levels, 2), rtol=1e-10)


@pytest.mark.parametrize(("direction", "expected"), [(1, [2, 4, 6]), (-1, [1, 3, 5]), (0, [1, 2, 3, 4, 5, 6])])
def test_only_the_wanted_direction_counts(direction, expected):
    log = turn(X_LEVEL, [1.0, 0.0], 20.0, phase=0.2, direction=[direction]).events
    np.testing.assert_allclose(log.time, np.array(expected) * math.pi - 0.2, atol=1e-6)


def test_a_terminal_event_ends_the_cell_there_and_nothing_is_saved_beyond():
    save = np.linspace(0.0, 10.0, 1001)
    result = turn(X_LEVEL, [[1.0, 0.5], [1.0, 2.0], [0.5, 0.5]], 10.0, save=save, terminal=[True])
    ends = [math.pi / 6, 10.0, math.pi / 3]
    assert list(result.status) == [STOPPED, OK, STOPPED]
    np.testing.assert_allclose(result.t_end, ends, atol=1e-7)
    np.testing.assert_allclose(result.y_end[[0, 2]], [[0.5, math.sqrt(0.75)]] * 2, atol=1e-7)
    assert list(result.events.cell) == [0, 2]
    for cell, (end, rate) in enumerate(zip(ends, (1.0, 1.0, 0.5), strict=True)):
        known = np.isfinite(result.saved[cell, :, 0])
        np.testing.assert_array_equal(known, save <= result.t_end[cell])
        np.testing.assert_allclose(result.saved[cell, known, 0], np.sin(rate * save[known]), atol=1e-6)
        assert end == pytest.approx(result.t_end[cell], abs=1e-7)


def staircase(levels, lanes=1):
    """y = t, and events at these levels; the solver needs few steps, so that many fall into one."""
    model = system("y", "k", lambda y, k: [k])
    y, _ = model.inputs
    return compile_system(replace(model, watched=Watched(tuple(y - level for level in levels))), lanes=lanes)


def test_events_of_one_step_come_in_the_order_of_time():
    levels = np.random.default_rng(3).permutation(np.linspace(0.01, 0.99, 30))
    result = staircase(levels).solve([[0.0]], [[1.0]], 0.0, 1.0, None, 1e-6, [1e-6], h0=1.0)
    assert result.steps[0] == 1
    np.testing.assert_allclose(result.events.time, np.sort(levels), rtol=1e-12)
    np.testing.assert_array_equal(result.events.which, np.argsort(levels))


def test_what_would_come_after_a_terminal_event_does_not_happen():
    levels = (0.7, 0.5, 0.2, 0.5, 0.9)
    kernel = staircase(levels)
    result = kernel.solve([[0.0]], [[1.0]], 0.0, 1.0, None, 1e-6, [1e-6], terminal=[False, True, False, False, False])
    assert result.status[0] == STOPPED
    assert list(result.events.which) == [2, 1, 3]  # the fourth is at the very same time
    assert result.events.time[1] == result.events.time[2] == result.t_end[0]


def test_an_event_at_the_start_happens_once_and_not_again_after_a_restart():
    log = turn(X_LEVEL, [1.0, 0.0], 7.0, direction=[1]).events
    np.testing.assert_allclose(log.time, [0.0, 2 * math.pi], atol=1e-7)
    first = turn(X_LEVEL, [1.0, 0.5], 10.0, direction=[1], terminal=[True])
    again = X_LEVEL.solve(first.y_end, [[1.0, 0.5]], first.t_end[0], 10.0, None, 1e-8, [1e-8] * 2, direction=[1])
    np.testing.assert_allclose(again.events.time, [math.pi / 6 + 2 * math.pi], atol=1e-6)


@pytest.mark.parametrize("lanes", [1, 4, 8, 16])
def test_a_cell_does_not_feel_its_neighbours(lanes):
    kernel = compile_system(rotation(lambda x, v, level: [x - level, v], lambda x, v, level: [x * v], ()), lanes=lanes)
    rng = np.random.default_rng(11)
    p = np.stack([rng.lognormal(0.0, 1.0, 37), rng.uniform(-1.1, 1.1, 37)], axis=1)
    options = {"terminal": [False, True], "direction": [0, 1]}
    whole, back = (turn(kernel, q, 4.0, phase=2.0, **options) for q in (p, p[::-1]))
    for cell in (0, 1, 17, 36):
        alone = turn(kernel, p[cell], 4.0, phase=2.0, **options)
        for result, place in ((whole, cell), (back, 36 - cell)):
            mine = result.events.cell == place
            np.testing.assert_array_equal(alone.events.which, result.events.which[mine])
            np.testing.assert_array_equal(alone.events.time, result.events.time[mine])
            np.testing.assert_array_equal(alone.events.state, result.events.state[mine])
            np.testing.assert_array_equal(alone.extremes[0], result.extremes[place])
            np.testing.assert_array_equal(alone.y_end[0], result.y_end[place])
            assert alone.status[0] == result.status[place]


def test_a_full_log_is_emptied_and_nothing_is_lost():
    p = np.stack([np.linspace(1.0, 3.0, 13), np.full(13, 0.3)], axis=1)
    save = np.linspace(0.0, 60.0, 31)
    whole = turn(X_LEVEL, p, 60.0, save=save)
    portions = []
    cut = turn(X_LEVEL, p, 60.0, save=save, log_room=1, on_events=portions.append)
    assert len(portions) > 20
    assert len(cut.events) == 0
    assert len(whole.events) > 300
    assert max(len(portion) for portion in portions) <= 8
    for cell in range(13):
        times = np.concatenate([portion.time[portion.cell == cell] for portion in portions])
        np.testing.assert_array_equal(times, whole.events.time[whole.events.cell == cell])
    for name in ("y_end", "saved", "status", "steps", "extremes"):
        np.testing.assert_array_equal(getattr(cut, name), getattr(whole, name))
    kept = turn(X_LEVEL, p, 60.0, log_room=1).events
    np.testing.assert_array_equal(kept.time, whole.events.time)


@pytest.mark.parametrize("threads", [2, 3])
def test_threads_have_logs_of_their_own(threads):
    p = np.stack([np.linspace(1.0, 3.0, 40), np.full(40, 0.3)], axis=1)
    alone, shared = (turn(X_LEVEL, p, 60.0, threads=n, log_room=1) for n in (1, threads))
    np.testing.assert_array_equal(alone.events.cell, shared.events.cell)
    np.testing.assert_array_equal(alone.events.time, shared.events.time)
    np.testing.assert_array_equal(alone.extremes, shared.extremes)


@pytest.mark.parametrize("threads", [1, 2])
def test_what_the_taker_of_events_raises_is_raised_here(threads):
    def refuse(log):
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        turn(X_LEVEL, [[1.0, 0.0]] * 20, 50.0, on_events=refuse, log_room=1, threads=threads)


def test_watching_changes_no_digit_of_the_solution():
    plain = compile_system(system("x v", "w level", lambda x, v, w, level: [w * v, -w * x]), lanes=8)
    p = [[1.0, 0.5], [2.0, 0.1], [0.3, 0.0]]
    save = np.linspace(0.0, 9.0, 50)
    with_events, without = (turn(kernel, p, 9.0, save=save) for kernel in (X_LEVEL, plain))
    np.testing.assert_array_equal(with_events.saved, without.saved)
    np.testing.assert_array_equal(with_events.y_end, without.y_end)


@pytest.mark.parametrize("method", METHODS)
def test_events_of_algebraic_states(method):
    """0 = z - y**2 with y' = -y: z falls to 1/4 at ln 2; its slope comes from the dense output as well."""
    model = system("y z", "", lambda y, z: [-y, z - y**2], mass=(1, 0))
    _, z = model.inputs
    watched = Watched((z - sympy.Rational(1, 4),), (-((z - sympy.Rational(1, 4)) ** 2),))
    kernel = compile_system(replace(model, watched=watched), method=method)
    for rtol in (1e-5, 1e-7, 1e-9, 1e-11):
        result = kernel.solve([[1.0, 1.0]], np.empty((1, 0)), 0.0, 3.0, None, rtol, [rtol] * 2)
        np.testing.assert_allclose(result.events.time, [math.log(2.0)], atol=2 * rtol)
        np.testing.assert_allclose(result.events.state, [[0.5, 0.25]], atol=rtol)
        _, _, highest, when = result.extremes[0, 0]
        assert highest == pytest.approx(0.0, abs=30 * rtol)
        assert when == pytest.approx(math.log(2.0), abs=10 * math.sqrt(rtol))


def test_two_crossings_within_one_step_are_seen_at_the_turning_point():
    levels = np.array([0.9999, 0.999, 0.99, -0.9999, -0.999, 1.001])
    p = np.stack([np.ones(6), levels], axis=1)
    result = turn(X_LEVEL, p, 10 * math.pi, 1e-6)
    assert list(np.bincount(result.events.cell, minlength=6)) == [10] * 5 + [0]
    for cell in range(5):
        expected = np.sort(np.add.outer(2 * math.pi * np.arange(5), [np.arcsin(levels[cell]) % (2 * math.pi),
                           (math.pi - np.arcsin(levels[cell])) % (2 * math.pi)]).ravel())  # fmt: skip
        times = result.events.time[result.events.cell == cell]
        np.testing.assert_allclose(times, expected, atol=2e-3)  # grazing: an error e moves a time by e / slope
    upwards = turn(X_LEVEL, p, 10 * math.pi, 1e-6, direction=[1])
    assert list(np.bincount(upwards.events.cell, minlength=6)) == [5] * 5 + [0]
    untied = compile_system(rotation(lambda x, v, level: [x - level]), lanes=8)
    assert len(turn(untied, p, 10 * math.pi, 1e-6).events) < 50  # so there are such steps


@pytest.mark.parametrize("method", METHODS)
def test_extremes_lie_between_the_steps(method):
    kernel = compile_system(rotation(lambda x, v, level: [], lambda x, v, level: [x, x * v]), lanes=4, method=method)
    low, t_low, high, t_high = turn(kernel, [1.0, 0.0], 6.0, 1e-9, phase=0.3).extremes[0].T
    np.testing.assert_allclose(low, [-1.0, -0.5], atol=1e-8)
    np.testing.assert_allclose(high, [1.0, 0.5], atol=1e-8)
    np.testing.assert_allclose((t_low[0], t_high[0]), (1.5 * math.pi - 0.3, 0.5 * math.pi - 0.3), atol=1e-5)
    assert min(abs((t_high[1] + 0.3) % math.pi - 0.25 * math.pi), 1.0) < 1e-5


def test_extremes_end_where_a_terminal_event_ends_the_cell():
    result = turn(X_LEVEL, [1.0, 0.8], 10.0, phase=-1.5, terminal=[True], direction=[1])
    low, _, high, when = result.extremes[0, 0]
    assert high == pytest.approx(0.8, abs=1e-10)
    assert when == result.t_end[0]
    assert low == pytest.approx(math.sin(-1.5), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(rate=st.floats(0.05, 20.0), phase=st.floats(-3.0, 3.0), level=st.floats(-0.95, 0.95), t1=st.floats(0.1, 20.0))
def test_every_crossing_of_a_rotation_is_found_at_its_time(rate, phase, level, t1):
    up = math.asin(level)
    angles = np.add.outer(2 * math.pi * np.arange(-2, 70), [up, math.pi - up]).ravel()
    exact = np.sort((angles - phase) / rate)
    near = 1e-4 / rate  # a crossing so close to an end may or may not be inside
    found = turn(X_LEVEL, [rate, level], t1, 1e-9, phase=phase).events.time
    inside = exact[(exact > near) & (exact < t1 - near)]
    surely = found[(found > near) & (found < t1 - near)]
    np.testing.assert_allclose(surely, inside, atol=1e-5 / rate, rtol=1e-6)


def test_a_function_that_is_not_a_number_is_no_event():
    model = decay()
    y, _ = model.inputs
    kernel = compile_system(replace(model, watched=Watched((sympy.log(y - sympy.Rational(1, 2)),))), lanes=1)
    result = kernel.solve([[1.0]], [[1.0]], 0.0, 5.0, None, 1e-6, [1e-6])
    assert result.status[0] == OK
    assert len(result.events) == 0


def test_a_module_without_events_has_no_code_for_them():
    text, layout = write_module(decay(), RODAS4P2, 8)
    assert "@look" not in text
    assert "@find" not in text
    assert "seen" not in layout.offsets


def test_directions_and_ends_have_to_fit_the_events():
    with pytest.raises(InputError, match="1 events need 1 directions"):
        turn(X_LEVEL, [1.0, 0.0], 1.0, direction=[1, 1])
    with pytest.raises(InputError, match="directions"):
        turn(X_LEVEL, [1.0, 0.0], 1.0, direction=[2])
