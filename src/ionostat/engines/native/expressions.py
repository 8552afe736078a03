"""SymPy expressions as IR: the straight-line programs of a model become vector instructions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import sympy
from sympy.logic.boolalg import Boolean

from ionostat.cell.program import Program
from ionostat.engines.native.builder import Function, Value
from ionostat.errors import InputError

_RELATIONS = {
    sympy.StrictLessThan: "lt",
    sympy.LessThan: "le",
    sympy.StrictGreaterThan: "gt",
    sympy.GreaterThan: "ge",
    sympy.Equality: "eq",
    sympy.Unequality: "ne",
}
_KERNELS = ("exp", "expm1", "log", "log1p", "tanh", "exprel", "dexprel")


def write_program(function: Function, program: Program, inputs: Mapping[Any, Value]) -> list[Value]:
    """Write the assignments of `program` and return the values of its outputs."""
    writer = Writer(function, dict(inputs))
    for symbol, expression in program.steps:
        writer.definitions[symbol] = expression
        writer.known[symbol] = writer.value(expression)
    return [writer.value(output) for output in program.outputs]


class Writer:
    """Writes one expression after the other; every node is written once."""

    def __init__(self, function: Function, known: dict[Any, Value]) -> None:
        self.function = function
        self.known = known
        self.definitions: dict[Any, Any] = {}

    def value(self, node: Any) -> Value:
        """The doubles that `node` stands for."""
        if node not in self.known:
            self.known[node] = self._write(node)
        return self.known[node]

    def _write(self, node: Any) -> Value:
        f = self.function
        if node.is_Symbol:
            raise InputError(f"the program uses '{node}', which is neither an input nor assigned before")
        if isinstance(node, Boolean):  # a condition that several pieces share
            return self.condition(node)
        if node.is_number and not node.free_symbols:
            return f.number(_number(node))
        if node.is_Add:
            return self._sum(node)
        if node.is_Mul:
            return self._product(node)
        if node.is_Pow:
            return self._product(node)
        if isinstance(node, sympy.Piecewise):
            return self._piecewise(node)
        name = type(node).__name__
        if name in _KERNELS:
            return f.kernel(name, self.value(node.args[0]))
        if name in _OTHERS:
            return _OTHERS[name](f, *(self.value(a) for a in node.args))
        raise InputError(
            f"the native engine has no code for '{name}' in {node}",
            hint=f"use {', '.join((*_KERNELS, 'sqrt', 'powers', 'Piecewise', *_OTHERS))}",
        )

    def _sum(self, node: Any) -> Value:
        plus, minus = [], []
        for term in node.args:
            coefficient, rest = term.as_coeff_Mul()
            if coefficient.is_negative:
                minus.append(-coefficient * rest)
            else:
                plus.append(term)
        total = self.value(plus[0]) if plus else -self.value(minus.pop(0))
        for term in plus[1:]:
            total = total + self.value(term)
        for term in minus:
            total = total - self.value(term)
        return total

    def _product(self, node: Any) -> Value:
        """Factors above times reciprocals of those below: each quantity is divided by once in a program."""
        over, under = [], []
        front = 1.0
        for factor in sympy.Mul.make_args(node):
            if factor.is_number:
                front *= _number(factor)
                continue
            base, power = factor.as_base_exp() if factor.is_Pow else (factor, sympy.Integer(1))
            inner = self.definitions.get(base, base)
            if power.is_number and power.is_negative and type(inner).__name__ == "exprel":
                over.append(self._power_of(self._bernoulli(inner.args[0]), -power))
            elif power.is_number and power.is_negative:
                under.append(self._power_of(1.0 / self.value(base), -power))
            else:
                over.append(self._power(base, power))
        above = _multiplied(over)
        if above is None:
            above = self.function.number(front)
        elif front == -1.0:
            above = -above
        elif front != 1.0:
            above = above * front
        below = _multiplied(under)
        return above if below is None else above * below

    def _power(self, base: Any, power: Any) -> Value:
        """base**power for any power that is not a negative number."""
        return self._power_of(self.value(base), power)

    def _power_of(self, x: Value, power: Any) -> Value:
        """Whole and half powers by products and a square root; all others by a kernel."""
        f = self.function
        twice = float(2 * power) if power.is_number else math.nan
        if twice.is_integer() and 0 < twice <= 128:
            whole, half = divmod(int(twice), 2)
            factors = [_whole_power(x, whole)] if whole else []
            factors += [f.intrinsic("sqrt", x)] if half else []
            return factors[0] if len(factors) == 1 else factors[0] * factors[1]
        return f.kernel("pow", x, self.value(power))

    def _bernoulli(self, argument: Any) -> Value:
        """1/exprel(u). A flux in an electric field needs it at u and at -u: both come from |u|, for one exponential.

        B(u) is B(|u|) where u > 0 and B(|u|) + |u| where u < 0: sums of positive numbers, nothing cancels.
        """
        f = self.function
        base, positive = self._signed(argument)
        u = self.value(base)
        size = f.intrinsic("fabs", u)
        least = f.kernel("bernoulli", size)
        return f.select(u > 0.0 if positive else u < 0.0, least, least + size)

    def _signed(self, node: Any) -> tuple[Any, bool]:
        """The definition of `node` without a minus sign in front, and whether there was none."""
        positive = True
        while True:
            while node in self.definitions:
                node = self.definitions[node]
            coefficient, rest = node.as_coeff_Mul()
            if not coefficient.is_negative:
                return node, positive
            node, positive = -coefficient * rest, not positive

    def _piecewise(self, node: Any) -> Value:
        f = self.function
        pieces = list(node.args)
        result = f.number(math.nan)
        if pieces[-1].cond == sympy.true:
            result = self.value(pieces.pop().expr)
        for piece in reversed(pieces):
            result = f.select(self.condition(piece.cond), self.value(piece.expr), result)
        return result

    def condition(self, node: Any) -> Value:
        """The mask that a relation or a combination of relations stands for."""
        f = self.function
        if node.is_Symbol:
            return self.value(node)
        if node in (sympy.true, sympy.false):
            return f.constant(int(node == sympy.true), f.mask)
        if type(node) in _RELATIONS:
            return f.compare(_RELATIONS[type(node)], self.value(node.lhs), self.value(node.rhs))
        if isinstance(node, sympy.Not):
            return self.condition(node.args[0]) ^ True
        if isinstance(node, (sympy.And, sympy.Or)):
            first, *others = (self.condition(a) for a in node.args)
            for other in others:
                first = first & other if isinstance(node, sympy.And) else first | other
            return first
        raise InputError(f"the native engine cannot decide the condition {node}", hint="compare two expressions")


def _number(node: Any) -> float:
    """A constant expression as the nearest double."""
    if node.is_Integer or node.is_Rational or node.is_Float:
        return float(node)
    value = complex(sympy.N(node, 30)) if node.is_finite is not False else complex(float(node))
    if value.imag:
        raise InputError(f"{node} is not a real number")
    return value.real


def _multiplied(factors: list[Value]) -> Value | None:
    product = None
    for factor in factors:
        product = factor if product is None else product * factor
    return product


def _whole_power(x: Value, power: int) -> Value:
    """x**power by repeated squaring."""
    if power == 1:
        return x
    half = _whole_power(x, power // 2)
    square = half * half
    return square * x if power % 2 else square


def _sign(f: Function, x: Value) -> Value:
    return f.select(x > 0.0, 1.0, f.select(x < 0.0, -1.0, x))


def _heaviside(f: Function, x: Value, middle: Value) -> Value:
    return f.select(x > 0.0, 1.0, f.select(x < 0.0, 0.0, middle))


def _largest(f: Function, *values: Value) -> Value:
    first, *others = values
    for other in others:
        first = f.select((other > first) | other.differs(other), other, first)
    return first


def _smallest(f: Function, *values: Value) -> Value:
    first, *others = values
    for other in others:
        first = f.select((other < first) | other.differs(other), other, first)
    return first


_OTHERS: dict[str, Callable[..., Value]] = {
    "Abs": lambda f, x: f.intrinsic("fabs", x),
    "sign": _sign,
    "Max": _largest,
    "Min": _smallest,
    "Heaviside": _heaviside,
    "DiracDelta": lambda f, x, *order: f.number(0.0),  # the derivative of a step, where it has one
    "re": lambda f, x: x,  # every number here is real; SymPy's derivative of Abs says re and im
    "im": lambda f, x: f.number(0.0),
}
