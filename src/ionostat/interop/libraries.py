"""The libraries of the extra `interop`, imported when they are needed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ionostat.errors import InputError


def libsbml() -> Any:
    """The module of python-libsbml; says how to install it where it is missing."""
    try:
        return import_module("libsbml")
    except ModuleNotFoundError:
        hint = 'pip install "ionostat[interop]"'
        raise InputError("writing SBML needs python-libsbml, which is not installed", hint=hint) from None
