"""The delayed Hopf bifurcation: `python -m benchmarks.delayed_hopf [--json]`.

A current that rises or falls slowly makes the rest of an axon unstable. The state stays near the unstable branch
for a while, and leaves it when the growing oscillation has become large: that moment is the exit time. Implicit solvers
with strong damping choose long steps there, damp the growing mode and may never leave.

The axon is that of Hodgkin and Huxley (1952) with fixed reversal potentials; the current is a state with a constant
rate. The exit is when V is first 5 mV away from the rest at the present current.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import inf, isfinite, nan

import numpy as np
import sympy

from benchmarks.fixed_step import RungeKutta
from ionostat.cell.program import differentiate, straight_line
from ionostat.engines.native import System, compile_system
from ionostat.maths import exp, exprel

Array = np.ndarray
RECORD = 0.1
"""Spacing (ms) of the record in which the exit is looked for."""
FAR = 5.0
"""Distance (mV) from the branch of rests that counts as having left it."""


LOW, HIGH = 9.779337995, 154.526333666
"""Currents (uA/cm2) between which the axon fires: the rest loses its stability at one, the block at the other."""


@dataclass(frozen=True)
class Ramp:
    """Current (uA/cm2) from `I0` with `slope` (uA/cm2 per ms), followed for `duration` ms."""

    name: str
    I0: float
    slope: float
    duration: float

    @property
    def hopf(self) -> float:
        """When the current is that of the Hopf bifurcation (ms)."""
        return ((LOW if self.slope > 0 else HIGH) - self.I0) / self.slope


RAMPS = (
    Ramp("up, 0.01/ms", 0.0, 0.01, 3e3),
    Ramp("up, 0.001/ms", 5.0, 0.001, 1e4),
    Ramp("down, 0.01/ms", 170.0, -0.01, 1.2e4),
    Ramp("down, 0.002/ms", 160.0, -0.002, 6e4),
)


@cache
def axon() -> System:
    """States V (mV), m, h, n and the current I (uA/cm2), whose rate is the only parameter."""
    V, m, h, n, current, slope = states_and_slope = sympy.symbols("V m h n I slope", real=True)

    def gate(x: object, alpha: object, beta: object) -> object:
        return alpha * (1 - x) - beta * x  # type: ignore[operator]

    rates = [
        current - 120 * m**3 * h * (V - 50) - 36 * n**4 * (V + 77) - 0.3 * (V + sympy.Float(54.4)),
        gate(m, 1 / exprel(-(V + 40) / 10), 4 * exp(-(V + 65) / 18)),
        gate(h, 0.07 * exp(-(V + 65) / 20), 1 / (1 + exp(-(V + 35) / 10))),
        gate(n, 0.1 / exprel(-(V + 55) / 10), 0.125 * exp(-(V + 65) / 80)),
        slope,
    ]
    program = straight_line(states_and_slope, rates)
    states = states_and_slope[:5]
    return System(states_and_slope, 5, (1,) * 5, program, differentiate(program, states))


def rests(currents: Array) -> Array:
    """The rest at each held current (currents, states): V by bisection of the steady current, gates at their ends."""

    def gates(V: Array) -> list[Array]:
        pairs = (
            (1 / exprel(-(V + 40) / 10), 4 * exp(-(V + 65) / 18)),
            (0.07 * exp(-(V + 65) / 20), 1 / (1 + exp(-(V + 35) / 10))),
            (0.1 / exprel(-(V + 55) / 10), 0.125 * exp(-(V + 65) / 80)),
        )
        return [a / (a + b) for a, b in pairs]

    currents = np.asarray(currents, dtype=float)
    low, high = np.full(currents.shape, -100.0), np.zeros(currents.shape)
    for _ in range(80):
        V = 0.5 * (low + high)
        m, h, n = gates(V)
        inward = currents - 120 * m**3 * h * (V - 50) - 36 * n**4 * (V + 77) - 0.3 * (V + 54.4)
        low, high = np.where(inward > 0, V, low), np.where(inward > 0, high, V)
    return np.stack([low, *gates(low), currents], axis=-1)


def starts(ramps: tuple[Ramp, ...]) -> tuple[Array, Array]:
    """Each ramp at the rest of its first current, and its slope."""
    return rests(np.array([r.I0 for r in ramps])), np.array([[r.slope] for r in ramps])


@cache
def _branch() -> tuple[Array, Array]:
    """The rests of all currents that the ramps pass: current, V."""
    currents = np.linspace(-60.0, 180.0, 961)
    return currents, rests(currents)[:, 0]


def away(V: Array, current: Array) -> Array:
    """How far V is from the rest at the present current, mV."""
    return np.abs(V - np.interp(current, *_branch()))


def exit_time(times: Array, states: Array) -> float:
    """When the branch of rests is left; infinite if it never is."""
    gone = np.flatnonzero(away(states[:, 0], states[:, 4]) > FAR)
    return float(times[gone[0]]) if len(gone) else inf


def by_fixed_steps(h: float, ramps: tuple[Ramp, ...] = RAMPS) -> dict[str, float]:
    """Exit times by fourth-order Runge-Kutta."""
    x, p = starts(ramps)
    longest = max(r.duration for r in ramps)
    rows = round(longest / RECORD) + 1
    saved = RungeKutta(axon(), 4).run(x, p, h, round(RECORD / h), rows)
    times = np.arange(rows) * RECORD
    return {
        r.name: exit_time(times[times <= r.duration], states[times <= r.duration])
        for r, states in zip(ramps, saved, strict=True)
    }


def by_native(rtol: float, h_max: float, ramps: tuple[Ramp, ...] = RAMPS) -> dict[str, tuple[float, int]]:
    """Exit times of the native engine, and the steps that it took until then (or to the end of the ramp)."""
    kernel = compile_system(axon())
    found = {}
    for ramp in ramps:
        x, p = starts((ramp,))
        times = np.arange(0.0, ramp.duration, RECORD)
        solved = kernel.solve(x, p, 0.0, ramp.duration, times, rtol, [rtol] * 5, h_max=h_max)
        at = exit_time(times, solved.saved[0])
        until = kernel.solve(x, p, 0.0, min(at, ramp.duration), None, rtol, [rtol] * 5, h_max=h_max)
        found[ramp.name] = at, int(until.steps[0])
    return found


def by_lsoda(rtol: float, ramps: tuple[Ramp, ...] = RAMPS) -> dict[str, tuple[float, int]]:
    """Exit times of SciPy's LSODA, left to choose its steps, and its evaluations until then."""
    from scipy.integrate import LSODA

    from ionostat.cell.evaluate import compile_program

    f = compile_program(axon().rhs)
    found = {}
    for ramp in ramps:
        x, p = starts((ramp,))
        slope = float(p[0, 0])
        solver = LSODA(lambda t, y, s=slope: f(*y.tolist(), s), 0.0, x[0], ramp.duration, rtol=rtol, atol=rtol)
        while solver.status == "running" and away(solver.y[0], solver.y[4]) <= FAR:
            solver.step()
        at = solver.t if solver.t < ramp.duration else inf
        found[ramp.name] = at, int(solver.nfev)
    return found


