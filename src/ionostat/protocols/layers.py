"""From steps to layers: every change as an interval of time, on one parameter, with its number."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from ionostat import interventions
from ionostat.errors import InputError, UnknownNameError, did_you_mean
from ionostat.interventions import Effect, Resolver
from ionostat.protocols.changes import Add, Dose, Scale, Set, Toward
from ionostat.protocols.places import Place, refusal, refusal_from
from ionostat.protocols.quantities import Quantity
from ionostat.protocols.steps import Apply, At, Pulse, Ramp, Step, Wash, end_of
from ionostat.units import describe, dimension


@dataclass(frozen=True)
class Sweep:
    """Where a ramp goes: to `target` at time `end`, from `start` or the value found when it begins."""

    target: float
    end: float
    start: float | None
    label: str


@dataclass(frozen=True)
class Layer:
    """One change of one parameter, in force from `start` to `end` (ms).

    `order` is the number of its step, `event` what a plot says at its start (nothing for the later pulses of a train).
    """

    path: str
    start: float
    end: float
    order: int
    does: Effect | Sweep
    label: str
    event: str
    place: Place | None = None
    washed: bool = False


@dataclass(frozen=True)
class Addition:
    """What is added to a compartment at a time: `amount` in `unit`, which is mM or amol."""

    path: str
    time: float
    amount: float
    unit: str
    label: str
    place: Place | None = None


@dataclass(frozen=True)
class Mark:
    """A step of the sequence that changes nothing by itself, for labels: rest, wash."""

    start: float
    end: float
    label: str


@dataclass(frozen=True)
class Layers:
    """Everything that a protocol does to one cell, and when it ends."""

    layers: tuple[Layer, ...]
    additions: tuple[Addition, ...]
    marks: tuple[Mark, ...]
    end: float


def layers_of(steps: tuple[Step, ...], resolve: Resolver) -> Layers:
    """Walk through the steps and place each change in time."""
    placing = _Placing(resolve)
    clock = end = 0.0
    for order, step in enumerate(steps):
        after = end_of(step, clock)
        if isinstance(step, At):
            placing.place(step.step, step.time, order)
            end = max(end, end_of(step.step, step.time))
        elif isinstance(step, Wash):
            placing.washes.append((clock, order))
        elif isinstance(step, Apply | Ramp | Pulse):
            placing.place(step, clock, order)
        placing.marks.append(Mark(clock, after, "wash" if isinstance(step, Wash) else "rest"))
        clock = after
    return Layers(placing.washed(), tuple(placing.additions), tuple(placing.marks), max(clock, end))


class _Placing:
    """Collects layers; knows the paths of the cell."""

    def __init__(self, resolve: Resolver) -> None:
        self.resolve = resolve
        self.paths = resolve.paths()
        self.layers: list[Layer] = []
        self.additions: list[Addition] = []
        self.marks: list[Mark] = []
        self.washes: list[tuple[float, int]] = []

    def place(self, step: Apply | Ramp | Pulse, start: float, order: int) -> None:
        """The layers of one step that starts at `start`."""
        if isinstance(step, Ramp):
            for toward in step.changes:
                self.ramp(toward, start, start + step.duration, order)
            return
        if isinstance(step, Apply):
            times = [(start, math.inf if step.duration is None else start + step.duration)]
        else:
            begins = [start + i * step.period for i in range(step.times + 1)]
            full = step.width == step.period
            times = [(t, after if full else t + step.width) for t, after in pairwise(begins)]
        for change in step.changes:
            if isinstance(change, Add):
                self.additions.append(self.add(change, start))
                continue
            for path, effect in self.effects(change).items():
                label = str(change)
                for begin, end in times:
                    event = label if isinstance(step, Apply) else str(step) if begin == start else ""
                    self.layers.append(Layer(path, begin, end, order, effect, label, event, change.place))

    def washed(self) -> tuple[Layer, ...]:
        """The layers, each cut off by the first wash that finds it in force."""
        found = []
        for layer in self.layers:
            begun = (layer.start, layer.order)
            cuts = [t for t, order in self.washes if begun < (t, order) and t < layer.end]
            if cuts and min(cuts) <= layer.start:
                continue
            found.append(replace(layer, end=min(cuts), washed=True) if cuts else layer)
        return tuple(found)

    # One change

    def ramp(self, toward: Toward, start: float, end: float, order: int) -> None:
        """A ramp, which stays where it ends."""
        unit = self.unit(toward.path, toward.place)
        first = None if toward.start is None else toward.start.into(unit, toward.path)
        sweep = Sweep(toward.value.into(unit, toward.path), end, first, f"{toward.path} = {toward.value}")
        label = str(toward)
        self.layers.append(Layer(toward.path, start, math.inf, order, sweep, label, label, toward.place))

    def effects(self, change: Set | Scale | Dose) -> dict[str, Effect]:
        """What a change does to each parameter it touches."""
        if isinstance(change, Set):
            return {change.path: Effect.to(change.value.into(self.unit(change.path, change.place), change.path))}
        if isinstance(change, Scale):
            self.unit(change.path, change.place)
            return {change.path: Effect.times(change.factor)}
        try:
            dose = None if change.dose is None else str(change.dose)
            return interventions.get(change.name).effects(dose, self.resolve)
        except InputError as error:
            raise refusal_from(error, change.place) from error

    def unit(self, path: str, place: Place | None) -> str:
        """The unit of a parameter that can be set; refused for one that does not exist or is a state."""
        try:
            unit = self.resolve.unit(path)
        except UnknownNameError as error:
            hint = did_you_mean(path, self.paths) or error.hint
            raise refusal(error.message, place, hint=hint, field=path) from error
        if self.resolve.is_amount(path):
            message = f"{path} is a state of the cell: it cannot be set, only added to"
            raise refusal(message, place, hint=f"write 'add {path} 5 mM'", field=path)
        return unit

    def add(self, change: Add, time: float) -> Addition:
        """An amount that goes in at a time; refused where nothing can be added."""
        path = change.path
        if path not in self.paths:
            amounts = [p for p in self.paths if self.resolve.is_amount(p)]
            raise refusal_from(UnknownNameError("amount", path, amounts), change.place)
        if not self.resolve.is_amount(path):
            message = f"{path} is a parameter: it can be set, and nothing can be added to it"
            raise refusal(message, change.place, hint=f"write '{path} = ...'", field=path)
        unit = _unit_of_amount(change.amount, path)
        return Addition(path, time, change.amount.into(unit, path), unit, str(change), change.place)


def _unit_of_amount(amount: Quantity, path: str) -> str:
    """Either mM or amol, from what was written."""
    for unit in ("mM", "amol"):
        if dimension(amount.unit) == dimension(unit):
            return unit
    raise refusal(
        f"what is added to {path} is a concentration (mM) or an amount (fmol); '{amount}' is {describe(amount.unit)}",
        amount.place,
        field=path,
    )
