"""What a command loads once its results are kept: the list of modules, never a clock."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"dask", "matplotlib", "pandas", "pint", "scipy", "sympy", "xarray"}
PROBE = """
import json, sys
from ionostat.app.cli import main
try:
    main(json.loads(sys.argv[1]))
except SystemExit as exit:
    code = exit.code
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""


def loaded(folder: Path, *arguments: str) -> set[str]:
    """The modules that a command has loaded when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "IONOSTAT_CACHE": str(folder)},
        timeout=300,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("rest", "Kay2017_cell"),
        ("rest", "Huebel2016_neuron", "--all", "--json"),
        ("rest", "Dijkstra2016_neuron", "--set", "plasma.nka.scale=0.5", "-v"),
        ("run", "Dusterwald2018_neuron", "--protocol", "rest 10 min; ouabain 1 mM for 1 h"),
        ("run", "HodgkinHuxley1952_axon", "--protocol", "rest 20 ms", "--json"),
    ],
    ids=" ".join,
)
def test_a_command_is_quick_the_second_time(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert "sympy" in loaded(tmp_path / "cache", *arguments)
    again = loaded(tmp_path / "cache", *arguments)
    assert not HEAVY & again
    assert not {"ionostat.cell.balance", "ionostat.engines.native.module"} & again


@pytest.mark.slow
def test_other_numbers_of_the_same_cell_are_quick_at_once(tmp_path: Path) -> None:
    loaded(tmp_path / "cache", "rest", "Kay2017_cell")
    again = loaded(tmp_path / "cache", "rest", "Kay2017_cell", "--set", "plasma.nka.scale=0.7", "--set", "bath.K=6 mM")
    assert not HEAVY & again


BATCH = """
import json, sys
import numpy as np
from ionostat import load
from ionostat.cell.equations import equations
from ionostat.cell.start import start
from ionostat.studies.rest_many import rest_many
cell = load("Kay2017_cell")
eq = equations(cell)
here = start(eq, cell)
p = np.tile(here.p, (8, 1))
p[:, eq.parameter_index["plasma.nka.scale"]] = np.linspace(0.0, 1.5, 8)
found = rest_many(cell, np.tile(here.x, (8, 1)), p)
print(json.dumps([found.x.tolist(), sorted(sys.modules)]))
"""


@pytest.mark.slow
def test_many_rests_are_quick_the_second_time_and_the_same(tmp_path: Path) -> None:
    environment = {**os.environ, "IONOSTAT_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", BATCH]
    runs = [
        subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=300, check=True)
        for _ in range(2)
    ]
    (first, _), (second, modules) = (json.loads(run.stdout) for run in runs)
    assert str(first) == str(second)  # NaN where there is no rest
    assert not HEAVY & set(modules)
