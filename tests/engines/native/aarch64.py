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
    """Arrays laid into one block of memory, each on a cache line."""

    def __init__(self) -> None:
        self.content = bytearray()

    def put(self, data: bytes) -> int:
        """Append; returns the offset."""
        self.content += bytes(-len(self.content) % 64)
        offset = len(self.content)
        self.content += data
        return offset


def emulate_solve(run: Run, text: str, folder: Path) -> None:
    """What `run.call()` does, on AArch64: the arrays of `run` become what the program made of them."""
    arrays = {a.ctypes.data: a for a in vars(run).values() if isinstance(a, np.ndarray)}
    arguments = type(run.arguments)()
    ctypes.memmove(ctypes.byref(arguments), ctypes.byref(run.arguments), ctypes.sizeof(arguments))
    block = Block()
    start = block.put(bytes(arguments))
    places = {address: block.put(a.tobytes()) for address, a in arrays.items()}
    for name, kind in arguments._fields_:
        pointer = getattr(arguments, name)
        if kind is ctypes.c_void_p and pointer:
            setattr(arguments, name, ADDRESS + places[pointer])
    block.content[start : start + ctypes.sizeof(arguments)] = bytes(arguments)
    scratch = places[run.scratch.ctypes.data]
    entry = f"  %s = getelementptr i8, ptr %block, i64 {scratch}\n  call void @solve_batch(ptr %block, ptr %s)"
    made = emulate(program(text, entry, folder), bytes(block.content))
    for address, a in arrays.items():
        if a.flags.writeable:
            a[...] = np.frombuffer(made, a.dtype, a.size, places[address]).reshape(a.shape)
