"""One module of IR per model, method and lane width, and its machine code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ionostat.engines.native.batching import WIDTH
from ionostat.engines.native.builder import Function, double_text
from ionostat.engines.native.cache import LLVM, ObjectCode, load_object
from ionostat.engines.native.constraints import sizes_between, write_between, write_save_between
from ionostat.engines.native.control import write_judge, write_start
from ionostat.engines.native.events import Watch, write_events
from ionostat.engines.native.hoisting import hoist
from ionostat.engines.native.kernels import KERNELS, kernel_text
from ionostat.engines.native.large_systems import is_large, write_large_linear_algebra
from ionostat.engines.native.layout import Layout
from ionostat.engines.native.linear_algebra import plan
from ionostat.engines.native.loop import write_loop
from ionostat.engines.native.step import (
    POINTS,
    write_dense,
    write_linear_algebra,
    write_prepare,
    write_rhs,
    write_slopes,
    write_trial,
)
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import Method
from ionostat.engines.native.target import emit_object, host_machine

INLINED_KERNELS = 40
"""Up to this many calls of elementary functions in a module, each becomes a copy: 15 % faster, slower to compile."""

_EXPORTS = ("solve_batch", "rhs_blocks", "slopes_blocks")


def write_module(system: System, method: Method, lanes: int) -> tuple[str, Layout]:
    """The IR of the whole solver of one model."""
    n = system.n_states
    lean, fixed = hoist(system)
    elimination = plan(n, system.jacobian.pattern, system.mass)
    watch = Watch(system)
    sizes = {
        "y": n,
        "atol": n,
        "p": lean.n_parameters,
        "Y": n,
        "carry": n,
        "Carry": n,
        "b": n,
        "f": n,
        "jacobian": len(system.jacobian.pattern),
        "factors": elimination.size,
        "k": n * method.stages,
        "d": n * len(method.dense),
        **sizes_between(system),
        **watch.sizes(n),
    }
    layout = Layout(lanes, sizes)
    constants = [_mass_table(system)]
    if is_large(elimination):
        linear_algebra, tables = write_large_linear_algebra(system, elimination, method.gamma, layout)
        constants += tables
    else:
        linear_algebra = write_linear_algebra(system, elimination, method.gamma, layout)
    functions = [
        write_prepare(system, fixed, lanes),
        write_rhs(lean, lanes),
        write_slopes(lean, lanes),
        *linear_algebra,
        write_start(system, method, layout),
        write_trial(system, method, layout),
        write_dense(method, n, layout),
        write_judge(system, method, layout),
        *write_between(system, method, layout),
        *write_save_between(system, layout),
        *write_events(system, method, layout, watch),
        *write_loop(system, method, layout),
        _blocks("rhs", POINTS, lean, lanes),
        _blocks("slopes", [*POINTS, ("ptr", "jacobian")], lean, lanes),
    ]
    return assemble(functions, lanes, _EXPORTS, constants=constants), layout


def assemble(functions: Sequence[Function], lanes: int, exports: Sequence[str], constants: Sequence[str] = ()) -> str:
    """Functions, the kernels and intrinsics that they call, and constants, as one module.

    Only `exports` can be called from outside.
    """
    declarations = set().union(*(f.declarations for f in functions))
    inline = sum(f.kernel_calls for f in functions) <= INLINED_KERNELS
    kernels = []
    narrow, wide = (set().union(*(getattr(f, calls) for f in functions)) for calls in ("calls", "wide_calls"))
    for suffix, names, width in (("", narrow & set(KERNELS), lanes), (".wide", wide, WIDTH)):
        for name in sorted(names):
            text, needs = kernel_text(name, width, suffix=suffix, inline=inline)
            kernels.append(text)
            declarations |= needs
    bodies = [f.text("" if f.name in exports else "internal") for f in functions]
    legal = max(256 if wide else 128, min(512, 64 * lanes))
    attributes = f'attributes #0 = {{ nounwind "min-legal-vector-width"="{legal}" "prefer-vector-width"="512" }}'
    return "\n\n".join([*constants, *sorted(declarations), *kernels, *bodies, attributes]) + "\n"


def _mass_table(system: System) -> str:
    entries = ", ".join(f"double {double_text(float(m))}" for m in system.mass)
    return f"@mass = internal constant [{system.n_states} x double] [{entries}]"


def _blocks(name: str, parameters: list[tuple[str, str]], system: System, lanes: int) -> Function:
    """The function `name` for `count` groups of lanes, one after the other in memory."""
    f = Function(f"{name}_blocks", [("i64", "count"), *parameters], lanes)
    lengths = {"x": system.n_states, "p": system.n_parameters, "out": system.n_states}
    lengths["jacobian"] = len(system.jacobian.pattern)
    with f.loop(f.argument("count")) as i:
        arguments = {n: f.offset(f.argument(n), 0, i, 8 * lanes * lengths[n]) for _, n in parameters}
        f.call("prepare", arguments["p"])
        f.call(name, *arguments.values())
    f.finish()
    return f


def object_file(text: str, machine: Any = None) -> bytes:
    """The object file of a module of IR, for `machine` or the one at hand."""
    with LLVM:
        return emit_object(text, machine or host_machine())


def compile_text(text: str, machine: Any = None) -> Any:
    """Machine code of a module of IR in memory, for `machine` or the one at hand."""
    return load_object(object_file(text, machine))


def compile_module(system: System, method: Method, lanes: int) -> ObjectCode:
    """Write and compile the solver of one model."""
    text, layout = write_module(system, method, lanes)
    return ObjectCode(object_file(text), _EXPORTS, layout)
