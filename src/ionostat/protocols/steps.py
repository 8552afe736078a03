"""The steps of a protocol. Times are in ms; each step prints as the text it is read from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from ionostat.errors import ProtocolError
from ionostat.protocols.changes import Add, Change, Toward
from ionostat.protocols.places import Place, refusal
from ionostat.protocols.quantities import positive, write_time

MAX_PULSES = 1_000_000


@dataclass(frozen=True)
class Rest:
    """Nothing changes for a while: `rest 10 min`."""

    duration: float
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        positive(self.duration)

    def __str__(self) -> str:
        return f"rest {write_time(self.duration)}"


@dataclass(frozen=True)
class Until:
    """Run on to a time counted from the start: `until 2 h`."""

    time: float
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        positive(self.time, "the time to run to")

    def __str__(self) -> str:
        return f"until {write_time(self.time)}"


@dataclass(frozen=True)
class Wash:
    """Undo every change still in force, and run on: `wash 1 h`. What was added stays added."""

    duration: float | None = None
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.duration is not None:
            positive(self.duration)

    def __str__(self) -> str:
        return "wash" if self.duration is None else f"wash {write_time(self.duration)}"


@dataclass(frozen=True)
class Apply:
    """Changes made together. With a duration they last exactly that long and are then undone; without, they stay."""

    changes: tuple[Change, ...]
    duration: float | None = None
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _some(self.changes)
        if self.duration is not None:
            positive(self.duration)
            _nothing_added(self.changes, "what is added stays added, so it cannot last for a time")

    def __str__(self) -> str:
        return _list(self.changes) + ("" if self.duration is None else f" for {write_time(self.duration)}")


@dataclass(frozen=True)
class Ramp:
    """Parameters move linearly to new values and stay there: `bath.K -> 12 mM over 10 min`."""

    changes: tuple[Toward, ...]
    duration: float
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _some(self.changes)
        positive(self.duration)

    def __str__(self) -> str:
        return f"ramp {_list(self.changes)} over {write_time(self.duration)}"


@dataclass(frozen=True)
class Pulse:
    """A train of equal pulses, one at the start of each period; the step ends with the last period."""

    changes: tuple[Change, ...]
    width: float
    period: float
    times: int
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        _some(self.changes)
        _nothing_added(self.changes, "what is added stays added, so it cannot be pulsed")
        positive(self.width, "the width of a pulse")
        positive(self.period, "the period of a pulse train")
        if self.width > self.period:
            shown = f"{write_time(self.width)} every {write_time(self.period)}"
            raise refusal(f"a pulse cannot be longer than its period: {shown}", self.place)
        if not _is_count(self.times):
            raise refusal(f"a pulse train has 1 to {MAX_PULSES:,} pulses; got {self.times}", self.place)

    def __str__(self) -> str:
        timing = f"for {write_time(self.width)} every {write_time(self.period)}, {self.times} times"
        return f"pulse {_list(self.changes)} {timing}"


@dataclass(frozen=True)
class At:
    """Changes at a time counted from the start, beside the steps in sequence: `at 5 min: pump_stop for 1 min`."""

    time: float
    step: Apply | Ramp | Pulse
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        if not (math.isfinite(self.time) and self.time >= 0):
            raise refusal(f"the time of a change cannot be negative; got {self.time}", self.place)
        if not _is_change(self.step):
            hint = "e.g. 'at 5 min: bath.K = 8 mM for 1 min'"
            raise refusal(f"'at' takes a change; '{self.step}' is none", self.place, hint=hint)

    def __str__(self) -> str:
        return f"at {write_time(self.time)}: {self.step}"


Step = Rest | Until | Wash | Apply | Ramp | Pulse | At


def end_of(step: Step, clock: float) -> float:
    """The time at which a step that starts at `clock` is over and the next one starts."""
    match step:
        case At():
            return clock
        case Until():
            if step.time < clock:
                message = (
                    f"the protocol has already reached {write_time(clock)}: it cannot run until {write_time(step.time)}"
                )
                raise refusal(
                    message, step.place, hint="'until' counts from the start; 'rest 10 min' runs on by 10 min"
                )
            return step.time
        case Pulse():
            return clock + step.times * step.period
        case _:
            return clock + (step.duration or 0.0)


def _is_count(times: object) -> bool:
    return isinstance(times, int) and not isinstance(times, bool) and 1 <= times <= MAX_PULSES


def _is_change(step: object) -> bool:
    return isinstance(step, Apply | Ramp | Pulse)


def _some(changes: Sequence[object]) -> None:
    if not changes:
        raise ProtocolError("a step needs at least one change", hint="e.g. 'bath.K = 8 mM for 30 min'")


def _nothing_added(changes: Sequence[Change], why: str) -> None:
    for change in changes:
        if isinstance(change, Add):
            raise refusal(f"'{change}': {why}", change.place, hint=f"write '{change}; rest 10 min'")


def _list(changes: Sequence[object]) -> str:
    return ", ".join(str(change) for change in changes)
