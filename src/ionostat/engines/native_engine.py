"""The native engine behind the interface that the studies use."""

from __future__ import annotations

from threading import Event

import numpy as np

from ionostat.cell.equations import System
from ionostat.engines.engine import Options, Solved
from ionostat.engines.native import compile_system
from ionostat.engines.native.system import Outline
from ionostat.engines.native.system import System as NativeSystem
from ionostat.engines.watched import NOTHING, Watched, WatchedOutline
from ionostat.store import name_of

Array = np.ndarray
_STATUS = {0: "ok", 1: "step_too_small", 2: "step_limit", 3: "non_finite", 4: "cancelled", 5: "stopped"}


class NativeEngine:
    """Compiled right-hand side, Jacobian and Rosenbrock integrator of one system."""

    name = "native"

    def __init__(self, system: System, watched: Watched | WatchedOutline = NOTHING) -> None:
        self.system = system
        self.kernel = compile_system(_outline(system, watched))

    def rhs(self, x: Array, p: Array) -> Array:
        """M dy/dt."""
        x, p, lead = _batch(x, p)
        return self.kernel.rhs(x, p).reshape(*lead, -1)

    def jacobian(self, x: Array, p: Array) -> Array:
        """Dense Jacobian."""
        x, p, lead = _batch(x, p)
        n = self.system.n_states
        return self.kernel.jacobian(x, p).reshape(*lead, n, n)

    def solve(self, x0: Array, p: Array, t0: float, t1: float, save: Array, options: Options) -> Solved:
        """Integrate one cell in native code."""
        result = self.kernel.solve(
            np.atleast_2d(x0),
            np.atleast_2d(p),
            t0,
            t1,
            save,
            options.rtol,
            options.atol,
            h0=options.h0,
            h_max=options.h_max,
            max_steps=options.max_steps,
            cancel=options.cancel or Event(),
            progress=options.progress,
            direction=options.direction,
            terminal=options.terminal,
            on_events=options.on_events,
        )
        return Solved(
            saved=result.saved[0],
            y_end=result.y_end[0],
            t_end=float(result.t_end[0]),
            status=_STATUS[int(result.status[0])],
            bad_state=int(result.bad_state[0]),
            steps=int(result.steps[0]),
            rejected=int(result.rejected[0]),
            evaluations=int(result.rhs_evals[0]),
            h_last=float(result.h_last[0]),
            events=result.events,
            extremes=result.extremes[0],
        )


def _outline(system: System, watched: Watched | WatchedOutline) -> Outline | NativeSystem:
    """The system without its programs, which are written only if its code was never compiled."""

    def write() -> NativeSystem:
        return native_system(system, watched.written())

    if not system.key or (watched and not watched.key):
        return write()
    key = name_of(system.key, watched.key) if watched else system.key
    return Outline(system.n_states, system.n_parameters, system.mass, system.pattern, key, write, watched)


def native_system(system: System, watched: Watched = NOTHING) -> NativeSystem:
    """The system as the native engine's own type, with its programs written out."""
    return NativeSystem(system.inputs, system.n_states, system.mass, system.rhs, system.jacobian, watched)


def _batch(x: Array, p: Array) -> tuple[Array, Array, tuple[int, ...]]:
    """Two-dimensional arrays of equal length, and the leading shape they stand for."""
    x, p = np.asarray(x, dtype=float), np.asarray(p, dtype=float)
    lead = np.broadcast_shapes(x.shape[:-1], p.shape[:-1])
    x = np.broadcast_to(x, (*lead, x.shape[-1])).reshape(-1, x.shape[-1])
    p = np.broadcast_to(p, (*lead, p.shape[-1])).reshape(-1, p.shape[-1])
    return x, p, lead
