"""Help, lists and start-up."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from app.command_line import CommandLine

import ionostat as package
from ionostat.app.cli import MODULES, SUMMARIES, cli
from ionostat.cell.load import list_cells
from ionostat.mechanisms.registry import TYPES

HEAVY = {"llvmlite", "matplotlib", "numpy", "pint", "rich", "ruamel", "scipy", "sympy", "xarray"}


def loaded(*arguments: str) -> set[str]:
    code = (
        f"import sys\nfrom ionostat.app.cli import main\ntry: main({list(arguments)!r})\nexcept SystemExit: pass\n"
        "print('\\n' + ' '.join(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["rest", "--help"], ["rset"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    assert not loaded(*arguments) & HEAVY


def test_calculators_load_no_solver() -> None:
    solvers = {"llvmlite", "matplotlib", "sympy", "xarray"}  # pint looks at scipy's version
    assert not loaded("nernst", "K", "--in", "140", "--out", "4") & solvers


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_has_help_with_its_options(name: str, ionostat: CommandLine) -> None:
    done = ionostat(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: ionostat {name}")
    assert "--json" in done.out


def test_every_command_file_is_listed() -> None:
    folder = Path(package.__file__).parent / "app" / "commands"
    files = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    assert files == {MODULES.get(name, name) for name in SUMMARIES}
    for name in SUMMARIES:
        assert import_module(f"ionostat.app.commands.{MODULES.get(name, name)}").command.name == name
    assert cli.list_commands(None) == list(SUMMARIES)  # type: ignore[arg-type]


def test_version(ionostat: CommandLine) -> None:
    assert ionostat("--version").out == f"ionostat {package.__version__}\n"


def test_lists(ionostat: CommandLine) -> None:
    cells = ionostat("list", "cells", "--json").json
    assert cells["schema"] == "ionostat/list@1"
    assert {c["name"]: c["title"] for c in cells["cells"]} == list_cells()
    mechanisms = ionostat("list", "mechanisms", "--json").json["mechanisms"]
    assert [m["type"] for m in mechanisms] == sorted(TYPES)
    assert all(p["unit"] for m in mechanisms for p in m["parameters"])
    interventions = ionostat("list", "interventions", "--json").json["interventions"]
    assert "ouabain" in {i["name"] for i in interventions}
    for what in ("cells", "mechanisms", "interventions"):
        assert ionostat("list", what).code == 0
    assert "Dusterwald2018_neuron" in ionostat("list", "cells").out


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{sys.executable} -m ionostat list mechanisms --json | head -c 10"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert not done.stderr
