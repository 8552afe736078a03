"""Follow a cell through a protocol: potential, ions, water and gates from microseconds to hours."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event

import numpy as np

from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations, equations
from ionostat.cell.feasible import positives, scales
from ionostat.cell.start import start as start_of
from ionostat.engines.engine import STATUSES, EngineName, Options, Solved, engine
from ionostat.errors import InputError, NumericalError, UnknownNameError
from ionostat.protocols import Protocol, Segment, Timeline
from ionostat.studies.apply import CellResolver, Point, apply, parameters_after, refuse_ramps
from ionostat.studies.audit import Auditor
from ionostat.studies.rest import rest as rest_of
from ionostat.studies.resting_state import RestingState
from ionostat.studies.save_times import save_times
from ionostat.studies.trajectory import Statistics, Trajectory
from ionostat.units import quantity

Array = np.ndarray
Progress = Callable[[float, float], None]
EXCITABLE_STEP = 1.0
"""Largest step (ms) for a cell with voltage-gated channels: longer L-stable steps can sit on an unstable branch."""
DOUBTFUL = 1e-9
"""A run whose audit is off by more (relative) says so."""


def simulate(
    cell: Cell | str,
    protocol: Protocol | str | None = None,
    *,
    duration: str | float | None = None,
    start: RestingState | Array | str = "rest",
    save: str | Sequence[float] | Array = "log",
    points: int = 300,
    engine: EngineName = "native",
    rtol: float = 1e-7,
    max_step: str | float | None = None,
    max_steps: int | None = None,
    progress: Progress | None = None,
    cancel: Event | None = None,
) -> Trajectory:
    """Run a protocol on a cell.

    `protocol` is a `Protocol` or its text, `"rest 10 min; ouabain 1 mM for 2 h; wash 1 h"`; `duration` instead of it
    runs on without changes. `start` is "rest" (the certified rest; the file's start if there is none, and the result
    says so), "file", a `RestingState`, or a state vector. `save` is "log" (from 1 us after every change), "linear" or a
    list of times in ms. `rtol` is relative, at most 1e-4; absolute tolerances follow from the natural size of each
    state. `max_step` caps the step (default: 1 ms for a cell with voltage-gated channels, else none; "inf" lifts it);
    `max_steps` limits their number (default: 50 million, and more where the cap makes more needful).
    Every scheduled change is a restart of the solver, hit exactly. A run that fails or is interrupted keeps what it
    has, with a status that says why; `progress` is called with (time reached, end) in ms.

    >>> from ionostat import load, simulate
    >>> run = simulate(load("Kay2017_cell"), "rest 10 s; ouabain 1 mM for 0.1 s")
    >>> run.status, round(float(run["plasma.V"][-1] - run["plasma.V"][0]), 1)
    ('ok', 1.0)
    """
    cell = _loaded(cell)
    run = _Run(cell, engine, rtol, max_step, max_steps, cancel or Event(), progress)
    x, notes = _starting_state(run, cell, start, engine)
    timeline = _protocol(protocol, duration).compile(CellResolver(run.eq, cell, run.p0))
    times = save_times([(s.t0, s.t1) for s in timeline], save, points)
    began = time.perf_counter()
    run.begin(Point(x, run.p0))
    run.follow(timeline, times)
    return run.result(str(_protocol(protocol, duration)), timeline, notes, time.perf_counter() - began)


def _loaded(cell: Cell | str) -> Cell:
    if isinstance(cell, Cell):
        return cell
    from ionostat.cell.load import load

    return load(cell)


def _protocol(protocol: Protocol | str | None, duration: str | float | None) -> Protocol:
    if protocol is None:
        if duration is None:
            raise InputError("say what to do: a protocol, or a duration", hint='simulate(cell, "rest 10 min")')
        milliseconds = quantity(duration, "ms", field="duration", bare=True)
        return Protocol().rest(f"{milliseconds!r} ms")
    if duration is not None:
        raise InputError("give a protocol or a duration, not both", hint="end the protocol with '; rest 10 min'")
    return Protocol.parse(protocol) if isinstance(protocol, str) else protocol


def _starting_state(
    run: _Run, cell: Cell, start: RestingState | Array | str, engine_name: EngineName
) -> tuple[Array, list[str]]:
    notes = list(run.file_notes)
    if isinstance(start, str):
        if start == "file":
            return run.x0, notes
        if start != "rest":
            raise UnknownNameError("start", start, ("rest", "file"))
        found = rest_of(cell, engine=engine_name)
        if not found.found:
            return run.x0, [*notes, f"started from the file's values, for there is no rest ({found.reason})"]
        if found.verdict == "unstable":
            notes.append(f"the starting rest is unstable: {found.reason}")
        return found.x, notes
    x = np.array(start.x if isinstance(start, RestingState) else start, dtype=float)
    if x.shape != run.x0.shape:
        raise InputError(f"a start needs {run.x0.size} numbers (one per state), got {x.size}")
    bad = [n for n, v in positives(run.eq, x, run.p0).items() if not v > 0]
    if bad:
        raise InputError(f"the start is not feasible: {', '.join(bad)} is not positive", field=bad[0])
    return x, notes


@dataclass
class _Run:
    """One run in progress: the equations, where it is, and everything recorded so far."""

    cell: Cell
    engine_name: EngineName
    rtol: float
    max_step: str | float | None
    max_steps: int | None
    cancel: Event
    progress: Progress | None
    times: list[float] = field(default_factory=list)
    states: list[Array] = field(default_factory=list)
    parameters: list[Array] = field(default_factory=list)
    status: str = "ok"
    sentence: str = STATUSES["ok"]
    statistics: Statistics = field(default_factory=Statistics)

    def __post_init__(self) -> None:
        if not 1e-14 <= self.rtol <= 1e-4:
            raise InputError(f"rtol = {self.rtol:g} is outside 1e-14 to 1e-4", field="rtol")
        self.eq: Equations = equations(self.cell)
        first = start_of(self.eq, self.cell)
        self.x0, self.p0, self.file_notes = first.x, first.p, first.notes
        self.unit = scales(self.eq, self.x0, self.p0)
        self.auditor = Auditor(self.eq)
        self.h_max = self._largest_step()

    def _largest_step(self) -> float:
        if self.max_step is None:
            return EXCITABLE_STEP if self.cell.excitable else float("inf")
        if self.max_step in ("inf", "none", float("inf")):
            return float("inf")
        largest = quantity(self.max_step, "ms", field="max_step", bare=True)
        if not largest > 0:
            raise InputError(f"the largest step must be longer than nothing; got {self.max_step}", field="max_step")
        return largest

    def begin(self, point: Point) -> None:
        self.here = point
        self._record(0.0, point.x, point.p)

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
        stretch = _Stretch(self, point, p_end, moving, segment)
        solved = stretch.solve(at, end)
        self._keep(stretch, solved, at)

    def _keep(self, stretch: _Stretch, solved: Solved, at: Array) -> None:
        x, quadratures, p = stretch.split(solved.saved)
        known = np.all(np.isfinite(x), axis=1)
        p[~known] = np.nan
        self.auditor.end(x[known], p[known], quadratures[known])
        for t, row, parameters in zip(at, x, p, strict=True):
            self._record(float(t), row, parameters)
        gone = self._exhausted(x, p, at)
        x_end, q_end, p_end = stretch.split(solved.y_end[None, :])
        self.auditor.end(x_end, p_end, q_end)
        self.here = Point(x_end[0], p_end[0])
        self.statistics.add(solved)
        if solved.status != "ok":
            self.status = solved.status
            state = stretch.names[solved.bad_state] if solved.bad_state >= 0 else ""
            where = f" ({state})" if state else ""
            self.sentence = f"{STATUSES[solved.status]}{where} at {solved.t_end / 1000:.6g} s"
            self.sentence += self._nearly_empty(x_end[0], p_end[0])
        if gone:
            self.status, self.sentence = "exhausted", gone

    def _exhausted(self, x: Array, p: Array, at: Array) -> str:
        """Blank every point from the first at which an amount or volume is not positive; says which, and when."""
        values = positives(self.eq, x, p)
        bad = {n: np.flatnonzero(v <= 0) for n, v in values.items()}
        first = {n: int(i[0]) for n, i in bad.items() if len(i)}
        if not first:
            return ""
        name = min(first, key=lambda n: first[n])
        last = len(self.states) - len(x) + first[name]
        for row in (*self.states[last:], *self.parameters[last:]):
            row[:] = np.nan
        return f"{name} was exhausted before {at[first[name]] / 1000:.6g} s"

    def _nearly_empty(self, x: Array, p: Array) -> str:
        """What is left of an amount or volume that has all but gone when a run stops early."""
        now, then = positives(self.eq, x, p), positives(self.eq, self.x0, self.p0)
        gone = [n for n, v in now.items() if not float(v) > 1e-3 * float(then[n])]
        return f"; {', '.join(gone)} {'is' if len(gone) == 1 else 'are'} all but exhausted" if gone else ""

    def result(self, text: str, timeline: object, notes: list[str], seconds: float) -> Trajectory:
        """Everything recorded, as a trajectory."""
        self.statistics.seconds = seconds
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
            statistics=self.statistics,
            notes=tuple(notes),
            engine=self.engine_name,
            rtol=self.rtol,
        )


class _Stretch:
    """One stretch between changes: the system with its quadratures and ramped parameters as states."""

    def __init__(self, run: _Run, point: Point, p_end: Array, moving: tuple[str, ...], segment: Segment) -> None:
        self.run, self.point, self.moving, self.segment = run, point, moving, segment
        eq = run.eq
        self.differential = [i for i, s in enumerate(eq.states) if s.kind != "potential"]
        self.algebraic = [i for i, s in enumerate(eq.states) if s.kind == "potential"]
        self.n_quadratures = len(eq.quadratures)
        self.names = [eq.states[i].name for i in self.differential] + [n for n, _, _ in eq.quadratures]
        self.names += [*moving, *(eq.states[i].name for i in self.algebraic)]
        index = [eq.parameter_index[q] for q in moving]
        self.slopes = (p_end[index] - point.p[index]) / (segment.t1 - segment.t0)
        self.moving_index = index
        self.fixed_index = [i for i in range(len(eq.parameters)) if i not in index]

    def solve(self, at: Array, end: float) -> Solved:
        """Integrate from the point to the end of the stretch."""
        run = self.run
        system = run.eq.system(self.moving, audit=True)
        x, p = self.point.x, self.point.p
        y0 = np.concatenate([x[self.differential], run.auditor.begin(x, p), p[self.moving_index], x[self.algebraic]])
        parameters = np.concatenate([p[self.fixed_index], self.slopes])
        report = self._reporter(end)
        options = Options(
            run.rtol,
            self._atol(system.controlled),
            h_max=run.h_max,
            max_steps=self._step_limit(),
            cancel=run.cancel,
            progress=report,
        )
        t0, t1 = self.segment.t0, self.segment.t1
        solved = engine(run.engine_name, system).solve(
            y0, parameters, 0.0, t1 - t0, np.minimum(at - t0, t1 - t0), options
        )
        return _shifted(solved, t0)

    def _step_limit(self) -> int:
        """What is left of the given limit, or four times what the largest step makes needful (at least 50 million)."""
        if self.run.max_steps is not None:
            done = self.run.statistics.steps + self.run.statistics.rejected
            return max(self.run.max_steps - done, 1)
        return 50_000_000 + int(4 * (self.segment.t1 - self.segment.t0) / self.run.h_max)

    def _reporter(self, end: float) -> Callable[[float], None] | None:
        progress = self.run.progress
        if progress is None:
            return None
        t0, span = self.segment.t0, self.segment.t1 - self.segment.t0
        return lambda part: progress(t0 + part * span, end)

    def _atol(self, controlled: tuple[bool, ...]) -> Array:
        """Absolute tolerance of each state: 1e-3 rtol of its natural size, 1 rtol mV for charges and potentials."""
        share = {"charge": 1.0, "potential": 1.0, "gate": 1e-2}
        size = np.array([share.get(s.kind, 1e-3) * u for s, u in zip(self.run.eq.states, self.run.unit, strict=True)])
        spread = np.concatenate(
            [size[self.differential], np.ones(self.n_quadratures + len(self.moving)), size[self.algebraic]]
        )
        atol: Array = np.where(controlled, self.run.rtol * spread, np.inf)
        n = len(self.differential) + self.n_quadratures
        atol[n : n + len(self.moving)] = np.inf
        return atol

    def split(self, y: Array) -> tuple[Array, Array, Array]:
        """States of the cell, quadratures and parameters from rows of the solver's states."""
        d, q, r = len(self.differential), self.n_quadratures, len(self.moving)
        x = np.empty((len(y), d + len(self.algebraic)))
        x[:, self.differential] = y[:, :d]
        x[:, self.algebraic] = y[:, d + q + r :]
        p = np.tile(self.point.p, (len(y), 1))
        p[:, self.moving_index] = y[:, d + q : d + q + r]
        return x, y[:, d : d + q], p


def _shifted(solved: Solved, t0: float) -> Solved:
    from dataclasses import replace

    return replace(solved, t_end=solved.t_end + t0)
