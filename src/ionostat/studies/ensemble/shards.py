"""A shard: some members of a study as one zarr group in one file.

The file is an uncompressed zip that zarr and xarray open as it is:

    xarray.open_zarr(zarr.storage.ZipStore(path, mode="r"), consolidated=False)

Its name is `members-FIRST-LAST.KEY.DIGEST.zarr.zip`: first and last member, the digest of the study's definition with
that range, and the digest of the bytes. So a shard says of which study it is, and a damaged one no longer answers to
its name. Equal members give equal bytes. A file appears only when it is whole.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from ionostat.studies.ensemble.optional import need
from ionostat.studies.ensemble.outcome import Outcome

Array = np.ndarray
SAMPLE, SOLVER = "sample.", "solver."
"""Prefixes of the names of sampled parameters and of the solver's statistics."""
_NAME = re.compile(r"members-(?P<first>\d+)-(?P<last>\d+)\.(?P<key>[0-9a-f]{16})\.(?P<digest>[0-9a-f]{32})\.zarr\.zip")
_SAME_DATE = (1980, 1, 1, 0, 0, 0)
"""Zip files carry a date; ours have to be equal when their contents are."""


@dataclass(frozen=True)
class Shard:
    """The file of the members `first` to `last` (exclusive), as its name describes it."""

    path: Path
    first: int
    last: int
    key: str
    digest: str

    @classmethod
    def of(cls, path: Path) -> Shard | None:
        """The shard that a file's name describes, or None."""
        match = _NAME.fullmatch(path.name)
        if match is None:
            return None
        return cls(path, int(match["first"]), int(match["last"]) + 1, match["key"], match["digest"])

    @property
    def whole(self) -> bool:
        """Whether the bytes are those that the name promises."""
        try:
            return content_digest(self.path.read_bytes()) == self.digest
        except OSError:
            return False


def content_digest(data: bytes) -> str:
    """The part of the SHA-256 digest that stands in a name."""
    return sha256(data).hexdigest()[:32]


def columns(table: Mapping[str, Array], outcome: Outcome) -> dict[str, Array]:
    """What is known of some members by name: samples, recorded quantities, status, statistics, final state."""
    return {
        **{SAMPLE + path: values for path, values in table.items()},
        **outcome.values,
        "status": outcome.status,
        **{SOLVER + name: values for name, values in outcome.statistics.items()},
        "x": outcome.x,
    }


def write(
    folder: Path, key: str, first: int, data: Mapping[str, Array], reasons: Mapping[int, str], units: Mapping[str, str]
) -> Path:
    """Write members from `first` on into a folder; `reasons` are by row. The path of the file."""
    rows = len(data["status"])
    attributes = {"first": first, "key": key, "reasons": {str(row): text for row, text in sorted(reasons.items())}}
    content = _zipped(_group(data, attributes, units))
    name = f"members-{first:09d}-{first + rows - 1:09d}.{key[:16]}.{content_digest(content)}.zarr.zip"
    part = folder / f"{part_prefix(first, first + rows)}{os.getpid()}.part"
    try:
        part.write_bytes(content)
        part.replace(folder / name)
    finally:
        part.unlink(missing_ok=True)
    return folder / name


def part_prefix(first: int, last: int) -> str:
    """How the names of unfinished files of a range begin."""
    return f".members-{first:09d}-{last - 1:09d}."


def _group(data: Mapping[str, Array], attributes: Mapping[str, Any], units: Mapping[str, str]) -> dict[str, bytes]:
    """The files of a zarr group, one uncompressed chunk per array."""
    zarr = need("zarr")
    files: dict[str, Any] = {}
    group = zarr.create_group(store=zarr.storage.MemoryStore(files), attributes=dict(attributes))
    for name, values in data.items():
        dims = ("time",) if name == "time" else ("member", "state" if name == "x" else "time")[: values.ndim]
        unit = {"units": units[name]} if name in units else {}
        group.create_array(
            name, data=values, chunks=values.shape, compressors=None, dimension_names=dims, attributes=unit
        )
    return {name: content.to_bytes() for name, content in sorted(files.items())}


def _zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, _SAME_DATE), content)
    return packed.getvalue()


def read(path: Path, names: Iterable[str]) -> dict[str, Array]:
    """Some columns of a shard."""
    zarr = need("zarr")
    store = zarr.storage.ZipStore(path, mode="r")
    try:
        group = zarr.open_group(store, mode="r")
        return {name: group[name][:] for name in names}
    finally:
        store.close()


def read_last(path: Path, name: str) -> Array:
    """The last point of a series, (members,); a plain column as it is."""
    zarr = need("zarr")
    store = zarr.storage.ZipStore(path, mode="r")
    try:
        found = zarr.open_group(store, mode="r")[name]
        values: Array = found[:] if found.ndim == 1 else found[:, -1]
        return values
    finally:
        store.close()


def describe(path: Path) -> tuple[dict[str, tuple[int, ...]], dict[int, str]]:
    """Shape of every column, and the reasons by row, from the metadata of a shard alone."""
    with zipfile.ZipFile(path) as archive:
        shapes = {
            name.removesuffix("/zarr.json"): tuple(json.loads(archive.read(name))["shape"])
            for name in archive.namelist()
            if name.endswith("/zarr.json")
        }
        reasons = json.loads(archive.read("zarr.json"))["attributes"]["reasons"]
    return shapes, {int(row): text for row, text in reasons.items()}
