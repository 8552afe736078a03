"""The folder of a study: `study.json`, and one file per shard in `shards/`.

Nothing in it depends on when, where or by how many workers it was computed. Shards are independent, so any number of
processes may work in one folder, and what a killed one leaves is either a whole shard or a `.part` file that the next
one removes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ionostat.errors import InputError
from ionostat.studies.ensemble.shards import Shard, part_prefix
from ionostat.studies.ensemble.study import Range, Study

DEFINITION = "study.json"
SHARDS = "shards"


@dataclass(frozen=True)
class State:
    """What a folder holds of some ranges: whole shards in order, damaged ones, and the ranges to compute."""

    whole: tuple[Shard, ...]
    damaged: tuple[Shard, ...]
    missing: tuple[Range, ...]


def prepare(folder: Path, study: Study, *, go_on: bool) -> None:
    """Make the folder of a study, or see that it is the same study's; `go_on` says that it may hold some already."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"'{folder}' is a file", hint="give a folder", field="out")
    if (folder / DEFINITION).is_file():
        check_same(folder, study)
        if not go_on:
            raise InputError(f"'{folder}' holds this study already", hint="resume it, or give another folder")
        return
    if folder.is_dir() and any(p.name != SHARDS and not p.name.endswith(".part") for p in folder.iterdir()):
        raise InputError(f"the folder '{folder}' is not empty and holds no study", hint="give a new folder")
    (folder / SHARDS).mkdir(parents=True, exist_ok=True)
    _write(folder / DEFINITION, json.dumps(description(study), indent=1, sort_keys=True, allow_nan=False) + "\n")


def description(study: Study) -> dict[str, Any]:
    """What `study.json` holds: enough to compute the study again (a table apart), and where every number is from."""
    cell = study.job.cell
    return {
        "schema": "ionostat/study@1",
        "key": study.key,
        "study": study.to_record(),
        "definition": study.definition,
        "parameters": {p: {"value": n.value, "unit": n.unit, "source": n.source} for p, n in cell.numbers.items()},
        "sources": {s.key: {"cite": s.cite, "doi": s.doi} for s in cell.sources},
        "deviations": [{"id": d.id, "what": d.what} for d in cell.deviations],
    }


def read_description(folder: Path) -> dict[str, Any]:
    """The content of `study.json`."""
    path = folder / DEFINITION
    if not path.is_file():
        raise InputError(f"'{folder}' holds no study: there is no {DEFINITION}", field=str(folder))
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["schema"] != "ionostat/study@1":
            raise InputError(f"'{path}' is of another format: {found['schema']}", field=str(path))
    except (ValueError, KeyError):
        hint = "delete it and resume with the same study: shards are kept"
        raise InputError(f"'{path}' is damaged", hint=hint, field=str(path)) from None
    return found


def check_same(folder: Path, study: Study) -> None:
    """Refuse to mix two studies, saying in what they differ."""
    stored = read_description(folder)
    if stored["key"] != study.key:
        what = ", ".join(differences(stored["definition"], study.definition)) or "its definition"
        raise InputError(
            f"'{folder}' holds a different study; not the same: {what}", hint="give another folder", field="out"
        )


def differences(a: Any, b: Any, at: str = "") -> list[str]:
    """Where two records differ, by their keys."""
    if isinstance(a, dict) and isinstance(b, dict):
        return [d for k in sorted(a.keys() | b.keys()) for d in differences(a.get(k), b.get(k), f"{at}.{k}".strip("."))]
    if isinstance(a, list) and isinstance(b, list) and _named(a) and _named(b):
        return differences(dict(a), dict(b), at) or ([] if a == b else [f"the order of {at}"])
    return [] if a == b else [at]


def _named(rows: list[Any]) -> bool:
    """Whether a list holds pairs of a name and something."""
    return all(isinstance(row, list) and len(row) == 2 and isinstance(row[0], str) for row in rows)


def shards_of(folder: Path, study: Study) -> dict[Range, list[Shard]]:
    """The shards of the study in a folder by range, judged by their names alone."""
    wanted = {members: study.shard_key(members)[:16] for members in study.ranges}
    found: dict[Range, list[Shard]] = {}
    for path in sorted((folder / SHARDS).glob("members-*.zarr.zip")):
        shard = Shard.of(path)
        if shard is not None and wanted.get((shard.first, shard.last)) == shard.key:
            found.setdefault((shard.first, shard.last), []).append(shard)
    return found


def look(folder: Path, study: Study, ranges: Sequence[Range]) -> State:
    """Read every shard of some ranges and compare it with its digest."""
    present = shards_of(folder, study)
    whole, damaged, missing = [], [], []
    for members in ranges:
        good = None
        for shard in present.get(members, []):
            if good is None and shard.whole:
                good = shard
            else:
                damaged.append(shard)
        if good is None:
            missing.append(members)
        else:
            whole.append(good)
    return State(tuple(whole), tuple(damaged), tuple(missing))


def clear(folder: Path, state: State) -> None:
    """Remove damaged shards, and what killed processes left of the ranges that are to be computed."""
    for shard in state.damaged:
        shard.path.unlink(missing_ok=True)
    for members in state.missing:
        for part in (folder / SHARDS).glob(f"{part_prefix(*members)}*.part"):
            part.unlink(missing_ok=True)


def collect(folder: Path, sources: Sequence[Path]) -> int:
    """Copy the whole shards of the same study from other folders; how many were new."""
    here = read_description(folder)
    (folder / SHARDS).mkdir(exist_ok=True)
    copied = 0
    for source in sources:
        if read_description(source)["key"] != here["key"]:
            raise InputError(f"'{source}' holds a different study than '{folder}'", field=str(source))
        for path in sorted((source / SHARDS).glob("members-*.zarr.zip")):
            shard, target = Shard.of(path), folder / SHARDS / path.name
            if shard is None or target.exists() or not shard.whole:
                continue
            part = target.with_name(f"{part_prefix(shard.first, shard.last)}{os.getpid()}.part")
            shutil.copyfile(path, part)
            part.replace(target)
            copied += 1
    return copied


def _write(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
