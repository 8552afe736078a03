"""Processors: the one that this process runs on, and others to look at what would run there."""

from __future__ import annotations

from functools import cache
from typing import Any

import llvmlite.binding as llvm

from ionostat.errors import InputError


def host_machine() -> Any:
    """The processor that this process runs on; a fresh one per module, because the engine takes it over."""
    return machine_for(*processor(), jit=True)


@cache
def processor() -> tuple[str, str, str]:
    """Triple, name and features of the processor that this process runs on, as LLVM knows it."""
    _initialize_native()
    return llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def machine_for(triple: str, cpu: str, features: str = "", *, jit: bool = False) -> Any:
    """A processor by name, such as ("x86_64-linux-gnu", "haswell") or ("aarch64-linux-gnu", "neoverse-v1").

    `features` adds to or takes from what the name stands for ("-avx512f"). With `jit` the code can be run in this
    process; without it the code is as for a file.
    """
    if not jit:
        _initialize_all()
    try:
        target = llvm.Target.from_triple(triple)
    except RuntimeError as error:
        raise InputError(f"LLVM has no target '{triple}'", hint="x86_64-linux-gnu or aarch64-linux-gnu") from error
    model = "jitdefault" if jit else "default"
    return target.create_target_machine(cpu=cpu, features=features, opt=2, codemodel=model, jit=jit)


def optimised(text: str, machine: Any) -> Any:
    """A module of IR, checked and optimised. Loops are left rolled and nothing is inlined: to compile fast."""
    module = llvm.parse_assembly(text)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    options.loop_vectorization = options.slp_vectorization = options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return module


def emit_assembly(text: str, machine: Any) -> str:
    """The machine code of a module of IR, as assembly to read."""
    return str(machine.emit_assembly(optimised(text, machine)))


def emit_object(text: str, machine: Any) -> bytes:
    """The machine code of a module of IR, as an object file to link."""
    return bytes(machine.emit_object(optimised(text, machine)))


@cache
def _initialize_native() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@cache
def _initialize_all() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
