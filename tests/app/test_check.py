"""`ionostat check`: sound files pass, broken ones fail with 5 and say where."""

from pathlib import Path

import pytest
from app.command_line import CommandLine

import ionostat as package
from ionostat.cell import checks

LIBRARY = Path(package.__file__).parent / "library"


def test_a_sound_file_passes(ionostat: CommandLine) -> None:
    done = ionostat("check", str(LIBRARY / "Kay2017_cell" / "cell.yaml"), "--json")
    assert done.code == 0
    assert done.json["schema"] == "ionostat/check@1"
    assert done.json["status"] == "ok"
    assert all(f["ok"] for f in done.json["findings"])
    assert "Kay2017_cell: sound" in ionostat("check", "Kay2017_cell").out


def test_a_broken_file_fails_with_its_line(ionostat: CommandLine, tmp_path: Path) -> None:
    text = (LIBRARY / "Kay2017_cell" / "cell.yaml").read_text(encoding="utf-8")
    path = tmp_path / "cell.yaml"
    path.write_text(text.replace("Na: 147 mM", "Na: 147 mV"), encoding="utf-8")
    done = ionostat("check", str(path))
    assert done.code == 5
    assert "is a voltage" in done.out
    assert "^" in done.out
    record = ionostat("check", str(path), "--json").json
    assert (record["status"], record["error"]["kind"]) == ("failed", "check_failed")
    assert ionostat("rest", str(path)).code == 3


def test_a_law_that_is_broken_fails(ionostat: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = checks.Finding("second_law", ok=False, message="plasma.pump runs uphill")
    monkeypatch.setattr(checks, "check", lambda cell: [broken])
    done = ionostat("check", "Kay2017_cell", "--json")
    assert (done.code, done.json["error"]["field"]) == (5, "second_law")
    people = ionostat("check", "Kay2017_cell")
    assert people.code == 5
    assert "plasma.pump runs uphill" in people.out
    assert "not sound" in people.out


def test_a_pump_beyond_atp_at_rest_fails(ionostat: CommandLine, tmp_path: Path) -> None:
    text = (LIBRARY / "Kay2017_cell" / "cell.yaml").read_text(encoding="utf-8")
    path = tmp_path / "cell.yaml"
    path.write_text(text.replace("I_max: 0.5 uA/cm2", "I_max: 1.5 uA/cm2"), encoding="utf-8")
    done = ionostat("check", str(path), "--json")
    assert (done.code, done.json["error"]["field"]) == (5, "second_law at rest")
    assert "plasma.nka would work with an efficiency of 230" in done.json["error"]["message"]
    path.write_text(text.replace("I_max: 0.5 uA/cm2", "I_max: 0 uA/cm2"), encoding="utf-8")
    done = ionostat("check", str(path), "--json")
    at_rest = next(f for f in done.json["findings"] if f["law"] == "second_law at rest")
    assert (done.code, at_rest["ok"]) == (0, True)
    assert at_rest["message"].startswith("no rest")


@pytest.mark.parametrize("name", sorted(p.parent.name for p in LIBRARY.glob("*/cell.yaml")))
def test_every_cell_of_the_library_is_sound_with_one_notice_about_memory(name: str, ionostat: CommandLine) -> None:
    done = ionostat("check", name, "--json")
    assert done.code == 0
    told = [f["message"] for f in done.json["findings"] if "quoted from memory" in f["message"]]
    assert len(told) == 1
    assert "1 numbers" not in told[0]
