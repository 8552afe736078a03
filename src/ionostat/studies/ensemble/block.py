"""A block of members: their numbers in, their ends out, on as many threads as wanted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event

import numpy as np

from ionostat.cell.start import closing_numbers
from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.ensemble.chunk import VECTOR, compute_chunk
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.outcome import Outcome, joined
from ionostat.studies.ensemble.plan import Plan, plan_of

Array = np.ndarray
CHUNK = 4096
"""Most members of a chunk: their columns stay in the second cache."""
SAVED = 32_000_000
"""Most numbers that the records of one chunk may take up while it runs."""
PIECES = 4
"""Least number of chunks for each thread, so that no thread waits long for another."""


def compute(
    job: Job,
    table: Mapping[str, Array],
    *,
    threads: int = 1,
    cancel: Event | None = None,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """What becomes of the members whose numbers stand in the rows of `table`.

    `table` maps parameter paths to one value per member, in coherent units; the other numbers are those of `job.cell`,
    and a bath stays neutral by the ion that its file names. `progress` is called with the number of members that are
    done. After `cancel` is set, or Ctrl-C (which sets it), what is done is kept and the rest is `cancelled`. A member
    that cannot be started, or fails, ends with a status and a sentence; only names and shapes raise. Digits of a member
    depend on nothing but its numbers and the job.

    >>> import numpy as np
    >>> from ionostat import load
    >>> from ionostat.protocols import Protocol
    >>> job = Job(load("Kay2017_cell"), Protocol.parse("ouabain 1 mM for 1 h"), record=("plasma.V",))
    >>> found = compute(job, {"plasma.nka.scale": np.array([1.0, 0.9, -1.0])})
    >>> found.counts(), found.values["plasma.V"].round(1).tolist()
    ({'ok': 2, 'refused': 1}, [-17.0, -16.9, nan])
    >>> found.reasons
    {2: 'plasma.nka.scale = -1 is outside its range (0 to inf)'}
    """
    columns, members = _columns(job, table)
    plan = plan_of(job)
    stop = cancel or Event()
    size = _size(plan, members, threads)

    def work(first: int) -> Outcome:
        part = {path: column[first : first + size] for path, column in columns.items()}
        return compute_chunk(plan, part, min(size, members - first), stop)

    with ThreadPoolExecutor(threads, thread_name_prefix="ionostat-members") as pool:
        futures = [pool.submit(work, first) for first in range(0, members, size)]
        done = 0
        try:
            for future in as_completed(futures):
                done += len(future.result())
                if progress is not None:
                    progress(done)
        except KeyboardInterrupt:
            stop.set()
        except BaseException:
            stop.set()
            raise
    return joined([future.result() for future in futures])


def _columns(job: Job, table: Mapping[str, Array]) -> tuple[dict[str, Array], int]:
    """The table as contiguous columns of equal length, and that length."""
    columns = {path: np.ascontiguousarray(column, dtype=float) for path, column in table.items()}
    if not columns:
        raise InputError("a block needs the values of at least one parameter, one per member", field="table")
    closing = closing_numbers(job.cell)
    for path, column in columns.items():
        if path not in job.cell.numbers:
            raise UnknownNameError("parameter path", path, job.cell.numbers)
        if path in closing:
            message = f"{path} cannot be varied: it closes the starting charge of {closing[path]}"
            hint = "vary another ion, or let another quantity close it ('closes:' in the cell file)"
            raise InputError(message, hint=hint, field=path)
        if column.ndim != 1:
            raise InputError(f"{path} needs one value per member; got an array of shape {column.shape}", field=path)
    lengths = {path: len(column) for path, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{path} {n}" for path, n in lengths.items())
        raise InputError(f"the columns of the table differ in length: {shown}", field="table")
    members = next(iter(lengths.values()))
    if not members:
        raise InputError("a block needs at least one member; its columns are empty", field="table")
    return columns, members


def _size(plan: Plan, members: int, threads: int) -> int:
    """Members of a chunk: few enough to share out among the threads and to fit into memory."""
    saved = max((len(stage.save) for stage in plan.stages), default=0) * (len(plan.eq.states) + 1)
    fitting = SAVED // saved if saved else CHUNK
    share = members if threads == 1 else -(-members // (PIECES * threads))
    return max(VECTOR, min(CHUNK, -(-share // VECTOR) * VECTOR, fitting // VECTOR * VECTOR))
