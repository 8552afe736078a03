"""Machine code for AArch64, linked without a library and run by QEMU on a copy of our memory.

The program reads one block of memory from stdin, calls `entry(block)` and writes the block to stdout. The block lies
at a known address, so pointers in it can be set beforehand.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np

from ionostat.engines.native.run import Run
from ionostat.engines.native.target import emit_object, machine_for

TRIPLE, CPU = "aarch64-unknown-linux-gnu", "neoverse-v1"
ADDRESS, SIZE = 0x10000000, 1 << 25
PREFIX = "aarch64-linux-gnu-"
EMULATORS = ("qemu-aarch64", "qemu-aarch64-static")
DRIVER = f"""
    .text
    .globl _start
_start:
    ldr x19, =block
    mov x20, x19
read:
    mov x0, #0
    mov x1, x20
    mov x2, #0x100000
    mov x8, #63
    svc #0
    cmp x0, #0
    b.le full
    add x20, x20, x0
    b read
full:
    mov x0, x19
    bl entry
write:
    mov x0, #1
    mov x1, x19
    sub x2, x20, x19
    mov x8, #64
    svc #0
    cmp x0, #0
    b.le end
    add x19, x19, x0
    cmp x19, x20
    b.lt write
end:
    mov x0, #0
    mov x8, #93
    svc #0
    .section .block, "aw", @nobits
    .balign 4096
block:
    .skip {SIZE}
"""


def missing() -> list[str]:
    """The programs that are not installed."""
    emulator = [] if any(map(shutil.which, EMULATORS)) else [EMULATORS[0]]
    return emulator + [p for p in (PREFIX + "as", PREFIX + "ld") if not shutil.which(p)]


def program(text: str, entry: str, folder: Path) -> Path:
    """An AArch64 program from a module of IR; `entry` is the body of `entry(ptr %block)` in IR."""
    text += f"\ndefine void @entry(ptr %block) {{\n{entry}\n  ret void\n}}\n"
    (folder / "model.o").write_bytes(emit_object(text, machine_for(TRIPLE, CPU)))
    (folder / "driver.s").write_text(DRIVER)
    subprocess.run([PREFIX + "as", "driver.s", "-o", "driver.o"], cwd=folder, check=True)
    place = f"--section-start=.block={ADDRESS:#x}"
    subprocess.run([PREFIX + "ld", place, "driver.o", "model.o", "-o", "model"], cwd=folder, check=True)
    return folder / "model"


def emulate(path: Path, block: bytes) -> bytes:
    """What the program makes of a block of memory."""
    emulator = next(e for e in EMULATORS if shutil.which(e))
    done = subprocess.run([emulator, str(path)], input=block, capture_output=True, check=True, timeout=120)
    assert len(done.stdout) == len(block), done.stderr
    return done.stdout


class Block:
    """Arrays laid into one block of memory."""

    def __init__(self) -> None:
        self.content = bytearray()

    def put(self, data: bytes, phase: int = 0) -> int:
        """Append, `phase` bytes behind the beginning of a cache line; returns the offset."""
        self.content += bytes((phase - len(self.content)) % 64)
        offset = len(self.content)
        self.content += data
        return offset


def emulate_solve(run: Run, text: str, folder: Path) -> None:
    """What `run.call()` does, on AArch64: the arrays of `run` become what the program made of them."""
    arguments = type(run.arguments).from_buffer_copy(run.arguments)
    block = Block()
    start = block.put(bytes(arguments))
    places = [(a, block.put(a.tobytes(), a.ctypes.data % 64)) for a in _memory(list(vars(run).values()))]

    def moved(address: int) -> int:
        """Where the copy of an address lies, as an offset in the block."""
        return next(place + address - a.ctypes.data for a, place in places if 0 <= address - a.ctypes.data <= a.nbytes)

    for name, kind in arguments._fields_:
        if kind is ctypes.c_void_p and getattr(arguments, name) is not None:
            setattr(arguments, name, ADDRESS + moved(getattr(arguments, name)))
    block.content[start : start + ctypes.sizeof(arguments)] = bytes(arguments)
    scratch = moved(run.scratch[0].ctypes.data)
    entry = f"  %s = getelementptr i8, ptr %block, i64 {scratch}\n  call void @solve_batch(ptr %block, ptr %s)"
    made = emulate(program(text, entry, folder), bytes(block.content))
    for a, place in places:
        a[...] = np.frombuffer(made, a.dtype, a.size, place).reshape(a.shape)


def _memory(values: list[object]) -> list[np.ndarray]:
    """The arrays that own the memory of all arrays among the values, each once."""
    found: dict[int, np.ndarray] = {}
    for value in values:
        if isinstance(value, list | tuple):
            found |= {id(a): a for a in _memory(list(value))}
        elif isinstance(value, np.ndarray) and value.size:
            while isinstance(value.base, np.ndarray):
                value = value.base
            found[id(value)] = value
    return list(found.values())
