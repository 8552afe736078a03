"""Study files: read as meant, and every fault pointed at."""

from pathlib import Path

import numpy as np
import pytest

from ionostat.cell.load import load
from ionostat.errors import CellFileError, InputError
from ionostat.studies.ensemble.study_file import read_study, read_study_text

GOOD = """
cell: Kay2017_cell
changes: {plasma.nka.scale: 0.9}
closure: electroneutral
protocol: ouabain 1 mM for 2 h
n: 1_000
seed: 7
design: sobol
samples:
  bath.K: {normal: {cv: 10 %}}
  plasma.na_leak.g: {lognormal: {median: 0.01 mS/cm2, sigma: 0.2}}
correlations:
  - [bath.K, plasma.na_leak.g, 0.5]
record: [plasma.V]
times: [1 h, 2 h]
start: file
rtol: 1e-5
max_step: 1 min
chunk: 128
"""


def test_every_key_is_read() -> None:
    study = read_study_text(GOOD)
    job, samples = study.job, study.samples
    assert (job.cell["plasma.nka.scale"], job.cell.closure) == (0.9, "electroneutral")
    assert (str(job.protocol), job.record, job.start, job.rtol) == ("ouabain 1 mM for 2 h", ("plasma.V",), "file", 1e-5)
    assert job.largest_step == 6e4
    assert job.times is not None
    assert job.times.tolist() == [3.6e6, 7.2e6]
    assert (study.n, samples.seed, samples.design, study.chunk) == (1000, 7, "sobol", 128)
    assert samples.correlations == (("bath.K", "plasma.na_leak.g", 0.5),)
    assert samples.distributions["plasma.na_leak.g"].first == pytest.approx(np.log(1e-4))


def test_cells_and_tables_lie_beside_the_file(tmp_path: Path) -> None:
    original = load("Kay2017_cell").file
    assert original is not None
    (tmp_path / "mine.yaml").write_text(original.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "members.csv").write_text("bath.K (mM)\n3\n4\n", encoding="utf-8")
    (tmp_path / "study.yaml").write_text("cell: mine.yaml\ntable: members.csv\n", encoding="utf-8")
    study = read_study(tmp_path / "study.yaml")
    assert study.n == 2
    assert study.job.cell.file == tmp_path / "mine.yaml"


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("seed: 7", "sed: 7", "7:1", "did you mean 'seed'"),
        ("Kay2017_cell", "Kay2017_cel", "2:7", "did you mean 'Kay2017_cell'"),
        ("plasma.nka.scale: 0.9", "plasma.nka.sclae: 0.9", "3:11", "plasma.nka.scale"),
        ("plasma.nka.scale: 0.9", "plasma.nka.scale: -1", "3:29", "outside its range"),
        ("electroneutral", "neutral", "4:10", "electroneutral"),
        ("ouabain 1", "oubain 1", "5:11", "ouabain"),
        ("ouabain 1 mM", "bath.Kx = 1 mM", "5:11", "bath.K"),
        ("1_000", "many", "6:4", "whole number"),
        ("1_000", "0", "6:4", "at least 1"),
        ("sobol", "sobl", "8:9", "did you mean 'sobol'"),
        ("bath.K: {", "bath.k: {", "10:3", "did you mean 'bath.K'"),
        ("normal: {cv", "norml: {cv", "10:12", "did you mean 'normal'"),
        ("cv: 10 %", "cv: 10 mM", "10:25", "concentration"),
        ("cv: 10 %", "vc: 10 %", "10:21", "cv"),
        ("sigma: 0.2", "sigma: 0.2, cv: 0.2", "11:33", "not both"),
        ("0.5]", "1.5]", "13:5", "between -1 and 1"),
        ("[plasma.V]", "[plasma.W]", "14:10", "plasma.V"),
        ("[1 h, 2 h]", "[2 h, 1 h]", "15:8", "increasing"),
        ("[1 h, 2 h]", "[1 h, 3 h]", "15:8", "the protocol at"),
        ("start: file", "start: here", "16:8", "start"),
        ("1e-5", "1", "17:7", "outside"),
        ("1 min", "1 mV", "18:11", "voltage"),
        ("chunk: 128", "table: x.csv", "6:1", "no place beside a table"),
    ],
)  # fmt: skip
def test_faults_are_pointed_at(old: str, new: str, at: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(CellFileError) as caught:
        read_study_text(GOOD.replace(old, new, 1), "study.yaml")
    assert str(caught.value).startswith(f"study.yaml:{at}: "), caught.value
    assert message in str(caught.value)


@pytest.mark.parametrize("missing", ["cell", "n", "samples"])
def test_what_is_missing_is_said(missing: str) -> None:
    lines = [line for line in "cell: Kay2017_cell\nn: 5\nsamples: {bath.K: {normal: {cv: 0.1}}}".splitlines()
             if not line.startswith(missing)]  # fmt: skip
    with pytest.raises(InputError, match=f"needs '{missing}'"):
        read_study_text("\n".join(lines))


def test_files_that_are_no_studies(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_study(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a text file"):
        read_study(tmp_path / "binary.yaml")


def test_the_example_is_the_one_that_the_documentation_explains() -> None:
    root = Path(__file__).parents[3]
    example = (root / "examples" / "variability.yaml").read_text(encoding="utf-8")
    page = (root / "docs" / "how-to" / "run-an-ensemble.md").read_text(encoding="utf-8")
    assert f'```yaml title="variability.yaml"\n{example}```' in page
    assert read_study_text(example).n == 2048


def test_the_documented_job_array_has_no_empty_part() -> None:
    study = read_study(Path(__file__).parents[3] / "examples" / "variability.yaml")
    assert all(study.share(part, 20) for part in range(1, 21))


def test_default_chunks_follow_the_definition() -> None:
    text = "cell: Kay2017_cell\nn: {}\nsamples: {{bath.K: {{uniform: {{within: 10 %}}}}}}"
    sizes = {n: read_study_text(text.format(n)).chunk for n in (10, 2048, 10_000, 1_000_000, 100_000_000)}
    assert sizes == {10: 64, 2048: 64, 10_000: 128, 1_000_000: 8192, 100_000_000: 65_536}
