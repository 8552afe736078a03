"""Where the values of an ensemble are: in memory, or in the shards of a folder and read when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from ionostat.studies.ensemble.shards import Shard, describe, read, read_last

Array = np.ndarray


class Columns(Protocol):
    """Values by name for some members in order, in one or more blocks."""

    @property
    def members(self) -> Array:
        """Index of every member held."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name -> shape of one member's value."""

    @property
    def reasons(self) -> Mapping[int, str]:
        """Member -> sentence, where there is one."""

    def read(self, names: Iterable[str]) -> dict[str, Array]:
        """Whole columns."""

    def last(self, name: str) -> Array:
        """The last point of a series; another column as it is."""

    def blocks(self) -> Iterator[Columns]:
        """The same in pieces that fit into memory."""


@dataclass(frozen=True)
class InMemory:
    """Columns as arrays."""

    members: Array
    data: Mapping[str, Array]
    reasons: Mapping[int, str]

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name -> shape of one member's value."""
        return {name: values.shape[1:] for name, values in self.data.items()}

    def read(self, names: Iterable[str]) -> dict[str, Array]:
        """Whole columns."""
        return {name: self.data[name] for name in names}

    def last(self, name: str) -> Array:
        """The last point of a series; another column as it is."""
        values = self.data[name]
        return values[:, -1] if values.ndim == 2 else values

    def blocks(self) -> Iterator[Columns]:
        """All at once."""
        yield self

    @classmethod
    def joined(cls, parts: Sequence[InMemory]) -> InMemory:
        """One from several, in the order of their members."""
        parts = sorted(parts, key=lambda part: int(part.members[0]))
        return cls(
            np.concatenate([part.members for part in parts]),
            {name: np.concatenate([part.data[name] for part in parts]) for name in parts[0].data},
            {member: text for part in parts for member, text in part.reasons.items()},
        )


@dataclass(frozen=True)
class OnDisk:
    """Columns in shards, read when asked for and not kept."""

    shards: tuple[Shard, ...]

    @cached_property
    def members(self) -> Array:
        """Index of every member held."""
        return np.concatenate([np.arange(s.first, s.last) for s in self.shards])

    @cached_property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Name -> shape of one member's value."""
        shapes, _ = describe(self.shards[0].path)
        return {name: shape[1:] for name, shape in shapes.items() if name != "time"}

    @cached_property
    def reasons(self) -> Mapping[int, str]:
        """Member -> sentence, where there is one."""
        return {s.first + row: text for s in self.shards for row, text in describe(s.path)[1].items()}

    def read(self, names: Iterable[str]) -> dict[str, Array]:
        """Whole columns."""
        names = list(names)
        parts = [read(s.path, names) for s in self.shards]
        return {name: np.concatenate([part[name] for part in parts]) for name in names}

    def last(self, name: str) -> Array:
        """The last point of a series; another column as it is."""
        return np.concatenate([read_last(s.path, name) for s in self.shards])

    def blocks(self) -> Iterator[Columns]:
        """Shard by shard."""
        for shard in self.shards:
            yield OnDisk((shard,))
