"""`ionostat run`: table, JSON, files, pictures, early ends."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from app.command_line import CommandLine

import ionostat as package

KAY = "Kay2017_cell"
PROTOCOL = "rest 1 min; ouabain 1 mM for 2 h"


def test_json_is_the_run_of_the_api(ionostat: CommandLine) -> None:
    done = ionostat("run", KAY, "--protocol", PROTOCOL, "--points", "60", "--json")
    run = package.simulate(KAY, PROTOCOL, points=60)
    record = done.json
    assert done.code == 0
    assert (record["schema"], record["status"], record["protocol"]) == ("ionostat/run@1", "ok", PROTOCOL)
    assert record["time"] == {"value": run.time.tolist(), "unit": "ms"}
    assert set(record["quantities"]) == set(run.names)
    for name in ("plasma.V", "cytosol.Na", "cytosol.volume"):
        assert record["quantities"][name]["value"] == pytest.approx(run[name].tolist(), rel=1e-12)
        assert record["quantities"][name]["unit"] == run.units[name]
    jump = record["summary"]["jumps"][0]
    assert jump["ratio"] == pytest.approx(1, abs=0.02)
    assert record["summary"]["meaning"].startswith("pump blocked: V jumped +0.982 mV at once; E_Na halved after")
    assert record["energy"]["start"]["ATP_use"]["value"] > record["energy"]["end"]["ATP_use"]["value"]
    assert {"audit", "deviations", "notes", "provenance", "closure", "events", "warnings", "activity"} <= set(record)


def test_the_report_for_people(ionostat: CommandLine) -> None:
    done = ionostat("run", KAY, "--protocol", PROTOCOL, "-v")
    for words in (
        "before",
        "->",
        "▁",
        "Changed most",
        "pump blocked: V jumped +0.982 mV at once",
        "ratio 1.00",
        "steps",
    ):
        assert words in done.out
    assert not done.err


def test_quiet_is_the_table_and_the_meaning(ionostat: CommandLine) -> None:
    done = ionostat("run", KAY, "--protocol", PROTOCOL, "-q")
    assert "Changed most" not in done.out
    assert "pump blocked" in done.out


def test_files_hold_the_run(ionostat: CommandLine, tmp_path: Path) -> None:
    import xarray

    run = package.simulate(KAY, "ouabain 1 mM for 1 min")
    for ending in (".nc", ".csv", ".json"):
        path = tmp_path / f"run{ending}"
        done = ionostat("run", KAY, "--protocol", "ouabain 1 mM for 1 min", "--save", str(path), "-q")
        assert done.code == 0
        if ending == ".nc":
            with xarray.open_dataset(path, engine="scipy") as data:
                np.testing.assert_allclose(data["plasma.V"], run["plasma.V"], rtol=1e-12)
        elif ending == ".csv":
            with path.open(encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            assert float(rows[-1]["plasma.V (mV)"]) == pytest.approx(run["plasma.V"][-1], rel=1e-12)
        else:
            data = json.loads(path.read_text(encoding="utf-8"))
            assert data["quantities"]["plasma.V"]["value"][-1] == pytest.approx(run["plasma.V"][-1], rel=1e-12)


@pytest.mark.parametrize("ending", [".svg", ".png", ".pdf"])
def test_pictures_are_written(ending: str, ionostat: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / f"run{ending}"
    done = ionostat("run", KAY, "--protocol", PROTOCOL, "--plot", str(path), "-q")
    assert done.code == 0
    begins = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF"}
    assert path.read_bytes().startswith(begins[ending])
    assert path.stat().st_size > 5000
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_start_and_tolerance_reach_the_solver(ionostat: CommandLine) -> None:
    arguments = ("--start", "file", "--rtol", "1e-5", "--max-step", "500", "--engine", "reference", "--json")
    done = ionostat("run", KAY, "--protocol", "rest 10 s", *arguments)
    run = package.simulate(KAY, "rest 10 s", start="file", rtol=1e-5, max_step=500, engine="reference")
    assert done.err == "--max-step 500 read as 500 ms\n"
    assert done.json["provenance"]["rtol"] == 1e-5
    assert done.json["quantities"]["plasma.V"]["value"][-1] == pytest.approx(run["plasma.V"][-1], rel=1e-12)


def test_a_run_that_stops_early_keeps_what_it_has(
    ionostat: CommandLine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from ionostat.studies import simulate as module

    whole = module.simulate

    def limited(*arguments: object, **options: object) -> object:
        return whole(*arguments, **{**options, "max_steps": 20})  # type: ignore[arg-type]

    monkeypatch.setattr(module, "simulate", limited)
    path = tmp_path / "part.json"
    done = ionostat("run", KAY, "--protocol", "ouabain 1 mM for 20 h", "--save", str(path), "--json")
    assert done.code == 4
    assert done.json["status"] == "step_limit"
    assert done.json["error"]["kind"] == "step_limit"
    V = done.json["quantities"]["plasma.V"]
    assert V["value"][0] is not None
    assert V["value"][-1] is None
    assert "step limit" in V["reason"]
    saved = json.loads(path.read_text(encoding="utf-8"))
    assert saved["quantities"]["plasma.V"]["value"] == V["value"]
    people = ionostat("run", KAY, "--protocol", "ouabain 1 mM for 20 h")
    assert people.code == 4
    assert "the step limit was reached" in people.out


def test_conditions_end_and_mark_a_run(ionostat: CommandLine) -> None:
    arguments = (
        "--protocol",
        "ouabain 1 mM for 10 h",
        "--stop",
        "cytosol.volume > 150 %",
        "--event",
        "plasma.V > -40 mV",
    )
    done = ionostat("run", KAY, *arguments, "--json")
    assert done.code == 0
    assert done.json["status"] == "stopped"
    assert "error" not in done.json
    assert [c["condition"] for c in done.json["crossings"]] == ["plasma.V > -40 mV", "cytosol.volume > 150 %"]
    assert done.json["ended"]["value"] == done.json["crossings"][1]["time"]["value"]
    shown = ionostat("run", KAY, *arguments)
    assert "stopped: cytosol.volume rose above 268.669 um3 (150 % of the start)" in " ".join(shown.out.split())
    assert "plasma.V rose above -40 mV at 17.1 min" in shown.out


def test_a_condition_that_cannot_be_read_is_refused(ionostat: CommandLine) -> None:
    done = ionostat("run", KAY, "--protocol", "rest 1 s", "--stop", "cytosol.volum > 150 %")
    assert done.code == 3
    assert "did you mean 'cytosol.volume'" in done.err
