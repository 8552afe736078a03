"""Who computes makes no difference: threads, processes, Dask workers, also when one is killed on the way."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from studies.ensemble.studies import CELL, SAMPLES, contents, same, small_study

from ionostat import Ensemble, ensemble
from ionostat.errors import InputError, IonostatError
from ionostat.studies.ensemble import executors
from ionostat.studies.ensemble.records import cell_of, cell_record, job_of, job_record
from ionostat.studies.ensemble.run import Stopped, compute_study
from ionostat.studies.ensemble.study import study_of

PROTOCOL = "ouabain 1 mM for 1 h"


def equal(a: Ensemble, b: Ensemble) -> bool:
    return all(same(a[name], b[name]) for name in a.columns.shapes) and a.reasons == b.reasons


def test_threads_and_chunks_change_no_digit() -> None:
    one = compute_study(small_study(protocol=PROTOCOL), threads=1)
    assert equal(one, compute_study(small_study(protocol=PROTOCOL), threads=3))
    assert equal(one, compute_study(small_study(chunk=37, protocol=PROTOCOL)))


def test_anything_with_submit_will_do() -> None:
    with ThreadPoolExecutor(2) as pool:
        assert equal(compute_study(small_study()), compute_study(small_study(), executor=pool))


@pytest.mark.slow
def test_processes_give_the_same_digits() -> None:
    table = {"bath.K": [3.0, 4.0, 0.0, 5.0, 6.0], "plasma.nka.scale": [1.0, 0.9, 0.8, 0.7, 0.6]}
    here, there = (ensemble(CELL, table, PROTOCOL, chunk=2, executor=executor) for executor in (None, 2))
    assert equal(here, there)
    assert here.outcomes == {"ok": 4, "refused": 1}


@pytest.mark.slow
def test_a_killed_process_leaves_a_study_that_goes_on(tmp_path: Path) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    out = tmp_path / "study"
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:

        def killing(done: int, total: int) -> None:
            for pid in list(pool._processes):
                os.kill(pid, signal.SIGKILL)

        with pytest.raises(IonostatError, match=r"killed.*\n.*resume"):
            compute_study(small_study(), out=out, executor=pool, progress=killing)
    assert len(Ensemble.open(out)) >= 64
    assert equal(compute_study(small_study(), out=out, resume=True), compute_study(small_study()))


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Two Dask workers in processes of their own."""
    distributed = pytest.importorskip("distributed", reason="needs distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        distributed.Client(cluster) as made,
    ):
        yield made


@pytest.mark.slow
def test_dask_workers_give_the_same_bytes_also_when_one_is_killed(client: Any, tmp_path: Path) -> None:
    study = small_study(64 * 40, protocol=PROTOCOL)
    compute_study(study, out=tmp_path / "here")
    pids = client.run(os.getpid)
    assert os.getpid() not in pids.values()
    compute_study(study, out=tmp_path / "there", executor=client)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    victims = [next(iter(pids.values()))]

    def killing(done: int, total: int) -> None:
        if victims and done > total // 8:
            os.kill(victims.pop(), signal.SIGKILL)

    compute_study(study, out=tmp_path / "killed", executor=client, progress=killing)
    assert not victims
    assert contents(tmp_path / "killed") == contents(tmp_path / "here")


def test_cancel_keeps_what_is_done_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    cancel, real, calls = Event(), executors.compute, []

    def stopping(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            cancel.set()
            options["cancel"].set()
        return real(*args, **options)

    monkeypatch.setattr(executors, "compute", stopping)
    found = compute_study(small_study(chunk=50), cancel=cancel)
    assert not found.complete
    assert 50 <= found.outcomes["stable"] < 300
    with pytest.raises(Stopped):
        compute_study(small_study(), cancel=cancel)


def test_progress_only_grows_and_ends_at_all_members() -> None:
    told: list[tuple[int, int]] = []
    compute_study(small_study(), progress=lambda done, total: told.append((done, total)))
    assert told == sorted(set(told))
    assert told[-1] == (300, 300)


def test_a_failure_stops_the_rest_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any, **options: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(executors, "compute", broken)
    with pytest.raises(ZeroDivisionError):
        compute_study(small_study())


@pytest.mark.parametrize(
    ("options", "message"),
    [({"executor": 0}, "one process"), ({"executor": "four"}, "submit"), ({"threads": 0}, "one thread")],
)
def test_executors_that_are_none(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        ensemble(CELL, SAMPLES, n=3, **options)


def test_a_job_travels_as_plain_data() -> None:
    cell = CELL.with_({"bath.K": "8 mM", "plasma.nka.scale": 0.1 + 0.2}, closure="electroneutral")
    study = small_study(protocol="rest 1 min; bath.K = 8 mM for 30 min")
    for job in (study.job, type(study.job)(cell, record=("plasma.V",), max_step=float("inf"))):
        again = job_of(job_record(job))
        assert job_record(again) == job_record(job)
        assert dict(again.cell.numbers) == dict(job.cell.numbers)
        assert again.cell.closure == job.cell.closure
    assert study_of(study.to_record()).key == study.key


def test_a_cell_without_a_file_stays_here(tmp_path: Path) -> None:
    from dataclasses import replace

    from ionostat.cell.load import load_text

    text = CELL.file.read_text(encoding="utf-8")
    made = load_text(text)
    assert equal(ensemble(made, SAMPLES, n=5), ensemble(CELL, SAMPLES, n=5))
    with pytest.raises(InputError, match="no file"):
        ensemble(made, SAMPLES, n=5, out=tmp_path / "study")
    with pytest.raises(InputError, match="is not what"):
        cell_record(replace(CELL, membranes=()))


def test_a_cell_file_that_is_gone_comes_from_its_text(tmp_path: Path) -> None:
    from ionostat import load

    file = tmp_path / "mine.yaml"
    file.write_text(CELL.file.read_text(encoding="utf-8"), encoding="utf-8")
    record = cell_record(load(file))
    file.unlink()
    assert dict(cell_of(record).numbers) == dict(CELL.numbers)


def test_a_worker_with_other_code_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    real = executors.code_version
    monkeypatch.setattr(executors, "code_version", lambda: {**real(), "ionostat": "0.0.0"})
    with ThreadPoolExecutor(1) as pool:
        text = []
        pool.submit(lambda: None).result()
        found = small_study()
        monkeypatch.setattr(executors, "work_elsewhere", lambda *a: text.append(a[0]))
        with pytest.raises(TypeError):
            compute_study(found, executor=pool)
    monkeypatch.setattr(executors, "code_version", real)
    with pytest.raises(InputError, match=r"0\.0\.0"):
        executors._study(text[0])


def test_in_memory_shards_are_computed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    real, sizes = executors.compute, []

    def counting(job: Any, table: Any, **options: Any) -> Any:
        sizes.append(len(table["bath.K"]))
        return real(job, table, **options)

    monkeypatch.setattr(executors, "compute", counting)
    assert equal(compute_study(small_study()), compute_study(small_study(chunk=100)))
    assert sorted(sizes) == [100, 100, 100, 300]
