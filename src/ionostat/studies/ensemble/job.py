"""What is done with every member of an ensemble: the cell, the protocol, what is recorded, and how accurately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ionostat.cell.description import Cell
from ionostat.engines.engine import EngineName
from ionostat.errors import InputError, UnknownNameError
from ionostat.protocols import Protocol
from ionostat.studies.step_cap import largest_step

Array = np.ndarray
STEPS, STEPS_PER_MS = 100_000, 40
"""Default step limit of a stretch: so many, and for an excitable cell so many more for each ms."""


@dataclass(frozen=True, eq=False)
class Job:
    """One piece of work, the same for every member but for its numbers.

    `cell` is the base cell, with its closure. `protocol` None asks for resting states only. `record` names the
    observables to keep, `times` (ms over the whole protocol) when; None keeps the end state. `start` is "rest" (each
    member's own; the file's start where it has none, and the member's sentence says so) or "file". `rtol` is relative,
    at most 1e-4. `max_step` (ms) caps the step (default: 1 ms for a cell with voltage-gated channels, else none; "inf"
    lifts it) and `max_steps` limits the steps of a member in each stretch between two changes (default: 100,000, and
    for an excitable cell 40 more for each ms), so that no member can hold up the others.
    """

    cell: Cell
    protocol: Protocol | None = None
    record: tuple[str, ...] = ()
    times: Array | None = None
    start: Literal["rest", "file"] = "rest"
    rtol: float = 1e-6
    engine: EngineName = "native"
    max_step: str | float | None = None
    max_steps: int | None = None

    def __post_init__(self) -> None:
        if self.engine != "native":
            raise InputError(f"an ensemble runs on the native engine; got '{self.engine}'", field="engine")
        if self.start not in ("rest", "file"):
            raise UnknownNameError("start", str(self.start), ("rest", "file"))
        if not 1e-14 <= self.rtol <= 1e-4:
            raise InputError(f"rtol = {self.rtol:g} is outside 1e-14 to 1e-4", field="rtol")
        if self.max_steps is not None and self.max_steps < 1:
            raise InputError(f"a step limit is at least 1; got {self.max_steps}", field="max_steps")
        if self.protocol is None and self.times is not None:
            raise InputError("a resting state has no times", hint="leave them out, or give a protocol", field="times")
        if self.times is not None:
            object.__setattr__(self, "times", _times(self.times))
        object.__setattr__(self, "record", recorded(self.cell, self.record))
        _ = self.largest_step  # refused here rather than in a worker

    @property
    def largest_step(self) -> float:
        """The cap of the step, ms."""
        return largest_step(self.cell, self.max_step)

    def step_limit(self, span: float) -> int:
        """The most steps of one member in a stretch of `span` ms."""
        if self.max_steps is not None:
            return self.max_steps
        return STEPS + (int(STEPS_PER_MS * span) if self.cell.excitable else 0)


def recorded(cell: Cell, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The observables to keep, each known to the cell.

    By default those are V of its membranes and what its closed compartments hold, ions and volumes.

    >>> from ionostat import load
    >>> recorded(load("Kay2017_cell"))
    ('plasma.V', 'cytosol.Na', 'cytosol.K', 'cytosol.Cl', 'cytosol.volume')
    """
    if not names:
        inside = [c for c in cell.compartments if c.kind != "bath"]
        contents = (f"{c.name}.{what}" for c in inside for what in (*c.ions, "volume"))
        return (*(f"{m.name}.V" for m in cell.membranes), *contents)
    from ionostat.cell.equations import equations
    from ionostat.cell.observables import observables

    known = observables(equations(cell)).units
    for name in names:
        if name not in known:
            raise UnknownNameError("quantity", name, known)
    return tuple(dict.fromkeys(names))


def _times(given: Array) -> Array:
    times = np.asarray(given, dtype=float)
    if times.ndim != 1 or not times.size or not np.all(np.isfinite(times)) or not np.all(np.diff(times) > 0):
        raise InputError("record times must be a list of increasing times in ms", field="times")
    if times[0] < 0:
        raise InputError(f"record times begin at 0; got {times[0]:g} ms", field="times")
    return times
