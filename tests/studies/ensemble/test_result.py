"""What an ensemble shows and writes."""

from pathlib import Path

import numpy as np
import pandas
import pytest
import xarray
from studies.ensemble.studies import CELL

from ionostat import Ensemble, ensemble, rest, simulate
from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.ensemble.summary import statistics

TABLE = {"bath.K": [3.0, 4.0, 0.0], "plasma.nka.scale": [1.0, 0.9, 1.0]}


@pytest.fixture(scope="module")
def rests() -> Ensemble:
    return ensemble(CELL, TABLE)


@pytest.fixture(scope="module")
def runs() -> Ensemble:
    return ensemble(CELL, TABLE, "ouabain 1 mM for 1 h", times=["10 min", "1 h"])


def test_members_are_the_cells_that_one_would_compute_alone(rests: Ensemble, runs: Ensemble) -> None:
    for i in range(2):
        cell = CELL.with_({path: values[i] for path, values in TABLE.items()})
        alone, run = rest(cell), simulate(cell, "ouabain 1 mM for 1 h", save=[6e5, 3.6e6])
        for name in rests.names:
            assert rests[name][i] == pytest.approx(alone[name], rel=1e-6), name
            at = [float(run[name][run.time == t][-1]) for t in (6e5, 3.6e6)]
            assert runs[name][i] == pytest.approx(at, rel=1e-5), name  # rtol 1e-6 against 1e-7


def test_labels_and_units(runs: Ensemble) -> None:
    assert runs.units["plasma.V"] == runs.to_xarray()["plasma.V"].attrs["units"] == "mV"
    assert runs.to_xarray()["plasma.V"].dims == ("member", "time")
    assert runs.samples["bath.K"].tolist() == TABLE["bath.K"]
    assert runs["solver.steps"][0] > 0
    assert runs.x.shape[0] == len(runs) == runs.n == 3
    assert runs.outcomes == {"ok": 2, "refused": 1}
    assert "bath.K" in runs.reasons[2]
    assert "refused" in repr(runs)
    assert "1 h" in repr(runs)
    assert repr(runs).splitlines()[0] in runs._repr_html_()
    with pytest.raises(UnknownNameError, match=r"plasma\.V"):
        runs["plasma.v"]


def test_a_summary_leaves_out_what_is_not_known(runs: Ensemble) -> None:
    table = runs.summary().set_index("quantity")
    assert table.loc["plasma.V", "members"] == 2
    assert table.loc["plasma.V", "mean"] == pytest.approx(np.nanmean(runs["plasma.V"][:, -1]))
    assert table.loc["sample.bath.K", "members"] == 3
    assert statistics(np.array([np.nan]))["members"] == 0
    assert runs.shares()["share"].sum() == pytest.approx(1)


@pytest.mark.parametrize("ending", ["csv", "parquet", "nc"])
def test_files_hold_every_member(runs: Ensemble, tmp_path: Path, ending: str) -> None:
    path = runs.save(tmp_path / f"members.{ending}")
    assert list(tmp_path.iterdir()) == [path]
    if ending == "nc":
        with xarray.open_dataset(path, engine="scipy") as found:
            assert np.array_equal(found["plasma.V"], runs["plasma.V"], equal_nan=True)
            assert "parameters" in found.attrs["provenance"]
        return
    frame = pandas.read_csv(path) if ending == "csv" else pandas.read_parquet(path)
    assert frame["status"].tolist() == ["ok", "ok", "refused"]
    assert np.array_equal(frame["plasma.V (mV)"], runs["plasma.V"][:, -1], equal_nan=True)
    assert frame["sample.bath.K (mM)"].tolist() == TABLE["bath.K"]


def test_files_are_refused_by_their_ending(runs: Ensemble, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="xlsx"):
        runs.save(tmp_path / "members.xlsx")
    with pytest.raises(InputError, match="does not exist"):
        runs.save(tmp_path / "nowhere" / "members.csv")


def test_a_package_that_is_missing_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(InputError, match=r"ionostat\[dask\]"):
        ensemble(CELL, TABLE, out=tmp_path / "study")
    assert not (tmp_path / "study").exists()
