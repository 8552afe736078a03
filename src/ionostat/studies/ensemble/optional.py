"""Packages that only some studies need; a missing one says how to install it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ionostat.errors import InputError

EXTRA = {"zarr": "dask", "pyarrow": "dask", "distributed": "dask", "pandas": ""}
"""Package -> the extra of ionostat that brings it."""


def need(package: str) -> Any:
    """The package, or an error that names the extra."""
    try:
        return import_module(package)
    except ImportError:
        extra = EXTRA[package]
        command = f'pip install "ionostat[{extra}]"' if extra else f"pip install {package}"
        raise InputError(f"this needs the package '{package}'", hint=command, field=package) from None
