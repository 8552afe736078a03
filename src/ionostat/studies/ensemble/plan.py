"""What a job comes to before any member is known: equations, and the stretches of the protocol with what changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ionostat import interventions
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations, equations
from ionostat.cell.start import start as start_of
from ionostat.errors import InputError
from ionostat.interventions.laws import Becomes
from ionostat.protocols import Protocol, Segment
from ionostat.protocols.changes import Dose
from ionostat.studies.apply import CellResolver, refuse_ramps
from ionostat.studies.ensemble.affine import Affine
from ionostat.studies.ensemble.job import Job

Array = np.ndarray
Values = Mapping[str, Affine | float]


@dataclass(frozen=True)
class Stage:
    """A stretch of `span` ms from `t0`: what jumps at its start, what then moves to where, what is added.

    `moving` are all parameters that move, the ion included by which a bath stays neutral; `contract` says that amounts
    or charges of impermeants change, so that the charge states are derived anew. `save` are the record times (ms after
    `t0`) in it, the first of them number `first` of all.
    """

    t0: float
    span: float
    jumps: Values
    ends: Values
    adds: Mapping[str, tuple[float, str]]
    moving: tuple[str, ...]
    contract: bool
    save: Array
    first: int


@dataclass(frozen=True)
class Limit:
    """A dose that has to lie on one side of a member's own number: `high_potassium 8 mM`."""

    path: str
    name: str
    dose: float
    law: Becomes


@dataclass(frozen=True)
class Plan:
    """A job made ready: its equations, its stages, and the limits that some doses set."""

    job: Job
    eq: Equations
    stages: tuple[Stage, ...]
    limits: tuple[Limit, ...]

    @property
    def duration(self) -> float:
        """Length of the protocol, ms."""
        return self.stages[-1].t0 + self.stages[-1].span if self.stages else 0.0


class MemberResolver(CellResolver):
    """The parameters of a cell whose values differ from member to member."""

    def value(self, path: str) -> float:
        """The number that the member starts with, as an unknown."""
        return Affine(nominal=super().value(path))  # type: ignore[return-value]  # it stands for a number


@lru_cache(maxsize=8)
def plan_of(job: Job) -> Plan:
    """Compile the protocol of a job for its cell, whose own numbers have to allow it."""
    eq = equations(job.cell)
    if job.protocol is None:
        return Plan(job, eq, (), ())
    resolver = MemberResolver(eq, job.cell, start_of(eq, job.cell).p)
    timeline = job.protocol.compile(resolver)
    if job.times is not None and job.times[-1] > timeline.duration * (1 + 1e-12):
        message = f"record times end at {job.times[-1]:.6g} ms, the protocol at {timeline.duration:.6g} ms"
        raise InputError(message, field="times")
    stages, first = [], 0 if job.times is None else int(np.sum(job.times <= 0.0))
    for number, segment in enumerate(timeline):
        last = number == len(timeline) - 1
        stage = _stage(eq, job, segment, first, last=last)
        stages.append(stage)
        first += len(stage.save)
    return Plan(job, eq, tuple(stages), _limits(job.protocol, resolver))


def _stage(eq: Equations, job: Job, segment: Segment, first: int, *, last: bool) -> Stage:
    jumps = {**segment.sets, **{path: start for path, (start, _) in segment.ramps.items()}}
    ends = {path: end for path, (_, end) in segment.ramps.items()}
    ramped = {*ends, *_giving_way(job.cell, ends)}
    moving = tuple(path for path in eq.parameters if path in ramped)
    refuse_ramps(job.cell, moving)
    touched = {*jumps, *_giving_way(job.cell, jumps)}
    contract = bool(segment.adds) or any(path.endswith((".z", ".amount")) for path in touched)
    times = np.zeros(0) if job.times is None else job.times[first:]
    save = times if last else times[times <= segment.t1]
    save = np.minimum(save - segment.t0, segment.duration)
    return Stage(segment.t0, segment.duration, jumps, ends, segment.adds, moving, contract, save, first)


def _giving_way(cell: Cell, changes: Values) -> set[str]:
    """The ions that keep the baths neutral when these parameters change."""
    touched = {path.split(".")[0] for path in changes}
    baths = (c for c in cell.compartments if c.kind == "bath" and c.name in touched and c.balance)
    return {f"{bath.name}.{bath.balance}" for bath in baths}


def _limits(protocol: Protocol, resolver: MemberResolver) -> tuple[Limit, ...]:
    """Every dose that must lie above or below what a member starts with."""
    found = []
    for change in (c for step in protocol.steps for c in getattr(getattr(step, "step", step), "changes", ())):
        if not isinstance(change, Dose):
            continue
        known = interventions.get(change.name)
        if isinstance(known.law, Becomes):
            dose = known.dose(None if change.dose is None else str(change.dose))
            found += [Limit(path, change.name, dose, known.law) for path in known.matches(resolver)]
    return tuple(dict.fromkeys(found))
