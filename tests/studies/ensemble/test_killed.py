"""A study killed at random moments and resumed leaves the bytes of one that was left alone."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from studies.ensemble.studies import contents

STUDY = """
cell: Kay2017_cell
n: 6000
seed: 3
chunk: 64
start: file
protocol: ouabain 1 mM for 10 h
samples:
  plasma.na_leak.g: {lognormal: {cv: 20 %}}
  bath.K: {uniform: {within: 30 %}}
"""


def command(study: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "ionostat", "ensemble", str(study), "--out", str(out), "--threads", "1", "-q", *more]


@pytest.mark.slow
def test_killed_at_random_moments_and_resumed(tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(STUDY, encoding="utf-8")
    subprocess.run(command(study, tmp_path / "whole"), check=True, capture_output=True)
    out, kills, resume = tmp_path / "killed", 0, ()
    for _ in range(20):
        with subprocess.Popen(
            command(study, out, *resume), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            before = len(list((out / "shards").glob("*.zip")))
            while process.poll() is None and len(list((out / "shards").glob("*.zip"))) == before:
                time.sleep(0.002)
            time.sleep(random.uniform(0, 0.15))
            process.send_signal(signal.SIGKILL)
            kills += process.wait() == -signal.SIGKILL
        resume = ("--resume",)
        if kills == 3:
            break
    assert kills == 3, "the study was over before it could be killed three times"
    assert len(contents(out)) < len(contents(tmp_path / "whole"))
    subprocess.run(command(study, out, "--resume"), check=True, capture_output=True)
    assert contents(out) == contents(tmp_path / "whole")
