"""What a run gives back and what it refuses: starts, save times, options, and failures that keep their data."""

from threading import Event

import numpy as np
import pytest
from laws.cases import cell, rest_of

from ionostat import Trajectory, rest, simulate
from ionostat.errors import InputError, UnknownNameError
from ionostat.protocols import Protocol

KAY = cell("Kay2017_cell")


def quick(protocol: str = "rest 1 s", **options: object) -> Trajectory:
    return simulate(KAY, protocol, start=rest_of("Kay2017_cell"), points=10, **options)  # type: ignore[arg-type]


def test_at_rest_nothing_happens() -> None:
    run = quick("rest 10 h")
    assert run.status == "ok"
    for path, unit in run.units.items():
        if unit in ("mM", "um3", "mV"):
            np.testing.assert_allclose(run[path], run[path][0], rtol=1e-9)


def test_text_and_protocol_and_duration_say_the_same() -> None:
    runs = [quick("rest 2 s"), quick(Protocol().rest("2 s")), quick(None, duration="2 s"), quick(None, duration=2000)]  # type: ignore[arg-type]
    for run in runs[1:]:
        np.testing.assert_array_equal(run.x, runs[0].x)


def test_a_run_can_begin_where_another_ended() -> None:
    whole = quick("pump_stop for 2 min", rtol=1e-10)
    first = quick("pump_stop for 1 min", rtol=1e-10)
    second = simulate(KAY, "pump_stop for 1 min", start=first.x[-1], points=10, rtol=1e-10)
    np.testing.assert_allclose(second.x[-1], whole.x[-1], rtol=1e-8)


def test_the_file_s_start_is_where_the_file_says() -> None:
    run = simulate(KAY, "rest 1 s", start="file", points=5)
    assert run["cytosol.Na"][0] == pytest.approx(120.0)
    assert run["cytosol.volume"][0] == pytest.approx(KAY["cytosol.volume"])


def test_without_a_rest_it_starts_from_the_file_and_says_so() -> None:
    run = simulate(KAY.with_({"plasma.nka.scale": 0}), "rest 1 s", points=5)
    assert any("started from the file's values, for there is no rest" in note for note in run.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": np.zeros(3)}, "a start needs 4 numbers"),
        ({"start": -rest_of("Kay2017_cell").x}, "the start is not feasible"),
        ({"start": "somewhere"}, "unknown start"),
        ({"rtol": 1e-3}, "outside 1e-14 to 1e-4"),
        ({"save": "often"}, "unknown way to save"),
        ({"save": [1.0, 5e9]}, "save times must lie within the run"),
        ({"save": [5.0, 1.0]}, "increasing"),
        ({"engine": "natve"}, "unknown engine"),
        ({"duration": "1 s"}, "a protocol or a duration, not both"),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    given = {"start": rest_of("Kay2017_cell"), **options}
    with pytest.raises((InputError, UnknownNameError), match=message):
        simulate(KAY, "rest 1 s", **given)  # type: ignore[arg-type]


def test_a_run_without_anything_to_do_is_refused() -> None:
    with pytest.raises(InputError, match="say what to do"):
        simulate(KAY)


def test_a_cancelled_run_keeps_what_it_has() -> None:
    flag = Event()
    flag.set()
    run = quick("pump_stop for 10 h", cancel=flag)
    assert run.status == "cancelled"
    assert "stopped by the user" in run.sentence
    assert np.isfinite(run["plasma.V"][0])
    assert np.isnan(run["plasma.V"][-1])


def test_a_step_limit_is_a_status_with_nan_after_it() -> None:
    run = quick("pump_stop for 10 h", max_steps=20)
    assert run.status == "step_limit"
    last = run.end
    assert np.all(np.isfinite(run.x[: last + 1]))
    assert np.all(np.isnan(run.x[last + 1 :]))


def test_a_pump_that_pumps_sodium_that_is_not_there_ends_with_a_status() -> None:
    """A constant pump empties the cell: the run ends in words, not in negative sodium."""
    run = simulate(KAY.with_({"plasma.na_leak.scale": 0}), "rest 10 h", start=rest_of("Kay2017_cell"), points=50)
    assert run.status != "ok"
    assert run.sentence
    known = run["cytosol.Na"][: run.end + 1]
    assert np.all(known > 0)


def test_progress_is_told_and_ends_at_the_end() -> None:
    told: list[tuple[float, float]] = []
    quick("pump_stop for 1 h; rest 1 h", progress=lambda t, end: told.append((t, end)))
    assert all(end == 7.2e6 for _, end in told)
    assert [t for t, _ in told] == sorted(t for t, _ in told)


def test_events_are_told_with_their_times() -> None:
    run = quick("rest 1 s; bath.K = 8 mM for 1 s; rest 1 s")
    assert run.events[0][0] == 1000.0
    assert "bath.K = 8 mM" in run.events[0][1]


def test_values_at_a_time() -> None:
    run = quick("bath.K = 8 mM for 1 s")
    assert run.at("1 s")["bath.K"] == 8.0
    with pytest.raises(InputError, match="the run goes from 0 to 1000 ms"):
        run.at("1 min")
    with pytest.raises(UnknownNameError, match="unknown quantity"):
        _ = run["plasma.W"]


def test_tighter_tolerances_come_closer() -> None:
    exact = quick("pump_stop for 10 min", rtol=1e-12).x[-1]
    errors = [np.max(np.abs(quick("pump_stop for 10 min", rtol=r).x[-1] / exact - 1)) for r in (1e-4, 1e-6, 1e-8)]
    assert errors[0] > errors[1] > errors[2]
    assert errors[2] < 1e-7


def test_the_ceiling_on_the_step_of_an_excitable_cell_can_be_lifted() -> None:
    made, at = cell("HodgkinHuxley1952_axon"), rest_of("HodgkinHuxley1952_axon")
    capped = simulate(made, "rest 2 s", start=at, points=5)
    lifted = simulate(made, "rest 2 s", start=at, points=5, max_step="inf")
    assert capped.statistics.steps >= 2000
    assert lifted.statistics.steps < 100
    assert simulate(made, "rest 2 s", start=at, points=5, max_step="10 ms").statistics.steps >= 200


def test_rest_of_a_rest_is_itself() -> None:
    at = rest_of("Dusterwald2018_neuron")
    again = rest(cell("Dusterwald2018_neuron"), start=at)
    np.testing.assert_allclose(again.x, at.x, rtol=1e-9)
