"""One chunk of members from their numbers to their ends; nothing about a member depends on the others in its chunk.

Everything outside the native engine is NumPy over the members. Rows are filled up to whole vectors, and a column lies
contiguous in memory, so that every member is computed by the same instructions wherever it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from threading import Event
from typing import Any

import numpy as np

from ionostat.cell.feasible import positives
from ionostat.cell.observables import observables
from ionostat.cell.paths import balanced, check_range
from ionostat.cell.refusals import Pick
from ionostat.cell.start import Start, start_many
from ionostat.errors import InputError
from ionostat.studies.ensemble.ledger import Ledger
from ionostat.studies.ensemble.machine import machine
from ionostat.studies.ensemble.outcome import CODE, FOUND, Outcome
from ionostat.studies.ensemble.plan import Limit, Plan
from ionostat.studies.ensemble.potentials import Potentials
from ionostat.studies.ensemble.rests import Settled, settle
from ionostat.studies.ensemble.runs import Record, Runs

Array = np.ndarray
VECTOR = 64
"""Rows are filled up to a multiple of this: more than any vector register holds."""


def compute_chunk(plan: Plan, table: Mapping[str, Array], members: int, cancel: Event) -> Outcome:
    """What becomes of `members` members with these numbers."""
    rows = -(-members // VECTOR) * VECTOR
    ledger = Ledger(rows, members)
    with np.errstate(all="ignore"):
        numbers = _numbers(plan, {path: _filled(column, rows) for path, column in table.items()}, ledger)
        first = _begun(plan, numbers, rows, ledger)
        began = ledger.fine.copy()
        searching = plan.job.protocol is None or plan.job.start == "rest"
        if not searching:
            return _runs(plan, ledger, first, first.x, np.zeros(rows, dtype=np.int64), began, cancel)
        found = settle(plan, ledger, first.x, first.p, cancel)
        if plan.job.protocol is None:
            return _rests(plan, ledger, first.p, found, began)
        _tell_starts(ledger, found.verdict)
        return _runs(plan, ledger, first, found.x, found.iterations, began, cancel)


def _filled(column: Array, rows: int) -> Array:
    """A column with its last number repeated."""
    filled = np.empty(rows)
    filled[: len(column)] = column
    filled[len(column) :] = column[-1]
    return filled


def _numbers(plan: Plan, table: Mapping[str, Array], ledger: Ledger) -> dict[str, Any]:
    """Every number of the cell by path, checked as those of one cell are, with neutral baths."""
    cell = plan.job.cell
    for path, column in table.items():
        ledger(~np.isfinite(column), partial(_not_finite, path, column))
        check_range(cell, path, column, ledger)
    values = {path: n.value for path, n in cell.numbers.items()}
    return {**values, **balanced(cell, values, table, ledger)}


def _not_finite(path: str, column: Array, at: Pick) -> InputError:
    return InputError(f"{path} = {at(column):g} is not a number that a cell can have", field=path)


def _begun(plan: Plan, numbers: Mapping[str, Any], rows: int, ledger: Ledger) -> Start:
    """Starting states and parameters."""
    eq = plan.eq
    first = start_many(eq, plan.job.cell, numbers, (rows,), ledger, Potentials(machine(eq), ledger))
    for name, value in positives(eq, first.x, first.p).items():
        ledger(~(value > 0), partial(_not_positive, name, value))
    whole = np.isfinite(first.x).all(axis=1) & np.isfinite(first.p).all(axis=1)
    ledger(~whole, lambda _: InputError("its numbers leave the range of double precision"))
    for limit in plan.limits:
        column = first.p[:, eq.parameter_index[limit.path]]
        ledger(limit.law.wrong_side(limit.dose, column), partial(_wrong_side, limit, column))
    return first


def _not_positive(name: str, value: Array, at: Pick) -> InputError:
    return InputError(f"{name} starts at {at(value):.4g}, which is not positive", field=name)


def _wrong_side(limit: Limit, column: Array, at: Pick) -> InputError:
    return InputError(f"{limit.name}: {limit.law.refusal(limit.dose, at(column)).message}", field=limit.path)


def _tell_starts(ledger: Ledger, verdict: Array) -> None:
    """Note where a run does not begin at a stable rest."""
    for row in ledger.rows[verdict[ledger.rows] == CODE["none"]]:
        why = ledger.sentences.pop(int(row), "")
        because = f"for {why}" if why.startswith("no rest") else f"for there is no rest ({why})"
        ledger.note(int(row), f"started from the file's values, {because}")
    for row in ledger.rows[verdict[ledger.rows] == CODE["unstable"]]:
        why = ledger.sentences.pop(int(row), "")
        ledger.note(int(row), f"the starting rest is unstable: {why}")


def _rests(plan: Plan, ledger: Ledger, p: Array, settled: Settled, began: Array) -> Outcome:
    """The outcome of a job that asks for resting states."""
    found = np.isin(settled.verdict, [CODE[name] for name in FOUND]) & ledger.fine
    ledger.status[ledger.fine] = settled.verdict[ledger.fine]
    values = observables(plan.eq).evaluate(settled.x, p)
    kept = {name: np.where(found, values[name], np.nan) for name in plan.job.record}
    return _outcome(ledger, kept, {"iterations": settled.iterations}, settled.x, began)


def _runs(
    plan: Plan, ledger: Ledger, first: Start, x: Array, iterations: Array, began: Array, cancel: Event
) -> Outcome:
    """The outcome of a job that runs a protocol."""
    runs = Runs(plan, ledger, first, x, cancel)
    runs.follow()
    kept: Record = runs.record
    return _outcome(ledger, kept, {**runs.statistics, "iterations": iterations}, runs.x, began)


def _outcome(
    ledger: Ledger, values: Mapping[str, Array], statistics: Mapping[str, Array], x: Array, began: Array
) -> Outcome:
    """The rows that are members; a member that never began has no state."""
    n = ledger.members
    return Outcome(
        values={name: np.ascontiguousarray(v[:n]) for name, v in values.items()},
        status=ledger.status[:n],
        reasons=dict(sorted(ledger.sentences.items())),
        statistics={name: v[:n] for name, v in statistics.items()},
        x=np.where(began[:n, None], x[:n], np.nan),
    )
