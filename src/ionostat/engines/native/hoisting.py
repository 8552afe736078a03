"""What depends on parameters alone is computed once per cell, not at every stage of every step.

A cell brings dozens of parameters, and its formulas are full of RT/F, 1/K_m, N x g and temperature factors. They
are lifted out of the programs of f and its Jacobian into one program of the parameters, whose values the lanes
keep beside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sympy

from ionostat.cell.program import Program
from ionostat.engines.native.system import System


def hoist(system: System) -> tuple[System, Program]:
    """The system with further inputs behind its parameters, and the program that gives these from the parameters."""
    parameters = system.inputs[system.n_states :]
    hoister = _Hoister(parameters)
    rhs, jacobian = hoister.lean(system.rhs), hoister.lean(system.jacobian.program)
    expressions = [e for program in (rhs, jacobian) for e in (*(e for _, e in program.steps), *program.outputs)]
    used = set().union(*(e.free_symbols for e in expressions))
    kept = tuple(symbol for symbol in hoister.found.values() if symbol in used)
    steps = tuple((symbol, expression) for expression, symbol in hoister.found.items())
    inputs = (*system.inputs, *kept)
    lean = System(
        inputs,
        system.n_states,
        system.mass,
        replace(rhs, inputs=inputs),
        replace(system.jacobian, program=replace(jacobian, inputs=inputs)),
        system.watched,
    )
    return lean, Program(parameters, steps, kept)


class _Hoister:
    """Finds the fixed parts: sums, products and functions of parameters and numbers alone."""

    def __init__(self, parameters: Sequence[Any]) -> None:
        self.fixed: set[Any] = set(parameters)
        self.found: dict[Any, Any] = {}  # expression in parameters and earlier finds -> its symbol

    def lean(self, program: Program) -> Program:
        """`program` without its fixed parts."""
        known: dict[Any, Any] = {}
        steps = []
        for symbol, expression in program.steps:
            written = self._rewrite(expression, known)
            if self._is_fixed(written):
                known[symbol] = written
            else:
                steps.append((symbol, written))
        return Program(program.inputs, tuple(steps), tuple(self._rewrite(o, known) for o in program.outputs))

    def _is_fixed(self, node: Any) -> bool:
        return node in self.fixed or (isinstance(node, sympy.Expr) and bool(node.is_number))

    def _symbol(self, expression: Any) -> Any:
        """The symbol of a fixed expression; numbers and single symbols stand for themselves."""
        if expression in self.fixed or expression.is_number:
            return expression
        if expression not in self.found:
            self.found[expression] = sympy.Dummy(f"fixed{len(self.found)}")
            self.fixed.add(self.found[expression])
        return self.found[expression]

    def _rewrite(self, node: Any, known: dict[Any, Any]) -> Any:
        if node in known:
            return known[node]
        if not node.args or (isinstance(node, sympy.Expr) and node.is_number):
            return node
        if isinstance(node, sympy.Mul):
            written = self._product(node, known)
        else:
            args = [self._rewrite(a, known) for a in node.args]
            if isinstance(node, sympy.Expr) and all(self._is_fixed(a) for a in args):
                written = self._symbol(node.func(*args))
            elif isinstance(node, sympy.Add):
                written = sympy.Add(
                    self._group(sympy.Add, [a for a in args if self._is_fixed(a)]),
                    *(a for a in args if not self._is_fixed(a)),
                )
            else:
                written = node.func(*args)
        known[node] = written
        return written

    def _product(self, node: Any, known: dict[Any, Any]) -> Any:
        """A product; its sign stays in front, so that u and -u can still be seen to be a pair."""
        coefficient, rest = node.as_coeff_Mul()
        args = [self._rewrite(a, known) for a in sympy.Mul.make_args(rest)]
        sign = -1 if coefficient.is_negative else 1
        group = self._group(sympy.Mul, [sign * coefficient, *(a for a in args if self._is_fixed(a))])
        moving = [a for a in args if not self._is_fixed(a)]
        if not moving and sign < 0:
            return self._symbol(-group)
        return sympy.Mul(sign, group, *moving)

    def _group(self, kind: Any, args: list[Any]) -> Any:
        return self._symbol(kind(*args))
