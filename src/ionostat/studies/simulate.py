"""Follow a cell through a protocol: potential, ions, water and gates from microseconds to hours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from threading import Event

import numpy as np

from ionostat.cell.description import Cell, Closure
from ionostat.cell.equations import equations
from ionostat.cell.feasible import positives
from ionostat.cell.load import as_cell
from ionostat.cell.observables import observables
from ionostat.engines.engine import EngineName
from ionostat.errors import InputError, UnknownNameError
from ionostat.protocols import Protocol
from ionostat.studies.apply import CellResolver, Point
from ionostat.studies.conditions import Condition, condition
from ionostat.studies.rest import rest as rest_of
from ionostat.studies.resting_state import RestingState
from ionostat.studies.running import Progress, Run
from ionostat.studies.save_times import save_times
from ionostat.studies.trajectory import Trajectory
from ionostat.units import quantity

Array = np.ndarray


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
    closure: Closure | None = None,
    events: str | Sequence[str] = (),
    stop: str | Sequence[str] = (),
) -> Trajectory:
    """Run a protocol on a cell.

    `protocol` is a `Protocol` or its text, `"rest 10 min; ouabain 1 mM for 2 h; wash 1 h"`; `duration` instead of it
    runs on without changes. `start` is "rest" (the certified rest; the file's start if there is none, and the result
    says so), "file", a `RestingState`, or a state vector. `save` is "log" (from 1 us after every change), "linear" or a
    list of times in ms. `rtol` is relative, at most 1e-4; absolute tolerances follow from the natural size of each
    state. `max_step` caps the step (default: 1 ms for a cell with voltage-gated channels, else none; "inf" lifts it);
    `max_steps` limits their number (default: 50 million, and more where the cap makes more needful).
    `events` are conditions on any quantity of the run ("plasma.V > 0 mV"; in percent of the start,
    "cytosol.volume > 150 %"); each time that one becomes true, time and value are kept in `run.crossings`, exact to
    the tolerance. A condition in `stop` ends the run there, with status "stopped".
    Every scheduled change is a restart of the solver, hit exactly. A run that fails or is interrupted keeps what it
    has, with a status that says why; `progress` is called with (time reached, end) in ms.

    >>> from ionostat import load, simulate
    >>> run = simulate(load("Kay2017_cell"), "rest 10 s; ouabain 1 mM for 0.1 s")
    >>> run.status, round(float(run["plasma.V"][-1] - run["plasma.V"][0]), 1)
    ('ok', 1.0)
    """
    if points < 2:
        raise InputError(f"a record needs at least 2 points; got {points}", field="points")
    cell = as_cell(cell).with_(closure=closure)
    conditions = _conditions(cell, events, stop)
    run = Run(cell, engine, rtol, max_step, max_steps, cancel or Event(), progress, conditions)
    x, notes = _starting_state(run, cell, start, engine)
    timeline = _protocol(protocol, duration).compile(CellResolver(run.eq, cell, run.p0))
    times = save_times([(s.t0, s.t1) for s in timeline], save, points)
    began = time.perf_counter()
    run.begin(Point(x, run.p0))
    run.follow(timeline, times)
    return run.result(str(_protocol(protocol, duration)), timeline, notes, time.perf_counter() - began)


def _conditions(cell: Cell, events: str | Sequence[str], stop: str | Sequence[str]) -> tuple[Condition, ...]:
    """The conditions to look for; a lone text is one condition."""
    units = observables(equations(cell)).units if events or stop else {}
    both = (([t] if isinstance(t, str) else list(t), stops) for t, stops in ((events, False), (stop, True)))
    return tuple(condition(text, units, stops=stops) for texts, stops in both for text in texts)


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
    run: Run, cell: Cell, start: RestingState | Array | str, engine_name: EngineName
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
