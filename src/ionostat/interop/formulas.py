"""SymPy expressions as formulas of SBML (the text that libsbml reads), and the functions that SBML does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ionostat.errors import InputError

FUNCTIONS = {"exp": "exp", "log": "ln", "tanh": "tanh", "Abs": "abs", "exprel": "exprel"}
"""SymPy's name of a function -> that of SBML (`exprel` is defined in the model)."""
RELATIONS = {
    sympy.StrictLessThan: "<",
    sympy.LessThan: "<=",
    sympy.StrictGreaterThan: ">",
    sympy.GreaterThan: ">=",
    sympy.Equality: "==",
    sympy.Unequality: "!=",
}
LARGEST_PRODUCT = 4
"""Integer powers of a symbol up to this are written as products, which every tool computes fast and alike."""


def exprel_body(x: str) -> str:
    """exprel(x) = (exp(x) - 1)/x as a formula that is accurate near 0, where the quotient cancels.

        (exp(x) - 1)/x = (exp(x) + 1) tanh(x/2)/x

    Nothing cancels on the right and nothing overflows before exp does, so only x = 0 needs a piece of its own. A series
    near 0 would need a threshold, and COPASI stops where a change carries x across one. The bare 1 comes first because
    libsbml takes the unit of a call from the first piece.
    """
    return f"piecewise(1, {x} == 0, (exp({x}) + 1) * tanh({x} / 2) / {x})"


def formula(expression: Any, name: Callable[[str], str]) -> str:
    """The formula of an expression; `name` gives the identifier of a path.

    >>> formula(2 * sympy.Symbol("a.b") ** 2 / sympy.exp(sympy.Symbol("c")), lambda path: path.replace(".", "_"))
    '(2 * a_b * a_b * exp((-1 * c)))'
    """
    return _Writer(name).text(sympy.sympify(expression))


class _Writer:
    """Writes one expression; every sum and product stands in brackets, so no rule of precedence is needed."""

    def __init__(self, name: Callable[[str], str]) -> None:
        self.name = name

    def text(self, e: Any) -> str:
        """Any expression."""
        if e.is_Symbol:
            return self.name(e.name)
        if e.is_Number or e is sympy.pi:
            return self._number(e)
        if e.is_Add:
            return f"({' + '.join(self.text(a) for a in e.args)})"
        if e.is_Mul:
            return self._product(e)
        if e.is_Pow:
            return self._power(e.base, e.exp)
        if isinstance(e, sympy.Piecewise):
            return self._piecewise(e)
        if type(e) in RELATIONS:
            return f"({self.text(e.lhs)} {RELATIONS[type(e)]} {self.text(e.rhs)})"
        if isinstance(e, sympy.And | sympy.Or):
            return f"({(' && ' if isinstance(e, sympy.And) else ' || ').join(self.text(a) for a in e.args)})"
        if e.func.__name__ in FUNCTIONS:
            return f"{FUNCTIONS[e.func.__name__]}({', '.join(self.text(a) for a in e.args)})"
        raise InputError(
            f"SBML has no function like '{e.func.__name__}'",
            hint=f"a mechanism that is to be exported may use {', '.join(FUNCTIONS)}, powers, and conditions",
            field=e.func.__name__,
        )

    def _number(self, e: Any) -> str:
        if e is sympy.pi:
            return "pi"
        if e.is_Rational and not e.is_Integer:
            return f"({e.p} / {e.q})"
        return str(e) if e.is_Integer else repr(float(e))

    def _product(self, e: Any) -> str:
        below = [a for a in e.args if a.is_Pow and a.exp.is_Number and a.exp < 0]
        above = [self.text(a) for a in e.args if a not in below]
        over = " * ".join(above) or "1"
        under = " * ".join(self._power(a.base, -a.exp) for a in below)
        return f"({over} / ({under}))" if below else f"({over})"

    def _power(self, base: Any, exponent: Any) -> str:
        if exponent.is_Number and exponent < 0:
            return f"(1 / {self._power(base, -exponent)})"
        if exponent == sympy.Rational(1, 2):
            return f"sqrt({self.text(base)})"
        if base.is_Symbol and exponent.is_Integer and exponent <= LARGEST_PRODUCT:
            return " * ".join([self.text(base)] * int(exponent))
        if exponent == 1:
            return self.text(base)
        return f"({self.text(base)})^({self.text(exponent)})"

    def _piecewise(self, e: Any) -> str:
        parts = []
        for value, condition in e.args:
            parts.append(self.text(value))
            if condition is not sympy.true:
                parts.append(self.text(condition))
        if e.args[-1][1] is not sympy.true:
            raise InputError("a condition without 'otherwise' has no value to export", field=str(e))
        return f"piecewise({', '.join(parts)})"
