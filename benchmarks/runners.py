"""The engines that run each case: ours, and SciPy's on the same equations."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.cases import Case
from ionostat.engines.engine import Options
from ionostat.engines.native_engine import NativeEngine
from ionostat.engines.reference import ReferenceEngine

Array = np.ndarray
Runner = Callable[[Case, float], tuple[float, Array]]
"""(case, rtol) -> (seconds per cell, end state)."""


def _options(case: Case, rtol: float) -> Options:
    return Options(rtol=rtol, atol=rtol * 1e-3 * case.scale, h_max=case.h_max)


def native(case: Case, rtol: float) -> tuple[float, Array]:
    """One warm trajectory in native code (median of seven)."""
    engine = NativeEngine(case.system)
    options, save = _options(case, rtol), np.array([])
    seconds = []
    for _ in range(8):
        began = time.perf_counter()
        solved = engine.solve(case.y0, case.p, 0.0, case.t1, save, options)
        seconds.append(time.perf_counter() - began)
    return float(np.median(seconds[1:])), solved.y_end


def native_batch(case: Case, rtol: float) -> tuple[float, Array]:
    """A warm batch in native code, one cell per vector lane; seconds per cell."""
    kernel = NativeEngine(case.system).kernel
    n = 64 if case.h_max < 10 else 1024
    y0, p = np.tile(case.y0, (n, 1)), np.tile(case.p, (n, 1))
    kernel.solve(y0[:16], p[:16], 0.0, min(case.t1, 1e3), None, rtol, rtol * 1e-3 * case.scale, h_max=case.h_max)
    began = time.perf_counter()
    solved = kernel.solve(y0, p, 0.0, case.t1, None, rtol, rtol * 1e-3 * case.scale, h_max=case.h_max)
    return (time.perf_counter() - began) / n, solved.y_end[0]


def scipy_method(method: str) -> Runner:
    """A SciPy integrator on the NumPy right-hand side and exact Jacobian."""

    def run(case: Case, rtol: float) -> tuple[float, Array]:
        functions = ReferenceEngine(case.system)
        began = time.perf_counter()
        solution = solve_ivp(
            lambda t, y: functions.rhs(y, case.p),
            (0.0, case.t1),
            case.y0,
            method=method,
            jac=lambda t, y: functions.jacobian(y, case.p),
            rtol=rtol,
            atol=rtol * 1e-3 * case.scale,
        )
        return time.perf_counter() - began, solution.y[:, -1]

    return run


RUNNERS: dict[str, Runner] = {
    "native": native,
    "native, batch": native_batch,
    "SciPy LSODA": scipy_method("LSODA"),
    "SciPy Radau": scipy_method("Radau"),
    "SciPy BDF": scipy_method("BDF"),
}
