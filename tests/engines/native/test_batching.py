import numpy as np
import sympy

from ionostat.cell.program import differentiate, straight_line
from ionostat.engines.native import System, compile_system
from ionostat.engines.native.batching import WIDTH, batch_kernels


def test_calls_of_one_depth_become_one_call_and_the_order_respects_every_dependence():
    block = [
        "  %a = call double @kernel.exp(double %x)",
        "  %b = fadd double %a, %y",
        "  %c = call double @kernel.exp(double %b)",
        "  %d = call double @kernel.exp(double %y)",
        "  %e = call double @kernel.log(double %y)",
        "  store double %c, ptr %out",
    ]
    lines, wide = batch_kernels(block)
    assert wide == {"exp"}
    assert sum("@kernel.exp.wide" in line for line in lines) == 1  # %a and %d; %c has to wait
    assert sum("@kernel.exp(" in line for line in lines) == 1
    assert sum("@kernel.log(" in line for line in lines) == 1
    place = {line.split(" = ")[0].strip(): i for i, line in enumerate(lines)}
    assert place["%a"] < place["%b"] < place["%c"] < len(lines) - 1 == lines.index("  store double %c, ptr %out")


def test_more_calls_than_fit_are_made_in_several_groups():
    block = [f"  %a{i} = call double @kernel.exp(double %x{i})" for i in range(2 * WIDTH + 1)]
    lines, _ = batch_kernels(block)
    assert sum("@kernel.exp.wide" in line for line in lines) == 2
    assert sum("@kernel.exp(" in line for line in lines) == 1


def test_a_single_cell_gets_the_same_values_as_a_vector_of_cells():
    x = sympy.symbols("x:6", real=True)
    rhs = [sympy.exp(x[i]) - sympy.log(2 + x[(i + 1) % 6] ** 2) * sympy.tanh(sympy.exp(-x[i])) for i in range(6)]
    program = straight_line(x, rhs)
    system = System(tuple(x), 6, (1,) * 6, program, differentiate(program, x))
    points = np.random.default_rng(1).normal(size=(40, 6))
    alone, together = (compile_system(system, lanes=lanes) for lanes in (1, 8))
    p = np.zeros((40, 0))
    np.testing.assert_allclose(alone.rhs(points, p), together.rhs(points, p), rtol=4e-16, atol=1e-15)
    np.testing.assert_allclose(alone.jacobian(points, p), together.jacobian(points, p), rtol=4e-16, atol=1e-15)
