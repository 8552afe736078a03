"""The straight-line program of a cell as CasADi and JAX functions: the same equations, term by term."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ionostat.cell.program import Program

Function = Callable[..., list[Any]]


def _compile(program: Program, modules: list[Any]) -> Function:
    steps, outputs = list(program.steps), list(program.outputs)
    function: Function = sympy.lambdify(list(program.inputs), outputs, modules=modules, cse=lambda _: (steps, outputs))
    return function


def for_casadi(program: Program) -> Function:
    """A function of CasADi's SX symbols. A program with a condition is refused by CasADi itself."""
    import casadi as ca

    def exprel(x: Any) -> Any:
        zero = x == 0
        divisor = ca.if_else(zero, 1.0, x)
        return ca.if_else(zero, 1.0, ca.expm1(divisor) / divisor)

    names = ("exp", "log", "sqrt", "tanh", "fabs")
    return _compile(program, [{"exprel": exprel, "Abs": ca.fabs, **{n: getattr(ca, n) for n in names}}])


def for_jax(program: Program) -> Function:
    """A function of JAX arrays."""
    import jax.numpy as jnp

    def exprel(x: Any) -> Any:
        divisor = jnp.where(x == 0.0, 1.0, x)  # `where` in front too, or the derivative at 0 is NaN
        return jnp.where(x == 0.0, 1.0, jnp.expm1(divisor) / divisor)

    return _compile(program, [{"exprel": exprel}, "jax"])
