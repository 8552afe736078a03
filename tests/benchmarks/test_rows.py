"""Rows, comparisons at equal error, and the verdicts on targets."""

from dataclasses import replace
from math import isnan, nan

import pytest

from benchmarks.report import less_accurate, lines, targets
from benchmarks.rows import OURS, Row, cheapest, of, ratio, ratio_at_goal
from benchmarks.targets import Target

PEER = "libRoadRunner"


def made(engine: str, us: float, error: float, rtol: float = 1e-6, **more: object) -> Row:
    return Row("rundown", engine, us, error, cells_per_s=1e6 / us, rtol=rtol, wall_us_per_cell=us, **more)  # type: ignore[arg-type]


ROWS = [
    made(OURS, 2.0, 5e-7, 1e-5),
    made(OURS, 4.0, 5e-8),
    replace(made(OURS, 1.0, 5e-8, threads=2), case="rundown_threads"),
    made(PEER, 100.0, 1e-5),
    made(PEER, 200.0, 4e-7, 1e-7),
    made(PEER, 300.0, 3e-8, 1e-8),
]


def test_a_row_survives_json_with_what_it_does_not_know() -> None:
    row = made(PEER, 100.0, 1e-5)
    back = Row.from_json(row.to_json())
    assert isnan(back.cold_s)
    assert replace(back, cold_s=0.0, rel_error_median=0.0, reset_us=0.0) == replace(
        row, cold_s=0.0, rel_error_median=0.0, reset_us=0.0
    )
    assert "NaN" not in row.to_json()


def test_the_cheapest_row_is_accurate_enough_and_lost_no_cell() -> None:
    ours = of(ROWS, "rundown", OURS)
    assert cheapest(ours, 1e-6) == ours[0]
    assert cheapest(ours, 1e-7) == ours[1]
    assert cheapest(ours, 1e-9) is None
    assert cheapest([replace(ours[0], failed=1), ours[1]], 1e-6) == ours[1]


def test_we_are_compared_with_our_cheapest_row_that_is_as_accurate() -> None:
    ours = of(ROWS, "rundown", OURS)
    assert [ratio(r, ours) for r in of(ROWS, "rundown", PEER)[:2]] == [50.0, 50.0]
    assert isnan(ratio(of(ROWS, "rundown", PEER)[2], ours)), "more accurate than any of ours: no ratio"
    assert isnan(ratio(made(PEER, 1.0, nan), ours)), "an error that is not known allows no comparison"


def test_at_the_goal_both_sides_choose_their_cheapest_tolerance() -> None:
    assert ratio_at_goal(ROWS, "rundown", PEER) == 100.0
    assert ratio_at_goal(ROWS, "rundown", PEER, threads=2) == 200.0
    assert ratio_at_goal(ROWS, "rundown", PEER, goal=1e-7) == 75.0
    assert isnan(ratio_at_goal(ROWS, "rundown", "COPASI LSODA"))


def test_a_peer_that_is_less_accurate_at_the_same_tolerance_is_named_with_the_one_that_matches() -> None:
    (sentence,) = less_accurate(ROWS)
    assert PEER in sentence
    assert "1e-08" in sentence
    (sentence,) = less_accurate(ROWS[:5])
    assert "did not match" in sentence


@pytest.mark.parametrize(
    ("goal", "at_least", "word"),
    [
        (50, True, "reached"),
        (200, True, "not reached: 50 %"),
        (50, False, "not reached: 50 %"),
        (200, False, "reached"),
    ],
)
def test_a_target_says_how_far_it_is(goal: float, at_least: bool, word: str) -> None:
    value, verdict = Target("", goal, "times", lambda rows: 100.0, at_least).verdict(ROWS)
    assert value == 100.0
    assert verdict.startswith(word)


def test_what_was_not_measured_is_not_reached() -> None:
    assert Target("", 1, "s", lambda rows: nan).verdict([])[1] == "not measured"
    assert {line[3] for line in targets([])} == {"not measured"}


def test_every_row_is_in_the_table() -> None:
    (title, table), (other, threads) = lines(ROWS)
    assert title.startswith("rundown:")
    assert other.startswith("rundown_threads:")
    assert len(table) + len(threads) == len(ROWS)
    assert [row[6] for row in table] == ["", "", "50", "50", "more accurate than we were"]
