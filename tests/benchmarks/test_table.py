"""The page of the documentation says what the committed results say."""

import pytest

from benchmarks import table
from benchmarks.rows import OURS, Row


def test_the_page_is_what_the_results_say() -> None:
    text = table.PAGE.read_text(encoding="utf-8")
    assert table.page(text) == text, "run python -m benchmarks.table"


def test_the_results_cover_every_case_and_engine() -> None:
    rows = table.rows_of(table.RESULTS / "peers.json")
    assert {r.case for r in rows} >= {"rundown", "rundown_neuron", "rest", "single", "spiking", "cold", "reference"}
    assert len({r.engine for r in rows if r.case == "rundown"}) == 6


def test_a_table_shows_the_nominal_tolerance_and_the_one_that_matches() -> None:
    made = [
        Row("rundown", OURS, 4.0, 1e-7, rtol=1e-6),
        Row("rundown", OURS, 3.0, 3e-7, rtol=3e-6),
        *(
            Row("rundown", "SciPy LSODA", us, error, rtol=rtol)
            for us, error, rtol in ((10.0, 5e-6, 1e-6), (20.0, 2e-6, 3e-7), (30.0, 8e-7, 1e-7), (40.0, 5e-8, 3e-8))
        ),
    ]
    shown = [(r.engine, r.rtol) for r in table.shown(made, "rundown")]
    peer = "SciPy LSODA"
    assert shown == [(OURS, 1e-6), (OURS, 3e-6), (peer, 1e-6), (peer, 1e-7), (peer, 3e-8)]


@pytest.mark.parametrize("name", ["delayed_hopf.json", "spreading_depolarisation.json"])
def test_what_solvers_miss_was_measured(name: str) -> None:
    ways = {row["way"] for row in table.objects_of(table.RESULTS / name)}
    assert any(way.startswith("RK4") for way in ways)
    assert any(way.startswith("native") and "h <=" in way for way in ways)
    assert any(way.startswith("SciPy LSODA") for way in ways)
