"""Classical Runge-Kutta with a fixed step in native code: the yardstick where an adaptive step could be the mistake.

It has no error estimate, no implicit stage and no idea of where it is, so it neither damps a mode that grows nor steps
over it.
"""

from __future__ import annotations

import ctypes

import numpy as np

from ionostat.engines.native import System
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.module import assemble, compile_text
from ionostat.engines.native.step import write_rhs

Array = np.ndarray

_ARGUMENTS = [("ptr", "x"), ("ptr", "p"), ("ptr", "work"), ("ptr", "saved"), ("i64", "rows"), ("i64", "every")]


class RungeKutta:
    """The fourth-order method for up to `lanes` cells side by side."""

    def __init__(self, system: System, lanes: int) -> None:
        self.system, self.lanes = system, lanes
        text = assemble([write_rhs(system, lanes), _write(system.n_states, lanes)], lanes, ("rk4",))
        self._engine = compile_text(text)
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[ctypes.c_int64] * 2, ctypes.c_double)
        self._call = kind(self._engine.get_function_address("rk4"))

    def run(self, x0: Array, p: Array, h: float, every: int, rows: int) -> Array:
        """States of each cell (cells, rows, states) at 0 and after every `every` steps of length `h`."""
        n, lanes = self.system.n_states, self.lanes
        if len(x0) > lanes:
            raise ValueError(f"{len(x0)} cells do not fit in {lanes} lanes")
        fill = np.minimum(np.arange(lanes), len(x0) - 1)
        x, q = _aligned(np.asarray(x0)[fill].T), _aligned(np.asarray(p)[fill].T)
        work, saved = _aligned(np.zeros((5 * n, lanes))), _aligned(np.zeros((rows * n, lanes)))
        self._call(x.ctypes.data, q.ctypes.data, work.ctypes.data, saved.ctypes.data, rows, every, h)
        return saved.reshape(rows, n, lanes)[..., : len(x0)].transpose(2, 0, 1)


def _aligned(values: Array) -> Array:
    """A C-ordered copy that starts on a cache line, as vector loads need."""
    block = np.zeros(values.size + 8)
    skip = -block.ctypes.data // 8 % 8
    view = block[skip : skip + values.size].reshape(values.shape)
    view[...] = values
    return view


def _write(n: int, lanes: int) -> Function:
    """`rk4(x, p, work, saved, rows, every, h)`; `work` holds the point, the weighted sum of slopes and one slope."""
    f = Function("rk4", [*_ARGUMENTS, ("double", "h")], lanes)
    x, p, saved = (f.argument(name) for name in ("x", "p", "saved"))
    point, total, slope = (f.offset(f.argument("work"), i * n * 8 * lanes) for i in range(3))
    h = f.splat(f.argument("h"))

    def at(base: Value, j: int) -> Value:
        return f.offset(base, j * 8 * lanes)

    with f.loop(f.argument("rows")) as row:
        here = f.offset(saved, 0, row, n * 8 * lanes)
        for j in range(n):
            f.store(f.load(at(x, j), f.real), at(here, j))
        with f.loop(f.argument("every")):
            for base, weight, reach in ((x, 1.0, 0.5), (point, 2.0, 0.5), (point, 2.0, 1.0), (point, 1.0, 0.0)):
                f.call("rhs", base, p, slope)
                for j in range(n):
                    k = f.load(at(slope, j), f.real)
                    before = f.load(at(total, j), f.real) if base is point else f.number(0.0)
                    f.store(before + k * weight, at(total, j))
                    if reach:
                        f.store(f.load(at(x, j), f.real) + k * h * reach, at(point, j))
            for j in range(n):
                f.store(f.load(at(x, j), f.real) + f.load(at(total, j), f.real) * h * (1.0 / 6.0), at(x, j))
    f.finish()
    return f
