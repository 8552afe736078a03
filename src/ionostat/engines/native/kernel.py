"""The Python face of the native engine: compile a `System`, then evaluate and integrate batches of cells."""

from __future__ import annotations

import ctypes
import math
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ionostat.engines.native import status
from ionostat.engines.native.builder import WIDTHS
from ionostat.engines.native.cache import Code, ObjectCode, load_or_compile
from ionostat.engines.native.inputs import (
    Reals,
    aligned,
    array,
    check_system,
    checked_span,
    checked_times,
    checked_tolerances,
    side_by_side,
)
from ionostat.engines.native.log import ROOM, Consumer, Log, Wishes
from ionostat.engines.native.run import Run, SolveResult
from ionostat.engines.native.system import Outline, System
from ionostat.engines.native.tableau import METHODS, default_method
from ionostat.errors import InputError


class NativeKernel:
    """A compiled system. Machine code is made per method and lane width when first needed, and kept."""

    def __init__(self, system: System | Outline, lanes: int | None = None, method: str | None = None) -> None:
        if isinstance(system, System):
            check_system(system)
        if lanes is not None and lanes not in WIDTHS:
            raise InputError(f"{lanes} lanes cannot be compiled", hint=f"use one of {WIDTHS}, or None", field="lanes")
        if method is not None and method not in METHODS:
            raise InputError(f"unknown method '{method}'", hint=f"valid names: {', '.join(METHODS)}", field="method")
        self.system = system
        self._lanes = lanes
        self._method = method
        self._codes: dict[tuple[str, int], Code] = {}

    def code(self, batch: int, rtol: float = 1e-6) -> tuple[Code, str]:
        """The machine code that runs a batch of this size at this tolerance, and its method."""
        method = self._method or default_method(rtol)
        lanes = self._lanes or default_lanes(batch, self.system.n_states)
        if (method, lanes) not in self._codes:
            self._codes[method, lanes] = _compiled(self.system, method, lanes)
        return self._codes[method, lanes], method

    def rhs(self, x: ArrayLike, p: ArrayLike) -> Reals:
        """f(x, p) for every cell: (batch, states)."""
        return self._blocks(x, p)[0]

    def jacobian(self, x: ArrayLike, p: ArrayLike) -> Reals:
        """df/dx for every cell, dense: (batch, states, states)."""
        _, entries = self._blocks(x, p, slopes=True)
        n = self.system.n_states
        dense = np.zeros((len(entries), n, n))
        for place, (i, j) in enumerate(self.system.pattern):
            dense[:, i, j] = entries[:, place]
        return dense

    def _blocks(self, x: ArrayLike, p: ArrayLike, slopes: bool = False) -> tuple[Reals, Reals]:
        """F and, if asked for, the entries of the Jacobian, for every cell."""
        x, p = self._states(x, "x"), array(p)
        p = self._parameters(p, len(x))
        code = next(iter(self._codes.values()), None) or self.code(len(x))[0]
        lanes = code.layout.lanes
        groups = -(-len(x) // lanes)
        arrays = [side_by_side(x, lanes, groups, x.shape[1]), side_by_side(p, lanes, groups, code.layout.parameters)]
        arrays.append(aligned((groups, self.system.n_states, lanes)))
        if slopes:
            arrays.append(aligned((groups, len(self.system.pattern), lanes)))
        function = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * len(arrays))
        function(code.addresses["slopes_blocks" if slopes else "rhs_blocks"])(groups, *(a.ctypes.data for a in arrays))
        results = [a.transpose(0, 2, 1).reshape(groups * lanes, a.shape[1])[: len(x)] for a in arrays[2:]]
        return results[0], results[-1]

    def solve(
        self,
        x0: ArrayLike,
        p: ArrayLike,
        t0: float,
        t1: float,
        save_times: ArrayLike | None,
        rtol: float,
        atol: ArrayLike,
        *,
        h0: float = 0.0,
        h_max: float = math.inf,
        h_min: float | None = None,
        max_steps: int = 10_000_000,
        threads: int = 1,
        cancel: Any = None,
        progress: Callable[[float], None] | None = None,
        direction: Sequence[int] | None = None,
        terminal: Sequence[bool] | None = None,
        on_events: Consumer | None = None,
        log_room: int = ROOM,
    ) -> SolveResult:
        """Integrate every cell from t0 to t1.

        `atol` has one entry per state, for all cells or (batch, states) for each; an infinite one leaves the state out
        of error control. `threads` share the cells among them; the digits are the same for any number. `h0` = 0 chooses
        the first step. The floor of the step is `h_min` (default: none) plus what the time reached can resolve,
        16 roundings of it; `max_steps` counts the trials of one cell, accepted or not. `cancel` is a
        `threading.Event` or anything with `is_set()`; `progress` is called with the finished part, 0 to 1, some
        twenty times a second. With either of them, or several threads, Ctrl-C ends the run like `cancel`: what was
        computed is returned, the unfinished cells with status `cancelled`.

        Algebraic states must start on their constraint (to `atol`): the method keeps them there but does not
        search for it. Save times inside a step are interpolated to within about one tolerance.

        The events of the system's `watched` count upwards (`direction` 1), downwards (-1) or both (0, the default);
        a `terminal` one ends its cell there with status `stopped`. `on_events` takes the events, about `log_room` at a
        time, so that memory stays bounded; without it all of them are returned. It may be called from a thread of its
        own, never from two at once.
        """
        x0 = self._states(x0, "x0")
        p = self._parameters(array(p), len(x0))
        span = checked_span(t0, t1)
        times = checked_times(save_times, t0, t1)
        atol = checked_tolerances(rtol, atol, len(x0), self.system.n_states)
        if threads < 1:
            raise InputError(f"{threads} threads cannot run anything", hint="use 1 or more", field="threads")
        if not (h0 >= 0.0 and h_max > 0.0 and max_steps >= 1) or (h_min is not None and not h_min >= 0.0):
            raise InputError("h0 and h_min must not be negative, h_max and max_steps must be positive")
        code, method = self.code(len(x0), rtol)
        run = Run(code, x0, p, span, times - t0 if len(times) else times, atol, threads)
        run.arguments.rtol = rtol
        run.arguments.h0 = min(h0, h_max)
        run.arguments.h_max = h_max
        run.arguments.h_min = max(h_min or 0.0, 1e-20 * span, 1e-300)
        run.arguments.max_steps = max_steps
        if self.system.watched:
            wishes = Wishes(direction, terminal, on_events, log_room)
            run.log = Log(self.system.watched, code.layout, wishes, len(x0), t0)
            run.log.announce(run.arguments)
        if span > 0.0 and len(x0):
            run.start(cancel, progress)
        all_ok = not run.status.any()
        if not all_ok:
            self._blame(run, p, atol, rtol)
        return run.result(t0, t1, method, all_ok)

    def _blame(self, run: Run, p: Reals, atol: Reals, rtol: float) -> None:
        """Note the state to blame in every failed cell.

        Where f or its Jacobian is not finite at the last state, or a little further along f: that row. Where
        the step only became too small: the state that changes most in units of its tolerance.
        """
        bad = run.bad_state
        failed = np.flatnonzero((run.status == status.STEP_TOO_SMALL) | (run.status == status.NON_FINITE))
        if not len(failed):
            return
        with np.errstate(all="ignore"):
            x, q, h = run.y_end[failed], p[failed], run.h_last[failed, None]
            f, entries = self._blocks(x, q, slopes=True)
            atol = atol[failed] if atol.ndim == 2 else atol
            fastest = np.argmax(np.nan_to_num(np.abs(f) / (atol + rtol * np.abs(x)), nan=np.inf), axis=1)
            jacobian = np.zeros(f.shape, dtype=bool)
            for place, (i, _) in enumerate(self.system.pattern):
                jacobian[:, i] |= ~np.isfinite(entries[:, place])
            wrong = [~np.isfinite(f), jacobian]
            wrong += [
                ~np.isfinite(self._blocks(x + reach * h * f * np.array(self.system.mass), q)[0])
                for reach in (1.0, 5.0, 25.0)
            ]
        bad[failed] = fastest
        unsure = run.status[failed] == status.NON_FINITE
        for mask in wrong:
            found = unsure & mask.any(axis=1)
            bad[failed[found]] = np.argmax(mask[found], axis=1)
            unsure = unsure & ~found

    def _states(self, x: ArrayLike, name: str) -> Reals:
        x = array(x)
        if x.ndim != 2 or x.shape[1] != self.system.n_states:
            raise InputError(f"{name} has shape {x.shape}, expected (batch, {self.system.n_states})", field=name)
        return x

    def _parameters(self, p: Reals, batch: int) -> Reals:
        expected = (batch, self.system.n_parameters)
        if p.shape != expected:
            raise InputError(f"p has shape {p.shape}, expected {expected}", field="p")
        return p


