"""Machine code in memory, and kept on disk between processes under a name that needs no tracing.

An object file holds the code with relocations only, no address, so any process on the same kind of processor can load
it. Code that was just compiled is loaded from its object file too: there is one way in.
"""

from __future__ import annotations

import ctypes
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import llvmlite
import llvmlite.binding as llvm

from ionostat.engines.native.layout import Layout
from ionostat.engines.native.target import host_machine, processor
from ionostat.store import name_of, store

LLVM = threading.RLock()
"""Held by whoever makes or loads code."""


@dataclass(frozen=True)
class Code:
    """Machine code in memory: addresses of its entry points, and the layout of its scratch block."""

    addresses: dict[str, int]
    layout: Layout
    engine: Any  # keeps the code alive

    @cached_property
    def solve_batch(self) -> Callable[[int, int], None]:
        """The solver itself, as a function of the addresses of its arguments and scratch block."""
        return ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)(self.addresses["solve_batch"])


def load_object(content: bytes) -> Any:
    """The engine that holds an object file, linked and ready to be called."""
    with LLVM:
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), host_machine())
        engine.add_object_file(llvm.ObjectFileRef.from_data(content))
        engine.finalize_object()
        return engine


@dataclass(frozen=True)
class ObjectCode:
    """An object file, the functions in it that can be called, and the layout of the scratch block."""

    content: bytes
    exports: tuple[str, ...]
    layout: Layout

    def load(self) -> Code:
        """The code in memory."""
        engine = load_object(self.content)
        return Code({name: engine.get_function_address(name) for name in self.exports}, self.layout, engine)

    def to_bytes(self) -> bytes:
        """One line of plain data, then the object file."""
        head = {"lanes": self.layout.lanes, "sizes": self.layout.sizes, "exports": self.exports}
        return json.dumps(head).encode() + b"\n" + self.content

    @classmethod
    def from_bytes(cls, kept: bytes, layout: type[Layout]) -> ObjectCode:
        """The inverse of `to_bytes`."""
        line, _, content = kept.partition(b"\n")
        head = json.loads(line)
        return cls(content, tuple(head["exports"]), layout(head["lanes"], head["sizes"]))


def load_or_compile(
    key: str, variant: Sequence[Any], compile: Callable[[], ObjectCode], layout: type[Layout] = Layout
) -> Code:
    """The code of the programs that are named `key`, in this variant (method, lanes), for the processor at hand.

    It comes from the store if it was ever compiled there; under the key "" nothing is kept.
    """
    name = code_name(key, variant) if key else ""
    kept = store().get(name) if name else None
    if kept is not None:
        return ObjectCode.from_bytes(kept, layout).load()
    made = compile()
    if name:
        store().put(name, made.to_bytes())
    return made.load()


def code_name(key: str, variant: Sequence[Any]) -> str:
    """The name in the store: it changes with the programs, the variant, LLVM and the processor.

    The text of the generator is part of the key of the programs.
    """
    return name_of("code", key, *variant, llvmlite.__version__, llvm.llvm_version_info, *processor())
