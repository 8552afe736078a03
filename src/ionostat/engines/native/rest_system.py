"""What the search for a fixed point needs besides the equations: quantities to watch, and variables that follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ionostat.cell.program import Program, needed_steps
from ionostat.engines.native.hoisting import hoist
from ionostat.engines.native.inputs import check_system
from ionostat.engines.native.system import System
from ionostat.errors import InputError


@dataclass(frozen=True)
class RestSystem:
    """M y' = f(y, p) with what a search for f = 0 has to respect.

    `guards` gives, from the inputs of the system, `n_positive` quantities that have to stay positive and then
    potentials. `followers` are states that take the values of `steady` after every step (gates): their rows must have
    the value of `steady` as their zero, and the guards must not depend on them.
    """

    system: System
    guards: Program
    n_positive: int
    followers: tuple[int, ...] = ()
    steady: Program | None = None

    @property
    def n_guards(self) -> int:
        """Number of quantities watched."""
        return len(self.guards.outputs)

    @property
    def floating(self) -> tuple[int, ...]:
        """Algebraic states, which get an inertia in the search."""
        return tuple(i for i, m in enumerate(self.system.mass) if not m)


@dataclass(frozen=True)
class LeanPrograms:
    """The programs of a `RestSystem` without what depends on parameters alone, which `fixed` gives."""

    system: System
    guards: Program
    steady: Program
    fixed: Program


def check_rest_system(rest: RestSystem) -> None:
    """Refuse a system whose parts do not fit together."""
    check_system(rest.system)
    steady = rest.steady.outputs if rest.steady is not None else ()
    if len(steady) != len(rest.followers) or not 0 <= rest.n_positive <= rest.n_guards or not rest.n_guards:
        raise InputError(
            f"{len(rest.followers)} followers need as many steady values ({len(steady)}), and of {rest.n_guards} "
            f"guards {rest.n_positive} are said to be positive"
        )
    following = {rest.system.inputs[i] for i in rest.followers}
    used = {s for e in (*(e for _, e in rest.guards.steps), *rest.guards.outputs) for s in e.free_symbols}
    if following & used:
        raise InputError(f"a guard depends on {sorted(map(str, following & used))}, which only follow the other states")


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
    from sympy import Dummy

    names = {symbol: Dummy(f"{prefix}{symbol}", real=True) for symbol, _ in program.steps}
    steps = tuple((names[s], e.xreplace(names)) for s, e in program.steps)
    return Program(program.inputs, steps, tuple(o.xreplace(names) for o in program.outputs))


def _part(program: Program, places: Sequence[int]) -> Program:
    """Some of the outputs, with the steps that they need."""
    outputs = tuple(program.outputs[i] for i in places)
    return Program(program.inputs, needed_steps(program.steps, outputs), outputs)
