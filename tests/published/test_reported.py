"""Every cell of the library against what its paper reports: `library/*/reported.yaml`, turned into tests by itself."""

from pathlib import Path
from typing import Any

import pytest

from ionostat.cell.load import LIBRARY
from ionostat.errors import CellFileError, InputError
from ionostat.studies.reported import Reported, check, load_reported, table

FOLDERS = sorted(p for p in LIBRARY.iterdir() if p.is_dir() and not p.name.startswith((".", "_")))


def results() -> list[Any]:
    """One test for each reported result of each cell."""
    found = []
    for folder in FOLDERS:
        if not (folder / "reported.yaml").is_file():
            continue  # test_a_cell_is_complete fails for it
        for result in load_reported(folder.name):
            marks: list[Any] = [pytest.mark.slow] if result.slow else []
            marks += [pytest.mark.xfail(strict=True, reason=result.unreached)] if result.unreached else []
            found.append(pytest.param(result, marks=marks, id=f"{folder.name}-{result.id}"))
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_a_cell_is_complete(folder: Path) -> None:
    missing = [n for n in ("cell.yaml", "reported.yaml", "README.md") if not (folder / n).is_file()]
    assert not missing, f"{folder.name} lacks {', '.join(missing)}"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    unsaid = [r.id for r in load_reported(folder.name) if f"| {r.id} |" not in readme]
    assert not unsaid, f"the README of {folder.name} has no row for {', '.join(unsaid)}"


@pytest.mark.parametrize("result", results())
def test_what_the_paper_reports(result: Reported) -> None:
    missed = [str(o) for o in check(result) if not o.ok]
    assert not missed, "\n".join([result.says, *missed])


# The reader of such files


