"""Elementary functions as branch-free vector code: exp, expm1, exprel, bernoulli, dexprel, tanh, log, log1p, pow.

No lane ever waits for another and nothing calls the C library, so a cell's digits depend on nothing but the
cell. Each kernel holds over all doubles: infinities, NaN, zeros and subnormal numbers included, to 2.5 ulp. Fused
operations are written out and the compiler may not make others: the bits are the same for every lane width and on every
processor with fused multiply-add (x86-64 since 2013, AArch64). The largest errors found are in
tests/engines/native/test_kernels.py.
"""

from __future__ import annotations

from inspect import signature

from ionostat.engines.native.builder import Function, real_type
from ionostat.engines.native.kernels.exponential import (
    ROUND,
    bernoulli,
    dexprel,
    exp,
    expm1,
    exprel,
    power_of_two,
    tanh,
)
from ionostat.engines.native.kernels.logarithm import log, log1p
from ionostat.engines.native.kernels.power import pow

__all__ = ["KERNELS", "ROUND", "kernel_text", "power_of_two"]

KERNELS = {f.__name__: f for f in (exp, expm1, exprel, bernoulli, dexprel, log, log1p, tanh, pow)}
"""The elementary functions by name."""


def kernel_text(name: str, lanes: int, *, suffix: str = "", inline: bool = False) -> tuple[str, set[str]]:
    """One kernel as the IR function `kernel.<name><suffix>`, and the declarations that it needs."""
    real, write = real_type(lanes), KERNELS[name]
    parameters = [(real, parameter) for parameter in signature(write).parameters]
    function = Function(f"kernel.{name}{suffix}", parameters, lanes, returns=real, contract=False)
    function.finish(write(*(function.argument(n) for _, n in parameters)))
    function.inline = inline
    return function.text(attributes="memory(none)"), function.declarations
