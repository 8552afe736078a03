"""The public face: a short sorted list, every name there, lazily, and nothing else."""

import inspect
from importlib import import_module

import pytest

import ionostat

PUBLIC = [
    "Cell",
    "Ensemble",
    "InputError",
    "IonostatError",
    "Mechanism",
    "Protocol",
    "RestingState",
    "SodiumPotassiumPump",
    "Species",
    "Trajectory",
    "ensemble",
    "list_cells",
    "load",
    "option",
    "parameter",
    "plot",
    "rest",
    "simulate",
]
"""What users may rely on: add a name here when it becomes public, and think twice before taking one away."""


def test_the_list_is_complete_and_sorted() -> None:
    assert ionostat.__all__ == PUBLIC == sorted(PUBLIC)
    assert set(PUBLIC) | {"__version__"} == set(dir(ionostat))


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    thing = getattr(ionostat, name)
    assert inspect.getdoc(thing)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'rset'"):
        _ = ionostat.rset


@pytest.mark.parametrize("module", ["ionostat.testing", "ionostat.cell.checks", "ionostat.protocols"])
def test_modules_with_a_list_keep_it(module: str) -> None:
    found = import_module(module)
    assert list(found.__all__) == sorted(found.__all__, key=lambda n: (not n.isupper(), n))
    assert all(hasattr(found, n) for n in found.__all__)
