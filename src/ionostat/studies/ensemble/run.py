"""The verb: many members of a cell through a protocol, or to rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from threading import Event
from typing import Any, Literal

import numpy as np

from ionostat.cell.description import Cell, Closure
from ionostat.cell.load import as_cell
from ionostat.engines.engine import EngineName
from ionostat.errors import InputError, IonostatError
from ionostat.protocols import Protocol
from ionostat.studies.ensemble import folder as folders
from ionostat.studies.ensemble.columns import InMemory
from ionostat.studies.ensemble.executors import Done, run
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.optional import need
from ionostat.studies.ensemble.outcome import CODE, Outcome
from ionostat.studies.ensemble.plan import plan_of
from ionostat.studies.ensemble.result import Ensemble, opened, units_of
from ionostat.studies.ensemble.samples import read_samples
from ionostat.studies.ensemble.shards import columns, write
from ionostat.studies.ensemble.study import Range, Study, default_chunk, largest_chunk
from ionostat.units import quantity, to

Array = np.ndarray
Progress = Callable[[int, int], None]


class Stopped(IonostatError):
    """The work was stopped before there was anything to keep."""


def ensemble(
    cell: Cell | str,
    samples: Any,
    protocol: Protocol | str | None = None,
    *,
    n: int | None = None,
    seed: int = 0,
    design: str = "random",
    correlations: Any = None,
    record: Sequence[str] = (),
    times: Sequence[str | float] | Array | None = None,
    start: Literal["rest", "file"] = "rest",
    rtol: float = 1e-6,
    closure: Closure | None = None,
    engine: EngineName = "native",
    max_step: str | float | None = None,
    max_steps: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    shard: tuple[int, int] | str | None = None,
    chunk: int | None = None,
    executor: Any = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Event | None = None,
) -> Ensemble:
    """Compute a cell with many sets of parameters: resting states (no protocol), or runs of a protocol.

    What is varied. `samples` is `{path: {kind: numbers}}` with `n`, `seed` and `design` ("random", "latin", "sobol"),
    and `correlations` of the normal scores; or a table of values, one row per member: a mapping of arrays, a
    DataFrame, or the path of a .csv or .parquet file. The values of member i depend on (seed, i) alone. Kinds and the
    rule of truncation are in `ionostat.studies.ensemble.distributions`.

    What is kept. `record` names quantities (default: V of the membranes, ions and volumes of the closed compartments),
    `times` says when ("30 min", or ms from the start of the protocol; default: the end alone). Every member has a
    status and, unless it is plainly fine, a sentence; values that it did not reach are NaN.

    Where to. Without `out` the result is in memory. With it every `chunk` members go into a shard of that folder as
    they are done, and memory stays bounded however many there are; a stopped study goes on with `resume=True`, and
    damaged shards are computed again. `shard="2/8"` computes the second of eight parts, for job arrays; parts may
    share a folder, or be merged. Any number of parts, workers and interruptions leaves the same bytes.

    Who computes. `executor` is None (`threads` in this process; default: all cores), a number of processes, or an
    object with `submit` such as a Dask `Client`. `progress(done, members)` is called as members are done. Setting
    `cancel` stops the work and keeps what is done; Ctrl-C keeps what is in `out`.

    >>> from ionostat import ensemble
    >>> found = ensemble("Kay2017_cell", {"plasma.na_leak.g": {"lognormal": {"cv": "20 %"}}}, n=100)
    >>> found.outcomes
    {'stable': 100}
    >>> found["plasma.V"].shape
    (100,)
    """
    base = as_cell(cell).with_(closure=closure)
    drawn = read_samples(base, samples, n=n, design=design, seed=seed, correlations=correlations)
    job = Job(
        cell=base,
        protocol=Protocol.parse(protocol) if isinstance(protocol, str) else protocol,
        record=tuple(record),
        times=read_times(times),
        start=start,
        rtol=rtol,
        engine=engine,
        max_step=max_step,
        max_steps=max_steps,
    )
    study = Study(job, drawn, chunk or default_chunk(job, drawn))
    return compute_study(
        study,
        out=None if out is None else Path(out),
        resume=resume,
        shard=read_shard(shard),
        executor=executor,
        threads=threads,
        progress=progress,
        cancel=cancel,
    )


def compute_study(
    study: Study,
    *,
    out: Path | None = None,
    resume: bool = False,
    shard: tuple[int, int] | None = None,
    executor: Any = None,
    threads: int | None = None,
    progress: Progress | None = None,
    cancel: Event | None = None,
) -> Ensemble:
    """Compute a study that is already described; see `ensemble`."""
    plan_of(study.job)  # refuses what does not suit the cell, before anything is written
    cancel = cancel or Event()
    ranges = study.ranges if shard is None else study.share(*shard)
    options: dict[str, Any] = {"executor": executor, "threads": threads, "progress": progress, "cancel": cancel}
    if out is None:
        if resume:
            raise InputError("there is nothing to resume without a folder", hint="give out='folder'", field="resume")
        return _in_memory(study, run(study, _blocks(study, ranges) if executor is None else ranges, **options))
    need("zarr")
    folders.prepare(out, study, go_on=resume or shard is not None)
    state = folders.look(out, study, ranges)
    folders.clear(out, state)
    _to_disk(study, out, run(study, state.missing, **options))
    if cancel.is_set() and not folders.shards_of(out, study):
        raise Stopped(f"stopped before a shard was whole; there is nothing in '{out}' yet")
    if shard is not None and (nothing := study.empty_part(*shard)) and not folders.shards_of(out, study):
        raise InputError(nothing, hint="take fewer parts, or a smaller chunk", field="shard")
    again = len({(s.first, s.last) for s in state.damaged} & set(state.missing))
    notes = (f"{again} damaged {'shard was' if again == 1 else 'shards were'} computed again",) if again else ()
    return opened(out, study, notes)


def _blocks(study: Study, ranges: list[Range]) -> list[Range]:
    """Neighbouring shards as one piece of work, for nothing is written: small pieces keep threads waiting.

    A chunk that somebody chose is kept.
    """
    most = largest_chunk(study.job, study.samples)
    blocks: list[Range] = []
    if study.chunk != default_chunk(study.job, study.samples):
        return ranges
    for first, last in ranges:
        if blocks and blocks[-1][1] == first and last - blocks[-1][0] <= most:
            blocks[-1] = (blocks[-1][0], last)
        else:
            blocks.append((first, last))
    return blocks


def _in_memory(study: Study, done: Iterable[Done]) -> Ensemble:
    """All members as arrays, those that were stopped on the way too."""
    parts = []
    for (first, last), table, outcome in done:
        reasons = {first + row: text for row, text in outcome.reasons.items()}
        parts.append(InMemory(np.arange(first, last), _data(study, table, outcome), reasons))
    if not parts:
        raise Stopped("stopped before any member was done")
    return Ensemble(study, InMemory.joined(parts), notes=study.notes)


def _to_disk(study: Study, out: Path, done: Iterable[Done]) -> None:
    """Each shard into its file; one that was stopped on the way is left out."""
    units = units_of(study)
    for members, table, outcome in done:
        if np.any(outcome.status == CODE["cancelled"]):
            continue
        data = _data(study, table, outcome)
        if study.job.times is not None:
            data["time"] = study.job.times
        write(out / folders.SHARDS, study.shard_key(members), members[0], data, outcome.reasons, units)


def _data(study: Study, table: dict[str, Array], outcome: Outcome) -> dict[str, Array]:
    """Columns, with samples in their declared units."""
    cell = study.job.cell
    shown = {path: to(values, cell.number(path).unit) for path, values in table.items()}
    return columns(shown, outcome)


def read_times(given: Sequence[str | float] | Array | None) -> Array | None:
    """Record times in ms; texts have units."""
    if given is None:
        return None
    if isinstance(given, str):
        given = [given]
    return np.array([quantity(t, "ms", field="times", bare=True) for t in given])


def read_shard(given: tuple[int, int] | str | None) -> tuple[int, int] | None:
    """A part of a job array, 2/8 or (2, 8).

    >>> read_shard("2/8")
    (2, 8)
    """
    if given is None:
        return None
    try:
        part, parts = (int(k) for k in (given.split("/") if isinstance(given, str) else given))
    except (TypeError, ValueError):
        raise InputError(f"'{given}' is not a part such as 2/8", field="shard") from None
    if not 1 <= part <= parts:
        raise InputError(f"a shard is i/n with i from 1 to n; got {part}/{parts}", field="shard")
    return part, parts
