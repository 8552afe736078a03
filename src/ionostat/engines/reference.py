"""The reference engine: NumPy functions and SciPy's implicit integrators. Slow and obvious; the oracle of the tests.

An index-1 DAE is solved by eliminating its algebraic part: at every evaluation an inner Newton makes the net current
into each floating compartment vanish, and the Jacobian is f_x - f_z g_z^-1 g_x.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ionostat.cell.equations import System
from ionostat.cell.evaluate import NumPyFunctions, follow_currents
from ionostat.engines.engine import Options, Solved
from ionostat.engines.reference_events import Observer
from ionostat.engines.watched import NOTHING, Watched, WatchedOutline, no_events

Array = np.ndarray


class ReferenceEngine:
    """NumPy right-hand side and Jacobian; `solve` integrates with SciPy's Radau."""

    name = "reference"

    def __init__(self, system: System, watched: Watched | WatchedOutline = NOTHING) -> None:
        self.system, self.watched = system, watched.written()
        self.functions = NumPyFunctions(system)
        mass = np.array(system.mass)
        self.x, self.z = np.flatnonzero(mass == 1), np.flatnonzero(mass == 0)

    def rhs(self, x: Array, p: Array) -> Array:
        """M dy/dt."""
        with np.errstate(all="ignore"):
            return self.functions.rhs(np.asarray(x, float), np.asarray(p, float))

    def jacobian(self, x: Array, p: Array) -> Array:
        """Dense Jacobian."""
        with np.errstate(all="ignore"):
            return self.functions.jacobian(np.asarray(x, float), np.asarray(p, float))

    def solve(self, x0: Array, p: Array, t0: float, t1: float, save: Array, options: Options) -> Solved:
        """Integrate one cell with Radau (order 5), restarted here and stopped exactly at t1."""
        observer = Observer(self.system, self.watched, p, options)
        solved = self._solve(x0, p, t0, t1, save, options, observer)
        log = observer.log(self.system.n_states)
        if options.on_events is not None and len(log):
            options.on_events(log)
            log = no_events(self.system.n_states)
        return replace(solved, events=log, extremes=observer.extremes)

    def _solve(
        self, x0: Array, p: Array, t0: float, t1: float, save: Array, options: Options, observer: Observer
    ) -> Solved:
        from scipy.integrate import Radau

        run = _Reduced(self, np.array(x0, float), p)
        saved = np.full((len(save), self.system.n_states), np.nan)
        y, t = np.array(x0, float), t0
        atol = np.where(np.isfinite(options.atol), options.atol, 1e100)[self.x]
        if t1 <= t0:
            saved[save <= t0] = y
            return Solved(saved, y, t0, "ok")
        solver = Radau(
            run.f,
            t0,
            y[self.x],
            t1,
            rtol=options.rtol,
            atol=atol,
            jac=run.jacobian,
            max_step=options.h_max,
            first_step=options.h0 or None,
        )
        saved[save == t0] = y
        observer.begin(t0, y)
        status, steps, bad = "ok", 0, -1
        while solver.status == "running":
            before = solver.t
            try:
                solver.step()
            except KeyboardInterrupt:
                status = "cancelled"
                break
            if solver.status == "failed" or not np.all(np.isfinite(solver.y)):
                status = "step_too_small" if np.all(np.isfinite(run.last)) else "non_finite"
                bad = int(np.argmax(~np.isfinite(run.last))) if status == "non_finite" else -1
                break
            steps += 1
            states = run.states(solver.dense_output(), solver.t, solver.y)
            stop = observer.step(before, solver.t, states) if self.watched else None
            t = solver.t if stop is None else stop
            for i in np.flatnonzero((save > before) & (save <= t)):
                saved[i] = states(save[i])
            y = states(t)
            if stop is not None:
                status = "stopped"
                break
            run.y = y
            if options.progress:
                options.progress((t - t0) / (t1 - t0))
            if options.cancel is not None and options.cancel.is_set():
                status = "cancelled"
                break
            if steps >= options.max_steps:
                status = "step_limit"
                break
        return Solved(saved, y, t, status, bad, steps, 0, solver.nfev, float(solver.h_abs or 0.0))


class _Reduced:
    """The differential part of a system, its algebraic part solved at every evaluation.

    The search for the potentials begins at those of the last accepted step, so that within a step the right-hand side
    is a function: Radau, at a rest, would take the round-off of a search with a memory for divergence.
    """

    def __init__(self, engine: ReferenceEngine, y: Array, p: Array) -> None:
        self.engine, self.y, self.p = engine, y, np.asarray(p, float)
        self.last: Array = y

    def full(self, x: Array) -> Array:
        """All states for the differential ones x."""
        e = self.engine
        y = self.y.copy()
        y[e.x] = x
        if len(e.z):
            square = np.ix_(e.z, e.z)
            follow_currents(y, e.z, lambda y: e.rhs(y, self.p)[e.z], lambda y: e.jacobian(y, self.p)[square], h=1e15)
        return y

    def states(self, dense: Callable[[float], Array], t1: float, x1: Array) -> Callable[[float], Array]:
        """All states as a function of time within a step to x1 at t1."""
        return lambda t: self.full(dense(t) if t < t1 else x1)

    def f(self, t: float, x: Array) -> Array:
        """Right-hand side of the differential part."""
        y = self.full(x)
        value = self.engine.rhs(y, self.p)
        self.last = value
        reduced: Array = value[self.engine.x]
        return reduced

    def jacobian(self, t: float, x: Array) -> Any:
        """f_x - f_z g_z^-1 g_x."""
        from ionostat.numerics.stability import reduced_jacobian

        return reduced_jacobian(self.engine.jacobian(self.full(x), self.p), np.array(self.engine.system.mass))
