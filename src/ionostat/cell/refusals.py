"""Refusing numbers: at once for one cell, or row by row for many cells whose numbers are arrays.

What checks a number says where it is wrong and how to complain. For one cell that raises; for many it is noted beside
each row that is wrong, and the others go on.

>>> import numpy as np
>>> from ionostat.errors import InputError
>>> noted = Noted(3)
>>> volume = np.array([1.0, -2.0, 3.0])
>>> noted(volume <= 0, lambda at: InputError(f"a volume of {at(volume):g} um3"))
>>> noted.sentences, noted.fine.tolist()
({1: 'a volume of -2 um3'}, [True, False, True])
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ionostat.errors import InputError

Pick = Callable[[Any], float]
"""The number of the row that is complained about, from an array over rows or a number that all rows share."""


class Refuse(Protocol):
    """What a check calls: `where` it is wrong (one truth value, or one per row) and the error to give."""

    def __call__(self, where: Any, complaint: Callable[[Pick], InputError]) -> None:
        """Refuse where `where` is true."""


def at_once(where: Any, complaint: Callable[[Pick], InputError]) -> None:
    """Raise the error if `where` is true: for the numbers of one cell."""
    if where:
        raise complaint(float)


class Noted:
    """Gathers the first complaint about every row; `fine` says which rows have none."""

    def __init__(self, rows: int) -> None:
        self.fine = np.ones(rows, dtype=bool)
        self.sentences: dict[int, str] = {}

    def __call__(self, where: Any, complaint: Callable[[Pick], InputError]) -> None:
        """Note the complaint beside every row that is wrong and was fine so far."""
        wrong = np.broadcast_to(where, self.fine.shape) & self.fine
        for row in np.flatnonzero(wrong):
            self.sentences[int(row)] = complaint(_picker(int(row))).message
        self.fine &= ~wrong


def _picker(row: int) -> Pick:
    return lambda value: float(value[row]) if np.ndim(value) else float(value)
