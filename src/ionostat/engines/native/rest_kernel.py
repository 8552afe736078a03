"""The Python face of the native search: fixed points of batches of cells, one cell per lane."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ionostat.engines.native import rest_status as status
from ionostat.engines.native.builder import WIDTHS
from ionostat.engines.native.cache import Code, ObjectCode, load_or_compile
from ionostat.engines.native.inputs import Reals, aligned, array, side_by_side
from ionostat.engines.native.rest_layout import RestLayout
from ionostat.engines.native.rest_run import RestRun
from ionostat.engines.native.rest_system import RestOutline, RestSystem, check_rest_system
from ionostat.engines.native.run import Integers
from ionostat.errors import InputError
from ionostat.numerics import pseudo_transient as rule

WIDE_STATES = 12
"""Up to this many states 16 cells stand side by side, beyond it 8."""


@dataclass(frozen=True)
class Bounds:
    """When a search is over, and what a change of a potential counts.

    A positive quantity that grows by the factor `most` or falls to `least` of its start has run away; a potential that
    moves by `wide` (mV) counts as a change by 1.
    """

    most: float = 1e7
    least: float = 1e-60
    wide: float = 100.0


@dataclass(frozen=True)
class RestResult:
    """Where the search of every cell of a batch ended, and why.

    `x` is the last state that was taken, `status` a code of `REST_STATUS`, `bad` the index of the guard that ran away
    or was not positive (-1: none), `iterations` the steps tried, `last_change` the size of the last Newton step
    (inf: there was none).
    """

    x: Reals
    status: Integers
    bad: Integers
    iterations: Integers
    last_change: Reals
    lanes: int

    @property
    def converged(self) -> np.ndarray:
        """Which cells came to rest."""
        found: np.ndarray = self.status == status.CONVERGED
        return found


class RestKernel:
    """The compiled search of one system. A cell's digits depend on the number of lanes and on nothing else."""

    def __init__(self, rest: RestSystem | RestOutline, bounds: Bounds | None = None, lanes: int | None = None) -> None:
        if isinstance(rest, RestSystem):
            check_rest_system(rest)
        if lanes is not None and lanes not in WIDTHS:
            raise InputError(f"{lanes} lanes cannot be compiled", hint=f"use one of {WIDTHS}, or None", field="lanes")
        self.rest, self.bounds = rest, bounds or Bounds()
        self.lanes = lanes or (16 if rest.n_states <= WIDE_STATES else 8)

    @property
    def code(self) -> Code:
        """The machine code, compiled when first needed."""
        with _COMPILING:
            return _compiled_once(self.rest, self.lanes)

    def solve(
        self,
        x0: ArrayLike,
        p: ArrayLike,
        *,
        threads: int = 1,
        h0: float = rule.FIRST,
        tolerance: float = rule.TOLERANCE,
        max_iterations: int = 1000,
        cancel: Any = None,
        progress: Callable[[float], None] | None = None,
    ) -> RestResult:
        """Search from every row of `x0` (batch, states) with the parameters `p` (batch, parameters).

        The rules are those of `ionostat.numerics.pseudo_transient.solve`. `cancel` is a `threading.Event` or anything
        with `is_set()`, `progress` is called with the finished part, 0 to 1, some twenty times a second; with either,
        or with several threads, Ctrl-C ends the search like `cancel`.
        """
        x0, p = self._checked(x0, p)
        if not (h0 > 0.0 and tolerance > 0.0 and max_iterations >= 1 and threads >= 1):
            raise InputError("h0, tolerance, max_iterations and threads must be positive")
        run = RestRun(self.code, x0, p)
        run.arguments.h0, run.arguments.tolerance = h0, tolerance
        run.arguments.per_unit = 1.0 / self.bounds.wide
        run.arguments.most, run.arguments.least = self.bounds.most, self.bounds.least
        run.arguments.max_iterations = max_iterations
        run.start(threads, cancel, progress)
        bad = self._blame(run.x, run.status, x0, p)
        return RestResult(run.x, run.status, bad, run.iterations, run.last_change, self.lanes)

    def guards(self, x: ArrayLike, p: ArrayLike) -> Reals:
        """The quantities that are watched: (batch, guards)."""
        x, p = self._checked(x, p)
        out = self._blocks("guards_blocks", x, p, self.rest.n_guards)
        return out[0]

    def slopes(self, x: ArrayLike, p: ArrayLike) -> tuple[Reals, Reals]:
        """F (batch, states) and its dense Jacobian (batch, states, states)."""
        x, p = self._checked(x, p)
        n, pattern = self.rest.n_states, self.rest.pattern
        f, entries = self._blocks("slopes_blocks", x, p, n, len(pattern))
        dense = np.zeros((len(x), n, n))
        rows, columns = np.array(pattern, dtype=np.intp).reshape(-1, 2).T
        dense[:, rows, columns] = entries
        return f, dense

    def _blocks(self, name: str, x: Reals, p: Reals, *lengths: int) -> list[Reals]:
        """Outputs of one of the exported functions for every cell."""
        code, lanes = self.code, self.lanes
        groups = -(-len(x) // lanes)
        blocks = [side_by_side(x, lanes, groups, x.shape[1]), side_by_side(p, lanes, groups, code.layout.parameters)]
        blocks += [aligned((groups, length, lanes)) for length in lengths]
        function = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * len(blocks))
        function(code.addresses[name])(groups, *(b.ctypes.data for b in blocks))
        return [b.transpose(0, 2, 1).reshape(groups * lanes, b.shape[1])[: len(x)] for b in blocks[2:]]

    def _blame(self, x: Reals, code: Integers, x0: Reals, p: Reals) -> Integers:
        """The guard that ran away, or was not positive at the start."""
        bad = np.full(len(x), -1, dtype=np.int64)
        asked = np.flatnonzero((code == status.RAN_AWAY) | (code == status.INFEASIBLE))
        if len(asked):
            k = self.rest.n_positive
            before, after = self.guards(x0[asked], p[asked])[:, :k], self.guards(x[asked], p[asked])[:, :k]
            away = (after > before * self.bounds.most) | (after < before * self.bounds.least)
            wrong = np.where((code[asked] == status.RAN_AWAY)[:, None], away, ~(before > 0.0))
            bad[asked] = np.where(wrong.any(axis=1), np.argmax(wrong, axis=1), -1)
        return bad

    def _checked(self, x: ArrayLike, p: ArrayLike) -> tuple[Reals, Reals]:
        x, p = array(x), array(p)
        n, m = self.rest.n_states, self.rest.n_parameters
        if x.ndim != 2 or x.shape[1] != n or p.shape != (len(x), m):
            raise InputError(f"states {x.shape} and parameters {p.shape} do not fit (batch, {n}) and (batch, {m})")
        return x, p


_COMPILING = threading.Lock()  # two threads never compile the same thing


@lru_cache(maxsize=64)
def _compiled_once(rest: RestSystem | RestOutline, lanes: int) -> Code:
    def compile() -> ObjectCode:
        from ionostat.engines.native.rest_module import compile_rest

        return compile_rest(rest.written(), lanes)

    return load_or_compile(rest.key, ("rest", lanes), compile, RestLayout)
