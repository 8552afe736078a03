"""A job as plain data, so that it can travel to another process and be told apart from every other job.

A cell travels as its file (name or path, and text), with the numbers that differ from it; code never travels. A cell
that no longer is what its file says, other than in its numbers, is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ionostat.cell.description import Cell, Number
from ionostat.cell.load import LIBRARY, load, load_text
from ionostat.errors import CellError, InputError
from ionostat.protocols import Protocol
from ionostat.studies.ensemble.job import Job


def job_record(job: Job) -> dict[str, Any]:
    """Plain data that `job_of` turns back into an equal job."""
    plain = {f.name: getattr(job, f.name) for f in fields(job) if f.name not in ("cell", "protocol", "times")}
    return {
        **{k: list(v) if isinstance(v, tuple) else _number(v) for k, v in plain.items()},
        "cell": cell_record(job.cell),
        "protocol": None if job.protocol is None else str(job.protocol),
        "times": None if job.times is None else np.asarray(job.times, dtype=float).tolist(),
    }


def job_of(record: Mapping[str, Any]) -> Job:
    """The job that `job_record` wrote."""
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in record.items()}
    protocol, times = record["protocol"], record["times"]
    plain["cell"] = cell_of(record["cell"])
    plain["protocol"] = None if protocol is None else Protocol.parse(protocol)
    plain["times"] = None if times is None else np.array(times, dtype=float)
    return Job(**plain)


def _number(value: Any) -> Any:
    """JSON has no infinity; `max_step` takes the word as well."""
    return "inf" if value == float("inf") else value


def cell_record(cell: Cell) -> dict[str, Any]:
    """A cell as its file, the changed numbers in coherent units, and the digests of mechanisms from outside."""
    if cell.file is None:
        hint = "save its text into a file and load that"
        raise InputError(f"the cell '{cell.name}' has no file, so it cannot be stored or sent away", hint=hint)
    file = cell.file.resolve()
    text = file.read_text(encoding="utf-8-sig")
    base = _load(str(file), text)
    if (base.name, base.compartments, structure(base)) != (cell.name, cell.compartments, structure(cell)):
        hint = "save the changed description into a cell file of its own"
        raise InputError(f"'{cell.name}' is not what '{cell.file}' says", hint=hint, field=cell.name)
    changes = {p: [n.value, n.text, n.source] for p, n in cell.numbers.items() if n.value != base.numbers[p].value}
    library = file.parent.parent == LIBRARY.resolve()
    return {
        "name": cell.name,
        "file": file.parent.name if library else str(file),
        "text": text,
        "changes": changes,
        "closure": cell.closure,
        "outside": outside(cell),
    }


def cell_of(record: Mapping[str, Any]) -> Cell:
    """The cell that `cell_record` wrote. Where its file is not there, or is another one, the text that came along."""
    cell = _load(record["file"], record["text"])
    numbers = dict(cell.numbers)
    for path, (value, text, source) in record["changes"].items():
        numbers[path] = Number(value, numbers[path].unit, text, source)
    if outside(cell) != record["outside"]:
        raise CellError(f"the mechanisms of '{record['name']}' that come from outside are not the same here")
    return replace(cell, numbers=numbers, closure=record["closure"])


@lru_cache(maxsize=8)
def _load(file: str, text: str) -> Cell:
    """The cell of a file with that text; mechanisms of its own folder are found where the folder is."""
    path = Path(file) if Path(file).is_absolute() else LIBRARY / file / "cell.yaml"
    if path.is_file() and path.read_text(encoding="utf-8-sig") == text:
        return load(path)
    return load_text(text, file)


def structure(cell: Cell) -> tuple[Any, ...]:
    """Everything of a cell but its numbers, comparable between two readings of one file."""
    edges = [replace(e, placed=()) for e in cell.edges]
    placed = [
        (e.name, p.name, p.type, p.basis, p.deviation, repr(sorted(p.mechanism.options.items())))
        for e, p in cell.placements()
    ]
    return edges, placed, cell.conserved, cell.deviations, cell.species


def outside(cell: Cell) -> dict[str, str]:
    """Module -> digest of its source, for mechanisms that are not part of this package."""
    from inspect import getsourcefile

    found = {}
    for _, placed in cell.placements():
        kind = type(placed.mechanism)
        if not kind.__module__.startswith("ionostat."):
            source = getsourcefile(kind)
            found[kind.__module__] = sha256(Path(source).read_bytes()).hexdigest() if source else ""
    return found
