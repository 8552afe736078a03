"""The IR builder: constants, reuse, widths."""

import math

import llvmlite.binding as llvm
import pytest

from ionostat.engines.native.builder import WIDTHS, Function, double_text
from ionostat.engines.native.kernels import KERNELS, kernel_text
from ionostat.engines.native.module import assemble


def test_doubles_are_written_exactly():
    assert double_text(1.0) == "0x3FF0000000000000"
    assert double_text(-math.inf) == "0xFFF0000000000000"


def test_identical_instructions_of_a_block_are_written_once():
    f = Function("f", [("double", "x")], 1)
    x = f.argument("x")
    assert (x + 1.0) is (x + 1.0)
    with f.when(x > 0.0):
        assert (x + 1.0).text != (x + 2.0).text
    f.finish()
    assert f.text().count("fadd") == 3


@pytest.mark.parametrize("lanes", WIDTHS)
def test_every_kernel_is_valid_ir_without_calls(lanes):
    for name in KERNELS:
        text, declarations = kernel_text(name, lanes)
        calls = [line for line in text.splitlines() if " call " in line]
        assert all("@llvm." in line for line in calls)
        f = Function("none", [], lanes)
        f.calls.add(name)
        f.finish()
        llvm.parse_assembly(assemble([f], lanes, exports=["none"])).verify()
        assert declarations == {d for d in declarations if d.startswith("declare")}
