"""What a protocol comes to for one cell: consecutive segments with plain numbers in coherent units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Segment:
    """A stretch of time from `t0` to `t1` (ms), longer than nothing, in which nothing jumps.

    At `t0` the parameters in `sets` jump to their new value (those not named keep theirs) and what is in `adds`
    goes into its compartment, each as (amount, unit): "mM" of the compartment's volume then, or "amol". From `t0`
    to `t1` the parameters in `ramps` go linearly from their first value to their second. `label` says in words what
    is in force.
    """

    t0: float
    t1: float
    sets: Mapping[str, float]
    ramps: Mapping[str, tuple[float, float]]
    adds: Mapping[str, tuple[float, str]]
    label: str

    @property
    def duration(self) -> float:
        """Its length in ms."""
        return self.t1 - self.t0


@dataclass(frozen=True)
class Event:
    """Something that happens at a time (ms), for plots."""

    time: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """Segments that follow each other from 0 to `duration`, and the events among them."""

    segments: tuple[Segment, ...]
    events: tuple[Event, ...] = ()

    @property
    def duration(self) -> float:
        """The time at which it ends, ms."""
        return self.segments[-1].t1

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    def __getitem__(self, index: int) -> Segment:
        return self.segments[index]
