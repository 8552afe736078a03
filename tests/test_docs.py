"""The documentation says what is so: its tables, commands and scripts are compared with the package."""

import re
import shlex
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from ionostat import interventions, list_cells
from ionostat.app.cli import cli
from ionostat.cell import load as load_cell
from ionostat.cell import load_compartments, load_membranes
from ionostat.cell.checks import LAWS
from ionostat.cell.defaults import ENERGY
from ionostat.mechanisms.registry import TYPES
from ionostat.species import IONS

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)(?P<rest>[^\n]*)\n(?P<text>.*?)^ *```$", re.DOTALL | re.MULTILINE
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def listed(head: str) -> set[str]:
    """The names in backticks of the README's table that begins with `head`."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index(f"| {head} |") :].split("\n\n")[0]
    return set(re.findall(r"`([^`]+)`", table))


def test_the_readme_lists_what_is_in_the_library() -> None:
    assert listed("Cell") == set(list_cells())
    assert listed("Mechanisms") == set(TYPES)
    assert listed("Interventions") == {one.name for one in interventions.all()}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_of_python_runs(page: Path) -> None:
    for fence in FENCE.finditer(page.read_text(encoding="utf-8")):
        if fence["language"] in ("python", "pycon"):
            assert ">>> " in fence["text"] or "title=" in fence["rest"], f"never run:\n{fence['text']}"


def commands(page: Path) -> list[str]:
    """Every line of a shell block that calls ionostat, without its comment."""
    shells = [f["text"] for f in FENCE.finditer(page.read_text(encoding="utf-8")) if f["language"] in ("sh", "console")]
    lines = [line.split("  #")[0].strip() for text in shells for line in text.splitlines()]
    return [line for line in lines if line.startswith("ionostat ")]


@pytest.mark.parametrize(
    ("page", "line"),
    [(p, line) for p in PAGES for line in commands(p)],
    ids=lambda v: name(v) if isinstance(v, Path) else v,
)
def test_every_command_line_works(page: Path, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for file, text in module(ROOT / "docs" / "conftest.py").files_of(page).items():
        Path(file).write_text(text, encoding="utf-8")
    done = CliRunner().invoke(cli, shlex.split(line)[1:])
    assert done.exit_code == 0, f"{done.output}\n{done.exception!r}"
    for option in ("--save", "--plot"):
        if option in line:
            file = shlex.split(line)[shlex.split(line).index(option) + 1]
            assert Path(file).stat().st_size > 1000


def test_the_cell_file_reference_names_every_key() -> None:
    page = (ROOT / "docs" / "reference" / "cell-file.md").read_text(encoding="utf-8")
    named = {word for code in re.findall(r"`([^`]+)`", page) for word in re.findall(r"\w+", code)}
    keys = {*load_cell._HEAD, *load_cell._BODY, *ENERGY, *LAWS, *load_membranes._MEMBRANE, *load_membranes._JUNCTION}
    keys |= {*load_membranes._LAWS, *set().union(*load_compartments._KEYS.values()), *load_compartments._POTENTIALS}
    keys |= {"cite", "doi", "memory", "id", "what", "waives", "type", "RT_F", "source"}
    assert keys <= named, f"not explained: {sorted(keys - named)}"
    assert all(ion in page for ion in IONS)


def test_the_compartment_table_agrees_with_the_loader() -> None:
    page = (ROOT / "docs" / "reference" / "cell-file.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1:6] for line in page[page.index("| Key | bath |") :].split("\n\n")[0].splitlines()[2:]]
    kinds = ("bath", "swelling", "rigid", "extracellular")
    for i, kind in enumerate(kinds, start=1):
        shown = {key for row in rows if row[i].strip() == "yes" for key in re.findall(r"`(\w+)`", row[0])}
        assert shown == load_compartments._KEYS[kind], kind


def outputs() -> dict[str, str]:
    """Script of `examples/` -> what the gallery says it prints."""
    gallery = (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8")
    return dict(re.findall(r'^```text title="(\w+)\.out"\n(.*?)^```$', gallery, re.DOTALL | re.MULTILINE))


def test_the_gallery_shows_every_example() -> None:
    assert {p.stem for p in (ROOT / "examples").glob("*.py")} == set(outputs())


@pytest.mark.slow
@pytest.mark.parametrize("script", sorted(outputs()))
def test_examples_print_what_the_gallery_says(script: str, tmp_path: Path) -> None:
    figure = tmp_path / "figure.png"
    command = [sys.executable, str(ROOT / "examples" / f"{script}.py"), str(figure)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert figure.stat().st_size > 10_000
    number = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
    assert number.sub("#", done.stdout).split() == number.sub("#", outputs()[script]).split()
    got, said = (list(map(float, number.findall(text))) for text in (done.stdout, outputs()[script]))
    # 2 percent: a train of a thousand spikes may differ by a few between machines; the rest is rounding of the print
    assert got == pytest.approx(said, rel=0.02, abs=0.1)


def test_pictures_are_small() -> None:
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size < 200_000, picture.name


@pytest.mark.parametrize("what", ["mechanisms", "cells", "interventions", "command-line"])
def test_reference_pages_are_written(what: str) -> None:
    text = module(ROOT / "docs" / "hooks" / "generated.py").write(what)
    names = {
        "mechanisms": TYPES,
        "cells": list_cells(),
        "interventions": [one.name for one in interventions.all()],
        "command-line": ["ionostat rest", "ionostat run"],
    }[what]
    assert all(n in text for n in names)


def test_an_unknown_writer_stops_the_build() -> None:
    hook = module(ROOT / "docs" / "hooks" / "generated.py")
    with pytest.raises(hook.PluginError, match="no writer 'mechansims'"):
        hook.on_page_markdown("<!-- generated: mechansims -->")
