"""Small studies that several tests share."""

from pathlib import Path

import numpy as np

from ionostat.cell.load import load
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.samples import read_samples
from ionostat.studies.ensemble.study import Study

SAMPLES = {
    "plasma.na_leak.g": {"lognormal": {"cv": "20 %"}},
    "bath.K": {"uniform": {"within": "30 %"}},
}
CELL = load("Kay2017_cell")


def small_study(n: int = 300, chunk: int = 64, *, protocol: str | None = None, seed: int = 1) -> Study:
    """Rests of a few hundred members in a handful of shards, one of them not full."""
    from ionostat.protocols import Protocol

    job = Job(CELL, protocol=None if protocol is None else Protocol.parse(protocol))
    return Study(job, read_samples(CELL, SAMPLES, n=n, seed=seed), chunk)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def same(a: np.ndarray, b: np.ndarray) -> bool:
    """Equal bit for bit, NaN included."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
