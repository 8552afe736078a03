"""Studies on disk: the same bytes however they are cut, resumed or damaged, and never two studies in one folder."""

import json
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import xarray
import zarr
from studies.ensemble.studies import CELL, SAMPLES, contents, same, small_study

from ionostat import Ensemble, ensemble
from ionostat.errors import InputError
from ionostat.studies.ensemble import executors, folder
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.run import Stopped, compute_study
from ionostat.studies.ensemble.shards import Shard, write
from ionostat.studies.ensemble.summary import write_summary


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An uninterrupted study."""
    out = tmp_path_factory.mktemp("whole") / "study"
    write_summary(compute_study(small_study(), out=out), out)
    return out


def test_disk_and_memory_hold_the_same(whole: Path) -> None:
    memory, disk = compute_study(small_study()), Ensemble.open(whole)
    assert len(disk) == len(memory) == 300
    assert disk.complete
    assert list(disk.columns.shapes) == sorted(memory.columns.shapes)
    for name in memory.columns.shapes:
        assert same(disk[name], memory[name]), name
    assert disk.reasons == memory.reasons
    assert disk.summary().equals(memory.summary())
    assert repr(disk) == repr(memory)


def test_a_shard_opens_with_zarr_and_xarray(whole: Path) -> None:
    path = sorted((whole / "shards").iterdir())[1]
    with xarray.open_zarr(zarr.storage.ZipStore(path, mode="r"), consolidated=False) as opened:
        assert opened["plasma.V"].dims == ("member",)
        assert opened["plasma.V"].attrs == {"units": "mV"}
        assert opened.attrs["first"] == 64
        assert same(opened["plasma.V"].to_numpy(), Ensemble.open(whole)["plasma.V"][64:128])


@pytest.mark.parametrize("parts", [2, 3, 7])
def test_any_cut_into_parts_gives_the_same_bytes(whole: Path, tmp_path: Path, parts: int) -> None:
    out = tmp_path / "study"
    for part in random.Random(parts).sample(range(1, parts + 1), parts):
        found = compute_study(small_study(), out=out, shard=(part, parts), threads=1 + part % 2)
    write_summary(found, out)
    assert contents(out) == contents(whole)


def test_parts_in_folders_of_their_own_are_collected(whole: Path, tmp_path: Path) -> None:
    folders = [tmp_path / f"part-{k}" for k in (1, 2)]
    for k, out in enumerate(folders, start=1):
        found = compute_study(small_study(), out=out, shard=(k, 2))
        assert not found.complete
    assert folder.collect(folders[0], folders[1:]) == 2
    assert folder.collect(folders[0], folders[1:]) == 0
    write_summary(Ensemble.open(folders[0]), folders[0])
    assert contents(folders[0]) == contents(whole)


def test_a_stopped_study_goes_on(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, cancel, calls = tmp_path / "study", Event(), []
    real = executors.compute

    def stopping(*args: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 3:
            cancel.set()
            options["cancel"].set()
        return real(*args, **options)

    monkeypatch.setattr(executors, "compute", stopping)
    found = compute_study(small_study(), out=out, cancel=cancel)
    assert 0 < len(found) < 300
    assert "cancelled" not in found.outcomes
    monkeypatch.setattr(executors, "compute", real)
    assert compute_study(small_study(), out=out, resume=True).complete
    write_summary(Ensemble.open(out), out)
    assert contents(out) == contents(whole)


def test_stopped_before_anything_is_whole(tmp_path: Path) -> None:
    cancel = Event()
    cancel.set()
    with pytest.raises(Stopped, match="nothing"):
        compute_study(small_study(), out=tmp_path / "study", cancel=cancel)


@pytest.mark.parametrize("how", ["truncated", "flipped", "emptied", "removed"])
def test_a_damaged_shard_is_found_and_computed_again(
    whole: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "study"
    compute_study(small_study(), out=out)
    victim = sorted((out / "shards").iterdir())[2]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 4
    {
        "truncated": lambda: victim.write_bytes(victim.read_bytes()[:-100]),
        "flipped": lambda: victim.write_bytes(data),
        "emptied": lambda: victim.write_bytes(b""),
        "removed": victim.unlink,
    }[how]()
    seen = Ensemble.open(out)
    assert len(seen) == 300 - 64
    assert 128 not in seen.members
    assert bool(seen.notes) == (how != "removed")
    computed = []
    real = executors.compute
    monkeypatch.setattr(executors, "compute", lambda job, table, **o: computed.append(1) or real(job, table, **o))
    again = compute_study(small_study(), out=out, resume=True)
    assert len(computed) == 1  # the others were whole
    assert again.notes == (() if how == "removed" else ("1 damaged shard was computed again",))
    write_summary(again, out)
    assert contents(out) == contents(whole)


def test_what_a_killed_process_left_is_removed(tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "study"
    compute_study(small_study(), out=out, shard=(1, 2))
    left = out / "shards" / ".members-000000064-000000127.4711.part"
    left.write_bytes(b"half")
    compute_study(small_study(), out=out, resume=True)
    assert not left.exists()


def test_another_study_is_refused_with_what_differs(tmp_path: Path) -> None:
    out = tmp_path / "study"
    compute_study(small_study(100), out=out)
    before = contents(out)
    with pytest.raises(InputError, match=r"different study; not the same: samples\.seed"):
        compute_study(small_study(100, seed=2), out=out, resume=True)
    with pytest.raises(InputError, match="holds this study already"):
        compute_study(small_study(100), out=out)
    study = small_study(100)
    with pytest.raises(InputError, match=r"job\.rtol"):
        compute_study(replace(study, job=replace(study.job, rtol=1e-5)), out=out, resume=True)
    other = replace(study, job=Job(CELL.with_({"plasma.nka.scale": 0.9})))
    with pytest.raises(InputError, match=r"job\.cell\.changes\.plasma\.nka\.scale"):
        compute_study(other, out=out, resume=True)
    assert contents(out) == before


def test_other_code_is_another_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ionostat.studies.ensemble import study

    compute_study(small_study(100), out=tmp_path / "study")
    old = study.code_version()
    monkeypatch.setattr(study, "code_version", lambda: {**old, "source": "0" * 16})
    with pytest.raises(InputError, match=r"code\.source"):
        compute_study(small_study(100), out=tmp_path / "study", resume=True)


def test_folders_that_are_no_studies_are_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("x")
    with pytest.raises(InputError, match="not empty"):
        compute_study(small_study(10), out=tmp_path / "mine")
    with pytest.raises(InputError, match="is a file"):
        compute_study(small_study(10), out=tmp_path / "mine" / "thesis.tex")
    with pytest.raises(InputError, match="no study"):
        Ensemble.open(tmp_path / "mine")
    (tmp_path / "mine" / "study.json").write_text("{")
    with pytest.raises(InputError, match="damaged"):
        Ensemble.open(tmp_path / "mine")
    assert contents(tmp_path / "mine").keys() == {"thesis.tex", "study.json"}


def test_series_and_refused_members_survive_the_disk(tmp_path: Path) -> None:
    table = {"bath.K": [3.0, 0.0, 4.0], "plasma.nka.scale": [1.0, 1.0, float("nan")]}
    options = {"protocol": "ouabain 1 mM for 10 min", "times": ["1 s", "10 min"], "record": ["plasma.V"]}
    disk = ensemble(CELL, table, out=tmp_path / "study", **options)
    memory = ensemble(CELL, table, **options)
    assert disk["plasma.V"].shape == (3, 2)
    assert same(disk["plasma.V"], memory["plasma.V"])
    assert np.isfinite(disk["plasma.V"]).tolist() == [[True] * 2, [False] * 2, [False] * 2]
    assert disk.outcomes == {"ok": 1, "refused": 2}
    assert disk.reasons == memory.reasons
    assert set(disk.reasons) == {1, 2}
    again = Ensemble.open(tmp_path / "study")  # the table is in the shards, though not in the definition
    assert same(again.samples["bath.K"], np.array(table["bath.K"]))
    assert ensemble(CELL, table, out=tmp_path / "study", resume=True, **options).complete
    with pytest.raises(InputError, match=r"samples\.table"):
        ensemble(CELL, {**table, "bath.K": [3.0, 0.0, 5.0]}, out=tmp_path / "study", resume=True, **options)


def test_the_description_names_every_number_and_source(whole: Path) -> None:
    found = json.loads((whole / "study.json").read_text(encoding="utf-8"))
    assert found["parameters"]["bath.K"] == {"value": 3.0, "unit": "mM", "source": "kay"}
    assert "10.3389/fcell.2017.00041" in found["sources"]["kay"]["doi"]
    assert found["definition"]["code"].keys() == {
        "ionostat", "source", "llvmlite", "numpy", "scipy", "processor",
    }  # fmt: skip
    assert "file" not in found["definition"]["job"]["cell"]  # a moved cell file is the same study


def test_equal_members_give_equal_bytes(tmp_path: Path) -> None:
    data = {"status": np.zeros(3, np.uint8), "plasma.V": np.array([1.0, np.nan, -0.0])}
    paths = []
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        paths.append(write(tmp_path / name, "0" * 64, 5, data, {1: "why"}, {"plasma.V": "mV"}))
    assert paths[0].name == paths[1].name
    assert paths[0].read_bytes() == paths[1].read_bytes()
    shard = Shard.of(paths[0])
    assert shard is not None
    assert (shard.first, shard.last, shard.whole) == (5, 8, True)
    assert Shard.of(tmp_path / "members.zip") is None


def test_without_a_folder_there_is_nothing_to_resume() -> None:
    with pytest.raises(InputError, match="nothing to resume"):
        ensemble(CELL, SAMPLES, n=3, resume=True)


def test_the_order_of_sampled_parameters_is_part_of_a_study(tmp_path: Path) -> None:
    """The dimensions of a Sobol design and the roots of correlations follow it."""
    turned = dict(reversed(SAMPLES.items()))
    ensemble(CELL, SAMPLES, n=8, design="sobol", out=tmp_path / "study")
    with pytest.raises(InputError, match="the order of samples"):
        ensemble(CELL, turned, n=8, design="sobol", out=tmp_path / "study", resume=True)


def test_a_folder_that_another_part_is_just_making_is_no_stranger(tmp_path: Path) -> None:
    (tmp_path / "study" / "shards").mkdir(parents=True)
    (tmp_path / "study" / ".study.json.4711.part").write_text("{")
    assert compute_study(small_study(64), out=tmp_path / "study").complete


def test_what_is_uneven_or_cut_is_noted(tmp_path: Path) -> None:
    samples = {"bath.K": {"normal": {"cv": 0.5}}}
    for out in (None, tmp_path / "study"):
        notes = ensemble(CELL, samples, n=6, design="sobol", out=out).notes
        assert notes[0] == "n = 6 is not a power of two, at which Sobol points are most even"
        assert notes[1] == "2.3 % of the distribution of bath.K lies outside its range and is left out"
    assert ensemble(CELL, SAMPLES, n=8, design="sobol").notes == ()


ROOT = Path(__file__).parents[3]
STREAM = """
import sys
from benchmarks.scale import peak_memory
from ionostat import ensemble
samples = {"bath.K": {"uniform": {"within": 0.2}}}
times = [60_000.0 * k for k in range(1, 61)]
found = ensemble("Kay2017_cell", samples, "ouabain 1 mM for 1 h", n=int(sys.argv[1]), times=times, start="file",
                 out=sys.argv[2], chunk=4096)
print(found.complete, peak_memory() / 2**20)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_members(tmp_path: Path) -> None:
    """80,000 members more would be 190 MB if they were kept: five series of sixty numbers each."""
    sizes = []
    for n in (20_000, 100_000):
        command = [sys.executable, "-c", STREAM, str(n), str(tmp_path / f"study-{n}")]
        done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
        complete, megabytes = done.stdout.split()
        assert complete == "True"
        sizes.append(float(megabytes))
    assert sizes[1] - sizes[0] < 60, sizes
    assert sizes[1] < 700, sizes
