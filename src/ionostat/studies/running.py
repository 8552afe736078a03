"""A run in progress: its changes applied one stretch after the other, and everything recorded on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations, equations
from ionostat.cell.feasible import positives, scales
from ionostat.cell.start import start as start_of
from ionostat.engines.engine import STATUSES, EngineName, Solved
from ionostat.errors import InputError, NumericalError
from ionostat.protocols import Segment, Timeline
from ionostat.studies.apply import Point, apply, parameters_after, refuse_ramps
from ionostat.studies.audit import Auditor
from ionostat.studies.conditions import Condition
from ionostat.studies.step_cap import largest_step
from ionostat.studies.stretch import Stretch
from ionostat.studies.trajectory import Statistics, Trajectory
from ionostat.studies.watch import Watch

Array = np.ndarray
Progress = Callable[[float, float], None]
DOUBTFUL = 1e-9
"""A run whose audit is off by more (relative) says so."""


@dataclass
class Run:
    """One run in progress: the equations, where it is, and everything recorded so far."""

    cell: Cell
    engine_name: EngineName
    rtol: float
    max_step: str | float | None
    max_steps: int | None
    cancel: Event
    progress: Progress | None
    conditions: tuple[Condition, ...] = ()
    times: list[float] = field(default_factory=list)
    states: list[Array] = field(default_factory=list)
    parameters: list[Array] = field(default_factory=list)
    status: str = "ok"
    sentence: str = STATUSES["ok"]
    statistics: Statistics = field(default_factory=Statistics)
    notes: list[str] = field(default_factory=list)
    ended: float = 0.0

    def __post_init__(self) -> None:
        if not 1e-14 <= self.rtol <= 1e-4:
            raise InputError(f"rtol = {self.rtol:g} is outside 1e-14 to 1e-4", field="rtol")
        self.eq: Equations = equations(self.cell)
        first = start_of(self.eq, self.cell)
        self.x0, self.p0, self.file_notes = first.x, first.p, first.notes
        self.unit = scales(self.eq, self.x0, self.p0)
        self.auditor = Auditor(self.eq)
        self.watch = Watch(self.eq, self.conditions, self.cell.excitable)
        self.h_max = largest_step(self.cell, self.max_step)

    def begin(self, point: Point) -> None:
        """Record where the run starts."""
        self.here = point
        self._record(0.0, point.x, point.p)
        self.notes = self.watch.begin(point)

    def _record(self, t: float, x: Array, p: Array) -> None:
        self.times.append(t)
        self.states.append(x)
        self.parameters.append(p)

    def follow(self, timeline: Timeline, times: Sequence[Array]) -> None:
        """Run through the stretches; whatever stops it, what has been recorded is kept."""
        for segment, at in zip(timeline, times, strict=True):
            try:
                self.segment(segment, at, timeline.duration)
            except KeyboardInterrupt:
                self.status, self.sentence = "cancelled", f"{STATUSES['cancelled']} at {segment.t0 / 1000:.6g} s"
            except NumericalError as error:
                self.status, self.sentence = "no_potential", f"at the change at {segment.t0 / 1000:.6g} s: {error}"
            if self.status != "ok":
                return

    def segment(self, segment: Segment, at: Array, end: float) -> None:
        """Apply the changes at the start of a stretch and integrate to its end."""
        first = {**segment.sets, **{path: v0 for path, (v0, _) in segment.ramps.items()}}
        last = {path: v1 for path, (_, v1) in segment.ramps.items()}
        p = parameters_after(self.eq, self.cell, self.here.p, first)
        point = apply(self.eq, self.here, p, segment.adds)
        p_end = parameters_after(self.eq, self.cell, point.p, last)
        moving = tuple(q for q, a, b in zip(self.eq.parameters, point.p, p_end, strict=True) if a != b)
        refuse_ramps(self.cell, moving)
        self.watch.change(self.here, point, segment.t0)
        if self.watch.stop is not None:
            self._stopped(segment.t0)
            return
        stretch = Stretch(self, point, p_end, moving, segment)
        solved = stretch.solve(at, end)
        self._keep(stretch, solved, at)

    def _keep(self, stretch: Stretch, solved: Solved, at: Array) -> None:
        x, quadratures, p = stretch.split(solved.saved)
        known = np.all(np.isfinite(x), axis=1)
        p[~known] = np.nan
        self.auditor.end(x[known], p[known], quadratures[known])
        for t, row, parameters in zip(at, x, p, strict=True):
            self._record(float(t), row, parameters)
        x_end, q_end, p_end = stretch.split(solved.y_end[None, :])
        self.auditor.end(x_end, p_end, q_end)
        self.here = Point(x_end[0], p_end[0])
        self.statistics.add(solved)
        self.ended = solved.t_end
        if solved.status == "stopped":
            if self.watch.stop is not None:
                self._insert(solved.t_end, int(np.count_nonzero(known)), len(at))
            self._stopped(solved.t_end)
        elif solved.status != "ok":
            self.status = solved.status
            state = stretch.names[solved.bad_state] if solved.bad_state >= 0 else ""
            where = f" ({state})" if state else ""
            self.sentence = f"{STATUSES[solved.status]}{where} at {solved.t_end / 1000:.6g} s"
            self.sentence += nearly_empty(self.eq, Point(x_end, p_end), Point(self.x0[None], self.p0[None]))[0]

    def _insert(self, t: float, known: int, recorded: int) -> None:
        """Record where the run stopped, behind the `known` of the points just `recorded`."""
        place = len(self.times) - recorded + known
        if self.times[place - 1] < t:
            self.times.insert(place, t)
            self.states.insert(place, self.here.x)
            self.parameters.insert(place, self.here.p)

    def _stopped(self, t: float) -> None:
        """Say what ended the run: something has run out, or a condition to stop was met."""
        stop = self.watch.stop
        if stop is not None:
            self.status, self.sentence = "stopped", stop.in_words(self.watch.start[stop.condition.name])
        else:
            self.status = "exhausted"
            self.sentence = f"{self.watch.exhausted} was exhausted at {t / 1000:.6g} s"

    def result(self, text: str, timeline: object, notes: list[str], seconds: float) -> Trajectory:
        """Everything recorded, as a trajectory."""
        self.statistics.seconds = seconds
        if self.status == "ok":
            notes = [*notes, *(f"{c.text}: this did not happen" for c in self.watch.conditions if c.stops)]
        audit = self.auditor.report(self.here.x, self.here.p)
        if audit.worst > DOUBTFUL:
            notes = [
                *notes,
                f"the audit is off by {audit.worst:.1e}: this run does not balance and should not be trusted",
            ]
        return Trajectory(
            cell=self.cell,
            protocol=text,
            time=np.array(self.times),
            x=np.array(self.states),
            p=np.array(self.parameters),
            status=self.status,
            sentence=self.sentence,
            events=tuple((e.time, e.label) for e in getattr(timeline, "events", ())),
            audit=audit,
            activity=self.watch.activity(),
            crossings=tuple(self.watch.crossings),
            ended=self.ended,
            statistics=self.statistics,
            notes=(*notes, *self.notes),
            engine=self.engine_name,
            rtol=self.rtol,
        )


def nearly_empty(eq: Equations, now: Point, then: Point) -> list[str]:
    """What is left of amounts or volumes that have all but gone since `then`, as words for each row."""
    left, start = positives(eq, now.x, now.p), positives(eq, then.x, then.p)
    gone = {n: np.logical_not(v > 1e-3 * start[n]) for n, v in left.items()}
    words = []
    for row in range(len(now.x)):
        names = [n for n, mask in gone.items() if mask[row]]
        verb = "is" if len(names) == 1 else "are"
        words.append(f"; {', '.join(names)} {verb} all but exhausted" if names else "")
    return words
