"""Formulas of SBML mean what the SymPy expressions mean, and exprel stays accurate through zero."""

import math
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from ionostat.errors import InputError
from ionostat.interop.formulas import exprel_body, formula
from ionostat.maths import exprel

A, B = sympy.symbols("a.x b.y", real=True)


def value(text: str, **names: float) -> float:
    """A formula of SBML evaluated by Python: the same precedence but for the power."""
    known: dict[str, Any] = {"exp": np.exp, "ln": math.log, "tanh": np.tanh, "sqrt": math.sqrt, "abs": abs}
    known |= {"pi": math.pi, "piecewise": _piecewise, "exprel": lambda x: float(exprel(x))}
    python = text.replace("^", "**").replace("&&", " and ").replace("||", " or ")
    numbers = {name: np.float64(number) for name, number in names.items()}  # a piece that is not chosen may be 0/0
    with np.errstate(all="ignore"):
        return float(eval(python, {"__builtins__": {}}, known | numbers))  # the text is our own


def _piecewise(*parts: Any) -> Any:
    for result, condition in zip(parts[::2], parts[1::2], strict=False):
        if condition:
            return result
    return parts[-1]


def written(expression: Any) -> str:
    return formula(expression, lambda path: path.replace(".", "_"))


@pytest.mark.parametrize(
    "expression",
    [
        A + 2 * B - 3,
        A / B / 7,
        -A * B**-2 + A**5 / sympy.sqrt(B),
        (A + B) ** 2 * (A + 2 * B) ** -3,
        A ** sympy.Rational(2, 3) * sympy.pi,
        A**B,
        sympy.exp(-A / B) * sympy.log(A) - sympy.tanh(B),
        sympy.Abs(A - 3 * B),
        exprel(A - B) / exprel(B - A),
        sympy.Piecewise((A, A < B), (B**2, sympy.And(A >= B, B < 2)), (1.5e-7 * A, True)),
        sympy.Piecewise((A, sympy.Or(A <= 1, B > 3)), (B, True)),
        1.0000000000000002 * A,
    ],
    ids=str,
)
@given(a=st.floats(0.1, 5.0), b=st.floats(0.1, 5.0))
def test_formulas_mean_the_expression(expression: Any, a: float, b: float) -> None:
    wanted = float(expression.subs({A: a, B: b}).evalf(30))
    size = sum(abs(float(t.subs({A: a, B: b}))) for t in sympy.Add.make_args(expression))
    assert value(written(expression), a_x=a, b_y=b) == pytest.approx(wanted, rel=1e-12, abs=1e-12 * size)


@given(st.one_of(st.floats(-1e6, 700.0), st.floats(-1.0, 1.0), st.floats(-1e-12, 1e-12)))
def test_exprel_to_the_last_digits(x: float) -> None:
    """Within 6 units of 2^-53: two functions of the library, a sum, a product and a quotient."""
    assume(x == 0 or abs(x) > 1e-300)  # half of the smallest numbers is no number; no potential is that near to 0
    with mpmath.workdps(60):
        wanted = mpmath.expm1(x) / x if x else mpmath.mpf(1)
        error = abs(value(exprel_body("x"), x=x) / wanted - 1)
    assert error <= 6 * 2.0**-53


def test_exprel_far_out_is_infinite_and_not_lost() -> None:
    assert value(exprel_body("x"), x=1e5) == math.inf
    assert value(exprel_body("x"), x=1e-300) == 1.0 == value(exprel_body("x"), x=-0.0)


@pytest.mark.parametrize("expression", [sympy.floor(A), sympy.Max(A, B), sympy.sin(A)])
def test_what_sbml_lacks_is_refused_by_name(expression: Any) -> None:
    with pytest.raises(InputError, match=f"no function like '{expression.func.__name__}'"):
        written(expression)


def test_a_condition_without_otherwise_is_refused() -> None:
    with pytest.raises(InputError, match="without 'otherwise'"):
        written(sympy.Piecewise((A, A < B)))
