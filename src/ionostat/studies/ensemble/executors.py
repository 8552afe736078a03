"""Who computes the shards: threads of this process, processes of this machine, or anything with `submit`.

Only plain data travels: the record of a study as text, a range of members, and the rows of a table if there is one;
back come arrays. A worker builds its study once and computes members with the same code as this process does, so digits
do not depend on who computed what.
"""

from __future__ import annotations

import json
import os
import queue
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing import get_context
from threading import Event, Lock
from typing import Any

import numpy as np

from ionostat.errors import InputError, IonostatError
from ionostat.studies.ensemble.block import compute
from ionostat.studies.ensemble.outcome import Outcome
from ionostat.studies.ensemble.study import Range, Study, code_version, study_of

Array = np.ndarray
Table = dict[str, Array]
Done = tuple[Range, Table, Outcome]
POLL = 0.2
"""How often a request to stop is looked for, s."""
RESUME = "what is on disk is whole; resume the study"
AT_ONCE = 2
"""Shards in hand in one process: while one is written or sampled, the other one keeps the threads busy."""


@dataclass
class Count:
    """How many members are done, told to a caller from any thread; never fewer than before, never more than all."""

    total: int
    tell: Callable[[int, int], None] | None = None
    done: dict[Range, int] = field(default_factory=dict)
    told: int = 0
    lock: Lock = field(default_factory=Lock)

    def reached(self, members: Range, done: int) -> None:
        """So many of a shard are done."""
        if self.tell is None:
            return
        with self.lock:
            self.done[members] = done
            now = min(sum(self.done.values()), self.total)
            if now > self.told:
                self.told = now
                self.tell(now, self.total)


def run(
    study: Study,
    ranges: Sequence[Range],
    *,
    executor: Any = None,
    threads: int | None = None,
    cancel: Event,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Done]:
    """The shards of some ranges as they are done, in any order; it ends early when `cancel` is set.

    `executor` is None for threads here, a number of processes, or an object with `submit` (a Dask Client, a pool).
    """
    count = Count(sum(last - first for first, last in ranges), progress)
    if threads is not None and threads < 1:
        raise InputError(f"at least one thread; got {threads}", field="threads")
    if executor is None:
        yield from _here(study, ranges, threads or cores(), cancel, count)
        return
    if isinstance(executor, int):
        if executor < 1:
            raise InputError(f"at least one process; got {executor}", field="executor")
        pool: AbstractContextManager[Any] = ProcessPoolExecutor(executor, mp_context=get_context("spawn"))
        limit = 2 * executor
    elif hasattr(executor, "submit"):
        pool, limit = nullcontext(executor), 2 * workers(executor)
    else:
        raise InputError(f"an executor is a number of processes or has submit(); got {executor!r}", field="executor")
    with pool as submitting:
        yield from _elsewhere(study, ranges, submitting, threads or 1, limit, cancel, count)


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers(executor: Any) -> int:
    """How many shards an executor computes at once, as far as it says."""
    if hasattr(executor, "nthreads"):  # a Dask client
        return max(sum(int(k) for k in executor.nthreads().values()), 1)
    return int(getattr(executor, "_max_workers", cores()))


def _here(study: Study, ranges: Sequence[Range], threads: int, cancel: Event, count: Count) -> Iterator[Done]:
    """Shards in threads of this process."""
    stop = Event()

    def work(members: Range) -> tuple[Table, Outcome]:
        table = study.samples.draw(*members)
        found = compute(
            study.job, table, threads=threads, cancel=stop, progress=lambda done: count.reached(members, done)
        )
        return table, found

    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="ensemble")
    try:
        yield from _followed(ranges, AT_ONCE, lambda members: pool.submit(work, members), cancel, count, stop)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _elsewhere(
    study: Study, ranges: Sequence[Range], executor: Any, threads: int, limit: int, cancel: Event, count: Count
) -> Iterator[Done]:
    """Shards in other processes."""
    text = json.dumps({**study.to_record(), "code": code_version()}, allow_nan=False)
    given = study.samples.table is not None
    options = {"pure": False} if hasattr(executor, "nthreads") else {}  # Dask: another study may be equal to this one

    def submit(members: Range) -> Any:
        rows = study.samples.draw(*members) if given else None
        return executor.submit(work_elsewhere, text, members, rows, threads, **options)

    try:
        yield from _followed(ranges, limit, submit, cancel, count)
    except BrokenProcessPool:
        raise IonostatError(f"a worker process was killed\n  hint: {RESUME}") from None
    except Exception as error:
        if type(error).__name__ == "KilledWorker":  # Dask gives up a shard that killed several workers
            raise IonostatError(f"workers died again and again: {error}\n  hint: {RESUME}") from error
        raise


def work_elsewhere(text: str, members: Range, rows: Table | None, threads: int) -> tuple[Table, Outcome]:
    """Compute one shard of a study given as text, in a worker process. `rows` are its rows of a table."""
    study = _study(text)
    table = study.samples.draw(*members) if rows is None else rows
    return table, compute(study.job, table, threads=threads)


@lru_cache(maxsize=4)
def _study(text: str) -> Study:
    """The study of a record; once per process, for a cell takes longer to read than a shard to compute."""
    record = json.loads(text)
    if record["code"] != code_version():
        raise InputError(f"this worker computes with {code_version()}, the study with {record['code']}")
    return study_of(record)


def _followed(
    ranges: Sequence[Range],
    limit: int,
    submit: Callable[[Range], Any],
    cancel: Event,
    count: Count,
    stop: Event | None = None,
) -> Iterator[Done]:
    """Keep up to `limit` shards submitted, and give each as it is done.

    Every future reports to one queue, which works for the futures of concurrent.futures and of Dask alike. After
    `cancel`, work that can be told to `stop` still gives what it has; other work is given up.
    """
    waiting = list(reversed(ranges))
    ended: queue.Queue[tuple[Range, Any]] = queue.Queue()
    running: dict[Range, Any] = {}
    try:
        while waiting or running:
            if cancel.is_set():
                if stop is None or not running:
                    return
                stop.set()
            while waiting and len(running) < limit and not cancel.is_set():
                members = waiting.pop()
                running[members] = submit(members)
                running[members].add_done_callback(lambda future, members=members: ended.put((members, future)))
            try:
                members, future = ended.get(timeout=POLL)
            except queue.Empty:
                continue
            del running[members]
            table, outcome = future.result()
            count.reached(members, members[1] - members[0])
            yield members, table, outcome
    finally:
        for future in running.values():
            future.cancel()
