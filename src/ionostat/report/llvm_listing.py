"""The LLVM code of a cell's solver, with names for what it reads, computes and writes.

It is the module that the native engine compiles, and still a module that LLVM takes: values that are read have the
paths of states and parameters, steps the names of the program, and comments say what lies at each address. Loads that
nothing uses, which LLVM would remove, are left out.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import count
from typing import Any

from ionostat.cell.description import Cell
from ionostat.cell.program import Program
from ionostat.engines.native.hoisting import hoist
from ionostat.engines.native.kernel import default_lanes
from ionostat.engines.native.layout import Arguments, Layout
from ionostat.engines.native.linear_algebra import plan
from ionostat.engines.native.module import write_module
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import METHODS, default_method
from ionostat.report.program_names import Named, named, readable, recognised

FUNCTIONS = {
    "prepare": "what depends on parameters alone, once per cell, behind the parameters",
    "rhs": "f(x, p): the right-hand side at one point per lane",
    "slopes": "f(x, p) and the entries of its Jacobian that are not zero by structure",
    "factor": "LU factors of W = M/(h gamma) - J, in the order of least fill-in",
    "solve": "W out = b by forward and backward substitution",
    "start": "the first step of fresh cells, where none was given",
    "trial": "one Rosenbrock step: stages, proposed state Y, squared norm of the error",
    "dense": "weights of the interpolation inside the step",
    "judge": "takes or rejects the step of every lane, saves, chooses the next step",
    "fill": "gives the next cell to a lane",
    "save": "writes the states at save times inside the step",
    "end_lane": "writes what became of the cell of a lane",
    "solve_batch": "all cells: called from Python",
    "rhs_blocks": "rhs for many cells: called from Python",
    "slopes_blocks": "slopes for many cells: called from Python",
}
_PER_STATE = ("y", "atol", "carry", "Y", "Carry", "b", "f")
"""Parts of the scratch block with one vector per state."""
_DEFINE = re.compile(r"define .*@([\w.]+)\(")
_ADDRESS = re.compile(r"  (%[\w.]+) = getelementptr i8, ptr (%[\w.]+), i64 (\d+)$")
_LOAD = re.compile(r"  (%[\w.]+) = load [^,]+, ptr (%[\w.]+), align \d+$")
_STEP = re.compile(r"  (%[\w.]+) = .*  ; (\w+)$")
_VALUE = re.compile(r"%[\w.]+")
_NUMBER = re.compile(r"double 0x([0-9A-F]{16})")
_PURE = re.compile(r"  (%[\w.]+) = (?:load (?!volatile)|getelementptr )")


def llvm_listing(cell: Cell, rtol: float = 1e-6) -> str:
    """The module for an ensemble of this cell at this tolerance."""
    names = named(cell)
    s = names.system
    system = System(s.inputs, s.n_states, s.mass, s.rhs, s.jacobian)
    lanes, method = default_lanes(2, s.n_states), default_method(rtol)
    text, layout = write_module(system, METHODS[method], lanes)
    places = _Places(names, system, layout)
    head = [f"; {cell.name}: the native solver, {method}, {lanes} cells side by side", ";", *places.tables(), ""]
    return "\n".join([*head, *(line for block in text.split("\n\n") for line in (*places.block(block), ""))])


class _Places:
    """What lies at each address of the functions of one module."""

    def __init__(self, names: Named, system: System, layout: Layout) -> None:
        self.names, self.layout = names, layout
        lean, fixed = hoist(system)
        kept = lean.inputs[len(system.inputs) :]
        self.parameters: list[str] = [*names.parameters, *(s.name for s in kept)]
        self.pattern = system.jacobian.pattern
        slots = plan(system.n_states, self.pattern, system.mass).slots
        self.factors = {slot: entry for entry, slot in slots.items()}
        paths = names.paths | {s: s.name for s, _ in fixed.steps}
        self.fixed = [f"{s.name} = {readable(_expanded(fixed, kept)[s], paths)}" for s in kept]
        known = recognised(names, system.rhs) | recognised(names, system.jacobian.program)
        rhs, jacobian = (_meanings(p, paths, known) for p in (lean.rhs, lean.jacobian.program))
        self.steps = {"prepare": _meanings(fixed, paths, known), "rhs": rhs, "slopes": jacobian | rhs}
        self.fields = {getattr(Arguments, n).offset: n for n, *_ in Arguments._fields_}

    def tables(self) -> Iterator[str]:
        """States, parameters and what follows from them, as comments."""
        units = self.names.units
        yield "; states x, in this order:"
        yield from (f";   {i}  {p}, {units[p]}" for i, p in enumerate(self.names.states))
        yield "; parameters p:"
        yield from (f";   {i}  {p}, {units[p] or '-'}" for i, p in enumerate(self.names.parameters))
        yield "; behind them, computed by prepare:"
        yield from (f";   {i}  {text}" for i, text in enumerate(self.fixed, len(self.names.parameters)))

    def block(self, text: str) -> Iterator[str]:
        """One function with names and comments; anything else as it is."""
        found = _DEFINE.match(text)
        if found is None:
            yield text.rstrip()
            return
        name = found[1]
        yield f"; {name}: {_about(name)}"
        yield from _renamed(list(self._commented(name, _without_idle_loads(text.rstrip().split("\n")))))

    def _commented(self, function: str, lines: list[str]) -> Iterator[tuple[str, str, str]]:
        """Lines with a name for the value that they make ("" for none) and a comment ("" for none)."""
        addresses: dict[str, str] = {f"%{a}": self._place(function, f"%{a}", 0) for a in ("x", "p", "out", "jacobian")}
        addresses |= {"%s": self._scratch(0), "%a": self.fields[0]}
        for line in lines:
            if made := _ADDRESS.match(line):
                addresses[made[1]] = self._place(function, made[2], int(made[3]))
                yield line, f"at.{addresses[made[1]]}" if addresses[made[1]] else "", ""
            elif (made := _LOAD.match(line)) and addresses.get(made[2]):
                yield line, addresses[made[2]], ""
            elif made := _STEP.match(line):
                bare = line[: line.rindex("  ; ")]
                yield bare, made[2], self.steps.get(function, {}).get(made[2], "")
            else:
                target = re.match(r"  store \S.*, ptr (%[\w.]+), align \d+$", line)
                yield line, "", self._written(function, addresses.get(target[1], "")) if target else ""

    def _written(self, function: str, place: str) -> str:
        """What a store writes."""
        if place.startswith("out.") and function in ("rhs", "slopes"):
            return self.names.rate(self.names.states.index(place.removeprefix("out.")))
        if place.startswith("jacobian."):
            row, column = place.removeprefix("jacobian.").split("_by_")
            return f"derivative of the rate of {row} with respect to {column}"
        return place

    def _place(self, function: str, base: str, offset: int) -> str:
        """The name of the place `base + offset`."""
        index = offset // self.layout.stride
        if base == "%s":
            return self._scratch(offset)
        if base == "%a":
            return str(self.fields.get(offset, ""))
        if function not in ("rhs", "slopes", "prepare", "solve"):
            return ""
        if base == "%x":
            return self.names.states[index]
        if base == "%p":
            return self.parameters[index]
        if base == "%out":
            return f"out.{self.names.states[index]}"
        return self._entry(self.pattern[index]) if base == "%jacobian" else ""

    def _entry(self, entry: tuple[int, int], name: str = "jacobian") -> str:
        row, column = (self.names.states[i] for i in entry)
        return f"{name}.{row}_by_{column}"

    def _scratch(self, offset: int) -> str:
        """The name of a place in the scratch block."""
        name = max((n for n, o in self.layout.offsets.items() if o <= offset), key=lambda n: self.layout.offsets[n])
        index = (offset - self.layout.offsets[name]) // self.layout.stride
        n = len(self.names.states)
        if name == "p":
            return f"p.{self.parameters[index]}"
        if name == "jacobian":
            return self._entry(self.pattern[index])
        if name == "factors":
            return self._entry(self.factors[index], "lu") if index in self.factors else f"factors.{index}"
        if name in ("k", "d"):
            return f"{name}{index // n + 1}.{self.names.states[index % n]}"
        if name in _PER_STATE:
            return f"{name}.{self.names.states[index]}"
        return f"{name}.{index}" if index else name


def _about(name: str) -> str:
    return FUNCTIONS.get(name) or (
        f"elementary function {name.split('.')[1]}" if name.startswith("kernel.") else "a part of the solver"
    )


def _meanings(program: Program, paths: dict[Any, str], known: dict[Any, str]) -> dict[str, str]:
    """What every step of a program computes, by its name; and what it is, where that is known."""
    return {
        s.name: f"{s.name} = {readable(e, paths)}" + (f"   ({known[s]})" if s in known else "")
        for s, e in program.steps
    }


def _expanded(program: Program, kept: tuple[Any, ...]) -> dict[Any, Any]:
    """The steps of a program in terms of its inputs and of the steps that are kept."""
    found: dict[Any, Any] = {}
    for symbol, expression in program.steps:
        found[symbol] = expression.xreplace({s: e for s, e in found.items() if s not in kept})
    return found


def _without_idle_loads(lines: list[str]) -> list[str]:
    """The function without loads and addresses that nothing uses."""
    while True:
        used = {v for line in lines for v in _VALUE.findall(line.partition(" = ")[2] or line)}
        kept = [line for line in lines if not ((m := _PURE.match(line)) and m[1] not in used)]
        if len(kept) == len(lines):
            return kept
        lines = kept


def _renamed(lines: list[tuple[str, str, str]]) -> Iterator[str]:
    """The lines with new names for their values; a name that is taken gets a number."""
    taken = {name for line, _, _ in lines for name in _VALUE.findall(line)}
    names: dict[str, str] = {}
    for line, wanted, comment in lines:
        made = line.partition(" = ")[0].strip()
        if wanted and made.startswith("%"):
            stem = "%" + re.sub(r"[^\w.]", "_", wanted)
            following = (stem if i == 1 else f"{stem}.{i}" for i in count(1))
            names[made] = next(name for name in following if name not in taken)
            taken.add(names[made])
        text = _VALUE.sub(lambda m: names.get(m[0], m[0]), line)
        comment = comment or ", ".join(_decimal(number) for number in _NUMBER.findall(line))
        yield f"{text}  ; {comment}" if comment else text


def _decimal(bits: str) -> str:
    """A double of LLVM, as people write it."""
    return repr(float(struct.unpack(">d", bytes.fromhex(bits))[0]))
