"""What protocols come to: every change on time, however short, and undone as physiologists mean it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.bench_cell import CELL

from ionostat.protocols import Protocol, Segment, Timeline

MIN, HOUR = 60_000.0, 3_600_000.0


def compiled(text: str) -> Timeline:
    return Protocol.parse(text).compile(CELL)


def shape(text: str) -> list[tuple[float, float, dict[str, float]]]:
    return [(s.t0, s.t1, dict(s.sets)) for s in compiled(text)]


def value(timeline: Timeline, path: str, t: float, side: str = "after") -> float:
    """A parameter at time t as a simulator sees it that follows the segments literally."""
    now = CELL.value(path)
    for s in timeline:
        if s.t0 > t or (s.t0 == t and side == "before"):
            break
        now = s.sets.get(path, now)
        if path in s.ramps:
            first, last = s.ramps[path]
            now = last if t >= s.t1 else first + (last - first) * (t - s.t0) / (s.t1 - s.t0)
    return now


def test_ouabain_for_two_hours() -> None:
    left = 1 / (1 + 1 / 2e-5)
    assert shape("rest 10 min; ouabain 1 mM for 2 h; wash 1 h") == [
        (0.0, 10 * MIN, {}),
        (10 * MIN, 130 * MIN, {"plasma.nka.scale": pytest.approx(left, rel=1e-12)}),
        (130 * MIN, 190 * MIN, {"plasma.nka.scale": 1.0}),
    ]


def test_a_change_with_a_duration_is_undone_and_one_without_stays() -> None:
    undone = [(0.0, MIN, {"bath.K": 8.0}), (MIN, 2 * MIN, {"bath.K": 3.0})]
    assert shape("bath.K = 8 mM for 1 min; rest 1 min") == undone
    assert shape("bath.K = 8 mM; rest 1 min; rest 1 min") == [(0.0, MIN, {"bath.K": 8.0}), (MIN, 2 * MIN, {})]


def test_a_wash_undoes_everything_in_force() -> None:
    text = "bath.K = 8 mM; plasma.nka.scale x 0.5; bath.Na -> 130 mM over 1 min; wash 1 min"
    assert shape(text)[-1] == (MIN, 2 * MIN, {"bath.K": 3.0, "bath.Na": 145.0, "plasma.nka.scale": 1.0})


def test_a_wash_of_no_duration_and_a_change_at_the_same_time() -> None:
    assert shape("bath.K = 8 mM; rest 1 s; wash; bath.K = 5 mM; rest 1 s")[1] == (1000.0, 2000.0, {"bath.K": 5.0})
    assert shape("bath.K = 8 mM; wash; rest 1 s") == [(0.0, 1000.0, {})]


def test_a_microsecond_in_two_hours_is_a_segment_of_its_own() -> None:
    timeline = compiled("rest 2 h; plasma.stim.I = 1 nA for 1 us; until 4 h")
    assert [(s.t0, s.t1) for s in timeline][1] == (2 * HOUR, 2 * HOUR + 0.001)
    assert [s.sets.get("plasma.stim.I") for s in timeline] == [None, 1000.0, 0.0]
    assert timeline.duration == 4 * HOUR


def test_a_train_of_pulses() -> None:
    timeline = compiled("rest 5 ms; pulse plasma.stim.I = 20 pA for 1 ms every 10 ms, 20 times; rest 1 ms")
    on = [s for s in timeline if s.sets.get("plasma.stim.I") == 20.0]
    assert [(s.t0, s.t1) for s in on] == [(5.0 + 10 * i, 6.0 + 10 * i) for i in range(20)]
    assert timeline.duration == 5 + 200 + 1
    assert len(timeline) == 1 + 40 + 1
    assert len(timeline.events) == 1


def test_pulses_as_long_as_their_period_leave_no_sliver() -> None:
    timeline = compiled("pulse plasma.stim.I = 20 pA for 0.1 ms every 0.1 ms, 30 times; rest 1 ms")
    assert min(s.duration for s in timeline) > 0.09


def test_a_ramp_goes_from_the_present_value_and_stays() -> None:
    timeline = compiled("bath.K = 5 mM; rest 1 min; bath.K -> 12 mM over 10 min; hold 5 min")
    assert timeline[1].ramps == {"bath.K": (5.0, 12.0)}
    assert timeline[2].sets == {"bath.K": 12.0}
    assert timeline[1].label == "bath.K = 5 mM, bath.K -> 12 mM"


def test_a_ramp_from_a_value_starts_with_a_jump() -> None:
    assert compiled("ramp bath.K from 4 mM to 8 mM over 10 min")[0].ramps == {"bath.K": (4.0, 8.0)}


def test_a_ramp_is_cut_where_something_else_happens() -> None:
    timeline = compiled("bath.K -> 13 mM over 10 min; at 5 min: pump_stop for 1 us")
    assert timeline[0].ramps["bath.K"] == (3.0, 8.0)
    assert timeline[2].ramps["bath.K"][1] == 13.0
    for before, after in pairwise(timeline):
        assert before.ramps["bath.K"][1] == after.ramps["bath.K"][0]


def test_when_an_inner_change_ends_the_outer_value_comes_back() -> None:
    assert shape("bath.K = 8 mM for 30 min; at 5 min: bath.K = 12 mM for 5 min; rest 1 min") == [
        (0.0, 5 * MIN, {"bath.K": 8.0}),
        (5 * MIN, 10 * MIN, {"bath.K": 12.0}),
        (10 * MIN, 30 * MIN, {"bath.K": 8.0}),
        (30 * MIN, 31 * MIN, {"bath.K": 3.0}),
    ]


def test_a_ramp_under_a_change_shows_when_the_change_ends() -> None:
    timeline = compiled("bath.K -> 13 mM over 10 min; at 2 min: bath.K = 5 mM for 4 min")
    assert [dict(s.sets) for s in timeline] == [{}, {"bath.K": 5.0}, {}]
    assert timeline[2].ramps["bath.K"] == (pytest.approx(9.0, rel=1e-14), 13.0)


def test_relative_changes_and_drugs_multiply() -> None:
    timeline = compiled("plasma.nka.scale x 50 %; ouabain 20 nM for 1 min; rest 1 min")
    assert timeline[0].sets["plasma.nka.scale"] == pytest.approx(0.25, rel=1e-14)
    assert timeline[1].sets["plasma.nka.scale"] == 0.5


def test_the_later_change_in_one_step_wins() -> None:
    assert shape("bath.K = 8 mM, bath.K = 9 mM for 1 s") == [(0.0, 1000.0, {"bath.K": 9.0})]


def test_amounts_are_added_at_once() -> None:
    timeline = compiled("rest 1 s; add cytosol.Na 5 mM, add 2 fmol to cytosol.K; add cytosol.Na 1000 uM; rest 1 s")
    assert timeline[1].adds == {"cytosol.Na": (6.0, "mM"), "cytosol.K": (2000.0, "amol")}
    assert timeline[0].adds == {}


def test_units_are_converted_at_the_door() -> None:
    timeline = compiled("plasma.k_leak.g = 0.07 mS/cm2, cell.T = 20 degC, bath.K = 8000 uM for 1 s")
    expected = {"bath.K": 8.0, "cell.T": 293.15, "plasma.k_leak.g": pytest.approx(7e-4, rel=1e-14)}
    assert timeline[0].sets == expected


def test_events_say_what_happens() -> None:
    timeline = compiled("rest 1 min; ouabain 1 mM, bath.K = 8 mM for 1 min; rest 1 min; wash 1 min")
    assert [(e.time / MIN, e.label) for e in timeline.events] == [
        (1.0, "ouabain 1 mM"),
        (1.0, "bath.K = 8 mM"),
        (2.0, "ouabain 1 mM ends"),
        (2.0, "bath.K = 8 mM ends"),
        (3.0, "wash"),
    ]
    assert [s.label for s in timeline] == ["rest", "ouabain 1 mM, bath.K = 8 mM", "rest", "wash"]


def test_times_that_differ_only_by_rounding_are_one_time() -> None:
    timeline = compiled("rest 0.1 ms; rest 0.1 ms; rest 0.1 ms; rest 1 ms; at 0.3 ms: pump_stop for 0.3 ms")
    assert [round(s.duration, 9) for s in timeline] == [0.1, 0.1, 0.1, 0.3, 0.7]


def test_a_change_beside_the_sequence_can_outlast_it() -> None:
    assert Protocol.parse("rest 1 s; at 500 ms: pump_stop for 2 s").duration == 2500.0
    assert compiled("rest 1 s; at 500 ms: pump_stop for 2 s").duration == 2500.0


TIMES = st.sampled_from(["1 us", "0.1 ms", "1 ms", "3 s", "1 min", "1 h"])
LEVELS = st.integers(1, 20)
PATHS = st.sampled_from(["bath.K", "bath.Na"])
STEPS = st.one_of(
    st.builds("rest {}".format, TIMES),
    st.builds("wash {}".format, TIMES),
    st.builds("{} = {} mM".format, PATHS, LEVELS),
    st.builds("{} = {} mM for {}".format, PATHS, LEVELS, TIMES),
    st.builds("{} x {} for {}".format, PATHS, LEVELS, TIMES),
    st.builds("{} -> {} mM over {}".format, PATHS, LEVELS, TIMES),
    st.builds("pulse {} = {} mM for 1 us every 1 ms, {} times".format, PATHS, LEVELS, LEVELS),
    st.builds("at {}: {} = {} mM for {}".format, TIMES, PATHS, LEVELS, TIMES),
    st.builds("at {}: {} -> {} mM over {}".format, TIMES, PATHS, LEVELS, TIMES),
)


@given(st.lists(STEPS, max_size=8))
def test_segments_follow_each_other_and_every_start_value_returns(steps: list[str]) -> None:
    protocol = Protocol.parse("; ".join([*steps, "until 1000 h", "wash 1 h"]))
    timeline = protocol.compile(CELL)
    assert timeline[0].t0 == 0.0
    assert timeline.duration == pytest.approx(protocol.duration, rel=1e-14)
    for before, after in pairwise(timeline):
        assert before.t1 == after.t0
    for segment in timeline:
        assert segment.t1 > segment.t0
        assert not set(segment.sets) & set(segment.ramps)
    for path in ("bath.K", "bath.Na"):
        assert value(timeline, path, timeline.duration) == CELL.value(path)


@given(st.lists(st.tuples(TIMES, PATHS, LEVELS, TIMES), min_size=1, max_size=6), st.floats(0, 2 * HOUR))
def test_overlapping_steps_against_the_definition(changes: list[tuple[str, str, int, str]], t: float) -> None:
    text = "; ".join(f"at {at}: {path} = {level} mM for {d}" for at, path, level, d in changes)
    timeline = compiled(f"{text}; until 3 h")
    ms = {"1 us": 1e-3, "0.1 ms": 0.1, "1 ms": 1.0, "3 s": 3e3, "1 min": MIN, "1 h": HOUR}
    for path in ("bath.K", "bath.Na"):
        over = [(ms[at], i, n) for i, (at, p, n, d) in enumerate(changes) if p == path and ms[at] <= t < ms[at] + ms[d]]
        assert value(timeline, path, t) == (float(max(over)[2]) if over else CELL.value(path))


def test_a_segment_says_how_long_it_is() -> None:
    assert Segment(1.0, 3.0, {}, {}, {}, "rest").duration == 2.0


def test_ten_thousand_pulses_stay_exact() -> None:
    timeline = compiled("rest 1 h; pulse plasma.stim.I = 20 pA for 1 us every 10 ms, 10000 times")
    assert len(timeline) == 1 + 20_000
    assert timeline[-2].t0 == HOUR + 9_999 * 10.0
