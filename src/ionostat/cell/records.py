"""What is kept of a cell's equations between processes, so that a second one need not trace the cell again.

A record is plain data under the name of a structure: states and parameters, sizes and patterns, NumPy source text. Its
key follows from the structure of the cell, the source text of its mechanisms and that of this package; no equation has
to be traced to find it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from ionostat.cell.sources import PACKAGE, sources_of
from ionostat.store import content_of, name_of, recall

GENERATORS = ("cell", "engines", "mechanisms", "numerics", "physics", "report", "studies")
"""Folders of this package that name expressions to be kept, or write code. Its single modules count as well."""


@dataclass(frozen=True)
class Record:
    """What is kept of one structure. Nothing is kept under the key ""."""

    key: str

    def key_of(self, name: str) -> str:
        """The name in the store of one part of the record; "" where nothing is kept."""
        return name_of(self.key, name) if self.key else ""

    def recall(self, name: str, make: Callable[[], Any]) -> Any:
        """One part of the record, as plain data: what is kept, else what `make` returns."""
        return recall(self.key_of(name), make)


def record_of(structure: str, mechanisms: Iterable[type]) -> Record:
    """The record of a structure (written out as text) that holds mechanisms of these classes.

    A class that was made in a function, a script or a notebook may differ while its text is the same: then nothing is
    kept.
    """
    texts = []
    for mechanism in sorted(set(mechanisms), key=lambda m: (m.__module__, m.__qualname__)):
        found = sources_of(mechanism)
        if found is None:
            return Record("")
        texts.append(found)
    return Record(name_of(generator(), structure, *texts))


@cache
def generator() -> str:
    """A hash of all that turns a structure into code: the text of this package, and the release of SymPy."""
    text = sha256()
    files = [f for folder in GENERATORS for f in sorted((PACKAGE / folder).rglob("*.py"))]
    for file in (*files, *sorted(PACKAGE.glob("*.py"))):
        content = file.read_bytes()
        text.update(f"{file.name} {len(content)}\n".encode() + content)
    text.update(content_of("sympy", "release.py"))
    return text.hexdigest()
