"""The resting state of every member of a chunk, with its verdict."""

from __future__ import annotations

from threading import Event
from typing import NamedTuple

import numpy as np

from ionostat.cell.feasible import positives
from ionostat.constants import N_A
from ionostat.engines.native.rest_kernel import Bounds
from ionostat.engines.native_rest import rest_kernel
from ionostat.numerics.hurwitz import LARGEST, plainly_stable
from ionostat.numerics.stability_many import reduced_jacobians
from ionostat.studies import rest_batch
from ionostat.studies.ensemble.ledger import Ledger
from ionostat.studies.ensemble.outcome import CODE
from ionostat.studies.ensemble.plan import Plan
from ionostat.studies.rest import EMPTY, SWOLLEN, WIDE
from ionostat.studies.rest_many import rest_many

Array = np.ndarray
VERDICTS = np.array([CODE["none" if name == "not found" else name] for name in rest_batch.VERDICTS])
"""Status of each verdict of the search."""


class Settled(NamedTuple):
    """Every row at its rest (its start where there is none), the code of its verdict, and how long that took."""

    x: Array
    verdict: Array
    iterations: Array


def settle(plan: Plan, ledger: Ledger, x: Array, p: Array, cancel: Event) -> Settled:
    """Bring the rows that go on to rest; those that are not plainly stable get a sentence.

    A resting state that is asked for is certified by its spectrum. Where a run only starts from it, the quicker test of
    Routh and Hurwitz is enough for those that pass it.
    """
    found = Settled(np.array(x), np.full(len(x), CODE["none"]), np.zeros(len(x), dtype=np.int64))
    rows = ledger.rows
    if plan.job.protocol is not None and 0 < sum(plan.eq.mass) <= LARGEST:
        rows = _quick(plan, found, p, rows, cancel)
    if len(rows):
        _certified(plan, ledger, found, p, rows, cancel)
    return found


def _quick(plan: Plan, found: Settled, p: Array, rows: Array, cancel: Event) -> Array:
    """Settle the rows whose rest is stable beyond doubt; returns the others."""
    eq = plan.eq
    kernel = rest_kernel(eq, Bounds(SWOLLEN, EMPTY, WIDE))
    q = _rows(p, rows)
    ended = kernel.solve(_rows(found.x, rows), q, cancel=cancel)
    _, slopes = kernel.slopes(ended.x, q)
    plain: Array = ended.converged & plainly_stable(reduced_jacobians(slopes, np.array(eq.mass)))
    x = np.array(found.x)
    x[rows] = ended.x
    for name, value in positives(eq, x, p).items():
        if not name.endswith(".volume"):
            plain &= value[rows] * N_A >= 1
    found.x[rows[plain]] = ended.x[plain]
    found.verdict[rows[plain]] = CODE["stable"]
    found.iterations[rows] = ended.iterations
    others: Array = rows[~plain]
    return others


def _certified(plan: Plan, ledger: Ledger, found: Settled, p: Array, rows: Array, cancel: Event) -> None:
    """Rests and verdicts by the search that looks twice where it has to."""
    job = plan.job
    batch = rest_many(job.cell, _rows(found.x, rows), _rows(p, rows), cancel=cancel)
    found.verdict[rows] = VERDICTS[batch.verdict]
    found.iterations[rows] = batch.iterations
    found.x[rows[batch.found]] = batch.x[batch.found]
    for i in np.flatnonzero(batch.reason != rest_batch.CERTIFIED):
        if batch.verdict[i] == rest_batch.CANCELLED:
            ledger.end(int(rows[i]), "cancelled", "stopped before its resting state was known")
        elif why := batch.why(int(i)):
            ledger.note(int(rows[i]), f"stable, {why}" if batch.verdict[i] == rest_batch.STABLE else why)


def _rows(table: Array, rows: Array) -> Array:
    """Some rows of a table whose columns lie contiguous, as an array of rows."""
    picked: Array = np.ascontiguousarray(np.take(table.T, rows, axis=1).T)
    return picked
