"""Members given by a table: a mapping of arrays, a DataFrame, or a CSV or parquet file; one row per member.

A column is headed by a parameter path, with a unit in brackets if it is not the declared one: `bath.K (mM)`. Values are
not judged here: a member outside a range ends with a status and a reason, and the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ionostat.cell.description import Cell
from ionostat.constants import ZERO_CELSIUS
from ionostat.errors import InputError, UnitError, UnknownNameError
from ionostat.studies.ensemble.optional import need
from ionostat.units import describe, dimension, factor

Array = np.ndarray
_HEADING = re.compile(r"^\s*(?P<path>[^\s(]+)\s*(?:\((?P<unit>.*)\))?\s*$")
_CELSIUS = ("C", "degC", "°C", "celsius")


def read_table(cell: Cell, given: Any) -> dict[str, Array]:
    """The table by path in coherent units.

    >>> from ionostat import load
    >>> read_table(load("Kay2017_cell"), {"bath.K (uM)": [3000, 4000]})
    {'bath.K': array([3., 4.])}
    """
    if isinstance(given, str | Path):
        given = read_file(Path(given))
    columns = _columns(given)
    if not columns:
        raise InputError("no samples: name at least one parameter", hint="{'bath.K': {'uniform': {...}}}")
    found: dict[str, Array] = {}
    for heading, values in columns.items():
        path, column = _column(cell, heading, values)
        if path in found:
            raise InputError(f"{path} has two columns", field=path)
        found[path] = column
    lengths = {path: len(v) for path, v in found.items()}
    if len(set(lengths.values())) > 1:
        raise InputError(f"columns of different lengths: {', '.join(f'{p} {k}' for p, k in lengths.items())}")
    return found


def read_file(path: Path) -> Any:
    """A CSV or parquet file as a DataFrame."""
    if path.suffix not in (".csv", ".parquet"):
        raise InputError(f"cannot read a table from '{path.name}'", hint="use .csv or .parquet", field=str(path))
    if not path.is_file():
        raise InputError(f"no such file: '{path}'", field=str(path))
    pandas = need("pandas")
    if path.suffix == ".parquet":
        need("pyarrow")
    try:
        return pandas.read_csv(path) if path.suffix == ".csv" else pandas.read_parquet(path)
    except (ValueError, OSError) as error:
        raise InputError(f"cannot read '{path}': {error}", field=str(path)) from None


def _columns(given: Any) -> dict[str, Any]:
    if isinstance(given, Mapping):
        return dict(given)
    if hasattr(given, "columns") and hasattr(given, "to_numpy"):
        return {str(name): given[name].to_numpy() for name in given.columns}
    raise InputError(f"samples are distributions by path or a table; got {type(given).__name__}", field="samples")


def _column(cell: Cell, heading: str, values: Any) -> tuple[str, Array]:
    match = _HEADING.match(heading)
    path = match["path"] if match else heading
    if path not in cell.numbers:
        raise UnknownNameError("parameter path", path, cell.numbers)
    declared = cell.number(path).unit
    unit = (match["unit"] if match else None) or declared
    if hasattr(values, "m_as"):  # a pint quantity
        unit, values = f"{values.units:~C}", values.magnitude
    try:
        numbers = np.array(values, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{path}: a column holds numbers only; its unit stands in the heading", field=path) from None
    if numbers.ndim != 1 or not numbers.size:
        raise InputError(f"{path}: expected one value per member, got the shape {numbers.shape}", field=path)
    if dimension(declared) == dimension("K") and unit in _CELSIUS:
        return path, numbers + ZERO_CELSIUS
    if dimension(unit) != dimension(declared):
        raise UnitError(f"{path} is {describe(declared)} ({declared}); '{unit}' is {describe(unit)}", field=path)
    return path, numbers * factor(unit)
