"""What machine code is made: packed instructions and no calls of a library, whatever processor this is.

The code for other processors is emitted and read; that for AVX2 is run here, that for AArch64 by QEMU.
"""

from __future__ import annotations

import numpy as np
import pytest
from engines.native import aarch64
from engines.native.assembly import Code, functions
from engines.native.cells import case
from engines.native.compiled import NAMES, arguments, kernel, kernel_module, vectorised

from ionostat.engines.native import compile_system, status
from ionostat.engines.native.module import compile_text, write_module
from ionostat.engines.native.run import Run
from ionostat.engines.native.tableau import METHODS
from ionostat.engines.native.target import emit_assembly, machine_for, processor
from ionostat.errors import InputError

X86, ARM = "x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"
PROCESSORS = {
    "AVX2": (X86, "haswell", "ymm"),
    "AVX-512": (X86, "skylake-avx512", "zmm"),
    "AArch64": (ARM, "generic", ""),
    "AArch64 with SVE": (ARM, "neoverse-v1", ""),
}
CELLS = ["Kay2017_cell", "Huebel2016_neuron"]
HOT = ("rhs", "slopes", "factor", "solve", "trial")
FEWEST = 19
"""Packed operations that the leanest of them, one triangular solve of four states, cannot do without."""


def solver(cell: str, lanes: int = 8) -> str:
    return write_module(case(cell).system, METHODS["RODAS4P2"], lanes)[0]


def assembly(text: str, name: str) -> dict[str, Code]:
    triple, cpu, _ = PROCESSORS[name]
    return functions(emit_assembly(text, machine_for(triple, cpu)))


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("cell", CELLS)
def test_hot_functions_are_packed_and_call_nothing_from_outside(cell, name):
    code = assembly(solver(cell), name)
    assert code["trial"].packed >= 200  # several stages, each with a product and sum per state
    kernels = [f for f in code if f.startswith("kernel.")]
    for function in (*(f for f in HOT if f in code), *kernels):  # the others have become part of `trial`
        found = code[function]
        assert found.packed >= FEWEST, (function, found.packed)
        assert found.scalar == 0, (function, found.scalar)
        register = PROCESSORS[name][2]
        if register:
            assert found.registers(register) == found.packed, function
    for function, found in code.items():
        assert found.calls <= set(code), (function, found.calls - set(code))
    assert all(not code[k].calls for k in kernels)


@pytest.mark.parametrize("name", PROCESSORS)
@pytest.mark.parametrize("function", NAMES)
def test_every_elementary_function_is_packed_and_calls_nothing(function, name):
    code = assembly(kernel_module(function, 8), name)
    assert set().union(*(f.calls for f in code.values())) <= set(code)
    assert sum(f.packed for f in code.values()) >= FEWEST
    assert sum(f.scalar for f in code.values()) == 0


def test_a_call_of_the_library_and_scalar_code_would_be_seen():
    text = """
declare double @cos(double)
define void @run(ptr %x) {
  %a = load double, ptr %x
  %b = call double @cos(double %a)
  %c = fmul double %b, %a
  store double %c, ptr %x
  ret void
}
"""
    for triple, cpu, _ in PROCESSORS.values():
        found = functions(emit_assembly(text, machine_for(triple, cpu)))["run"]
        assert (found.calls, found.packed, found.scalar) == ({"cos"}, 0, 1)


def test_an_unknown_processor_is_refused():
    with pytest.raises(InputError, match="pdp11"):
        machine_for("pdp11-dec-unix", "generic")


def avx2() -> object:
    """This processor as if it had AVX2 and fused multiply-add at most."""
    triple, _, features = processor()
    if "+avx2" not in features or "+fma" not in features:
        pytest.skip("this processor has no AVX2")
    return machine_for(triple, "haswell", jit=True)


