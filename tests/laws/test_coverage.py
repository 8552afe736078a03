"""Nothing new escapes the laws: every mechanism file is registered, every cell has its expectations."""

import inspect
from importlib import import_module
from pathlib import Path

import pytest
from laws.cases import EXPECTED, LIBRARY

import ionostat.mechanisms as mechanisms
from ionostat.cell.checks import LAWS
from ionostat.cell.load import load
from ionostat.mechanisms.mechanism import Mechanism
from ionostat.mechanisms.registry import TYPES, mechanism_class

ABSTRACT = {"Mechanism", "SodiumPotassiumPump", "GatedChannel", "OhmicGatedChannel", "GHKGatedChannel"}
"""Bases to inherit from; they are no mechanisms themselves."""


def test_every_mechanism_has_a_type_name() -> None:
    folder = Path(inspect.getfile(mechanisms)).parent
    found = set()
    for path in folder.glob("*.py"):
        module = import_module(f"ionostat.mechanisms.{path.stem}")
        found |= {
            n
            for n, v in vars(module).items()
            if inspect.isclass(v) and issubclass(v, Mechanism) and v.__module__ == module.__name__
        }
    registered = {mechanism_class(name).__name__ for name in TYPES}
    assert found - ABSTRACT == registered


def test_every_cell_of_the_library_is_expected_to_do_something() -> None:
    assert set(EXPECTED) == set(LIBRARY), "give the new cell its line in laws/cases.py"


@pytest.mark.parametrize("name", LIBRARY)
def test_the_pump_has_the_same_path_in_every_cell(name: str) -> None:
    assert load(name)["plasma.nka.scale"] == 1.0


@pytest.mark.parametrize("name", LIBRARY)
def test_a_deviation_waives_laws_that_exist(name: str) -> None:
    assert {law for d in load(name).deviations for law in d.waives} <= set(LAWS)
