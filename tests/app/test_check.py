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
