"""The listing of a cell's native code: still a module, of the same digits, with names."""

from __future__ import annotations

import ctypes
import re

import llvmlite.binding as llvm
import numpy as np
import pytest

import ionostat
from ionostat.cell.equations import equations
from ionostat.engines.native.inputs import aligned
from ionostat.engines.native.kernel import default_lanes
from ionostat.engines.native.module import compile_text, write_module
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import METHODS
from ionostat.report.llvm_listing import llvm_listing
from ionostat.report.program_names import named

CELLS = ["Kay2017_cell", "Huebel2016_neuron"]


@pytest.mark.parametrize("name", CELLS)
def test_the_listing_computes_what_the_engine_computes(name):
    cell = ionostat.load(name)
    names, s = named(cell), equations(cell).system()
    lanes = default_lanes(2, s.n_states)
    plain, layout = write_module(System(s.inputs, s.n_states, s.mass, s.rhs, s.jacobian), METHODS["RODAS4P2"], lanes)
    results = []
    for text in (plain, llvm_listing(cell)):
        engine = compile_text(text)
        x, p = aligned((s.n_states, lanes)), aligned((layout.parameters, lanes))
        f, jacobian = aligned((s.n_states, lanes)), aligned((len(s.jacobian.pattern), lanes))
        x[:], p[: len(names.parameters)] = names.start.x[:, None], names.start.p[:, None]
        function = ctypes.CFUNCTYPE(None, ctypes.c_int64, *[ctypes.c_void_p] * 4)
        function(engine.get_function_address("slopes_blocks"))(1, *(a.ctypes.data for a in (x, p, f, jacobian)))
        results.append(np.concatenate([f, jacobian]))
    np.testing.assert_array_equal(*results)
    assert np.any(results[0])


@pytest.mark.parametrize("name", ["Dijkstra2016_neuron", "Dusterwald2018_neuron"])
def test_other_cells_too_are_modules(name):
    llvm.parse_assembly(llvm_listing(ionostat.load(name))).verify()


def body(text: str, function: str) -> str:
    found = re.search(rf"define [^\n]*@{function}\(.*?\n}}", text, re.DOTALL)
    assert found, function
    return found[0]


def test_values_steps_and_results_have_names():
    text = llvm_listing(ionostat.load("Huebel2016_neuron"))
    rhs = body(text, "rhs")
    assert re.search(r"%cytosol\.K = load <\d+ x double>, ptr %at\.cytosol\.K, ", rhs)
    assert re.search(r"%t5 = .*  ; t5 = .*\(plasma\.V, mV\)", rhs)
    assert re.search(r"store .* ptr %at\.out\.cytosol\.K, align 64  ; d\(cytosol\.K\)/dt, amol/ms", rhs)
    assert "; derivative of the rate of plasma.kv.n with respect to cytosol.charge" in body(text, "slopes")
    assert re.search(r"%k1\.cytosol\.charge = load", body(text, "trial"))
    assert re.search(r"store .*  ; lu\.cytosol\.charge_by_", body(text, "factor"))
    assert ";   1  cytosol.K, amol\n" in text
    assert re.search(r";   \d+  plasma\.nav\.g, nS/um2\n", text)


def test_every_function_says_what_it_is_for():
    text = llvm_listing(ionostat.load("Kay2017_cell"))
    defined = re.findall(r"^define .*@([\w.]+)\(", text, re.MULTILINE)
    said = re.findall(r"^; ([\w.]+): (.+)\n(?:define .*@([\w.]+)\()", text, re.MULTILINE)
    assert [name for name, _, function in said if name == function] == defined
    assert not [name for name, what, _ in said if what == "a part of the solver"]


def test_loads_that_nothing_uses_are_left_out():
    rhs = body(llvm_listing(ionostat.load("Kay2017_cell")), "rhs")
    loaded = re.findall(r"(%[\w.]+) = load", rhs)
    assert loaded
    assert all(len(re.findall(rf"{re.escape(name)}(?![\w.])", rhs)) > 1 for name in loaded)
    assert "energy.ATP" not in rhs
