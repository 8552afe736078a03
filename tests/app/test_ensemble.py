"""`ionostat ensemble` and `ionostat merge`: files, parts, interruption, JSON, exit codes."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from app.command_line import CommandLine
from rich.console import Console

from ionostat import ensemble
from ionostat.report.ensemble_report import ensemble_report
from ionostat.studies.ensemble import executors

STUDY = """
cell: Kay2017_cell
n: 200
chunk: 64
samples:
  bath.K: {uniform: {within: 30 %}}
"""


@pytest.fixture
def study(tmp_path: Path) -> str:
    path = tmp_path / "study.yaml"
    path.write_text(STUDY, encoding="utf-8")
    return str(path)


def files(folder: Path) -> dict[str, bytes]:
    """What is in a folder; of figures only the names, for their layout is not the same to the last bit every time."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}
    return {name: b"" if name.endswith(".svg") else content for name, content in found.items()}


def test_a_study_in_memory(ionostat: CommandLine, study: str, tmp_path: Path) -> None:
    done = ionostat("ensemble", study, "--save", str(tmp_path / "m.parquet"), "--plot", str(tmp_path / "d.svg"))
    assert done.code == 0
    assert "200 members" in done.out
    assert "stable" in done.out
    assert "plasma.V" in done.out
    assert (tmp_path / "m.parquet").stat().st_size > 1000
    assert (tmp_path / "d.svg").stat().st_size > 1000


def test_json_has_outcomes_and_units(ionostat: CommandLine, study: str) -> None:
    found = ionostat("ensemble", study, "--json").json
    assert found["schema"] == "ionostat/ensemble@1"
    assert (found["status"], found["members"], found["outcomes"]) == ("ok", 200, {"stable": 200})
    assert found["quantities"]["plasma.V"]["unit"] == "mV"
    assert found["samples"]["bath.K"]["members"] == 200


def test_parts_are_merged_into_what_one_run_gives(ionostat: CommandLine, study: str, tmp_path: Path) -> None:
    whole, parts, other = tmp_path / "whole", tmp_path / "parts", tmp_path / "other"
    assert ionostat("ensemble", study, "--out", str(whole)).code == 0
    assert {"summary.csv", "summary.parquet", "outcomes.csv", "members.csv", "distributions.svg"} < files(whole).keys()
    assert ionostat("ensemble", study, "--out", str(parts), "--shard", "2/3").code == 0
    incomplete = ionostat("merge", str(parts))
    assert incomplete.code == 5
    assert "0 to 63, 128 to 199" in incomplete.err
    assert ionostat("merge", str(parts), "--json").json["error"]["kind"] == "incomplete"
    assert ionostat("ensemble", study, "--out", str(parts), "--shard", "1/3").code == 0
    assert ionostat("ensemble", study, "--out", str(other), "--shard", "3/3").code == 0
    merged = ionostat("merge", str(parts), str(other), "--save", str(tmp_path / "all.csv"))
    assert merged.code == 0
    assert "200 members" in merged.out
    assert files(parts) == files(whole)
    assert len((tmp_path / "all.csv").read_text(encoding="utf-8").splitlines()) == 201


def test_a_folder_in_use_needs_resume(ionostat: CommandLine, study: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert ionostat("ensemble", study, "--out", str(out)).code == 0
    again = ionostat("ensemble", study, "--out", str(out))
    assert again.code == 3
    assert "resume" in again.err
    assert ionostat("ensemble", study, "--out", str(out), "--resume").code == 0
    Path(study).write_text(STUDY.replace("30 %", "20 %"), encoding="utf-8")
    other = ionostat("ensemble", study, "--out", str(out), "--resume")
    assert other.code == 3
    assert "different study" in other.err


def test_interrupted_keeps_what_is_done(
    ionostat: CommandLine, study: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os
    import signal

    real, calls = executors.compute, []

    def interrupting(*args: Any, **options: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGINT)
            options["cancel"].wait(10)
        return real(*args, **options)

    monkeypatch.setattr(executors, "compute", interrupting)
    done = ionostat("ensemble", study, "--out", str(tmp_path / "out"), "--json")
    assert done.code == 130
    found = json.loads(done.out)
    assert found["status"] == "incomplete"
    assert 0 < found["members"] < 200
    assert "--resume" in found["error"]["hint"]
    monkeypatch.setattr(executors, "compute", real)
    assert ionostat("ensemble", study, "--out", str(tmp_path / "out"), "--resume").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--resume"], 2, "--resume needs --out"),
        (["--shard", "1/2"], 2, "--shard needs --out"),
        (["--shard", "3/2", "--out", "x"], 3, "3/2"),
        (["--shard", "half", "--out", "x"], 3, "2/8"),
        (["--save", "x.xlsx"], 3, ".parquet"),
        (["--dask", "tcp://127.0.0.1:1"], 3, "cannot reach"),
    ],
)
def test_wrong_usage(
    ionostat: CommandLine, study: str, arguments: list[str], code: int, message: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from ionostat.app.commands import ensemble

    monkeypatch.setattr(ensemble, "PATIENCE", "0.5s")
    monkeypatch.chdir(tmp_path)
    done = ionostat("ensemble", study, *arguments)
    assert done.code == code, done.err
    assert message in done.err
    assert not (tmp_path / "x").exists()


def test_a_fault_in_the_file_is_pointed_at(ionostat: CommandLine, study: str) -> None:
    Path(study).write_text(STUDY.replace("within", "wihtin"), encoding="utf-8")
    done = ionostat("ensemble", study)
    assert done.code == 3
    assert "study.yaml:6:22" in done.err
    assert "did you mean 'within'" in done.err


@pytest.mark.slow
def test_a_dask_scheduler_by_its_address(ionostat: CommandLine, study: str, tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed", reason="needs distributed")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None) as cluster:
        done = ionostat("ensemble", study, "--out", str(tmp_path / "there"), "--dask", cluster.scheduler_address)
    assert done.code == 0, done.err
    assert ionostat("ensemble", study, "--out", str(tmp_path / "here")).code == 0
    assert files(tmp_path / "there") == files(tmp_path / "here")


def test_a_part_without_members_is_no_failure(ionostat: CommandLine, study: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = ionostat("ensemble", study, "--out", str(out), "--shard", "50/99")
    assert done.code == 0
    assert "part 50 of 99 holds no members; the study has 4 shards" in done.err
    found = ionostat("ensemble", study, "--out", str(out), "--shard", "50/99", "--json")
    assert (found.code, found.json["status"], found.json["members"]) == (0, "empty", 0)


def test_counts_stand_in_full_on_a_narrow_terminal() -> None:
    found = ensemble("Kay2017_cell", {"plasma.nka.scale": np.r_[np.ones(12_345), 0.0, 0.0]}, threads=1)
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(ensemble_report(found))
    lines = console.export_text().splitlines()
    stable = next(line for line in lines if line.strip().startswith("stable"))
    assert "12,345" in stable
    assert "100 %" in stable
    assert any(line.strip().startswith("none") and " 2 " in line for line in lines)