FILE = """
results:
  - id: one
    says: It rests.
    source: kay
    {experiment}
    expect:
      - {expectation}
"""


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Write a cell folder with one reported result, and load it."""

    def write(expectation: str, experiment: str = "rest: {}") -> Reported:
        text = (LIBRARY / "Kay2017_cell" / "cell.yaml").read_text(encoding="utf-8")
        (tmp_path / "cell.yaml").write_text(text, encoding="utf-8")
        reported = FILE.replace("{experiment}", experiment).replace("{expectation}", expectation)
        (tmp_path / "reported.yaml").write_text(reported, encoding="utf-8")
        return load_reported(str(tmp_path / "cell.yaml"))[0]

    return write


@pytest.mark.parametrize(
    ("expectation", "got"),
    [
        ("{of: plasma.V - plasma.E_K, is: 4 mV, within: 2 mV}", "3.3333"),
        ("{of: 3 * plasma.nka.turnover, above: 48 amol/s, below: 49 amol/s}", "48.8"),
        ("{of: -plasma.V / plasma.V, is: '-1', within: 0.1 %}", "-1"),
        ("{of: plasma.na_leak.I, is: -3 * plasma.nka.I, within: 1e-6 pA}", "-4.712"),
        ("{of: bath.Na + 2 * bath.K, is: 153 mM, within: 1e-9 mM}", "153 mM"),
        ("{of: plasma.na_leak.g, is: 0.01 mS/cm2, within: 1e-9 mS/cm2}", "0.01 mS/cm2"),
    ],
)
def test_arithmetic_on_quantities(written: Any, expectation: str, got: str) -> None:
    (outcome,) = check(written(expectation))
    assert outcome.ok, str(outcome)
    assert outcome.got.startswith(got)


@pytest.mark.parametrize(
    ("expectation", "got"),
    [
        ("{of: plasma.V, at: 0 s, is: -94.1316 mV, within: 0.001 mV}", "-94.131"),
        ("{of: cytosol.Na, change_from: 10 s, above: 0 mM}", "12.298"),
        ("{of: cytosol.Na, ratio_to: 0 s, above: '1.5'}", "1.894"),
        ("{of: plasma.V, take: lowest, is: -94.1316 mV, within: 0.001 mV}", "-94.131"),
        ("{of: plasma.V, take: time_of_highest, is: 60 s, within: 1e-9 s}", "60 s"),
        ("{of: plasma.V, rises_above: -92 mV, above: 15 s, below: 20 s}", "17.7"),
        ("{of: plasma.V, spikes_above: 0 mV, is: '0', within: '0'}", "0"),
    ],
)
def test_readings_of_a_run(written: Any, expectation: str, got: str) -> None:
    (outcome,) = check(written(expectation, "run: {protocol: pump_stop for 60 s, start: rest, every: 0.1 s}"))
    assert outcome.ok, str(outcome)
    assert outcome.got.startswith(got)


def test_what_is_not_met_says_by_how_much(written: Any) -> None:
    (outcome,) = check(written("{of: plasma.V, is: -90 mV, within: 1 %}"))
    assert not outcome.ok
    assert str(outcome) == "NOT MET: plasma.V: expected -90 mV within 1 %, got -94.131619 mV"


def test_a_rest_that_is_not_there_is_not_met(written: Any) -> None:
    (outcome,) = check(written("{of: plasma.V, is: -90 mV, within: 1 %}", "rest: {set: {plasma.nka.scale: '0'}}"))
    assert not outcome.ok
    assert outcome.got.startswith("no rest")


@pytest.mark.parametrize(
    ("expectation", "experiment", "complaint"),
    [
        ("{of: plasma.V, is: 1 mV}", "rest: {}", "'is' needs 'within'"),
        ("{of: plasma.V, is: 1 mV, below: 2 mV, within: 1 %}", "rest: {}", "compared with 'is', or with"),
        ("{of: plasma.V, si: 1 mV}", "rest: {}", "unknown key 'si'"),
        ("{of: plasma.V, is: 1 mV, within: 1 %, at: 0 s}", "rest: {}", "'at' belongs to a run"),
        ("{of: plasma.V +, is: 1 mV, within: 1 %}", "rest: {}", "cannot read 'plasma.V +'"),
        ("{within: 1 %}", "rest: {}", "needs 'of'"),
        ("{verdict: stable}", "run: {start: rest}", "needs 'protocol'"),
        ("{verdict: stable}", "run: {protocol: rest 1 s, start: cold}", "unknown start 'cold'"),
        ("{verdict: stable}", "slow: false", "needs one experiment"),
        ("{of: plasma.V, take: mean, above: 1 mV}", "run: {protocol: rest 1 s}", "unknown way to take a value"),
    ],
)
def test_a_broken_file_is_refused_at_its_line(written: Any, expectation: str, experiment: str, complaint: str) -> None:
    with pytest.raises(CellFileError, match=r"reported\.yaml:\d+:\d+") as error:
        written(expectation, experiment)
    assert complaint in str(error.value)


@pytest.mark.parametrize(
    ("expectation", "complaint"),
    [
        ("{of: plasma.V, is: 1 mM, within: 1 %}", "another dimension"),
        ("{of: plasma.V + cytosol.Na, is: 1 mV, within: 1 %}", "different dimensions"),
        ("{of: plasma.v, is: 1 mV, within: 1 %}", "did you mean 'plasma.V'"),
        ("{of: plasma.V, is: cytosol.Na, within: 1 mV}", "different dimensions"),
        ("{of: max(plasma.V), is: 1 mV, within: 1 %}", "cannot use"),
    ],
)
def test_a_reading_without_sense_is_refused(written: Any, expectation: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        check(written(expectation))


def test_the_table_has_a_row_for_each_result() -> None:
    rows = table("Kay2017_cell", slow=False).splitlines()
    assert rows[1] == "|---|---|---|---|---|"
    assert {row.split(" | ")[0].removeprefix("| ") for row in rows[2:]} == {r.id for r in load_reported("Kay2017_cell")}
