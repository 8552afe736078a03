"""The Python module of a cell, imported as a user would, against the reference engine."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import ionostat
from ionostat import maths
from ionostat.cell.equations import equations
from ionostat.engines.reference import ReferenceEngine
from ionostat.report.python_module import python_module

LIBRARY = [
    cell.name for cell in (Path(ionostat.__file__).parent / "library").iterdir() if (cell / "cell.yaml").exists()
]


def imported(text: str, folder: Path) -> ModuleType:
    """The text as a module."""
    path = folder / "model.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("model", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(LIBRARY))
def test_every_library_cell_agrees_with_the_reference_engine(name, tmp_path):
    cell = ionostat.load(name)
    eq = equations(cell)
    engine = ReferenceEngine(eq.system())
    model = imported(python_module(cell), tmp_path)
    assert list(model.STATES) == [s.name for s in eq.states]
    assert list(model.PARAMETERS) == list(eq.parameters)
    assert list(model.MASS) == list(eq.mass)
    assert all(model.PARAMETERS[p] == cell.numbers[p].unit for p in eq.parameters if p in cell.numbers)
    assert all(model.PARAMETERS.values()), "every parameter has a unit"
    rng = np.random.default_rng(3)
    x = model.START * rng.uniform(0.998, 1.002, (2, 5, len(model.START)))
    p = rng.uniform(0.998, 1.002, model.VALUES.shape)  # little, for amounts are small differences of large ones
    for mine, theirs in ((model.rhs, engine.rhs), (model.jacobian, engine.jacobian)):
        for states, parameters in ((model.START, model.VALUES), (x, model.VALUES), (x, p * model.VALUES)):
            expected = theirs(states, parameters)
            assert np.isfinite(expected).all()
            allowed = 1e-12 * np.abs(expected) + round_off(theirs, states, parameters)
            assert (np.abs(mine(states, parameters) - expected) <= allowed).all()
            assert (round_off(theirs, states, parameters) <= 1e-6 * np.abs(theirs(x, model.VALUES)).max()).all()


def round_off(function: Callable[..., np.ndarray], x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """What a change of all states and parameters in their last digits does: amounts are differences of large ones."""
    rng = np.random.default_rng(8)
    value = function(x, p)
    moved = [
        function(x * rng.choice([1 - 4e-15, 1 + 4e-15], x.shape), p * rng.choice([1 - 4e-15, 1 + 4e-15], p.shape))
        for _ in range(12)
    ]
    return np.max(np.abs(np.array(moved) - value), axis=0)


def test_the_start_is_that_of_the_cell_and_follows_changes(tmp_path):
    cell = ionostat.load("Kay2017_cell")
    model = imported(python_module(cell), tmp_path)
    changed = imported(python_module(cell.with_({"bath.K": "8 mM"})), tmp_path)
    values = [dict(zip(m.PARAMETERS, m.VALUES.tolist(), strict=True)) for m in (model, changed)]
    assert values[1]["bath.K"] == 8.0
    differ = {path for path in values[0] if values[0][path] != values[1][path]}
    assert differ == {"bath.K", "bath.Na"}  # sodium closes the charge of this bath


def test_it_needs_numpy_alone(tmp_path):
    (tmp_path / "model.py").write_text(python_module(ionostat.load("Huebel2016_neuron")), encoding="utf-8")
    code = (
        "import sys, model; model.jacobian(model.START, model.VALUES); "
        "print(sorted({m.split('.')[0] for m in sys.modules} & {'ionostat', 'sympy', 'scipy', 'llvmlite'}))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, env={}
    )
    assert done.stdout == "[]\n"


def test_the_smooth_functions_are_those_of_the_package(tmp_path):
    model = imported(python_module(ionostat.load("Huebel2016_neuron")), tmp_path)
    x = np.concatenate([np.linspace(-50.0, 50.0, 2001), [0.0, 1e-12, -1e-12, 800.0, -800.0]])
    np.testing.assert_allclose(model.exprel(x), maths.exprel(x), rtol=1e-15)
    np.testing.assert_allclose(model.dexprel(x), maths.dexprel(x), rtol=1e-14)


def test_known_quantities_are_named_beside_the_steps():
    text = python_module(ionostat.load("Huebel2016_neuron"))
    for quantity in ("plasma.V, mV", "ecs.K, mM", "cytosol.Na, mM", "ecs.volume, um3"):
        assert f"  # {quantity}\n" in text
    assert "# d(cytosol.K)/dt, amol/ms\n" in text
