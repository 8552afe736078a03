"""The native engine behind the interface that the studies use."""

from __future__ import annotations

from functools import partial
from threading import Event

import numpy as np

from ionostat.cell.equations import System
from ionostat.engines.engine import Options, Solved
from ionostat.engines.native import compile_system
from ionostat.engines.native.system import Outline
from ionostat.engines.native.system import System as NativeSystem

Array = np.ndarray
_STATUS = {0: "ok", 1: "step_too_small", 2: "step_limit", 3: "non_finite", 4: "cancelled"}


class NativeEngine:
    """Compiled right-hand side, Jacobian and Rosenbrock integrator of one system."""

    name = "native"

    def __init__(self, system: System) -> None:
        self.system = system
        self.kernel = compile_system(_outline(system) if system.key else native_system(system))

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
        )


def _outline(system: System) -> Outline:
    """The system without its programs, which are written only if its code was never compiled."""
    sizes = system.n_states, system.n_parameters
    return Outline(*sizes, system.mass, system.pattern, system.key, partial(native_system, system))


def native_system(system: System) -> NativeSystem:
    """The system as the native engine's own type, with its programs written out."""
    return NativeSystem(system.inputs, system.n_states, system.mass, system.rhs, system.jacobian)


def _batch(x: Array, p: Array) -> tuple[Array, Array, tuple[int, ...]]:
    """Two-dimensional arrays of equal length, and the leading shape they stand for."""
    x, p = np.asarray(x, dtype=float), np.asarray(p, dtype=float)
    lead = np.broadcast_shapes(x.shape[:-1], p.shape[:-1])
    x = np.broadcast_to(x, (*lead, x.shape[-1])).reshape(-1, x.shape[-1])
    p = np.broadcast_to(p, (*lead, p.shape[-1])).reshape(-1, p.shape[-1])
    return x, p, lead
