"""`ionostat explain`: to stdout, to a file, as JSON."""

from pathlib import Path

from app.command_line import CommandLine

import ionostat as package
from ionostat.report.equation_sheet import latex, markdown
from ionostat.report.llvm_listing import llvm_listing
from ionostat.report.python_module import python_module

KAY = "Kay2017_cell"


def test_to_stdout_to_a_file_and_as_json(ionostat: CommandLine, tmp_path: Path) -> None:
    cell = package.load(KAY)
    assert ionostat("explain", KAY).out == markdown(cell)
    path = tmp_path / "kay.tex"
    done = ionostat("explain", KAY, "--format", "latex", "--out", str(path))
    assert (done.code, done.out) == (0, "")
    assert done.err == f"wrote {path}\n"
    assert path.read_text(encoding="utf-8") == latex(cell)
    record = ionostat("explain", KAY, "--closure", "electroneutral", "--json").json
    assert record["schema"] == "ionostat/explain@1"
    assert "closure is electroneutral" in record["text"]


def test_as_code(ionostat: CommandLine, tmp_path: Path) -> None:
    cell = package.load(KAY)
    assert ionostat("explain", KAY, "--format", "llvm").out == llvm_listing(cell)
    path = tmp_path / "kay.py"
    assert ionostat("explain", KAY, "--format", "python", "--out", str(path)).err == f"wrote {path}\n"
    assert path.read_text(encoding="utf-8") == python_module(cell)
    changed = ionostat("explain", KAY, "--set", "bath.K=8 mM", "--format", "python", "--json").json
    assert changed["format"] == "python"
    assert "    8.0,  # bath.K\n" in changed["text"]


def test_a_file_of_another_kind_is_refused(ionostat: CommandLine, tmp_path: Path) -> None:
    done = ionostat("explain", KAY, "--format", "python", "--out", str(tmp_path / "kay.md"))
    assert done.code == 3
    assert ".py" in done.err
