"""What depends on parameters alone leaves the programs of f and J, and nothing else changes."""

import numpy as np
import sympy
from engines.native.problems import PUMP_LEAK, pump_leak, system

from ionostat import maths
from ionostat.engines.native import compile_system
from ionostat.engines.native.hoisting import hoist
from ionostat.engines.native.step import write_rhs


def gated():
    def rates(v, m, T, half, k, g, N):
        u = v * 96.485 / (8.3145 * T)
        pace = 3 ** ((T - 279) / 10)
        rest = 1 / (1 + sympy.exp(-(v - half) / k))
        drive = g * N / (T * k)
        return [-drive * m**3 * (1 / maths.exprel(-u) - 1 / maths.exprel(u)), pace * (rest - m) * sympy.sqrt(N + k)]

    return system("v m", "T half k g N", rates)


def evaluated(program, values):
    known = dict(zip(program.inputs, values, strict=True))
    for symbol, expression in program.steps:
        known[symbol] = expression.xreplace(known)
    return [float(o.xreplace(known)) for o in program.outputs]


def test_no_function_and_no_division_of_parameters_stays_in_the_rates():
    lean, fixed = hoist(gated())
    text = write_rhs(lean, 8).text()
    assert text.count("@kernel.exp(") == 1  # the gate; the temperature factor has left
    assert text.count("@kernel.bernoulli(") == 1  # one for u and -u
    assert text.count("fdiv") == 1
    assert "sqrt" not in text
    assert fixed.inputs == gated().inputs[2:]
    assert len(lean.inputs) == len(gated().inputs) + len(fixed.outputs)


def test_the_values_stay_the_same():
    for model, p in ((gated(), (310.0, -40.0, 9.0, 0.3, 200.0)), (pump_leak(), PUMP_LEAK)):
        lean, fixed = hoist(model)
        x = np.random.default_rng(2).uniform(0.5, 3.0, model.n_states)
        further = evaluated(fixed, p)
        for before, after in ((model.rhs, lean.rhs), (model.jacobian.program, lean.jacobian.program)):
            np.testing.assert_allclose(evaluated(after, [*x, *p, *further]), evaluated(before, [*x, *p]), rtol=1e-13)


def test_rates_of_parameters_alone_and_conditions_on_them_work():
    def rates(x, p, q):
        return [p * q + sympy.exp(p), sympy.Piecewise((x, p < q), (2 * x * p, True))]

    model = system("x y", "p q", lambda x, y, p, q: rates(x, p, q))
    value = compile_system(model).rhs([[1.0, 0.0]] * 2, [[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(value, [[2.0 + np.e, 1.0], [2.0 + np.e**2, 4.0]], rtol=1e-15)


def test_every_cell_of_a_batch_keeps_its_own():
    kernel = compile_system(gated(), lanes=8)
    rng = np.random.default_rng(0)
    x = np.tile([-60.0, 0.1], (50, 1))
    p = np.array([310.0, -40.0, 9.0, 1e-3, 1.0]) * rng.lognormal(0.0, 0.02, (50, 5))
    whole = kernel.solve(x, p, 0.0, 5.0, None, 1e-7, [1e-8] * 2).y_end
    for cell in (0, 17, 49):
        alone = kernel.solve(x[:1], p[cell : cell + 1], 0.0, 5.0, None, 1e-7, [1e-8] * 2).y_end[0]
        np.testing.assert_array_equal(whole[cell], alone)


def test_a_program_of_nothing_writes_nothing():
    lean, fixed = hoist(system("x", "", lambda x: [-x]))
    assert fixed.outputs == ()
    assert lean.inputs == (sympy.Symbol("x"),)
