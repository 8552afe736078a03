"""One module of IR for the search for fixed points of a model, and its machine code."""

from __future__ import annotations

from collections.abc import Mapping

from ionostat.engines.native.builder import Function
from ionostat.engines.native.cache import ObjectCode
from ionostat.engines.native.linear_algebra import plan
from ionostat.engines.native.module import assemble, object_file
from ionostat.engines.native.rest_judge import write_judge_rest
from ionostat.engines.native.rest_layout import RestLayout, rest_layout
from ionostat.engines.native.rest_loop import write_rest_loop
from ionostat.engines.native.rest_programs import lean_programs
from ionostat.engines.native.rest_step import (
    search_mass,
    write_arrive,
    write_attempt,
    write_guards,
    write_search_algebra,
    write_settle,
)
from ionostat.engines.native.rest_system import RestSystem
from ionostat.engines.native.step import write_prepare, write_rhs, write_slopes

EXPORTS = ("rest_batch", "slopes_blocks", "guards_blocks")


def write_rest_module(rest: RestSystem, lanes: int) -> tuple[str, RestLayout]:
    """The IR of the whole search of one model."""
    lean = lean_programs(rest)
    elimination = plan(rest.system.n_states, rest.system.jacobian.pattern, search_mass(rest))
    layout = rest_layout(rest, lean, elimination, lanes)
    algebra, tables = write_search_algebra(rest, elimination, layout)
    lengths = {
        "x": rest.system.n_states,
        "p": lean.system.n_parameters,
        "out": rest.system.n_states,
        "jacobian": len(rest.system.jacobian.pattern),
    }
    functions = [
        write_prepare(rest.system, lean.fixed, lanes),
        write_rhs(lean.system, lanes),
        write_slopes(lean.system, lanes),
        write_guards(rest, lean, lanes),
        write_settle(rest, lean, lanes),
        *algebra,
        write_arrive(rest, layout),
        write_attempt(rest, layout),
        write_judge_rest(rest, layout),
        *write_rest_loop(rest, layout),
        _blocks("slopes", lengths, lanes),
        _blocks("guards", {"x": lengths["x"], "p": lengths["p"], "out": rest.n_guards}, lanes),
    ]
    return assemble(functions, lanes, EXPORTS, constants=tables), layout


def _blocks(name: str, lengths: Mapping[str, int], lanes: int) -> Function:
    """The function `name` for `count` groups of lanes, one after the other in memory."""
    f = Function(f"{name}_blocks", [("i64", "count"), *(("ptr", argument) for argument in lengths)], lanes)
    with f.loop(f.argument("count")) as i:
        arguments = {n: f.offset(f.argument(n), 0, i, 8 * lanes * length) for n, length in lengths.items()}
        f.call("prepare", arguments["p"])
        f.call(name, *arguments.values())
    f.finish()
    return f


def compile_rest(rest: RestSystem, lanes: int) -> ObjectCode:
    """Write and compile the search of one model."""
    text, layout = write_rest_module(rest, lanes)
    return ObjectCode(object_file(text), EXPORTS, layout)
