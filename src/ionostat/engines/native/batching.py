"""With one cell per lane, elementary functions of one depth are computed side by side.

A single trajectory has no neighbours to fill a vector with, but a model evaluates many exponentials and logarithms
that do not wait for each other: the rates of its gates, the fluxes of its ions. One call of a vector kernel takes
hardly longer than one of a scalar kernel, so a pass over the finished instructions gathers them.

The instructions of a straight-line function are put in a new order that respects every dependence: all that can be
computed without a further kernel comes first; then all kernel calls whose arguments are known are made at once, in
groups of one function; and so on. Only the order changes, and a kernel gives the same bits at every width.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WIDTH = 4
"""Values per call: 4 doubles fill a register of every processor since 2013."""

_CALL = re.compile(r"\s*(%[\w.]+) = call double @kernel\.(\w+)\(double (\S+)\)")
_NAMES = re.compile(r"%[\w.]+")


def batch_kernels(lines: Sequence[str]) -> tuple[list[str], set[str]]:
    """Instructions of one block (no jumps) with kernel calls gathered; and the kernels now called `WIDTH` wide.

    >>> block = ["  %a = call double @kernel.exp(double %x)", "  %b = call double @kernel.exp(double %y)"]
    >>> len(batch_kernels(block)[0]), batch_kernels(block)[1]
    (7, {'exp'})
    """
    made = {_made(line) for line in lines}
    waiting = list(lines)
    done: set[str] = set()
    ordered: list[str] = []
    wide: set[str] = set()

    def ready(line: str) -> bool:
        return all(name in done or name not in made for name in _needs(line))

    while waiting:
        left: list[str] = []
        for line in waiting:  # in an order that respects dependence, so one pass finds all that needs no new kernel
            if ready(line) and not _CALL.match(line):
                ordered.append(line)
                done.add(_made(line))
            else:
                left.append(line)
        calls: dict[str, list[str]] = {}
        for line in left:
            if (call := _CALL.match(line)) and ready(line):
                calls.setdefault(call[2], []).append(line)
        for kernel, group in calls.items():
            for start in range(0, len(group), WIDTH):
                part = group[start : start + WIDTH]
                ordered += _together(kernel, part) if len(part) > 1 else part
                wide |= {kernel} if len(part) > 1 else set()
            done.update(_made(line) for line in group)
        waiting = [line for line in left if _made(line) not in done]
    return ordered, wide


def _made(line: str) -> str:
    """The name that an instruction defines; an instruction without a result stands for itself."""
    head, equals, _ = line.partition(" = ")
    return head.strip() if equals else line


def _needs(line: str) -> list[str]:
    """The names that an instruction uses."""
    return _NAMES.findall(line.partition(" = ")[2] or line)


def _together(kernel: str, calls: Sequence[str]) -> list[str]:
    """Several calls of one kernel as one call of its vector form."""
    vector = f"<{WIDTH} x double>"
    matches = [m for line in calls if (m := _CALL.match(line))]
    tag = matches[0][1]
    lines, packed = [], "poison"
    for i, match in enumerate(matches):
        lines.append(f"  {tag}.in{i} = insertelement {vector} {packed}, double {match[3]}, i32 {i}")
        packed = f"{tag}.in{i}"
    for i in range(len(matches), WIDTH):  # the places left over repeat the first argument
        lines.append(f"  {tag}.in{i} = insertelement {vector} {packed}, double {matches[0][3]}, i32 {i}")
        packed = f"{tag}.in{i}"
    lines.append(f"  {tag}.out = call {vector} @kernel.{kernel}.wide({vector} {packed})")
    return lines + [f"  {m[1]} = extractelement {vector} {tag}.out, i32 {i}" for i, m in enumerate(matches)]
