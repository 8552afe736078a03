"""Refusals, failures, cancelling and progress: what a block does with members that are not fine."""

import threading
from typing import Any

import numpy as np
import pytest
from laws.cases import cell

from ionostat.errors import InputError, UnknownNameError
from ionostat.protocols import Protocol
from ionostat.studies.ensemble import block
from ionostat.studies.ensemble.block import compute
from ionostat.studies.ensemble.chunk import compute_chunk
from ionostat.studies.ensemble.job import Job, recorded
from ionostat.studies.ensemble.outcome import CODE, STATUSES, Outcome, joined

KAY = cell("Kay2017_cell")
RUNDOWN = Protocol.parse("pump_stop for 1 h")


def test_each_refused_member_says_why_and_the_others_run() -> None:
    table = {
        "plasma.nka.scale": np.array([1.0, -1.0, np.nan, 1.0, 1.0, 1.0]),
        "bath.K": np.array([3.0, 3.0, 3.0, 200.0, 0.0, 3.0]),
        "temperature": np.array([310.0, 310.0, 310.0, 310.0, 310.0, 5000.0]),
    }
    found = compute(Job(KAY, RUNDOWN), table)
    assert [STATUSES[s] for s in found.status] == ["ok", *["refused"] * 5]
    assert found.reasons[1] == "plasma.nka.scale = -1 is outside its range (0 to inf)"
    assert found.reasons[2] == "plasma.nka.scale = nan is not a number that a cell can have"
    assert found.reasons[3] == "keeping bath neutral would need -50 mM Na"
    assert found.reasons[4] == "bath.K = 0 leaves no K in bath"
    assert "outside its range" in found.reasons[5]
    assert np.all(np.isnan(found.x[1:]))
    assert np.all(np.isfinite(found.x[0]))
    assert all(np.isfinite(v[0]) and np.all(np.isnan(v[1:])) for v in found.values.values())


def test_a_dose_on_the_wrong_side_of_a_member_s_own_number_is_refused() -> None:
    found = compute(Job(KAY, Protocol.parse("high_potassium 5 mM for 1 s")), {"bath.K": np.array([3.0, 5.5, 5.0])})
    assert [STATUSES[s] for s in found.status] == ["ok", "refused", "refused"]
    assert found.reasons[1] == "high_potassium: the new value must be above the start value 5.5; got 5"


def test_a_change_that_one_member_cannot_make_ends_it_alone() -> None:
    """A protocol that multiplies leaves the range of some members only."""
    protocol = Protocol.parse("rest 1 s; temperature x 1.05 for 1 s")
    found = compute(Job(KAY, protocol, times=np.array([0.5e3, 1.5e3])), {"temperature": np.array([300.0, 330.0])})
    assert [STATUSES[s] for s in found.status] == ["ok", "refused"]
    assert "temperature = 346.5 K is outside its range" in found.reasons[1]
    assert np.isnan(found.values["plasma.V"]).tolist() == [[False, False], [False, True]]
    assert found.statistics["t_end"].tolist() == [2e3, 1e3]
    assert np.all(np.isfinite(found.x))


def test_an_exhausted_member_is_known_no_further() -> None:
    protocol = Protocol.parse(
        "add cytosol.Na -16 mM; rest 1 s; plasma.na_leak.scale = 0, plasma.nka.scale = 50; rest 1 h"
    )
    times = np.array([0.0, 1e3, 1e5, 3.6e6])
    found = compute(Job(KAY, protocol, times=times), {"cytosol.Na": np.array([20.0, 40.0])})
    status = [STATUSES[s] for s in found.status]
    assert set(status) & {"exhausted", "step_too_small", "non_finite", "ok"}
    for row in range(2):
        known = np.isfinite(found.values["cytosol.Na"][row])
        assert known[0]
        assert np.all(known[: int(known.sum())])
        assert bool(status[row] == "ok") == bool(known.all())


def test_a_step_limit_is_a_status() -> None:
    found = compute(Job(KAY, RUNDOWN, max_steps=5), {"plasma.nka.scale": np.array([1.0, 0.9])})
    assert found.counts() == {"step_limit": 2}
    assert found.reasons[0].startswith("the step limit was reached at ")
    assert np.all(found.statistics["steps"] + found.statistics["rejected"] == 5)
    assert np.all(np.isfinite(found.x))
    assert np.all(np.isnan(found.values["plasma.V"]))


def test_what_is_cancelled_says_so_and_what_is_done_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()

    def then_stop(*given: Any) -> Outcome:
        found = compute_chunk(*given)
        stop.set()
        return found

    monkeypatch.setattr(block, "CHUNK", 64)
    monkeypatch.setattr(block, "compute_chunk", then_stop)
    for job in (Job(KAY, RUNDOWN), Job(KAY, RUNDOWN, start="file"), Job(KAY)):
        stop.clear()
        found = compute(job, {"plasma.nka.scale": np.linspace(0.8, 1.2, 200)}, cancel=stop)
        cancelled = found.status == CODE["cancelled"]
        assert cancelled.tolist() == [False] * 64 + [True] * 136
        assert set(found.reasons) == set(range(64, 200))
        assert np.isnan(found.values["plasma.V"]).tolist() == cancelled.tolist()


def test_progress_counts_all_members() -> None:
    done: list[int] = []
    compute(Job(KAY), {"plasma.nka.scale": np.linspace(0.8, 1.2, 300)}, threads=2, progress=done.append)
    assert done == sorted(done)
    assert done[-1] == 300


def test_names_and_shapes_are_refused_at_once() -> None:
    with pytest.raises(UnknownNameError, match=r"plasma\.nak\.scale"):
        compute(Job(KAY), {"plasma.nak.scale": np.ones(2)})
    with pytest.raises(InputError, match="differ in length"):
        compute(Job(KAY), {"plasma.nka.scale": np.ones(2), "bath.K": np.ones(3)})
    with pytest.raises(InputError, match="one value per member"):
        compute(Job(KAY), {"plasma.nka.scale": np.ones((2, 2))})
    with pytest.raises(InputError, match="at least one"):
        compute(Job(KAY), {})
    with pytest.raises(InputError, match="at least one member"):
        compute(Job(KAY), {"bath.K": np.zeros(0)})


def test_a_job_is_checked_when_it_is_made() -> None:
    with pytest.raises(UnknownNameError, match="unknown quantity") as refused:
        Job(KAY, record=("cytosl.Na",))
    assert "cytosol.Na" in refused.value.hint
    for wrong in ({"rtol": 1e-3}, {"max_step": "0 ms"}, {"max_steps": 0}, {"times": np.array([1.0])}):
        with pytest.raises(InputError):
            Job(KAY, **wrong)
    with pytest.raises(InputError, match="increasing"):
        Job(KAY, RUNDOWN, times=np.array([2.0, 1.0]))
    with pytest.raises(InputError, match="record times end"):
        compute(Job(KAY, RUNDOWN, times=np.array([1e9])), {"bath.K": np.ones(1)})
    assert recorded(cell("HodgkinHuxley1952_axon"))[:2] == ("plasma.V", "cytosol.Na")


def test_blocks_join() -> None:
    job = Job(KAY, RUNDOWN)
    table = {"plasma.nka.scale": np.array([1.0, -1.0, 0.9, np.nan])}
    whole = compute(job, table)
    parts = joined([compute(job, {path: column[i : i + 2] for path, column in table.items()}) for i in (0, 2)])
    assert whole.reasons == parts.reasons
    np.testing.assert_array_equal(whole.values["plasma.V"], parts.values["plasma.V"])
