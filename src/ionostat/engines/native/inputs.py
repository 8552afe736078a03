"""Arrays as the machine code wants them, and input that cannot be used refused at the door."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ionostat.engines.native.system import System
from ionostat.errors import InputError

Reals = NDArray[np.float64]

_NONE = np.empty(0)
TIGHTEST_RTOL, LOOSEST_RTOL = 1e-14, 1e-4
"""A looser tolerance is refused: order-4 methods gave NaN on a spiking neuron at 1e-3."""


def array(values: ArrayLike) -> Reals:
    """Doubles, in rows."""
    return np.ascontiguousarray(values, dtype=np.float64)


def address(values: NDArray[Any]) -> int:
    """Where an array begins in memory (`values.ctypes.data` says the same, four times slower)."""
    try:
        return ctypes.addressof(ctypes.c_char.from_buffer(values))  # type: ignore[arg-type]  # an array is a buffer
    except (TypeError, ValueError):  # read-only, or empty
        return int(values.ctypes.data)


def aligned(shape: tuple[int, ...]) -> Reals:
    """Zeros that start on a cache line, as vector loads need."""
    count = math.prod(shape)
    block = np.zeros(count + 8)
    skip = -address(block) // 8 % 8
    return block[skip : skip + count].reshape(shape)


def side_by_side(values: Reals, lanes: int, groups: int, length: int) -> Reals:
    """(batch, n) as (groups, length >= n, lanes), the last group filled up with the last cell."""
    block = aligned((groups, length, lanes))
    padded = values[np.minimum(np.arange(groups * lanes), len(values) - 1)]
    block[:, : values.shape[1]] = padded.reshape(groups, lanes, values.shape[1]).transpose(0, 2, 1)
    return block


def check_system(system: System) -> None:
    """Refuse a system whose parts do not fit together."""
    n = system.n_states
    if n < 1 or len(system.mass) != n or len(system.rhs.outputs) != n or system.jacobian.shape != (n, n):
        raise InputError(
            f"a system of {n} states needs as many masses ({len(system.mass)}), rates "
            f"({len(system.rhs.outputs)}) and a square Jacobian {system.jacobian.shape}"
        )
    if not set(system.mass) <= {0, 1} or not any(system.mass):
        raise InputError(f"mass must hold 0 and 1, with at least one 1; got {system.mass}", field="mass")


def checked_span(t0: float, t1: float) -> float:
    """The length of the run."""
    if not (math.isfinite(t0) and math.isfinite(t1) and t1 >= t0):
        raise InputError(f"cannot integrate from {t0} to {t1}", hint="t1 must be finite and not before t0")
    return t1 - t0


def checked_times(save_times: ArrayLike | None, t0: float, t1: float) -> Reals:
    """Save times in order, inside the run."""
    if save_times is None:
        return _NONE
    times = array(save_times)
    if times.ndim != 1 or not (np.all(np.diff(times) >= 0.0) and np.all((times >= t0) & (times <= t1))):
        raise InputError(
            "save_times must be an increasing list of times", hint=f"all between {t0} and {t1}", field="save_times"
        )
    return times


def checked_tolerances(rtol: float, atol: ArrayLike, batch: int, n: int) -> Reals:
    """The absolute tolerances, one per state, for all cells or for each."""
    if not 0.0 < rtol <= LOOSEST_RTOL:
        raise InputError(f"rtol = {rtol} is refused", hint=f"use more than 0 and at most {LOOSEST_RTOL}", field="rtol")
    if rtol < TIGHTEST_RTOL:
        raise InputError(
            f"rtol = {rtol} is below what double precision can hold", hint="use 1e-14 or more", field="rtol"
        )
    atol = array(atol)
    if atol.shape not in ((n,), (batch, n)) or not (atol > 0.0).all():
        raise InputError(
            f"atol must hold {n} positive numbers, one per state (inf: not controlled), or as many for each cell; "
            f"got shape {atol.shape}",
            field="atol",
        )
    unequal = atol.ndim == 2 and np.any(np.isinf(atol) != np.isinf(atol[:1]))
    if unequal:
        raise InputError("every cell of a batch must leave the same states out of error control", field="atol")
    if np.isinf(atol[:1] if atol.ndim == 2 else atol).all() and atol.size:
        raise InputError("at least one state must be under error control", hint="make an atol finite", field="atol")
    return atol
