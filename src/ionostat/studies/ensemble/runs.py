"""The members of a chunk through the stages of a protocol."""

from __future__ import annotations

from threading import Event

import numpy as np

from ionostat.cell.feasible import positives, scales
from ionostat.cell.observables import observables
from ionostat.cell.start import Start
from ionostat.engines.engine import STATUSES as SENTENCES
from ionostat.engines.native import status
from ionostat.engines.native.run import SolveResult
from ionostat.errors import InputError
from ionostat.studies.apply import Point, apply, parameters_after
from ionostat.studies.ensemble.affine import value_of
from ionostat.studies.ensemble.ledger import Ledger
from ionostat.studies.ensemble.machine import Machine, machine
from ionostat.studies.ensemble.plan import Plan, Stage, Values
from ionostat.studies.ensemble.potentials import Potentials
from ionostat.studies.running import nearly_empty

Array = np.ndarray
Record = dict[str, Array]
NAMES = {
    status.OK: "ok",
    status.STEP_TOO_SMALL: "step_too_small",
    status.STEP_LIMIT: "step_limit",
    status.NON_FINITE: "non_finite",
    status.CANCELLED: "cancelled",
}
SHARE = {"charge": 1.0, "potential": 1.0, "gate": 1e-2}
"""Absolute tolerance as a share of rtol times the natural size of a state, by kind; 1e-3 for amounts and volumes."""


