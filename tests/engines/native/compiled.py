"""Elementary functions compiled alone, as functions of arrays, and arguments to try them on."""

from __future__ import annotations

import ctypes
import inspect
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ionostat.engines.native.builder import Function
from ionostat.engines.native.inputs import aligned
from ionostat.engines.native.kernels import KERNELS
from ionostat.engines.native.module import assemble, compile_text

NAMES = tuple(KERNELS)
POINTERS = [("ptr", name) for name in ("x", "y", "out")]
SPECIAL = [0.0, math.inf, math.nan, 5e-324, 2.2250738585072014e-308, 1e-300, 1.0, 0.5, 1.5, 2.0, 3.0, 1e300]
SPECIAL += [1.7976931348623157e308, 2.0**52, 2.0**53 - 1, 2.0**53]
SPECIAL += [-x for x in SPECIAL]


def kernel_module(name: str, lanes: int) -> str:
    """IR with `run(count, x, y, out)`: the kernel on `count` groups of lanes; y is the second argument of `pow`."""
    f = Function("run", [("i64", "count"), *POINTERS], lanes)
    two = len(inspect.signature(KERNELS[name]).parameters) == 2
    with f.loop(f.argument("count")) as i:
        values = [f.load(f.offset(f.argument(a), 0, i, 8 * lanes), f.real) for a in ("xy" if two else "x")]
        f.store(f.kernel(name, *values), f.offset(f.argument("out"), 0, i, 8 * lanes))
    f.finish()
    return assemble([f], lanes, exports=["run"])


def vectorised(name: str, lanes: int, machine: Any = None) -> Callable[..., np.ndarray]:
    """A kernel, compiled for `machine` or the one at hand, as a function of one or two arrays."""
    engine = compile_text(kernel_module(name, lanes), machine)
    call = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 3)(engine.get_function_address("run"))

    def run(x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
        groups = -(-len(x) // lanes)
        a, b, out = (aligned((groups * lanes,)) for _ in range(3))
        a[: len(x)], b[: len(x)] = x, 0.0 if y is None else y
        call(groups, a.ctypes.data, b.ctypes.data, out.ctypes.data)
        return out[: len(x)].copy()

    vars(run)["engine"] = engine  # keeps the code alive
    return run


@cache
def kernel(name: str, lanes: int) -> Callable[..., np.ndarray]:
    """A kernel for the machine at hand."""
    return vectorised(name, lanes)


def any_doubles(count: int, seed: int) -> np.ndarray:
    """Doubles of any bit pattern: every exponent, both signs, some NaN and infinities."""
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64).view(np.float64)


def arguments(name: str, count: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """What a kernel is tried on: specials, random bit patterns, and where it does its work."""
    rng = np.random.default_rng(11)
    x = np.concatenate([SPECIAL, any_doubles(count, 1), rng.uniform(-3, 3, count), rng.uniform(-760, 760, count)])
    y = np.concatenate([SPECIAL[::-1], any_doubles(count, 2), rng.uniform(-9, 9, count), rng.integers(-20, 20, count)])
    if name == "pow":
        grid = np.array(np.meshgrid(SPECIAL, SPECIAL)).reshape(2, -1)
        x, y = np.concatenate([x, grid[0]]), np.concatenate([y, grid[1]])
    return x, y
