"""Every adapter gives the answer that the reference gives, on a few cells; who is not installed is skipped by name."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from benchmarks import cold, resting, scale
from benchmarks.errors import Truth, truth
from benchmarks.measure import measure_peer
from benchmarks.peers.__main__ import CASES, main
from benchmarks.peers.engine import Engine
from benchmarks.peers.native import NATIVE
from benchmarks.peers.registry import ENGINES, chosen
from benchmarks.peers.translate import for_casadi, for_jax
from benchmarks.problems import PROBLEMS, Problem, rests, rundown, rundown_neuron, spiking
from benchmarks.rows import OURS, Row
from ionostat.cell.evaluate import compile_program
from ionostat.errors import UnknownNameError

CELLS = 3


@cache
def tiny(name: str) -> Truth:
    """Three cells, an hour after ouabain; a neuron for long enough to fire twice."""
    made: dict[str, Problem] = {
        "rundown": replace(rundown(CELLS), duration=3.6e6),
        "rundown_neuron": replace(rundown_neuron(CELLS), duration=3.6e6),
        "spiking": spiking(CELLS, 0.05),
    }
    return truth(made[name])


def needs(engine: Engine) -> None:
    if engine.missing():
        pytest.skip(f"needs {engine.missing()} for {engine.name}")


SLOW = {"diffrax Kvaerno5"}
ENGINE = [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in ENGINES]


@pytest.mark.parametrize("case", ["rundown", "rundown_neuron", "spiking"])
@pytest.mark.parametrize("name", ENGINE)
def test_an_adapter_gives_the_right_end_for_every_member(name: str, case: str) -> None:
    """At rtol 1e-8: 1e-6 of every state, 0.05 ms of phase. Members differ by more than a thousand times that."""
    engine, answer = ENGINES[name], tiny(case)
    needs(engine)
    assert np.ptp(answer.end[:, 1]) > 1e-3 * np.max(answer.end[:, 1]) or case == "spiking"
    timed = engine.load(answer.problem).run(range(CELLS), 1e-8)
    assert timed.failures == []
    assert np.all(answer.errors(timed.end) < (0.05 if case == "spiking" else 1e-6))
    assert timed.cpu > 0.0
    assert timed.wall > 0.0


@pytest.mark.parametrize("name", ENGINE)
def test_an_adapter_runs_the_members_it_is_asked_for_and_begins_anew_each_time(name: str) -> None:
    engine, answer = ENGINES[name], tiny("rundown")
    needs(engine)
    runner = engine.load(answer.problem)
    runner.run(range(CELLS), 1e-6)
    (error,) = answer.errors(runner.run(range(1, 2), 1e-8).end, slice(1, 2))
    assert error < 1e-6


@pytest.mark.parametrize("name", ENGINE)
def test_a_tighter_tolerance_is_more_accurate(name: str) -> None:
    engine, answer = ENGINES[name], tiny("rundown_neuron")
    needs(engine)
    runner = engine.load(answer.problem)
    loose, tight = (np.max(answer.errors(runner.run(range(CELLS), rtol).end)) for rtol in (1e-5, 1e-9))
    assert tight < 0.1 * loose


@pytest.mark.parametrize("case", ["rundown", "spiking"])
@pytest.mark.parametrize("translate", [for_casadi, pytest.param(for_jax, marks=pytest.mark.slow)])
def test_translated_programs_are_the_same_equations(translate, case: str) -> None:  # type: ignore[no-untyped-def]
    pytest.importorskip("casadi" if translate is for_casadi else "jax", reason="needs the extra 'bench'")
    problem = tiny(case).problem
    values = [*problem.y0[0].tolist(), *problem.p[0].tolist()]
    expected = compile_program(problem.system.rhs)(*values)
    if translate is for_jax:
        import jax

        jax.config.update("jax_enable_x64", True)
        found = [float(v) for v in translate(problem.system.rhs)(*values)]
    else:
        import casadi

        found = [float(casadi.DM(v)) for v in translate(problem.system.rhs)(*map(casadi.DM, values))]
    # sums of large currents nearly cancel at rest: compared with the natural size over 1 ms
    np.testing.assert_allclose(
        np.array(found) / problem.scale, np.array(expected) / problem.scale, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize(("engine", "solver"), [pytest.param(s[0], s[1], id=s[2]) for s in resting.SOLVERS])
def test_every_way_to_a_rest_finds_it(engine: Engine, solver: resting.Solver) -> None:
    """Some lose a member or two; whom they find is right."""
    needs(engine)
    answer = truth(rests(8))
    timed = solver(answer.problem, range(8))
    errors = answer.errors(timed.end)
    found = np.isfinite(errors)
    assert np.count_nonzero(found) >= 4
    assert np.all(errors[found] < 1e-9)
    if engine is NATIVE:
        assert timed.failures == []


def test_a_phase_error_is_a_shift_in_time() -> None:
    answer = tiny("spiking")
    problem = answer.problem
    later = truth(replace(problem, duration=problem.duration + 0.5)).end
    np.testing.assert_allclose(answer.errors(later), 0.5, atol=1e-3)
    assert np.all(answer.errors(answer.end) < 1e-9)


def test_a_peer_is_measured_until_it_is_as_accurate_as_we_are() -> None:
    answer = tiny("rundown")
    rows = list(measure_peer(answer, ENGINES["SciPy LSODA"], 1e-8, 0.1))
    assert rows[0].rtol == 1e-6
    assert [r.rtol for r in rows] == sorted((r.rtol for r in rows), reverse=True)
    assert rows[-1].rel_error <= 1e-8
    assert all(r.rel_error > 1e-8 for r in rows[:-1])


def test_who_is_not_installed_is_skipped_and_named() -> None:
    absent = Engine("a peer", ("no_such_module",), (), NATIVE.load, "")
    assert absent.missing() == "no_such_module"
    assert NATIVE.missing() == ""
    with pytest.raises(UnknownNameError, match="libRoadRunner"):
        chosen(["libRoadrunner"])


@pytest.mark.slow
def test_the_command_prints_one_object_per_row(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--quick", "--json", "--case", "rundown", "--engine", OURS])
    rows = [Row.from_json(line) for line in capsys.readouterr().out.splitlines()]
    assert {r.case for r in rows} == {"rundown", "rundown_threads"}
    assert {r.threads for r in rows if r.case == "rundown_threads"} == {1, 2}
    wanted = {"case", "engine", "us_per_cell", "cells_per_s", "rel_error", "threads", "cold_s"}
    assert wanted <= set(json.loads(rows[0].to_json()))
    assert all(r.rel_error < 1e-5 and r.us_per_cell > 0 for r in rows)


def test_cases_are_those_that_were_promised() -> None:
    assert list(CASES)[:6] == ["rundown", "rundown_neuron", "rest", "single", "spiking", "cold"]
    assert set(PROBLEMS) <= set(CASES)


def test_a_cold_start_is_that_of_a_new_process(tmp_path) -> None:  # type: ignore[no-untyped-def]
    nothing = cold.seconds(["-c", "pass"], tmp_path, times=1)
    waiting = cold.seconds(["-c", "import time; time.sleep(0.3)"], tmp_path, times=1)
    assert 0.0 < nothing < waiting
    assert waiting >= 0.3


def test_a_thousand_rundowns_are_counted_and_weighed() -> None:
    found = scale.run(1000, 2)
    assert found["failed"] == 0
    assert 0.0 < found["seconds"] < 60.0
    assert 0.01 < found["gigabytes"] < 10.0


def test_the_large_system_has_26_states_that_are_coupled() -> None:
    system = scale.coupled(6)
    assert system.n_states == 26
    pattern = set(system.jacobian.pattern)
    assert {(0, 4), (0, 20), (0, 24), (24, 3)} <= pattern
    assert len(pattern) < 26 * 26 / 3
