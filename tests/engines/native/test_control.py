"""The controller's own small functions."""

import ctypes

import numpy as np
import pytest

from ionostat.engines.native.builder import WIDTHS, Function, real_type
from ionostat.engines.native.control import rough_power
from ionostat.engines.native.inputs import aligned
from ionostat.engines.native.module import assemble, compile_text


@pytest.mark.parametrize("power", [-0.1, -0.125, 0.5, -0.5])
@pytest.mark.parametrize("lanes", WIDTHS)
def test_the_rough_power_is_within_one_percent(lanes, power):
    f = Function("run", [("i64", "count"), ("ptr", "x"), ("ptr", "out")], lanes)
    with f.loop(f.argument("count")) as i:
        x = f.load(f.offset(f.argument("x"), 0, i, 8 * lanes), real_type(lanes))
        f.store(rough_power(x, power), f.offset(f.argument("out"), 0, i, 8 * lanes))
    f.finish()
    engine = compile_text(assemble([f], lanes, exports=["run"]))
    x, out = aligned((1600,)), aligned((1600,))
    x[:] = 10.0 ** np.random.default_rng(2).uniform(-280, 280, size=1600)
    x[:3] = 1.0, 0.25, 2.0**-1000
    run = ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p)(engine.get_function_address("run"))
    run(1600 // lanes, x.ctypes.data, out.ctypes.data)
    np.testing.assert_allclose(out, x**power, rtol=0.01)
