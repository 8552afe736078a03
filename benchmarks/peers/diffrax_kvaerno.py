"""Kvaerno5 of diffrax on the same program as a JAX function, all cells in one `vmap`, 64-bit, compiled by XLA."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from benchmarks.peers.engine import Engine, Runner, Timed
from benchmarks.peers.translate import for_jax
from benchmarks.problems import Problem


class Diffrax(Runner):
    """One compiled function for all tolerances; a first call of each batch size compiles and is not timed."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        import jax

        jax.config.update("jax_enable_x64", True)
        import diffrax
        import jax.numpy as jnp

        f = for_jax(problem.system.rhs)
        n = problem.system.n_states
        scale = jnp.asarray(problem.scale)

        def rate(t: Any, y: Any, p: Any) -> Any:
            return jnp.stack(jnp.broadcast_arrays(*(jnp.asarray(v, y.dtype) for v in f(*(y * scale), *p)))) / scale

        def solve(y: Any, p: Any, rtol: Any) -> Any:
            solution = diffrax.diffeqsolve(
                diffrax.ODETerm(rate), diffrax.Kvaerno5(), 0.0, problem.duration, None, y / scale, p,
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=1e-3 * rtol),
                saveat=diffrax.SaveAt(t1=True), max_steps=None, throw=False,
            )  # fmt: skip
            good = solution.result == diffrax.RESULTS.successful
            return jnp.where(good, solution.ys[0] * scale, jnp.full(n, jnp.nan))

        self.solve = jax.jit(jax.vmap(solve, in_axes=(0, 0, None)))
        self.compiled: set[int] = set()

    def run(self, members: range, rtol: float) -> Timed:
        """All members in one call."""
        import jax

        rows = slice(members.start, members.stop)
        y0, p = (jax.device_put(a[rows]) for a in (self.problem.y0, self.problem.p))
        if len(members) not in self.compiled:
            self.solve.lower(y0, p, rtol).compile()
            self.solve(y0, p, 1e-3).block_until_ready()
            self.compiled.add(len(members))
        cpu, wall = time.process_time(), time.perf_counter()
        end = np.asarray(self.solve(y0, p, rtol).block_until_ready())
        timed = Timed(end, time.process_time() - cpu, time.perf_counter() - wall)
        timed.failures = [f"member {i}: no result" for i in np.flatnonzero(np.isnan(end).any(axis=1))]
        return timed


DIFFRAX = Engine("diffrax Kvaerno5", ("diffrax",), ("diffrax", "jax"), Diffrax, "Kvaerno5, vmap, PID, 64-bit, XLA")
