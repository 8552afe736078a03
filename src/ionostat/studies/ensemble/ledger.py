"""Which members of a chunk go on, how the others ended, and why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ionostat.cell.refusals import Noted, Pick
from ionostat.errors import InputError
from ionostat.studies.ensemble.outcome import CODE

Array = np.ndarray


class Ledger(Noted):
    """The status of every row, and a sentence for each that is not plainly fine; `fine` are the rows that go on.

    Called like any refusal: rows that are wrong end as `refused`.
    """

    def __init__(self, rows: int, members: int) -> None:
        super().__init__(rows)
        self.fine[members:] = False  # what fills up the last vectors
        self.members = members
        self.status = np.full(rows, CODE["ok"], dtype=np.uint8)

    def __call__(self, where: Any, complaint: Callable[[Pick], InputError]) -> None:
        """Refuse the rows that are wrong."""
        before = self.fine.copy()
        super().__call__(where, complaint)
        self.status[before & ~self.fine] = CODE["refused"]

    @property
    def rows(self) -> Array:
        """The rows that go on."""
        return np.flatnonzero(self.fine)

    def end(self, row: int, status: str, sentence: str) -> None:
        """A row goes no further."""
        self.fine[row] = False
        self.status[row] = CODE[status]
        self.note(row, sentence)

    def note(self, row: int, sentence: str) -> None:
        """Something to know about a row, after what is known already."""
        known = self.sentences.get(row)
        self.sentences[row] = f"{known}; {sentence}" if known else sentence
