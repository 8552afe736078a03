"""From layers to a timeline: cut time at every change, and find the value of each parameter in between.

Layers on one parameter lie on each other in the order in which they begin: each acts on the value below it, and when
one ends the value below comes back.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

from ionostat.errors import ProtocolError
from ionostat.interventions import Resolver
from ionostat.protocols.layers import Addition, Layer, Layers, Mark, Sweep, layers_of
from ionostat.protocols.places import refusal
from ionostat.protocols.quantities import write_time
from ionostat.protocols.steps import Step
from ionostat.protocols.timeline import Event, Segment, Timeline

ROUNDING = 8
"""Times that differ by fewer units in the last place are one time: 3 x 0.1 ms is 0.3 ms."""


def compile_steps(steps: tuple[Step, ...], resolve: Resolver) -> Timeline:
    """The timeline of these steps for the cell that `resolve` describes."""
    plan = layers_of(steps, resolve)
    if plan.end <= 0:
        hint = "say how long: 'bath.K = 8 mM for 30 min', or end with '; rest 10 min'"
        raise ProtocolError("this protocol has no duration", hint=hint)
    plan = _on_grid(plan)
    return Timeline(tuple(_segments(plan, resolve)), tuple(_events(plan)))


# Time


def _on_grid(plan: Layers) -> Layers:
    """The same plan with times that differ only by rounding made equal; refuses what no time is left for."""
    times = {0.0, plan.end}
    times.update(t for layer in plan.layers for t in (layer.start, layer.end, _sweep_end(layer)) if t < math.inf)
    times.update(addition.time for addition in plan.additions)
    times.update(t for mark in plan.marks for t in (mark.start, mark.end))
    grid: dict[float, float] = {math.inf: math.inf}
    last = -math.inf
    for t in sorted(times):
        last = last if t - last <= ROUNDING * math.ulp(t) else t
        grid[t] = last
    end = grid[plan.end]
    layers = tuple(_placed(layer, grid, end) for layer in plan.layers)
    ends_at_once: list[Layer | Addition] = [layer for layer in layers if layer.start >= end]
    ends_at_once += [addition for addition in plan.additions if grid[addition.time] >= end]
    for late in ends_at_once:
        raise refusal(f"nothing runs after '{late.label}'", late.place, hint="add how long to run on: '; rest 10 min'")
    additions = tuple(replace(addition, time=grid[addition.time]) for addition in plan.additions)
    marks = tuple(Mark(grid[m.start], grid[m.end], m.label) for m in plan.marks)
    return Layers(layers, additions, marks, end)


def _placed(layer: Layer, grid: dict[float, float], end: float) -> Layer:
    does = layer.does
    if isinstance(does, Sweep):
        does = replace(does, end=grid[does.end])
    placed = replace(layer, start=grid[layer.start], end=min(grid[layer.end], max(end, layer.start)), does=does)
    if placed.start < end and min(placed.end, _sweep_end(placed)) <= placed.start:
        message = f"'{layer.label}' is too short to be told from nothing at {write_time(layer.start)}"
        raise refusal(message, layer.place)
    return placed


def _sweep_end(layer: Layer) -> float:
    return layer.does.end if isinstance(layer.does, Sweep) else math.inf


# Values


@dataclass
class _Active:
    """A layer in force; a ramp knows the value it began with."""

    layer: Layer
    began: float = 0.0

    def value(self, below: float, t: float) -> float:
        does, start = self.layer.does, self.layer.start
        if not isinstance(does, Sweep):
            return does(below)
        if t >= does.end:
            return does.target
        return self.began + (does.target - self.began) * ((t - start) / (does.end - start))


class _Stack:
    """The layers in force on one parameter, and the value they come to."""

    def __init__(self, base: float) -> None:
        self.base = base
        self.active: list[_Active] = []

    def value(self, t: float) -> float:
        value = self.base
        for active in self.active:
            value = active.value(value, t)
        return value

    def begin(self, layer: Layer) -> None:
        """Lay one on top; a ramp without a start value begins at the present one."""
        does = layer.does
        began = does.start if isinstance(does, Sweep) and does.start is not None else self.value(layer.start)
        self.active.append(_Active(layer, began))

    def sweeps(self) -> bool:
        """Whether a ramp, running or done, is in force."""
        return any(isinstance(active.layer.does, Sweep) for active in self.active)

    def end(self, layer: Layer) -> None:
        self.active = [active for active in self.active if active.layer is not layer]


def _segments(plan: Layers, resolve: Resolver) -> list[Segment]:
    """Walk from one change to the next."""
    begins: dict[float, list[Layer]] = defaultdict(list)
    ends: dict[float, list[Layer]] = defaultdict(list)
    for layer in sorted(plan.layers, key=lambda x: (x.start, x.order)):
        begins[layer.start].append(layer)
        ends[layer.end].append(layer)
    adds = _additions(plan.additions)
    cuts = {*begins, *ends, *adds, *(t for m in plan.marks for t in (m.start, m.end)), 0.0, plan.end}
    cuts |= {_sweep_end(layer) for layer in plan.layers if _sweep_end(layer) < layer.end}
    times = sorted(t for t in cuts if t <= plan.end)
    stacks = {path: _Stack(resolve.value(path)) for path in dict.fromkeys(x.path for x in plan.layers)}
    held = {path: stack.base for path, stack in stacks.items()}
    label_at = _labels(plan.marks)
    ramps: dict[str, tuple[float, float]] = {}
    segments = []
    for t0, t1 in pairwise(times):
        moving, ramps = ramps, {}
        touched = {path for path, stack in stacks.items() if stack.sweeps()}
        for layer in ends[t0]:
            stacks[layer.path].end(layer)
            touched.add(layer.path)
        for layer in begins[t0]:
            stacks[layer.path].begin(layer)
            touched.add(layer.path)
        sets: dict[str, float] = {}
        for path in sorted(touched):
            first, last = stacks[path].value(t0), stacks[path].value(t1)
            if first != last:
                ramps[path] = (first, last)
            elif first != held[path] or path in moving:
                sets[path] = first
            held[path] = last
        in_force = sorted((a.layer for s in stacks.values() for a in s.active), key=lambda x: (x.start, x.order))
        label = ", ".join(dict.fromkeys(_label(layer, t0) for layer in in_force)) or label_at(t0)
        segments.append(Segment(t0, t1, sets, ramps, adds.get(t0, {}), label))
    return segments


def _additions(additions: tuple[Addition, ...]) -> dict[float, dict[str, tuple[float, str]]]:
    """What is added at each time; several additions of one kind are one."""
    found: dict[float, dict[str, tuple[float, str]]] = defaultdict(dict)
    for add in additions:
        amount, unit = found[add.time].get(add.path, (0.0, add.unit))
        if unit != add.unit:
            message = f"{add.path} is added to twice at {write_time(add.time)}, in {unit} and in {add.unit}"
            raise refusal(message, add.place, hint="use one unit for both")
        found[add.time][add.path] = (amount + add.amount, unit)
    return found


def _label(layer: Layer, t: float) -> str:
    """What is in force, in words: a ramp that is over reads as its value."""
    return layer.does.label if isinstance(layer.does, Sweep) and t >= layer.does.end else layer.label


def _labels(marks: tuple[Mark, ...]) -> Callable[[float], str]:
    """The label of a time at which no change is in force."""
    shown = [mark for mark in marks if mark.start < mark.end]
    starts = [mark.start for mark in shown]

    def label(t: float) -> str:
        at = bisect_right(starts, t) - 1
        return shown[at].label if at >= 0 and t < shown[at].end else "rest"

    return label


def _events(plan: Layers) -> list[Event]:
    """What happens when: beginnings and ends, each once."""
    found = {(mark.start, 0, mark.label): mark.label for mark in plan.marks if mark.label == "wash"}
    for layer in plan.layers:
        if layer.event:
            found[layer.start, 1, layer.event] = layer.event
        if layer.event == layer.label and layer.end < plan.end and not layer.washed:
            found[layer.end, 0, layer.event] = f"{layer.event} ends"
    found |= {(add.time, 1, add.label): add.label for add in plan.additions}
    return [Event(key[0], label) for key, label in sorted(found.items(), key=lambda item: item[0][:2])]
