"""Every kind of expression, as native code, against NumPy; right-hand sides and Jacobians to 1e-12."""

import numpy as np
import pytest
import sympy
from engines.native.problems import ROBERTSON, hires, robertson, system

from ionostat import maths
from ionostat.engines.native import compile_system
from ionostat.engines.native.step import write_rhs
from ionostat.errors import InputError

x, y, p = sympy.symbols("x y p")

FORMULAS = [
    x + y,
    -x - 2 * y,
    2 * x - y / 3 + sympy.pi,
    x * y / (p * (x + y)),
    x**2 * y**-3,
    x**7 / 5,
    x ** sympy.Rational(3, 2) / sympy.sqrt(y),
    x ** sympy.Rational(1, 3) * y ** sympy.Float(-0.3),
    x**p + p**x + 3**x,
    x ** sympy.Float(40.3) / y ** sympy.Float(38.7),
    maths.log1p(x - 1) * maths.log1p(y * p),
    maths.expm1(x - y),
    (x - y) ** sympy.Float(3.0) + (y - x) ** sympy.Float(-2.0) * (x - y) ** 2,
    sympy.exp(-x / y) * sympy.log(x * y) / sympy.E,
    sympy.tanh(x - y),
    maths.exprel(x - y) + maths.exprel(y - x),
    1 / maths.exprel(-x),
    sympy.Piecewise((x**2, x < y), (sympy.exp(y), True)),
    sympy.Piecewise(
        (x, sympy.And(x > 1, y < 1)), (y, sympy.Or(x < sympy.Rational(1, 2), sympy.Not(y <= 1))), (p, True)
    ),
    sympy.Max(x, y, 1) + sympy.Min(x, p),
    sympy.Abs(x - y) * sympy.sign(x - 1),
    sympy.Integer(3),
    sympy.exp(2) / 7,
]
NUMPY = [{"exprel": maths.exprel, "dexprel": maths.dexprel}, "numpy"]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
@pytest.mark.parametrize("lanes", [1, 8])
def test_value_and_jacobian_agree_with_numpy(formula, lanes):
    kernel = compile_system(system("x y", "p", lambda *_: [formula, x]), lanes=lanes)
    rng = np.random.default_rng(5)
    states, parameters = rng.uniform(0.1, 3.0, (19, 2)), rng.uniform(0.5, 2.0, (19, 1))
    columns = (*states.T, *parameters.T)
    value = sympy.lambdify((x, y, p), formula, NUMPY)(*columns) * np.ones(19)
    np.testing.assert_allclose(kernel.rhs(states, parameters)[:, 0], value, rtol=1e-12, atol=1e-13)
    u, v = sympy.symbols("u v", real=True)  # SymPy differentiates Abs and sign only of real symbols
    for j, symbol in enumerate((u, v)):
        slope = formula.subs({x: u, y: v}).diff(symbol).replace(sympy.DiracDelta, lambda *_: sympy.Integer(0))
        slope = sympy.lambdify((u, v, p), slope, NUMPY)(*columns) * np.ones(19)
        found = kernel.jacobian(states, parameters)[:, 0, j]
        np.testing.assert_allclose(found, slope, rtol=1e-12, atol=1e-12)


def test_fluxes_in_an_electric_field_share_one_exponential_and_lose_nothing():
    def rates(v, a, b):
        u = v / sympy.Float(26.7)
        return [a / maths.exprel(-u) - b / maths.exprel(u), b / maths.exprel(-2 * u) ** 2, a / maths.exprel(2 * u)]

    model = system("v a b", "", rates)
    assert write_rhs(model, 8).text().count("kernel.") == 2
    v = np.concatenate([np.linspace(-200.0, 200.0, 101), [0.0, 1e-9, -1e-9, 3e4, -3e4]])
    states = np.stack([v, np.full_like(v, 10.0), np.full_like(v, 3.0)], axis=1)
    value = compile_system(model).rhs(states, np.empty((len(v), 0)))
    expected = np.array(rates_of(v / 26.7, 10.0, 3.0)).T
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-290)
    assert np.isfinite(compile_system(model).jacobian(states[:101], np.empty((101, 0)))).all()


def rates_of(u, a, b):
    e = maths.exprel
    return a / e(-u) - b / e(u), b / e(-2 * u) ** 2, a / e(2 * u)


