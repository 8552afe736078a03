"""The resting state of every member of a chunk, with its verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np

from ionostat.cell.description import Cell
from ionostat.errors import IonostatError
from ionostat.studies.ensemble.ledger import Ledger
from ionostat.studies.ensemble.outcome import CODE
from ionostat.studies.ensemble.plan import Plan
from ionostat.studies.rest import Search

Array = np.ndarray


def settle(
    plan: Plan, ledger: Ledger, x: Array, p: Array, numbers: Mapping[str, Any], cancel: Event
) -> tuple[Array, Array, Array]:
    """States at rest, verdict codes and iterations of the rows that go on; rows without a rest keep their state."""
    x = np.array(x)
    verdict, iterations = np.full(len(x), CODE["none"]), np.zeros(len(x), dtype=np.int64)
    for row in ledger.rows:
        if cancel.is_set():
            ledger.end(int(row), "cancelled", "stopped before its search began")
            continue
        x[row], verdict[row], iterations[row] = _searched(plan, ledger, int(row), x[row], numbers)
    return x, verdict, iterations


def _searched(
    plan: Plan, ledger: Ledger, row: int, x: Array, numbers: Mapping[str, Any]
) -> tuple[Array, np.uint8, int]:
    """One row by the certified search for a single cell."""
    try:
        with np.errstate(all="ignore"):
            search = Search(member(plan.job.cell, numbers, row))
            found = search.nearest(search.start.x)
    except (IonostatError, np.linalg.LinAlgError, ZeroDivisionError, OverflowError) as error:
        ledger.note(row, f"no rest was found: {getattr(error, 'message', None) or error}")
        return x, CODE["none"], 0
    if found.reason:
        ledger.note(row, found.reason)
    return (found.x if found.found else x), CODE[found.verdict], found.iterations


def member(cell: Cell, numbers: Mapping[str, Any], row: int) -> Cell:
    """The cell with the numbers of one row."""
    own = {path: float(v[row]) if np.ndim(v) else float(v) for path, v in numbers.items()}
    return replace(cell, numbers={path: replace(n, value=own[path]) for path, n in cell.numbers.items()})