class Runs:
    """The state of every row, moved from stage to stage; what is recorded; and what the solver did."""

    def __init__(self, plan: Plan, ledger: Ledger, first: Start, x: Array, cancel: Event) -> None:
        self.plan, self.ledger, self.cancel = plan, ledger, cancel
        self.start, self.base, self.p, self.x = first, first.p, first.p, np.array(x)
        rows = len(first.x)
        share = np.array([SHARE.get(s.kind, 1e-3) for s in plan.eq.states])
        self.atol = plan.job.rtol * share * scales(plan.eq, first.x, first.p)
        whole = np.isfinite(self.atol).all(axis=1) & (self.atol > 0).all(axis=1)
        ledger(~whole, lambda _: InputError("the natural sizes of its states leave the range of double precision"))
        counts = {name: np.zeros(rows, dtype=np.int64) for name in ("steps", "rejected")}
        self.statistics: dict[str, Array] = {**counts, "t_end": np.where(ledger.fine, 0.0, np.nan)}
        times = plan.job.times
        shape = (rows,) if times is None else (rows, len(times))
        self.record: Record = {name: np.full(shape, np.nan) for name in plan.job.record}

    def follow(self) -> None:
        """Run all stages, and record."""
        times = self.plan.job.times
        if times is not None and times[0] == 0.0:
            self._keep(self.ledger.fine, self.x, self.p, 0)
        for stage in self.plan.stages:
            self._stage(stage)
        if times is None:
            self._keep(self.ledger.fine, self.x, self.p, None)

    def _keep(self, known: Array, x: Array, p: Array, place: int | None) -> None:
        """Record the observables of rows whose state is known."""
        values = observables(self.plan.eq).evaluate(x, p)
        for name, column in self.record.items():
            target = column if place is None else column[:, place]
            target[...] = np.where(known, values[name], np.nan)

    def _stage(self, stage: Stage) -> None:
        """Apply the changes at the start of a stage and integrate to its end."""
        eq, ledger = self.plan.eq, self.ledger
        when = f"at the change at {stage.t0 / 1000:.6g} s"
        p = parameters_after(eq, self.plan.job.cell, self.p, self._values(stage.jumps), ledger)
        balance = Potentials(machine(eq), ledger, "no_potential", when)
        here = Point(self.x, self.p)
        point = apply(eq, here, p, stage.adds, contract=stage.contract, refuse=ledger, settle=balance)
        p_end = parameters_after(eq, self.plan.job.cell, point.p, self._values(stage.ends), ledger)
        rows = ledger.rows
        if len(rows):
            self._solve(stage, point, p_end, rows)

    def _values(self, changes: Values) -> dict[str, Array]:
        """What the protocol sets each parameter to, row by row."""
        index, n = self.plan.eq.parameter_index, len(self.base)
        return {q: np.broadcast_to(value_of(v, self.base[:, index[q]]), (n,)) for q, v in changes.items()}

    def _solve(self, stage: Stage, point: Point, p_end: Array, rows: Array) -> None:
        job = self.plan.job
        solver = machine(self.plan.eq, stage.moving)
        slopes = None
        if stage.moving:
            slopes = (p_end - point.p)[rows[:, None], solver.moving_index] / stage.span
        y, parameters = solver.inputs(point.x, point.p, rows, slopes)
        solved = solver.solve(
            y,
            parameters,
            stage.span,
            stage.save,
            job.rtol,
            solver.spread(self.atol[rows], np.inf),
            job.largest_step,
            job.step_limit(stage.span),
            self.cancel,
        )
        for name, count in (("steps", solved.steps), ("rejected", solved.rejected)):
            self.statistics[name][rows] += count
        self.statistics["t_end"][rows] = stage.t0 + solved.t_end
        gone: dict[int, str] = {}
        for place in range(len(stage.save)):
            self._saved(stage, solver, point.p, rows, solved.saved[:, place], place, gone)
        self.x, self.p = self._spread(solver, point.x, point.p, rows, solved.y_end)
        fine = np.zeros(len(self.x), dtype=bool)
        fine[rows] = True
        self._exhausted(fine, self.x, self.p, stage.t0 + stage.span, gone)
        self._end(stage, solver, solved, rows, gone)

    def _spread(self, solver: Machine, x: Array, p: Array, rows: Array, y: Array) -> tuple[Array, Array]:
        """All rows, with the states and moving parameters of some of them replaced by those of the solver."""
        x = np.array(x)
        for i, column in solver.states(y):
            x[rows, i] = column
        if len(solver.moving):
            p = np.array(p)
            p[rows[:, None], solver.moving_index] = solver.moved(y)
        return x, p

    def _saved(
        self, stage: Stage, solver: Machine, p: Array, rows: Array, y: Array, place: int, gone: dict[int, str]
    ) -> None:
        """Record one time of a stage; a row in which something ran out is known no further."""
        x, p = self._spread(solver, self.x, p, rows, y)
        known = np.zeros(len(x), dtype=bool)
        known[rows] = np.isfinite(y).all(axis=1)
        self._exhausted(known, x, p, stage.t0 + stage.save[place], gone)
        known[list(gone)] = False
        self._keep(known, x, p, stage.first + place)

    def _exhausted(self, known: Array, x: Array, p: Array, t: float, gone: dict[int, str]) -> None:
        """Find rows in which an amount or a volume is not positive any more."""
        for name, value in positives(self.plan.eq, x, p).items():
            for row in np.flatnonzero(known & (value <= 0)):
                gone.setdefault(int(row), f"{name} was exhausted before {t / 1000:.6g} s")

    def _end(self, stage: Stage, solver: Machine, solved: SolveResult, rows: Array, gone: dict[int, str]) -> None:
        """End the rows that failed or ran out."""
        names = [self.plan.eq.states[i].name for i in solver.differential]
        names += [*solver.moving, *(self.plan.eq.states[i].name for i in solver.algebraic)]
        for row, sentence in gone.items():
            self.ledger.end(row, "exhausted", sentence)
        for i in np.flatnonzero(solved.status != status.OK):
            if int(rows[i]) in gone:
                continue
            name, bad = NAMES[int(solved.status[i])], int(solved.bad_state[i])
            where = f" ({names[bad]})" if bad >= 0 else ""
            t = (stage.t0 + float(solved.t_end[i])) / 1000
            this = slice(int(rows[i]), int(rows[i]) + 1)
            first = Point(self.start.x[this], self.base[this])
            empty = nearly_empty(self.plan.eq, Point(self.x[this], self.p[this]), first)[0]
            self.ledger.end(int(rows[i]), name, f"{SENTENCES[name]}{where} at {t:.6g} s{empty}")
