"""`ionostat export`: to stdout, to a file, as JSON; what is refused."""

from pathlib import Path

import pytest
from app.command_line import CommandLine

import ionostat as package
from ionostat.interop.sbml import to_sbml

pytest.importorskip("libsbml", reason="needs python-libsbml")

KAY = "Kay2017_cell"
PROTOCOL = "rest 10 min; ouabain 1 mM for 2 h; wash 1 h"


def test_to_stdout_to_a_file_and_as_json(ionostat: CommandLine, tmp_path: Path) -> None:
    done = ionostat("export", KAY, "--to", "sbml", "--protocol", PROTOCOL)
    assert (done.code, done.err) == (0, "")
    assert done.out == to_sbml(KAY, PROTOCOL)
    path = tmp_path / "kay.xml"
    done = ionostat("export", KAY, "--to", "SBML", "--start", "file", "--out", str(path))
    assert (done.code, done.out, done.err) == (0, "", f"wrote {path}\n")
    assert path.read_text(encoding="utf-8") == to_sbml(KAY, start="file")
    record = ionostat("export", KAY, "--to", "sbml", "--closure", "electroneutral", "--json").json
    assert {k: record[k] for k in ("schema", "status", "cell", "format")} == {
        "schema": "ionostat/export@1",
        "status": "ok",
        "cell": KAY,
        "format": "sbml",
    }
    assert record["text"] == to_sbml(KAY, closure="electroneutral")


def test_numbers_are_set_and_echoed(ionostat: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "kay.sbml"
    done = ionostat("export", KAY, "--to", "sbml", "--set", "bath.K=5", "--out", str(path))
    assert done.err == f"bath.K = 5 read as 5 mM\nwrote {path}\n"
    assert path.read_text(encoding="utf-8") == to_sbml(package.load(KAY).with_({"bath.K": "5"}))
    assert ionostat("export", KAY, "--to", "sbml", "--set", "bath.K=5", "--out", str(path), "-q").err == ""


def test_a_start_that_is_not_the_rest_is_told(ionostat: CommandLine) -> None:
    done = ionostat("export", KAY, "--to", "sbml", "--set", "plasma.nka.scale=0")
    assert done.code == 0
    assert done.err.startswith("started from the file's values, for there is no rest")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((KAY,), 2, "Missing option '--to'"),
        ((KAY, "--to", "cellml"), 2, "'cellml' is not"),
        ((KAY, "--to", "sbml", "--protocol", "oubain 1 mM for 1 min"), 3, "did you mean 'ouabain'"),
        ((KAY, "--to", "sbml", "--out", "kay.txt"), 3, "use .xml or .sbml"),
        ((KAY, "--to", "sbml", "--out", "nowhere/kay.xml"), 3, "the folder 'nowhere' does not exist"),
        (("Kay2017_cel", "--to", "sbml"), 3, "did you mean 'Kay2017_cell'"),
        (("Huebel2016_neuron", "--to", "sbml", "--closure", "electroneutral"), 3, "export the capacitive closure"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], code: int, words: str, ionostat: CommandLine) -> None:
    done = ionostat("export", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


def test_a_refusal_as_json(ionostat: CommandLine) -> None:
    done = ionostat("export", "Huebel2016_neuron", "--to", "sbml", "--closure", "electroneutral", "--json")
    assert done.code == 3
    assert done.json["error"]["kind"] == "cell"
    assert done.json["error"]["field"] == "Huebel2016_neuron"
