"""`ionostat rest`: what it prints is what the API gives."""

from pathlib import Path

import pytest
from app.command_line import CommandLine

import ionostat as package

KAY = "Kay2017_cell"


def test_json_is_the_rest_of_the_api(ionostat: CommandLine) -> None:
    done = ionostat("rest", KAY, "--json")
    rest = package.rest(KAY)
    assert done.code == 0
    record = done.json
    assert record["schema"] == "ionostat/rest@1"
    assert (record["status"], record["closure"], record["cell"]) == ("stable", "capacitive", KAY)
    assert record["quantities"] == {
        n: {"value": pytest.approx(v, rel=1e-14, abs=1e-300), "unit": rest.units[n]} for n, v in rest.quantities.items()
    }
    assert record["quantities"]["plasma.V"]["value"] == pytest.approx(-94.132, abs=5e-4)
    assert record["energy"]["ATP_use"]["unit"] == "amol/s"
    assert record["energy"]["dG_ATP"]["unit"] == "kJ/mol"
    total = record["energy"]["dissipation"]["total"]["value"]
    assert total == pytest.approx(record["energy"]["supply"]["value"], rel=1e-9)  # at rest all of it is dissipated
    assert {"deviations", "warnings", "notes", "time_constants", "from_memory", "changes"} <= set(record)


def test_the_report_for_people(ionostat: CommandLine) -> None:
    done = ionostat("rest", "Dusterwald2018_neuron", "-v")
    assert done.code == 0
    for words in ("stable rest (capacitive closure)", "-72.588", "plasma.nka", "ATP use", "molecules/s", "kJ/mol"):
        assert words in done.out
    for words in (
        "densities_follow_area",
        "closes the starting charge",
        "quoted from memory",
        "eigenvalue",
        "residual",
    ):
        assert words in done.out
    assert "\x1b[" not in done.out
    assert all(line == line.rstrip() for line in done.out.splitlines())


def test_numbers_are_changed_and_bare_ones_echoed(ionostat: CommandLine) -> None:
    done = ionostat("rest", KAY, "--set", "bath.K=4", "--set", "plasma.nka.scale = 0.9", "--json")
    assert done.err == "bath.K = 4 read as 4 mM\n"
    rest = package.rest(package.load(KAY).with_({"bath.K": "4 mM", "plasma.nka.scale": 0.9}))
    assert done.json["quantities"]["plasma.V"]["value"] == pytest.approx(rest["plasma.V"], rel=1e-12)
    assert done.json["changes"] == {"bath.K": "4", "plasma.nka.scale": "0.9"}


def test_closure_engine_and_a_file(ionostat: CommandLine) -> None:
    path = Path(package.__file__).parent / "library" / KAY / "cell.yaml"
    done = ionostat("rest", str(path), "--closure", "electroneutral", "--engine", "reference", "--json")
    rest = package.rest(package.load(KAY).with_(closure="electroneutral"), engine="reference")
    assert (done.json["closure"], done.json["statistics"]["engine"]) == ("electroneutral", "reference")
    assert done.json["quantities"]["plasma.V"]["value"] == pytest.approx(rest["plasma.V"], rel=1e-9)


def test_no_rest_is_a_result_and_exit_code_4(ionostat: CommandLine) -> None:
    record = (done := ionostat("rest", KAY, "--set", "plasma.nka.scale=0", "--json")).json
    assert done.code == 4
    assert record["status"].startswith("none: cytosol swells without limit")
    assert record["quantities"] == {}
    assert record["error"]["kind"] == "no_rest"
    assert record["certificate"]
    people = ionostat("rest", KAY, "--set", "plasma.nka.scale=0", "-v")
    assert people.code == 4
    assert "no rest (capacitive closure): cytosol swells without limit" in people.out
    assert "Certificate" in people.out


def test_quiet_is_the_verdict_and_the_main_numbers(ionostat: CommandLine) -> None:
    done = ionostat("rest", KAY, "-q")
    assert done.out.splitlines()[0] == "stable rest (capacitive closure)"
    assert len(done.out.splitlines()) == 7
    assert not done.err


@pytest.mark.slow
def test_all_rests_side_by_side(ionostat: CommandLine) -> None:
    record = ionostat("rest", "Huebel2016_neuron", "--all", "--json").json
    labels = [r["label"] for r in record["rests"]]
    assert labels[0] == "physiological"
    assert len(labels) > 1
    assert record["quantities"] == record["rests"][0]["quantities"]
    assert "resting states found" in ionostat("rest", "Huebel2016_neuron", "--all").out
