"""Results as data: labels of rests, verdicts in words, files that are read back, an audit that finds a lost ion."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import xarray
from laws.cases import all_rests, cell, rest_of, traced

from ionostat import Trajectory, rest, simulate
from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.audit import Auditor
from ionostat.studies.labels import label_rests, same, unique


@pytest.fixture(scope="module")
def run() -> Trajectory:
    made = cell("Huebel2016_neuron")
    return simulate(made, "rest 1 s; pump_stop for 1 s", start=rest_of("Huebel2016_neuron"), points=20)


def test_netcdf_is_read_back(run: Trajectory, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = run.save(tmp_path / "run.nc")
    with xarray.open_dataset(path, engine="scipy") as found:
        np.testing.assert_array_equal(found["plasma.V"], run["plasma.V"])
        assert found["plasma.V"].attrs["units"] == "mV"
        assert found.attrs["status"] == "ok"
        assert json.loads(found.attrs["audit"])["charge"]["cytosol"]["relative"] < 1e-12
        assert json.loads(found.attrs["provenance"])["cell"] == "Huebel2016_neuron"


def test_csv_is_read_back(run: Trajectory, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = run.save(tmp_path / "run.csv")
    with path.open(encoding="utf-8") as file:
        head, *rows = list(csv.reader(file))
    assert head[0] == "time (ms)"
    column = head.index("plasma.V (mV)")
    np.testing.assert_array_equal([float(r[column]) for r in rows], run["plasma.V"])


def test_json_is_read_back_and_has_no_nan(run: Trajectory, tmp_path) -> None:  # type: ignore[no-untyped-def]
    cut = replace(run, x=np.vstack([run.x[:-1], np.full(run.x.shape[1], np.nan)]), status="step_limit")
    found = json.loads(cut.save(tmp_path / "run.json").read_text())
    assert found["status"] == "step_limit"
    assert found["quantities"]["plasma.V"]["value"][-1] is None
    assert found["quantities"]["plasma.V"]["unit"] == "mV"
    assert found["time"]["unit"] == "ms"


@pytest.mark.parametrize(
    ("name", "message"), [("run.txt", "use .nc, .csv or .json"), ("no/where/run.nc", "does not exist")]
)
def test_a_file_that_cannot_be_is_refused(run: Trajectory, tmp_path, name: str, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        run.save(tmp_path / name)
    assert not list(tmp_path.glob("**/*.part"))


def test_a_rest_as_plain_data() -> None:
    found = json.loads(json.dumps(rest_of("Kay2017_cell").to_dict(), allow_nan=False))
    assert found["quantities"]["plasma.V"] == {"value": pytest.approx(-94.132, abs=1e-3), "unit": "mV"}
    assert found["verdict"] == "stable"


def test_no_rest_as_plain_data() -> None:
    none = rest(cell("Kay2017_cell").with_({"plasma.nka.scale": 0}))
    found = json.loads(json.dumps(none.to_dict(), allow_nan=False))
    assert found["status"].startswith("none: cytosol swells without limit")
    assert found["quantities"] == {}
    with pytest.raises(UnknownNameError, match="there is no rest"):
        _ = none["plasma.V"]


def test_labels_say_how_rests_differ() -> None:
    found = all_rests("Dijkstra2016_neuron")
    assert [r.label for r in found] == ["physiological", "depolarised swollen", "depolarised swollen saddle"]
    assert label_rests(found) == [r.label for r in found]
    assert label_rests([]) == []
    assert label_rests([found[0], found[1], found[1]]) == [
        "physiological",
        "depolarised swollen",
        "depolarised swollen 2",
    ]


def test_rests_are_the_same_by_what_they_hold() -> None:
    one, other = all_rests("Dijkstra2016_neuron")[:2]
    assert same(one, one)
    assert not same(one, other)
    assert unique([one, other, one]) == [one, other]


def test_the_audit_finds_a_lost_ion() -> None:
    """Quadratures that say something else than the states are reported, absolute and relative."""
    eq, start = traced("Huebel2016_neuron")
    auditor = Auditor(eq)
    held = auditor.begin(start.x, start.p)
    lost = np.array(held)
    names = [n for n, _, _ in eq.quadratures]
    lost[names.index("cytosol.Na")] += 1.0
    lost[names.index("ecs.K")] -= 2.0
    lost[names.index("ecs.volume")] += 0.5
    auditor.end(start.x[None, :], start.p[None, :], lost[None, :])
    audit = auditor.report(start.x, start.p)
    assert audit.charge["cytosol"][0] == pytest.approx(96.485, rel=1e-4)
    assert audit.mass["K"] == (pytest.approx(2.0, rel=1e-6), pytest.approx(2.0 / 280500, rel=1e-6))
    assert audit.water["ecs"][0] == pytest.approx(0.5, rel=1e-6)
    assert audit.worst == max(r for _, r in [*audit.charge.values(), *audit.mass.values(), *audit.water.values()])


def test_rest_refuses_what_it_cannot_use() -> None:
    made = cell("Kay2017_cell")
    with pytest.raises(InputError, match="a start needs 4 numbers"):
        rest(made, start=np.zeros(2))
    with pytest.raises(InputError, match="the start is not feasible"):
        rest(made, start=-rest_of("Kay2017_cell").x)
    with pytest.raises(UnknownNameError, match="unknown value of find 'every'"):
        rest(made, find="every")  # type: ignore[call-overload]
    with pytest.raises(UnknownNameError, match="unknown cell"):
        rest("Kay2017")


def test_results_print_themselves(run: Trajectory) -> None:
    assert "Huebel2016_neuron" in repr(run)
    assert "largest audit residual" in repr(run)
    assert "stable" in repr(rest_of("Kay2017_cell"))
    assert "<pre>" in rest_of("Kay2017_cell")._repr_html_()
