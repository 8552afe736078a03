"""`ionostat explain`: to stdout, to a file, as JSON."""

from pathlib import Path

from app.command_line import CommandLine

import ionostat as package
from ionostat.report.equation_sheet import latex, markdown

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
