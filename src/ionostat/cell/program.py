"""Straight-line programs: what every engine runs, and their exact derivatives.

A traced model is a list of small assignments over symbols. Common subexpressions appear once, and the
Jacobian is made from the same list by forward-mode differentiation, so that it shares every
intermediate with the right-hand side and never swells.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

Pattern = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Program:
    """`outputs` as functions of `inputs` by way of `steps`, each a symbol and the expression it stands for."""

    inputs: tuple[sympy.Symbol, ...]
    steps: tuple[tuple[sympy.Symbol, Any], ...]
    outputs: tuple[Any, ...]


@dataclass(frozen=True)
class Derivative:
    """A program whose outputs are the entries (row, column) of `pattern` of a Jacobian; the others are zero."""

    program: Program
    pattern: Pattern
    shape: tuple[int, int]


def straight_line(inputs: Sequence[sympy.Symbol], outputs: Sequence[Any], prefix: str = "t") -> Program:
    """Find common subexpressions of `outputs` and write them as a program."""
    symbols = sympy.numbered_symbols(prefix)
    steps, reduced = sympy.cse([sympy.sympify(o) for o in outputs], symbols=symbols, order="none")
    return Program(tuple(inputs), tuple(steps), tuple(reduced))


def differentiate(program: Program, wrt: Sequence[sympy.Symbol]) -> Derivative:
    """Forward-mode derivative of every output with respect to `wrt`, as a program of its own.

    Each assignment t = e(a, b, ...) gives dt/dx = sum over a of (de/da)(da/dx); the zeros are never formed.
    """
    columns = {x: j for j, x in enumerate(wrt)}
    tangents: dict[Any, dict[int, Any]] = {x: {j: sympy.Integer(1)} for x, j in columns.items()}
    steps: list[tuple[sympy.Symbol, Any]] = list(program.steps)
    names = sympy.numbered_symbols("d")
    for symbol, expression in program.steps:
        entries = {}
        for j, value in _chain(expression, tangents).items():
            if value.is_Atom:
                entries[j] = value
            else:
                entries[j] = next(names)
                steps.append((entries[j], value))
        if entries:
            tangents[symbol] = entries
    pattern, outputs = [], []
    for i, expression in enumerate(program.outputs):
        for j, value in sorted(_chain(expression, tangents).items()):
            pattern.append((i, j))
            outputs.append(value)
    lean = straight_line_again(Program(program.inputs, tuple(steps), tuple(outputs)))
    return Derivative(lean, tuple(pattern), (len(program.outputs), len(wrt)))


def _chain(expression: Any, tangents: dict[Any, dict[int, Any]]) -> dict[int, Any]:
    """Derivatives of one expression by the chain rule, keyed by column; structural zeros are left out."""
    terms: dict[int, list[Any]] = {}
    active = [s for s in sorted(expression.free_symbols, key=str) if s in tangents]
    for symbol in active:
        partial = _partial(expression, symbol)
        if partial == 0:
            continue
        for j, tangent in tangents[symbol].items():
            terms.setdefault(j, []).append(partial * tangent)
    sums = {j: sympy.Add(*parts) for j, parts in terms.items()}
    return {j: s for j, s in sums.items() if s != 0}


def _partial(expression: Any, symbol: Any) -> Any:
    """Derivative of `expression` with respect to one symbol; every symbol is real (SymPy must know it for |x|)."""
    if not expression.has(sympy.Abs, sympy.sign):
        return sympy.diff(expression, symbol)
    real = {s: sympy.Dummy(real=True) for s in expression.free_symbols}
    partial = sympy.diff(expression.xreplace(real), real[symbol])
    return partial.xreplace({dummy: s for s, dummy in real.items()})


def straight_line_again(program: Program) -> Program:
    """The same program with new common subexpressions shared and dead assignments removed."""
    expressions = [e for _, e in program.steps] + list(program.outputs)
    shared, reduced = sympy.cse(expressions, symbols=sympy.numbered_symbols("u"), order="none")
    steps = list(shared) + list(zip((s for s, _ in program.steps), reduced, strict=False))
    ordered = _sorted(steps)
    outputs = tuple(reduced[len(program.steps) :])
    return Program(program.inputs, needed_steps(ordered, outputs), outputs)


def _sorted(steps: Iterable[tuple[sympy.Symbol, Any]]) -> list[tuple[sympy.Symbol, Any]]:
    """Order assignments so that each symbol is defined before it is used."""
    defined = dict(steps)
    done: dict[sympy.Symbol, Any] = {}

    for root in defined:
        stack = [(root, False)]
        while stack:
            symbol, ready = stack.pop()
            if symbol in done:
                continue
            if ready:
                done[symbol] = defined[symbol]
                continue
            stack.append((symbol, True))
            needs = sorted(defined[symbol].free_symbols, key=str, reverse=True)
            stack.extend((s, False) for s in needs if s in defined and s not in done)
    return list(done.items())


def needed_steps(
    steps: Sequence[tuple[sympy.Symbol, Any]], outputs: Sequence[Any]
) -> tuple[tuple[sympy.Symbol, Any], ...]:
    """Only the assignments that some output needs."""
    needed: set[Any] = set().union(*(o.free_symbols for o in outputs)) if outputs else set()
    kept = []
    for symbol, expression in reversed(steps):
        if symbol in needed:
            kept.append((symbol, expression))
            needed |= expression.free_symbols
    return tuple(reversed(kept))


def matrix(derivative: Derivative, values: Mapping[Any, float]) -> Any:
    """A Jacobian evaluated by plain substitution: slow and obvious, for tests."""
    environment = dict(values)
    for s, expression in derivative.program.steps:
        environment[s] = expression.subs(environment).evalf()
    dense = sympy.zeros(*derivative.shape)
    for (i, j), expression in zip(derivative.pattern, derivative.program.outputs, strict=True):
        dense[i, j] = expression.subs(environment).evalf()
    return dense
