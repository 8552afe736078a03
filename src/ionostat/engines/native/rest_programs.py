"""The programs of a search with all that depends on parameters alone lifted out together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sympy

from ionostat.cell.program import Program, needed_steps
from ionostat.engines.native.hoisting import hoist
from ionostat.engines.native.rest_system import RestSystem
from ionostat.engines.native.system import System


@dataclass(frozen=True)
class LeanPrograms:
    """The programs of a `RestSystem` without what depends on parameters alone, which `fixed` gives."""

    system: System
    guards: Program
    steady: Program
    fixed: Program


def lean_programs(rest: RestSystem) -> LeanPrograms:
    """All programs with their fixed parts lifted out together, so that they share them."""
    steady = rest.steady or Program(rest.system.inputs, (), ())
    programs = [_renamed(program, f"g{k}_") for k, program in enumerate((rest.guards, steady))]
    steps = (*rest.system.rhs.steps, *(step for program in programs for step in program.steps))
    outputs = (*rest.system.rhs.outputs, *(output for program in programs for output in program.outputs))
    lean, fixed = hoist(replace(rest.system, rhs=Program(rest.system.inputs, steps, outputs)))
    n, m = rest.system.n_states, rest.n_guards
    parts = [_part(lean.rhs, range(a, b)) for a, b in ((0, n), (n, n + m), (n + m, len(outputs)))]
    return LeanPrograms(replace(lean, rhs=parts[0]), parts[1], parts[2], fixed)


def _renamed(program: Program, prefix: str) -> Program:
    """The program with names of its own, so that it can stand beside another."""
    names = {symbol: sympy.Dummy(f"{prefix}{symbol}", real=True) for symbol, _ in program.steps}
    steps = tuple((names[s], e.xreplace(names)) for s, e in program.steps)
    return Program(program.inputs, steps, tuple(o.xreplace(names) for o in program.outputs))


def _part(program: Program, places: Sequence[int]) -> Program:
    """Some of the outputs, with the steps that they need."""
    outputs = tuple(program.outputs[i] for i in places)
    return Program(program.inputs, needed_steps(program.steps, outputs), outputs)