def test_conditions_may_be_shared():
    pieces = [sympy.Piecewise((x**2, x < y), (y, True)), sympy.Piecewise((y**2, x < y), (x, True))]
    kernel = compile_system(system("x y", "", lambda *_: pieces))
    states = np.array([[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_array_equal(kernel.rhs(states, np.empty((2, 0))), [[1.0, 4.0], [1.0, 2.0]])
    np.testing.assert_array_equal(kernel.jacobian(states, np.empty((2, 0)))[0], [[2.0, 0.0], [0.0, 4.0]])


@pytest.mark.parametrize(("model", "parameters"), [(robertson(), ROBERTSON), (hires(), ())])
def test_whole_models_agree_with_lambdified_programs(model, parameters):
    states = np.random.default_rng(1).uniform(0.1, 1.0, (37, model.n_states))
    p = np.tile(parameters, (37, 1)).reshape(37, model.n_parameters)
    kernel = compile_system(model)
    rates = [o.subs(list(reversed(model.rhs.steps))) for o in model.rhs.outputs]
    exact = np.array([sympy.lambdify(model.inputs, rates)(*a, *b) for a, b in zip(states, p, strict=True)])
    np.testing.assert_allclose(kernel.rhs(states, p), exact, rtol=1e-12)
    jacobian = sympy.lambdify(model.inputs, sympy.Matrix(rates).jacobian(model.inputs[: model.n_states]))
    exact = np.array([jacobian(*a, *b) for a, b in zip(states, p, strict=True)])
    np.testing.assert_allclose(kernel.jacobian(states, p), exact, rtol=1e-12, atol=1e-12)


def test_a_function_without_native_code_is_refused_by_name():
    with pytest.raises(InputError, match="besselj"):
        compile_system(system("x", "", lambda x: [sympy.besselj(0, x)])).rhs([[1.0]], np.empty((1, 0)))


def test_a_loose_symbol_is_refused():
    with pytest.raises(InputError, match="'q'"):
        compile_system(system("x", "", lambda x: [sympy.Symbol("q") * x])).rhs([[1.0]], np.empty((1, 0)))


def test_a_small_ratio_keeps_its_digits():
    kernel = compile_system(system("x y", "", lambda x, y: [maths.log1p(x), maths.expm1(x) + y]))
    states = np.array([[1e-20, 0.0], [-3e-17, 0.0], [1e-9, 0.0]])
    np.testing.assert_allclose(kernel.rhs(states, np.empty((3, 0)))[:, 0], np.log1p(states[:, 0]), rtol=5e-16)
    np.testing.assert_allclose(kernel.rhs(states, np.empty((3, 0)))[:, 1], np.expm1(states[:, 0]), rtol=5e-16)


def test_powers_with_large_exponents_keep_their_digits():
    kernel = compile_system(system("x y", "n", lambda x, y, n: [x**n, y**-n]), lanes=8)
    states = np.array([[1.5, 0.7], [0.9, 1.1], [3.0, 2.0]])
    p = np.array([[900.3], [-4000.7], [300.1]])
    found = kernel.rhs(states, p)
    np.testing.assert_allclose(found, np.stack([states[:, 0] ** p[:, 0], states[:, 1] ** -p[:, 0]], axis=1), rtol=1e-15)
    below_zero = kernel.rhs(np.array([[-2.0, -2.0]] * 2), np.array([[3.0], [2.5]]))
    np.testing.assert_array_equal(below_zero, [[-8.0, -0.125], [np.nan, np.nan]])


def test_the_same_quantity_written_in_two_ways_is_computed_once():
    def rates(x, y, a):
        return [sympy.exp(a * (x - y)), y]

    model = system("x y", "a", rates)
    f = write_rhs(model, 8)
    x, y = f.load(f.argument("x"), f.real), f.load(f.argument("p"), f.real)
    assert (x + -y) == (x - y)
    assert (x - -y) == (x + y) == (y + x)
    assert (x * y) == (y * x)
    assert f.negative(f.negative(x)) == x


def test_a_smooth_quotient_that_only_divides_is_not_computed_for_itself():
    model = system("x y", "", lambda x, y: [y / maths.exprel(x) + 1 / maths.exprel(x) ** 2, x])
    text = write_rhs(model, 8).text()
    assert text.count("@kernel.bernoulli(") == 1
    assert "@kernel.exprel(" not in text
