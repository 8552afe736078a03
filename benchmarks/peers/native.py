"""Ours."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.peers.engine import Engine, Runner, Timed
from benchmarks.problems import Problem
from ionostat.engines.native_engine import NativeEngine


class Native(Runner):
    """A batch of cells in one call, one in each vector lane; `threads` share the batch."""

    def __init__(self, problem: Problem, threads: int = 1) -> None:
        super().__init__(problem)
        self.kernel = NativeEngine(problem.system).kernel
        self.threads = threads
        self.lanes = 0

    def run(self, members: range, rtol: float) -> Timed:
        """All members together."""
        given, rows = self.problem, slice(members.start, members.stop)
        began = time.process_time()
        y0, p, atol = given.y0[rows], given.p[rows], given.atol(rtol)
        cpu, wall = time.process_time(), time.perf_counter()
        solved = self.kernel.solve(
            y0, p, 0.0, given.duration, None, rtol, atol, h_max=given.h_max, threads=self.threads
        )
        timed = Timed(solved.y_end, time.process_time() - cpu, time.perf_counter() - wall, cpu - began)
        timed.end = np.where(solved.status[:, None] == 0, solved.y_end, np.nan)
        timed.failures = [f"member {i}: status {solved.status[i]}" for i in np.flatnonzero(solved.status)]
        self.lanes = solved.lanes
        return timed


NATIVE = Engine("native", (), ("llvmlite",), Native, "RODAS4P2, from rtol 1e-7 on RODAS5P")
