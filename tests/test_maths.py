"""The elementary functions against 50-digit arithmetic, and the same function on every kind of argument."""

from math import inf, nan

import mpmath
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from ionostat import maths
from ionostat.units import mV, registry

mpmath.mp.dps = 50
FINITE = st.floats(-690, 690)


def exact_exprel(x: float) -> mpmath.mpf:
    return mpmath.mpf(1) if x == 0 else mpmath.expm1(mpmath.mpf(x)) / mpmath.mpf(x)


def exact_dexprel(x: float) -> mpmath.mpf:
    z = mpmath.mpf(x)
    return mpmath.mpf(1) / 2 + z / 3 if abs(x) < 1e-20 else (mpmath.exp(z) * (z - 1) + 1) / z**2


@given(FINITE)
def test_exprel_to_round_off(x: float) -> None:
    exact = exact_exprel(x)
    assert abs(float((mpmath.mpf(float(maths.exprel(x))) - exact) / exact)) < 1e-15


@given(FINITE)
def test_dexprel_to_round_off(x: float) -> None:
    """The closed form cancels where |x| is small: the series takes over at 1, where it costs three digits of 1/6."""
    with mpmath.workdps(120):
        exact = exact_dexprel(x)
    assert abs(float((mpmath.mpf(float(maths.dexprel(x))) - exact) / exact)) < 2e-15


@pytest.mark.parametrize("x", [0.0, 1e-300, -1e-300, 1e-16, 5e-9, 1e-4, 0.999999, 1.000001, -0.999999, -1.000001])
def test_no_hole_and_no_seam(x: float) -> None:
    with mpmath.workdps(120):
        assert float(maths.exprel(x)) == pytest.approx(float(exact_exprel(x)), rel=1e-15)
        assert float(maths.dexprel(x)) == pytest.approx(float(exact_dexprel(x)), rel=2e-15)


def test_the_ends_of_the_axis() -> None:
    assert maths.exprel(inf) == inf
    assert maths.exprel(-inf) == 0.0
    assert maths.exprel(1000.0) == inf
    assert maths.exprel(-1000.0) == pytest.approx(1e-3)
    assert np.isnan(maths.exprel(nan))
    assert maths.exp(-inf) == 0.0
    assert maths.exp(1e3) == inf


@given(st.floats(-30, 30))
def test_exprel_of_the_other_sign(x: float) -> None:
    """exprel(-x) = exprel(x) exp(-x)."""
    assert float(maths.exprel(-x)) == pytest.approx(float(maths.exprel(x)) * np.exp(-x), rel=1e-13)


FUNCTIONS = {
    "exp": 0.7,
    "expm1": 0.7,
    "log": 0.7,
    "log1p": 0.7,
    "sqrt": 0.7,
    "tanh": 0.7,
    "exprel": 0.7,
    "dexprel": 0.7,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_floats_arrays_symbols_and_quantities(name: str) -> None:
    function, x = getattr(maths, name), FUNCTIONS[name]
    value = float(function(x))
    np.testing.assert_allclose(function(np.array([x, x])), [value, value], rtol=1e-15)
    s = sympy.Symbol("s", real=True)
    compiled = sympy.lambdify(s, function(s), [{"exprel": maths.exprel, "dexprel": maths.dexprel}, "numpy"])
    assert float(compiled(x)) == pytest.approx(value, rel=1e-15)
    assert float(function(s).subs(s, x).evalf()) == pytest.approx(value, rel=1e-14)
    ratio = function(x * 1000 * mV / (1000 * mV))
    assert float(getattr(ratio, "magnitude", ratio)) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("name", [n for n in FUNCTIONS if n != "sqrt"])
def test_an_argument_with_a_dimension_is_refused(name: str) -> None:
    import pint

    with pytest.raises(pint.DimensionalityError):
        getattr(maths, name)(3 * mV)


def test_the_root_of_a_quantity_has_half_its_dimension() -> None:
    assert maths.sqrt(registry().Quantity(4.0, "um**2")).units == registry().um


def test_derivatives_of_the_symbolic_functions() -> None:
    x = sympy.Symbol("x", real=True)
    slope = sympy.diff(maths.exprel(x**2), x)
    second = sympy.diff(maths.exprel(x), x, 2)
    modules = [{"exprel": maths.exprel, "dexprel": maths.dexprel}, "numpy"]
    assert float(sympy.lambdify(x, slope, modules)(0.3)) == pytest.approx(
        2 * 0.3 * float(maths.dexprel(0.09)), rel=1e-14
    )
    h = 1e-5
    expected = (maths.dexprel(0.3 + h) - maths.dexprel(0.3 - h)) / (2 * h)
    assert float(sympy.lambdify(x, second, modules)(0.3)) == pytest.approx(float(expected), rel=1e-8)
    assert maths.exprel(sympy.Integer(0)) == 1
    assert maths.dexprel(sympy.Integer(0)) == sympy.Rational(1, 2)


def test_where_chooses_and_evaluates_both() -> None:
    np.testing.assert_array_equal(maths.where(np.array([True, False]), 1.0, 2.0), [1.0, 2.0])
    x = sympy.Symbol("x", real=True)
    chosen = maths.where(x > 0, x, -x)
    assert chosen.subs(x, -3) == 3
    assert maths.where(True, 1 * mV, 2 * mV) == 1 * mV


def test_what_goes_wrong_is_visible_and_not_an_error() -> None:
    assert np.isnan(maths.log(-1.0))
    assert maths.log(0.0) == -inf
