"""Spreading depolarisation again and again: `python -m benchmarks.spreading_depolarisation [--json]`.

The neuron of Huebel & Dahlem (2014, PLoS Comput Biol 10:e1003941) in a bath with raised potassium depolarises,
recovers and depolarises anew, for ever. Between two events it sits on a branch of rests while potassium creeps up,
until the branch loses its stability in a Hopf bifurcation: a solver that damps what grows there misses the next event.

Equations and numbers are those of the authors' program (ModelDB 167714): m adiabatic, h a function of n, the sum of
charges and the totals of Na and Cl conserved; `taken` is the potassium that came from the bath or went into the glial
buffer.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import cache
from math import inf, isfinite, nan
from typing import Any

import numpy as np
import sympy

from benchmarks.fixed_step import RungeKutta
from ionostat.cell.program import differentiate, straight_line
from ionostat.engines.native import System, compile_system
from ionostat.maths import exp, exprel, log

Array = np.ndarray

STATES = ("V", "n", "K", "Cl", "taken")
START = (-67.193253, 0.069410823, 129.25764, 9.900239, 0.0)
"""mV, 1, mM, mM, mM."""
PARAMETERS = ("pump", "exchange", "K_bath", "buffer")
"""Pump factor, exchange with the bath (1/ms), potassium of the bath (mM), rate of the glial buffer (1/ms)."""
RECORD = 20.0
"""ms between records."""
THRESHOLD = 20.0
"""mM of potassium outside above which the neuron counts as depolarised."""
RATIO, NA0, K0, CL0 = 3.0, 25.231485, 129.25764, 9.900239
NA_OUT, K_OUT, CL_OUT = 125.30555, 4.0, 123.2716


@cache
def neuron() -> System:
    """The five equations."""
    symbols = sympy.symbols((*STATES, *PARAMETERS), real=True)
    V, n, K, Cl, taken, pump, exchange, K_bath, buffer = symbols
    Na = NA0 + K0 - K - CL0 + Cl
    K_out = potassium_outside(K, taken)
    Na_out, Cl_out = NA_OUT + RATIO * (NA0 - Na), CL_OUT + RATIO * (CL0 - Cl)
    RT_F, phi, to_mM = 26.64, 3.0, 9.55589e-5 / 2.16
    a_m, b_m = 1 / exprel(-(V + 30) / 10), 4 * exp(-(V + 55) / 18)
    m = a_m / (a_m + b_m)
    h = 1 - 1 / (1 + exp(-6.5 * (n - 0.35)))
    a_n, b_n = 0.1 / exprel(-(V + 34) / 10), 0.125 * exp(-(V + 44) / 80)
    pumped = pump * 6.8 / (1 + exp((25 - Na) / 3)) / (1 + exp(5.5 - K_out))
    I_Na = (0.0175 + 100 * m**3 * h) * (V - RT_F * log(Na_out / Na)) + 3 * pumped
    I_K = (0.05 + 40 * n**4) * (V - RT_F * log(K_out / K)) - 2 * pumped
    I_Cl = 0.02 * (V + RT_F * log(Cl_out / Cl))
    uptake = buffer * taken + buffer / (1 + exp((15 - K_out) / 1.09)) * K_out * (500 + taken)
    rates = [
        -(I_Na + I_K + I_Cl),
        phi * (a_n * (1 - n) - b_n * n),
        -to_mM * I_K,
        to_mM * I_Cl,
        exchange * (K_bath - K_out) - uptake,
    ]
    program = straight_line(symbols, rates)
    return System(symbols, 5, (1,) * 5, program, differentiate(program, symbols[:5]))


def potassium_outside(K: Any, taken: Any) -> Any:
    """mM, from what the cell lost and the bath brought."""
    return K_OUT + RATIO * (K0 - K) + taken


def bath(K_bath: float) -> tuple[float, ...]:
    """Parameters: pump on, exchange with a bath, no buffer."""
    return (1.0, 3e-5, K_bath, 0.0)


def events(times: Array, states: Array) -> Array:
    """When potassium outside rises above the threshold (s)."""
    K = potassium_outside(states[:, 2], states[:, 4])
    up = np.flatnonzero((K[:-1] < THRESHOLD) & (K[1:] >= THRESHOLD))
    return times[up + 1] / 1e3


def by_fixed_steps(h: float, parameters: list[tuple[float, ...]], duration: float, x0: Array | None = None) -> Array:
    """States (cells, records, states) by fourth-order Runge-Kutta."""
    lanes = next(w for w in (1, 2, 4, 8, 16) if w >= len(parameters))
    start = np.tile(START, (len(parameters), 1)) if x0 is None else x0
    rows = round(duration / RECORD) + 1
    return RungeKutta(neuron(), lanes).run(start, np.array(parameters), h, round(RECORD / h), rows)


def by_native(rtol: float, h_max: float, parameters: list[tuple[float, ...]], duration: float) -> tuple[Array, Array]:
    """States and numbers of steps by the native engine."""
    times = np.arange(round(duration / RECORD) + 1) * RECORD
    kernel = compile_system(neuron())
    found = kernel.solve(
        np.tile(START, (len(parameters), 1)), np.array(parameters), 0.0, times[-1], times, rtol, [rtol] * 5, h_max=h_max
    )
    return found.saved, found.steps


def by_lsoda(rtol: float, parameters: tuple[float, ...], duration: float) -> Array:
    """States (records, states) by SciPy's LSODA, left to choose its steps."""
    from scipy.integrate import solve_ivp

    from ionostat.cell.evaluate import compile_program

    f = compile_program(neuron().rhs)
    times = np.arange(round(duration / RECORD) + 1) * RECORD
    solved = solve_ivp(
        lambda t, y: f(*y.tolist(), *parameters), (0.0, times[-1]), START, "LSODA", times, rtol=rtol, atol=rtol
    )
    return solved.y.T


K_BATH = 20.0
"""mM; three events in 1,000 s."""


def rows(quick: bool = False) -> Iterator[dict[str, object]]:
    """One row per way of computing 1,000 s in a bath of 20 mM of potassium."""
    duration, given = 1e6, bath(K_BATH)
    times = np.arange(round(duration / RECORD) + 1) * RECORD
    for h in (0.02,) if quick else (0.02, 0.01):
        yield _row(f"RK4, {h:g} ms", events(times, by_fixed_steps(h, [given], duration)[0]), duration / h)
    for rtol, h_max in ((1e-6, inf), (1e-8, inf), (1e-6, 1.0)):
        states, steps = by_native(rtol, h_max, [given], duration)
        label = f"native, rtol {rtol:.0e}" + (f", h <= {h_max:g} ms" if isfinite(h_max) else "")
        yield _row(label, events(times, states[0]), float(steps[0]))
    for rtol in () if quick else (1e-6, 1e-9):
        yield _row(f"SciPy LSODA, rtol {rtol:.0e}", events(times, by_lsoda(rtol, given, duration)), nan)


def _row(way: str, at: Array, steps: float) -> dict[str, object]:
    return {"way": way, "events_s": [round(float(t), 2) for t in at], "steps": int(steps) if isfinite(steps) else None}


def main() -> None:
    """Print the table, or one JSON object per row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.spreading_depolarisation", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object per row")
    parser.add_argument("--quick", action="store_true", help="without LSODA and the finest fixed step")
    given = parser.parse_args()
    for row in rows(given.quick):
        print(
            json.dumps(row) if given.json else f"{row['way']:<30}{row['steps'] or '':>12}  {row['events_s']}",
            flush=True,
        )


if __name__ == "__main__":
    main()
