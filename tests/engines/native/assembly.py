"""Assembly as text, read function by function: which arithmetic is packed, and what is called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

X86 = re.compile(r"v?(?:add|sub|mul|div|sqrt|fn?m(?:add|sub)\d*)([ps])d\s")
"""Arithmetic on doubles of x86-64: ends in pd where it is packed, in sd where it is not."""
AARCH64 = re.compile(r"f(?:add|sub|mul|div|sqrt|mla|mls|n?madd|n?msub|nmul)\s+(v\d+\.2d|d\d+)")
"""Arithmetic on doubles of AArch64: on v0.2d where it is packed, on d0 where it is not."""
CALL = re.compile(r"(?:callq?|jmp|bl|b)\s+([A-Za-z_][\w.$@]*)")
LABEL = re.compile(r"^\"?([A-Za-z_][\w.$]*)\"?:")


@dataclass(frozen=True)
class Code:
    """One function: its packed and scalar arithmetic, and the functions that it calls."""

    lines: tuple[str, ...]
    packed: int
    scalar: int
    calls: frozenset[str]

    def registers(self, name: str) -> int:
        """Packed arithmetic on the registers of this name (zmm, ymm, xmm)."""
        return sum(name in line for line in self.lines if (m := X86.match(line)) and m[1] == "p")


def functions(text: str) -> dict[str, Code]:
    """The functions of an assembly file by name."""
    return {name: _read(lines) for name, lines in _bodies(text)}


def _bodies(text: str) -> Iterator[tuple[str, list[str]]]:
    names = set(re.findall(r"\.type\s+\"?([\w.$]+)\"?,\s*[@%]function", text))
    name, lines = "", []
    for line in text.splitlines():
        label = LABEL.match(line)
        if label and label[1] in names:
            name, lines = label[1], []
        elif name and line.strip().startswith(".size"):
            yield name, lines
            name = ""
        elif name:
            lines.append(line.split("//")[0].split("#")[0].strip() if line.startswith("\t.") else line.strip())


def _read(lines: list[str]) -> Code:
    packed = scalar = 0
    calls = set()
    for line in lines:
        if found := X86.match(line) or AARCH64.match(line):
            if found[1] == "p" or found[1].startswith("v"):
                packed += 1
            else:
                scalar += 1
        if found := CALL.match(line):
            calls.add(found[1].removesuffix("@PLT"))
    return Code(tuple(lines), packed, scalar, frozenset(calls))