def compile_system(system: System | Outline, lanes: int | None = None, method: str | None = None) -> NativeKernel:
    """A kernel for `system`.

    `lanes` cells run side by side (None: 1 for a single cell, else 16 for small and 8 for larger systems);
    `method` is "RODAS4P2" or "RODAS5P" (None: by tolerance). A cell's digits depend on both, and on nothing
    else. Machine code is shared by equal systems within the process.
    """
    return NativeKernel(system, lanes, method)


@lru_cache(maxsize=128)
def _compiled_once(system: System | Outline, method: str, lanes: int) -> Code:
    def compile() -> ObjectCode:
        from ionostat.engines.native.module import compile_module

        return compile_module(system.written(), METHODS[method], lanes)

    return load_or_compile(system.key, (method, lanes), compile)


_COMPILING = threading.Lock()


def _compiled(system: System | Outline, method: str, lanes: int) -> Code:
    """Machine code from the cache; two threads never compile the same thing."""
    with _COMPILING:
        return _compiled_once(system, method, lanes)


def forget_code() -> None:
    """Let new kernels compile anew or read from the disk, as in a new process (to time that)."""
    with _COMPILING:
        _compiled_once.cache_clear()


def default_lanes(batch: int, n_states: int) -> int:
    """1 for a single cell; 16 while the scratch block of 16 lanes stays in the nearest cache, else 8."""
    if batch == 1:
        return 1
    return 16 if n_states <= 12 else 8
