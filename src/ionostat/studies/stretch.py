"""One stretch of a run between two changes: the system with its quadratures, and ramped parameters as states."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ionostat.engines.engine import Options, Solved, engine
from ionostat.protocols import Segment
from ionostat.studies.apply import Point

if TYPE_CHECKING:
    from ionostat.studies.running import Run

Array = np.ndarray


class Stretch:
    """The stretch from `point` to the parameters `p_end`, which `moving` ones reach in a straight line."""

    def __init__(self, run: Run, point: Point, p_end: Array, moving: tuple[str, ...], segment: Segment) -> None:
        self.run, self.point, self.moving, self.segment = run, point, moving, segment
        eq = run.eq
        self.differential = [i for i, s in enumerate(eq.states) if s.kind != "potential"]
        self.algebraic = [i for i, s in enumerate(eq.states) if s.kind == "potential"]
        self.n_quadratures = len(eq.quadrature_names)
        self.names = [eq.states[i].name for i in self.differential] + list(eq.quadrature_names)
        self.names += [*moving, *(eq.states[i].name for i in self.algebraic)]
        index = [eq.parameter_index[q] for q in moving]
        self.slopes = (p_end[index] - point.p[index]) / (segment.t1 - segment.t0)
        self.moving_index = index
        self.fixed_index = [i for i in range(len(eq.parameters)) if i not in index]

    def solve(self, at: Array, end: float) -> Solved:
        """Integrate from the point to the end of the stretch, or to what ends the run."""
        run = self.run
        system = run.eq.system(self.moving, audit=True, levels=len(run.watch.conditions))
        x, p = self.point.x, self.point.p
        y = np.concatenate([x[self.differential], run.auditor.begin(x, p), p[self.moving_index], x[self.algebraic]])
        parameters = np.concatenate([p[self.fixed_index], self.slopes, run.watch.levels])
        options = Options(
            run.rtol,
            self._atol(system.controlled),
            h_max=run.h_max,
            max_steps=self._step_limit(),
            cancel=run.cancel,
            progress=self._reporter(end),
            direction=run.watch.direction,
            terminal=run.watch.terminal,
            on_events=run.watch.taker(self),
        )
        machine = engine(run.engine_name, system, run.watch.watched)
        t0, span = self.segment.t0, self.segment.t1 - self.segment.t0
        save = np.minimum(at - t0, span)
        solved = machine.solve(y, parameters, 0.0, span, save, options)
        run.watch.see(solved, t0)
        return replace(solved, t_end=solved.t_end + t0)

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
