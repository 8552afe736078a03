"""Bad command lines: each gives a sentence that helps, on the right stream, and the right exit code."""

import json
from pathlib import Path

import pytest
from app.command_line import CommandLine

KAY = "Kay2017_cell"
RUN = ("run", KAY, "--protocol", "ouabain 1 mM for 1 min")

BAD: dict[str, tuple[tuple[str, ...], int, tuple[str, ...]]] = {
    "no such command": (("rset", KAY), 2, ("no command 'rset'", "did you mean 'rest'?")),
    "no such option": (("rest", KAY, "--jsn"), 2, ("--jsn",)),
    "cell missing": (("rest",), 2, ("Missing argument 'CELL'",)),
    "protocol missing": (("run", KAY), 2, ("Missing option '--protocol'",)),
    "set without value": (("rest", KAY, "--set", "plasma.nka.scale"), 2, ("is not PATH=VALUE",)),
    "set with empty value": (("rest", KAY, "--set", "plasma.nka.scale="), 2, ("is not PATH=VALUE",)),
    "set twice": (("rest", KAY, "--set", "bath.K=4mM", "--set", "bath.K=5mM"), 2, ("bath.K is set twice",)),
    "unknown engine": (("rest", KAY, "--engine", "warp"), 2, ("'warp' is not one of 'native', 'reference'",)),
    "unknown closure": (("rest", KAY, "--closure", "neutral"), 2, ("'capacitive', 'electroneutral'",)),
    "unknown list": (("list", "pumps"), 2, ("'cells', 'mechanisms', 'interventions'",)),
    "unknown format": (("explain", KAY, "--format", "word"), 2, ("'md', 'latex'",)),
    "rtol not a number": ((*RUN, "--rtol", "tight"), 2, ("'tight' is not a valid float",)),
    "too few points": ((*RUN, "--points", "1"), 2, ("x>=2",)),
    "permeabilities do not fit": (
        ("ghk", "--P", "1:2", "--K", "5/140", "--Na", "145/10", "--Cl", "110/10"),
        2,
        ("2 numbers for 3 ions",),
    ),
    "permeabilities not numbers": (("ghk", "--P", "a:b", "--K", "5/140", "--Na", "145/10"), 2, ("not numbers",)),
    "not out/in": (("ghk", "--P", "1:1", "--K", "5", "--Na", "145/10"), 2, ("'5' is not OUT/IN",)),
    "unknown cell": (("rest", "Kay2017_cel"), 3, ("unknown cell 'Kay2017_cel'", "did you mean 'Kay2017_cell'?")),
    "no such file": (("rest", "no/such/cell.yaml"), 3, ("no such file",)),
    "unknown path": (
        ("rest", KAY, "--set", "plasma.nak.scale=1"),
        3,
        ("unknown parameter path", "did you mean 'plasma.nka.scale'?"),
    ),
    "wrong dimension": (("rest", KAY, "--set", "bath.K=8mV"), 3, ("bath.K is a concentration", "'8mV' is a voltage")),
    "unknown unit": (("rest", KAY, "--set", "bath.K=8 xyz"), 3, ("unknown unit 'xyz'",)),
    "not a number": (("rest", KAY, "--set", "bath.K=much"), 3, ("cannot read 'much'",)),
    "out of range": (("rest", KAY, "--set", "plasma.nka.scale=-1"), 3, ("plasma.nka.scale = -1", "outside its range")),
    "negative concentration": (("rest", KAY, "--set", "bath.K=-1mM"), 3, ("bath.K = -1 mM", "outside its range")),
    "bath imbalance": (("rest", KAY, "--set", "bath.K=500mM"), 3, ("keeping bath neutral", "to give way")),
    "bad protocol": (
        ("run", KAY, "--protocol", "oubain 1 mM for 2 h"),
        3,
        ("oubain 1 mM", "^^^^^^", "did you mean 'ouabain'?"),
    ),
    "protocol without unit": (("run", KAY, "--protocol", "rest 10"), 3, ("rest 10", "^^")),
    "protocol on unknown path": (
        ("run", KAY, "--protocol", "bathh.K = 8 mM for 1 s"),
        3,
        ("bathh.K", "^^^^^^^", "did you mean 'bath.K'?"),
    ),
    "empty protocol": (("run", KAY, "--protocol", " "), 3, ("the protocol is empty",)),
    "dose missing": (("run", KAY, "--protocol", "ouabain for 1 h"), 3, ("ouabain needs a dose",)),
    "rtol out of range": ((*RUN, "--rtol", "0.1"), 3, ("rtol = 0.1 is outside 1e-14 to 1e-4",)),
    "step of the wrong kind": ((*RUN, "--max-step", "1 mM"), 3, ("max_step is a time",)),
    "bad ending of data": ((*RUN, "--save", "run.xls"), 3, ("cannot save a run as '.xls'", ".nc or .csv or .json")),
    "bad ending of picture": ((*RUN, "--plot", "run.gif"), 3, ("cannot draw a figure as '.gif'", ".svg")),
    "no such folder": ((*RUN, "--save", "no/such/folder/run.nc"), 3, ("folder 'no/such/folder' does not exist",)),
    "picture into a missing folder": ((*RUN, "--plot", "nowhere/run.svg"), 3, ("folder 'nowhere' does not exist",)),
    "sheet with a wrong ending": (("explain", KAY, "--out", "sheet.tex"), 3, ("cannot write md as '.tex'",)),
    "unknown ion": (("nernst", "Na+", "--in", "10", "--out", "140"), 3, ("unknown ion 'Na+'", "did you mean 'Na'?")),
    "concentration of the wrong kind": (
        ("nernst", "K", "--in", "140mV", "--out", "4"),
        3,
        ("--in is a concentration",),
    ),
    "no concentration": (("nernst", "K", "--in", "0", "--out", "4"), 3, ("c_in",)),
    "negative salt": (("donnan", "--X", "100", "--z", "-1", "--salt", "-5"), 3, ("salt",)),
    "file to check is missing": (("check", "nothing.yaml"), 3, ("no such file",)),
    "no rest": (("rest", KAY, "--set", "plasma.nka.scale=0", "-q"), 4, ()),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_command_line_says_what_is_wrong(name: str, ionostat: CommandLine) -> None:
    arguments, code, wanted = BAD[name]
    done = ionostat(*arguments)
    assert done.code == code, done.err
    for words in wanted:
        assert words in done.err
    assert "Traceback" not in done.err
    assert code == 4 or not done.out


@pytest.mark.parametrize("name", [n for n, (_, code, _) in BAD.items() if n != "no such command" and code != 4])
def test_with_json_the_error_is_an_object_on_stdout(name: str, ionostat: CommandLine) -> None:
    arguments, code, wanted = BAD[name]
    done = ionostat(*arguments, "--json")
    assert done.code == code
    error = done.json["error"]
    assert set(error) >= {"kind", "field", "message", "hint"}
    assert error["message"]
    assert done.json["schema"] == f"ionostat/{arguments[0]}@1"
    assert done.json["status"] == "error"
    assert not done.err
    said = error["message"] + error["hint"]
    assert all(words in said for words in wanted)


def test_the_kinds_of_errors(ionostat: CommandLine) -> None:
    def kind(*arguments: str) -> str:
        return ionostat(*arguments, "--json").json["error"]["kind"]

    assert kind("rest", KAY, "--engine", "warp") == "usage"
    assert kind("rest", "nothing") == "unknown_name"
    assert kind("rest", KAY, "--set", "bath.K=8mV") == "unit"
    assert kind("run", KAY, "--protocol", "jump 3 m") == "protocol"
    assert kind("rest", KAY, "--set", "bath.K=-1mM") == "input"
    assert kind("rest", KAY, "--set", "plasma.nka.scale=0") == "no_rest"


def test_an_error_in_a_cell_file_has_its_place(ionostat: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    path.write_text("cell: broken\ntemprature: 37 degC\n", encoding="utf-8")
    done = ionostat("rest", str(path))
    assert done.code == 3
    assert f"{path}:2:1" in done.err
    assert "temprature: 37 degC" in done.err
    assert "^" in done.err
    error = ionostat("rest", str(path), "--json").json["error"]
    assert (error["kind"], error["line"], error["column"]) == ("cell_file", 2, 1)


def test_a_fault_of_our_own_is_exit_code_1(ionostat: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(name: object) -> None:
        raise RuntimeError("a wheel came off")

    monkeypatch.setattr("ionostat.cell.load.load", fail)
    done = ionostat("rest", KAY, "--json")
    assert done.code == 1
    assert done.json["error"]["kind"] == "internal"
    assert "a wheel came off" in done.json["error"]["message"]
    people = ionostat("rest", KAY)
    assert people.code == 1
    assert "Traceback" not in people.err
    assert "RuntimeError: a wheel came off" in people.err
    assert "Traceback" in ionostat("rest", KAY, "-v").err


def test_a_file_that_cannot_be_written_is_refused(ionostat: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "run.nc"
    folder.mkdir()
    done = ionostat(*RUN, "--save", str(folder))
    assert (done.code, "is a folder" in done.err) == (3, True)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no folder here that even root cannot write to")
def test_a_folder_that_cannot_be_written_to_is_refused_before_the_run(ionostat: CommandLine) -> None:
    done = ionostat("run", KAY, "--protocol", "ouabain 1 mM for 1000 h", "--save", "/proc/run.nc")
    assert (done.code, done.out) == (3, "")
    assert "cannot write to the folder '/proc'" in done.err


def test_no_colour_without_a_terminal(ionostat: CommandLine) -> None:
    done = ionostat("rest", "nothing")
    assert "\x1b[" not in done.err + ionostat("list", "cells").out


def test_json_holds_no_nan() -> None:
    from ionostat.report.records import clean

    record = clean({"V": {"value": float("nan"), "unit": "mV"}, "series": {"value": [1.0, float("inf")], "unit": "s"}})
    json.dumps(record, allow_nan=False)
    assert record["V"] == {"value": None, "unit": "mV", "reason": "not a finite number"}
    assert record["series"]["value"] == [1.0, None]
