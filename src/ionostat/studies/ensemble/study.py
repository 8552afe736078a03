"""A study: what is computed for which members, cut into shards; its definition and the keys that follow from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from platform import machine
from typing import Any

import numpy as np

from ionostat.errors import InputError
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.records import job_of, job_record
from ionostat.studies.ensemble.samples import Samples

Array = np.ndarray
Range = tuple[int, int]
LARGEST_CHUNK, SMALLEST_CHUNK = 65_536, 64
SHARDS = 64
"""About so many shards a study has by default."""
SHARD_BYTES = 32e6
"""The most that one shard may hold by default."""
CUT = 0.999
"""A distribution of which less lies in its range is mentioned."""
COMPUTING = ("cell", "engines", "interventions", "mechanisms", "numerics", "physics", "protocols", "studies")
"""Folders of the package whose code decides on the digits of a result."""


@dataclass(frozen=True)
class Study:
    """A job for every member of the samples, `chunk` members to a shard."""

    job: Job
    samples: Samples
    chunk: int

    def __post_init__(self) -> None:
        if self.chunk < 1:
            raise InputError(f"a chunk has at least one member; got {self.chunk}", field="chunk")

    @property
    def n(self) -> int:
        """How many members there are."""
        return self.samples.n

    @property
    def ranges(self) -> list[Range]:
        """First and last (exclusive) member of every shard."""
        return [(a, min(a + self.chunk, self.n)) for a in range(0, self.n, self.chunk)]

    @property
    def notes(self) -> tuple[str, ...]:
        """What to know about the samples: a Sobol design that is not even, distributions that were cut."""
        found = []
        if self.samples.design == "sobol" and self.n & (self.n - 1):
            found.append(f"n = {self.n:,} is not a power of two, at which Sobol points are most even")
        for path, one in self.samples.distributions.items():
            if one.inside < CUT:
                cut = f"{100 * (1 - one.inside):.2g} % of the distribution of {path}"
                found.append(f"{cut} lies outside its range and is left out")
        return tuple(found)

    def share(self, part: int, parts: int) -> list[Range]:
        """The shards of one part of a job array, 1 to `parts`: every `parts`-th one; none if there are too few."""
        if not 1 <= part <= parts:
            raise InputError(f"a shard is i/n with i from 1 to n; got {part}/{parts}", field="shard")
        return self.ranges[part - 1 :: parts]

    def empty_part(self, part: int, parts: int) -> str:
        """A sentence if this part of a job array has nothing to compute, else nothing."""
        if self.share(part, parts):
            return ""
        shards = len(self.ranges)
        has = f"{shards:,} shard{'' if shards == 1 else 's'}"
        return f"part {part} of {parts} holds no members; the study has {has}"

    def to_record(self) -> dict[str, Any]:
        """Plain data (a table's values travel beside it)."""
        return {"job": job_record(self.job), "samples": self.samples.to_record(), "chunk": self.chunk}

    @cached_property
    def definition(self) -> dict[str, Any]:
        """What decides on the digits: the record without the place of the cell's file, and the code that computes."""
        record = self.to_record()
        cell = dict(record["job"]["cell"])
        cell["text"] = sha256(cell["text"].encode()).hexdigest()
        del cell["file"]
        return {**record, "job": {**record["job"], "cell": cell}, "code": code_version()}

    @cached_property
    def key(self) -> str:
        """The digest of the definition."""
        return digest(self.definition)

    def shard_key(self, members: Range) -> str:
        """The digest of the definition and a range of members."""
        return digest([self.key, *members])


def study_of(record: Mapping[str, Any]) -> Study:
    """The study that `to_record` wrote; a table it had is known by its digests alone."""
    return Study(job_of(record["job"]), Samples.from_record(record["samples"]), record["chunk"])


def default_chunk(job: Job, samples: Samples) -> int:
    """Members per shard, a power of two that depends on the definition alone.

    Some 64 to 128 shards, so that a job array, workers or a kill find pieces; fewer where a shard would get tiny, more
    where it would get large. Members of an excitable cell take long, and may have a shard each.
    """
    even = 1 << max((samples.n // SHARDS).bit_length() - 1, 0)
    smallest = 1 if job.cell.excitable else SMALLEST_CHUNK
    return max(min(largest_chunk(job, samples), even), smallest)


def largest_chunk(job: Job, samples: Samples) -> int:
    """The most members, a power of two, whose results are of a handy size."""
    points = 1 if job.times is None else len(job.times)
    size = 8 * (len(job.record) * points + len(samples.paths) + 24)
    fitting = 1 << (int(SHARD_BYTES // size).bit_length() - 1) if size <= SHARD_BYTES else 1
    return min(fitting, LARGEST_CHUNK)


def digest(record: Any) -> str:
    """SHA-256 of plain data."""
    return sha256(json.dumps(record, sort_keys=True, allow_nan=False).encode()).hexdigest()


@cache
def code_version() -> dict[str, str]:
    """What computes: this package with a digest of its source, the libraries whose digits it takes, the processor.

    A processor without fused multiply-add, or of another kind, rounds differently; nothing else about it matters, for
    the number of lanes follows from the model.
    """
    from llvmlite.binding import get_host_cpu_features

    root = Path(__file__).parents[2]
    text = sha256()
    for path in sorted([*root.glob("*.py"), *(p for folder in COMPUTING for p in (root / folder).rglob("*.py"))]):
        text.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    libraries = {name: version(name) for name in ("llvmlite", "numpy", "scipy")}
    processor = machine() + ("+fma" if get_host_cpu_features().get("fma") else "")
    return {"ionostat": version("ionostat"), "source": text.hexdigest()[:16], **libraries, "processor": processor}
