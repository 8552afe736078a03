"""Straight-line programs: the same values as the expressions, and derivatives against complex steps."""

import numpy as np
import pytest
import sympy
from laws.cases import CLOSURES, LIBRARY, points, traced

from ionostat import maths
from ionostat.cell.evaluate import compile_program, functions
from ionostat.cell.program import Program, differentiate, matrix, straight_line, straight_line_again

x, y, p = sympy.symbols("x y p", real=True)

EXPRESSIONS = [
    x * y,
    x / y + p * x,
    sympy.exp(x * y) * sympy.log(y + p),
    (x + y) ** 3 - sympy.sqrt(p + x**2),
    x ** sympy.Rational(2, 3),
    sympy.tanh(x - p * y),
    maths.exprel(x - y) * y,
    1 / maths.exprel(-(x * y)),
    sympy.Integer(4),
    x,
]


def test_a_program_computes_what_the_expressions_say() -> None:
    program = straight_line((x, y, p), EXPRESSIONS)
    got = compile_program(program)(0.7, 1.3, 0.4)
    for value, expression in zip(got, EXPRESSIONS, strict=True):
        assert float(value) == pytest.approx(float(expression.subs({x: 0.7, y: 1.3, p: 0.4}).evalf()), rel=1e-14)


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_the_derivative_is_that_of_sympy(expression: sympy.Expr) -> None:
    derivative = differentiate(straight_line((x, y, p), [expression * sympy.sin(y), expression**2 + p]), (x, y))
    values = {x: 0.7, y: 1.3, p: 0.4}
    found = matrix(derivative, values)
    for i, output in enumerate((expression * sympy.sin(y), expression**2 + p)):
        for j, symbol in enumerate((x, y)):
            expected = float(sympy.diff(output, symbol).subs(values).evalf())
            assert float(found[i, j]) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_structural_zeros_are_left_out() -> None:
    derivative = differentiate(straight_line((x, y, p), [x**2, p * y, p]), (x, y))
    assert derivative.pattern == ((0, 0), (1, 1))
    assert derivative.shape == (3, 2)


def test_the_kinks_of_an_absolute_value() -> None:
    found = matrix(differentiate(straight_line((x,), [sympy.Abs(x) * x]), (x,)), {x: -2.0})
    assert float(found[0, 0]) == pytest.approx(4.0)


def test_dead_assignments_go_and_the_order_holds() -> None:
    a, b, c = sympy.symbols("a b c")
    tangled = Program((x,), ((a, x + 1), (b, a**2), (c, b * 7)), (b + a,))
    lean = straight_line_again(tangled)
    assert c not in dict(lean.steps)
    known = set(lean.inputs)
    for symbol, expression in lean.steps:
        assert expression.free_symbols <= known
        known.add(symbol)
    assert lean.outputs[0].free_symbols <= known


def complex_jacobian(name: str, closure: str, state: np.ndarray) -> np.ndarray:
    """Columns by complex step, f(y + ih)/h: no difference is taken, so no digit is lost."""
    eq, start = traced(name, closure)
    system = eq.system()
    modules = [{"exprel": lambda u: (np.exp(u) - 1) / u, "dexprel": None}, "numpy"]
    steps, outputs = list(system.rhs.steps), list(system.rhs.outputs)
    f = sympy.lambdify(list(system.inputs), outputs, modules=modules, cse=lambda _: (steps, outputs))
    columns = []
    for j in range(len(state)):
        moved = state.astype(complex)
        h = 1e-20 * max(abs(state[j]), 1.0)
        moved[j] += 1j * h
        columns.append(np.imag(np.array(f(*moved, *start.p), dtype=complex)) / h)
    return np.stack(columns, axis=1)


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_the_jacobian_of_every_cell_against_complex_steps(name: str, closure: str) -> None:
    eq, start = traced(name, closure)
    for state in points(name, closure)[:3]:
        exact = functions(eq).jacobian(state, start.p)
        expected = complex_jacobian(name, closure, state)
        row = np.max(np.abs(expected), axis=1, keepdims=True)
        assert np.max(np.abs(exact - expected) / np.where(row, row, 1.0)) < 1e-10
