"""A member's digits do not depend on neighbours, order, size of the batch, chunks or threads: bit for bit."""

from collections.abc import Callable

import numpy as np
import pytest
from laws.cases import cell

from ionostat.protocols import Protocol
from ionostat.studies.ensemble import block
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.outcome import Outcome

MEMBERS = 330
PROTOCOL = "plasma.nka.scale x 0.3 for 10 s; plasma.nka.scale -> 0.8 over 5 s; add cytosol.X 0.01 mM; rest 5 s"
JOBS: dict[str, Callable[[], Job]] = {
    "runs": lambda: Job(cell("Kay2017_cell"), Protocol.parse(PROTOCOL)),
    "series": lambda: Job(cell("Dusterwald2018_neuron"), Protocol.parse(PROTOCOL), times=np.array([0.0, 5e3, 1.3e4])),
    "neutral": lambda: Job(cell("Kay2017_cell", "electroneutral"), Protocol.parse("bath.K -> 6 mM over 5 s; rest 5 s")),
    "rests": lambda: Job(cell("Kay2017_cell"), record=("plasma.V", "cytosol.osmolarity", "energy.dissipation")),
    "gated rests": lambda: Job(cell("Dijkstra2016_neuron")),
}


def table(job: Job) -> dict[str, np.ndarray]:
    """Members with wild ones among them, so that neighbours differ in what happens to them."""
    rng = np.random.default_rng(11)
    paths = ("plasma.nka.scale", "plasma.cl_leak.scale", "cytosol.Na", "bath.K", "temperature")
    columns = {path: job.cell[path] * rng.lognormal(0.0, 0.05, MEMBERS) for path in paths}
    columns["plasma.nka.scale"][::29] = 0.0
    columns["plasma.cl_leak.scale"][3::41] *= 1e4
    columns["cytosol.Na"][5::53] = np.nan
    return columns


def part(columns: dict[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    return {path: column[rows] for path, column in columns.items()}


def same(whole: Outcome, rows: np.ndarray, found: Outcome) -> None:
    np.testing.assert_array_equal(whole.status[rows], found.status)
    np.testing.assert_array_equal(whole.x[rows], found.x)
    for name, values in whole.values.items():
        np.testing.assert_array_equal(values[rows], found.values[name], err_msg=name)
    for name, counts in whole.statistics.items():
        np.testing.assert_array_equal(counts[rows], found.statistics[name], err_msg=name)
    reasons = {new: whole.reasons[int(old)] for new, old in enumerate(rows) if int(old) in whole.reasons}
    assert reasons == found.reasons


@pytest.mark.parametrize("kind", JOBS)
def test_digits_of_a_member_are_its_own(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    job = JOBS[kind]()
    columns = table(job)
    whole = block.compute(job, columns)
    everyone = np.arange(MEMBERS)
    assert len(whole.counts()) > 1
    rng = np.random.default_rng(2)
    shuffled = rng.permutation(MEMBERS)
    same(whole, shuffled, block.compute(job, part(columns, shuffled), threads=2))
    for rows in (everyone[7:8], everyone[100:117], rng.choice(MEMBERS, 37, replace=False)):
        same(whole, rows, block.compute(job, part(columns, rows)))
    monkeypatch.setattr(block, "CHUNK", 128)
    same(whole, everyone, block.compute(job, columns, threads=3))


def test_numpy_computes_a_value_alike_wherever_it_stands() -> None:
    """What the filled-up, contiguous columns rely on: exp, log, powers and roots in whole vectors."""
    x = np.random.default_rng(4).lognormal(0.0, 3.0, 4096)
    for f in (np.exp, np.log, np.expm1, np.tanh, np.sqrt, lambda v: v ** (2 / 3), lambda v: v**1.7):
        whole = f(-x) if f in (np.exp, np.expm1) else f(x)
        for shift in (64, 192, 1024):
            moved = np.roll(x, shift)
            again = f(-moved) if f in (np.exp, np.expm1) else f(moved)
            np.testing.assert_array_equal(np.roll(whole, shift), again)
            short = np.ascontiguousarray(x[shift : shift + 64])
            alone = f(-short) if f in (np.exp, np.expm1) else f(short)
            np.testing.assert_array_equal(whole[shift : shift + 64], alone)
        odd = np.roll(x, 5)
        again = f(-odd) if f in (np.exp, np.expm1) else f(odd)
        np.testing.assert_array_equal(np.roll(whole, 5), again)