def same_bits(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Where two arrays hold the same doubles; every NaN is like the others."""
    return (a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))


@pytest.mark.parametrize("name", NAMES)
def test_elementary_functions_have_the_same_bits_with_avx2_and_with_all_that_this_processor_has(name):
    x, y = arguments(name, 3000)
    assert same_bits(vectorised(name, 8, avx2())(x, y), kernel(name, 8)(x, y)).all()


@pytest.mark.parametrize("name", NAMES)
def test_elementary_functions_lose_little_without_fused_multiply_add(name):
    """A processor from before 2013. Powers need the instruction, or the C library in its place."""
    triple, _, _ = processor()
    if not triple.startswith("x86_64"):
        pytest.skip("only x86-64 ever came without it")
    x, y = arguments(name)
    old, new = vectorised(name, 8, machine_for(triple, "x86-64", jit=True))(x, y), kernel(name, 8)(x, y)
    np.testing.assert_allclose(old, new, rtol=4 * 2.0**-52, atol=15e-324)


@pytest.mark.parametrize("cell", CELLS)
def test_a_solve_with_avx2_agrees_with_all_that_this_processor_has(cell):
    runs = []
    for machine in (None, avx2()):
        run, text = solve_run(cell)
        engine = compile_text(text, machine)
        run.code.addresses["solve_batch"] = engine.get_function_address("solve_batch")
        run.call()
        runs.append(run)
    agree(*runs)


def solve_run(cell: str) -> tuple[Run, str]:
    """A short solve of nine cells, ready to be called, and its IR. Its table of addresses is its own."""
    lanes, span = 8, 500.0
    c = case(cell)
    x, p = c.members(9)
    text = solver(cell, lanes)
    code, _ = compile_system(c.system, lanes=lanes, method="RODAS4P2").code(9)
    code = type(code)(dict(code.addresses), code.layout, code.engine)
    run = Run(code, x, p, span, np.array([100.0, 350.0]), np.full(x.shape[1], 1e-9))
    run.arguments.rtol, run.arguments.h_max, run.arguments.h_min = 1e-6, 1.0, 1e-300
    run.arguments.max_steps = 10_000
    return run, text


def agree(here: Run, there: Run) -> None:
    """The same steps, and states to far below the tolerance of the run: sums may be fused elsewhere."""
    assert set(here.status) == set(there.status) == {status.OK}
    np.testing.assert_array_equal(there.steps, here.steps)
    for a, b in ((here.y_end, there.y_end), (here.saved, there.saved)):
        np.testing.assert_allclose(b, a, rtol=1e-9, atol=1e-12)
    assert not np.array_equal(here.y_end, here.inputs[0])


needs_emulator = pytest.mark.skipif(
    bool(aarch64.missing()), reason=f"needs {', '.join(aarch64.missing())} (qemu-user, binutils-aarch64-linux-gnu)"
)


@needs_emulator
@pytest.mark.parametrize("name", NAMES)
def test_elementary_functions_have_the_same_bits_on_aarch64(name, tmp_path):
    lanes = 8
    x, y = arguments(name)
    groups = len(x) // lanes
    x, y = x[: groups * lanes], y[: groups * lanes]
    block = aarch64.Block()
    places = [block.put(np.ascontiguousarray(a).tobytes()) for a in (x, y, np.zeros_like(x))]
    lines = [f"  %a{i} = getelementptr i8, ptr %block, i64 {place}" for i, place in enumerate(places)]
    lines.append(f"  call void @run(i64 {groups}, ptr %a0, ptr %a1, ptr %a2)")
    path = aarch64.program(kernel_module(name, lanes), "\n".join(lines), tmp_path)
    found = np.frombuffer(aarch64.emulate(path, bytes(block.content)), np.float64, len(x), places[2])
    assert same_bits(found, kernel(name, lanes)(x, y)).all()


@needs_emulator
@pytest.mark.parametrize("cell", CELLS)
def test_a_whole_solve_on_aarch64_agrees_with_this_processor(cell, tmp_path):
    here, _ = solve_run(cell)
    here.call()
    there, text = solve_run(cell)
    aarch64.emulate_solve(there, text, tmp_path)
    agree(here, there)
