"""The elementary functions of every formula, on floats, NumPy arrays, SymPy symbols and pint quantities.

A mechanism or a textbook formula is written once with these names. On numbers they compute, on SymPy
expressions they build the formula that the engines compile, on pint quantities they check that the
argument is dimensionless. None has a hole, a clip or an epsilon.
"""

from __future__ import annotations

import sys
from functools import cache
from math import factorial
from typing import Any

import numpy as np

_SERIES = tuple((j + 1) / factorial(j + 2) for j in range(19))
"""Taylor coefficients of d exprel(x)/dx; 19 terms reach round-off for |x| < 1."""


def _symbolic(x: Any) -> bool:
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(x, sympy.Basic)


def _plain(x: Any) -> Any:
    """A number without its unit; refuses one that has a dimension (pint raises)."""
    return x.m_as("") if hasattr(x, "m_as") else x


def exp(x: Any) -> Any:
    """Exponential of a dimensionless number."""
    if _symbolic(x):
        import sympy

        return sympy.exp(x)
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(_plain(x))


def expm1(x: Any) -> Any:
    """exp(x) - 1 without cancellation near x = 0."""
    if _symbolic(x):
        return x * exprel(x)
    with np.errstate(over="ignore", under="ignore"):
        return np.expm1(_plain(x))


def log(x: Any) -> Any:
    """Natural logarithm; NaN (not an error) for a negative number, so that a run can say what went wrong."""
    if _symbolic(x):
        import sympy

        return sympy.log(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(_plain(x))


def log1p(x: Any) -> Any:
    """log(1 + x) without cancellation near x = 0.

    >>> float(log1p(1e-20)), float(log(1 + 1e-20))
    (1e-20, 0.0)
    """
    if _symbolic(x):
        from sympy.codegen.cfunctions import log1p as symbolic

        return symbolic(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log1p(_plain(x))


def sqrt(x: Any) -> Any:
    """Square root, of a quantity too."""
    if _symbolic(x):
        import sympy

        return sympy.sqrt(x)
    return x**0.5 if hasattr(x, "m_as") else np.sqrt(x)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent of a dimensionless number."""
    if _symbolic(x):
        import sympy

        return sympy.tanh(x)
    return np.tanh(_plain(x))


def where(condition: Any, then: Any, otherwise: Any) -> Any:
    """`then` where the condition holds, `otherwise` elsewhere (both are evaluated)."""
    if _symbolic(condition) or _symbolic(then) or _symbolic(otherwise):
        import sympy

        return sympy.Piecewise((then, condition), (otherwise, True))
    if hasattr(then, "m_as"):
        return then if bool(condition) else otherwise
    return np.where(condition, then, otherwise)


def exprel(x: Any) -> Any:
    """(exp(x) - 1)/x, smooth through exprel(0) = 1.

    The GHK flux and the linoid gating rates are quotients by it: u/(1 - exp(-u)) = 1/exprel(-u).

    >>> float(exprel(0.0)), round(float(exprel(1.0)), 6)
    (1.0, 1.718282)
    """
    if _symbolic(x):
        return symbolic_exprel()[0](x)
    x = np.asarray(_plain(x), dtype=float)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        value = np.where(x == 0.0, 1.0, np.expm1(x) / x)
    return np.where(x == np.inf, np.inf, value)[()]


def dexprel(x: Any) -> Any:
    """Derivative of `exprel`: (exp(x)(x - 1) + 1)/x**2, smooth through dexprel(0) = 1/2."""
    if _symbolic(x):
        return symbolic_exprel()[1](x)
    x = np.asarray(_plain(x), dtype=float)
    near = np.where(np.abs(x) < 1.0, x, 0.0)
    series = np.polynomial.polynomial.polyval(near, _SERIES)
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        far = (np.exp(x) * (x - 1.0) + 1.0) / (x * x)
    return np.where(np.abs(x) < 1.0, series, far)[()]


@cache
def symbolic_exprel() -> tuple[Any, Any]:
    """The SymPy functions `exprel` and `dexprel`, made on first use so that importing stays fast."""
    import sympy

    class dexprel(sympy.Function):
        nargs = 1

        @classmethod
        def eval(cls, x: Any) -> Any:
            return sympy.Rational(1, 2) if x == 0 else None

        def fdiff(self, argindex: int = 1) -> Any:
            x = self.args[0]
            return (sympy.exp(x) - 2 * self) / x

        def _eval_evalf(self, prec: int) -> Any:
            x = self.args[0]
            return ((sympy.exp(x) * (x - 1) + 1) / x**2)._eval_evalf(prec)

    class exprel(sympy.Function):
        nargs = 1

        @classmethod
        def eval(cls, x: Any) -> Any:
            return sympy.Integer(1) if x == 0 else None

        def fdiff(self, argindex: int = 1) -> Any:
            return dexprel(self.args[0])

        def _eval_evalf(self, prec: int) -> Any:
            x = self.args[0]
            return ((sympy.exp(x) - 1) / x)._eval_evalf(prec)

    return exprel, dexprel
