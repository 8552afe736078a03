"""The elementary functions against 60-digit arithmetic; errors in units in the last place (ulp)."""

import ctypes
import math

import mpmath
import numpy as np
import pytest

from ionostat.engines.native.builder import Function
from ionostat.engines.native.inputs import aligned
from ionostat.engines.native.module import assemble, compile_text

INF = math.inf


def vectorised(name: str, lanes: int):
    """A compiled kernel as a function of an array."""
    f = Function("run", [("i64", "count"), ("ptr", "x"), ("ptr", "out")], lanes)
    with f.loop(f.argument("count")) as i:
        x = f.load(f.offset(f.argument("x"), 0, i, 8 * lanes), f.real)
        f.store(f.kernel(name, x), f.offset(f.argument("out"), 0, i, 8 * lanes))
    f.finish()
    engine = compile_text(assemble([f], lanes, exports=["run"]))
    call = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(engine.get_function_address("run"))

    def run(x):
        groups = -(-len(x) // lanes)
        padded, out = aligned((groups * lanes,)), aligned((groups * lanes,))
        padded[: len(x)] = x
        call(groups, padded.ctypes.data, out.ctypes.data)
        return out[: len(x)].copy()

    run.engine = engine
    return run


def exact_dexprel(x):
    return (mpmath.exp(x) * (x - 1) + 1) / x**2 if x else mpmath.mpf("0.5")


CASES = {  # the function, ranges to try, and the largest error in ulp that is promised
    "exp": (mpmath.exp, [(-1, 1), (-40, 40), (-708, 709)], 1.1),
    "expm1": (mpmath.expm1, [(-1, 1), (-0.4, 0.8), (-40, 40), (-700, 709), (-1e-8, 1e-8)], 2.3),
    "exprel": (lambda x: mpmath.expm1(x) / x if x else mpmath.mpf(1), [(-1, 1), (-40, 40), (-700, 709)], 2.3),
    "bernoulli": (lambda x: x / mpmath.expm1(x), [(0, 1), (0, 40), (0, 700), (0, 1e-8)], 2.7),
    "dexprel": (exact_dexprel, [(-1, 1), (-2, 2), (-40, 40), (-700, 700), (-1e-8, 1e-8)], 5.0),
    "tanh": (mpmath.tanh, [(-1, 1), (-0.1, 0.1), (-20, 20), (-1e-8, 1e-8)], 2.6),
    "log": (mpmath.log, [(0.5, 2), (0.9, 1.1), (0, 100), (0.69, 0.72), (1e-310, 1e-306)], 0.85),
}

SPECIAL = {
    "exp": {INF: INF, -INF: 0.0, 0.0: 1.0, 710.0: INF, -746.0: 0.0, -740.0: 4.2e-322},
    "expm1": {INF: INF, -INF: -1.0, 0.0: 0.0, 5e-324: 5e-324, -1e4: -1.0},
    "exprel": {INF: INF, -INF: 0.0, 0.0: 1.0, 5e-324: 1.0, -1e4: 1e-4, -1e300: 1e-300, 1e4: INF},
    "bernoulli": {INF: 0.0, 0.0: 1.0, 5e-324: 1.0, 1e300: 0.0},
    "dexprel": {INF: INF, -INF: 0.0, 0.0: 0.5, 5e-324: 0.5, -1e4: 0.9999e-8 / 0.9999, 1e300: INF},
    "tanh": {INF: 1.0, -INF: -1.0, 0.0: 0.0, 5e-324: 5e-324, -30.0: -1.0},
    "log": {INF: INF, 0.0: -INF, 5e-324: math.log(5e-324), 1.0: 0.0, -1.0: math.nan, -INF: math.nan},
}


@pytest.mark.parametrize("name", CASES)
def test_error_in_units_in_the_last_place(name):
    exact, ranges, promised = CASES[name]
    kernel = vectorised(name, 8)
    rng = np.random.default_rng(7)
    with mpmath.workdps(60):
        for low, high in ranges:
            x = rng.uniform(low, high, 700)
            for argument, value in zip(x, kernel(x), strict=True):
                true = exact(mpmath.mpf(float(argument)))
                error = abs(mpmath.mpf(float(value)) - true) / mpmath.mpf(math.ulp(float(true)))
                assert error <= promised, (name, argument, value, float(error))


@pytest.mark.parametrize("name", CASES)
def test_special_arguments(name):
    arguments = np.array([*SPECIAL[name], math.nan])
    expected = np.array([*SPECIAL[name].values(), math.nan])
    np.testing.assert_allclose(vectorised(name, 4)(arguments), expected, rtol=3e-16)


@pytest.mark.parametrize("name", CASES)
def test_the_bits_do_not_depend_on_the_lane_width(name):
    x = np.random.default_rng(3).uniform(0.0 if name == "bernoulli" else -30.0, 30.0, 640)
    one = vectorised(name, 1)(x)
    for lanes in (2, 16):
        np.testing.assert_array_equal(vectorised(name, lanes)(x), one)


def test_exp_passes_smoothly_through_the_subnormal_numbers():
    x = np.linspace(-745.0, -700.0, 500)
    value = vectorised("exp", 8)(x)
    np.testing.assert_allclose(value, np.exp(x), rtol=3e-16, atol=5e-324)
    assert np.all(np.diff(value) >= 0.0)