def rows(quick: bool = False) -> Iterator[dict[str, object]]:
    """One row per ramp and way of computing it."""
    for h in (0.01,) if quick else (0.01, 0.005):
        for name, at in by_fixed_steps(h).items():
            yield _row(name, f"RK4, {h:g} ms", at, nan)
    ways = [(1e-6, inf), (1e-8, inf), (1e-6, 1.0), (1e-7, 1.0)]
    for rtol, h_max in ways:
        label = f"native, rtol {rtol:.0e}" + (f", h <= {h_max:g} ms" if isfinite(h_max) else "")
        for name, (at, steps) in by_native(rtol, h_max).items():
            yield _row(name, label, at, steps)
    for rtol in () if quick else (1e-6, 1e-9):
        for name, (at, calls) in by_lsoda(rtol).items():
            yield _row(name, f"SciPy LSODA, rtol {rtol:.0e}", at, calls)


def _row(ramp: str, way: str, at: float, steps: float) -> dict[str, object]:
    return {
        "ramp": ramp,
        "way": way,
        "exit_ms": at if isfinite(at) else None,
        "steps": steps if steps == steps else None,
    }


def main() -> None:
    """Print the table, or one JSON object per row."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.delayed_hopf", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    for row in rows(given.quick):
        if given.json:
            print(json.dumps(row), flush=True)
        else:
            at = "never" if row["exit_ms"] is None else f"{row['exit_ms']:,.1f}"
            print(f"{row['ramp']:<16}{row['way']:<32}{at:>12} ms{row['steps'] or '':>10}", flush=True)


if __name__ == "__main__":
    main()
