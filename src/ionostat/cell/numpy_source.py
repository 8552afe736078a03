"""Straight-line programs as the text of a Python function on floats or NumPy arrays: readable, and kept in records.

>>> import sympy
>>> from ionostat.cell.program import straight_line
>>> volume, salt = sympy.symbols("cell.volume cell.salt", real=True)
>>> print(numpy_source(straight_line((volume, salt), [sympy.exp(salt / volume), salt / volume])))
from numpy import exp
<BLANKLINE>
def function(cell_volume, cell_salt):
    t0 = cell_salt/cell_volume
    return [exp(t0), t0]
<BLANKLINE>
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import Any

import numpy
from sympy.printing.numpy import NumPyPrinter

from ionostat.cell.program import Program

_OWN = ("exprel", "dexprel")
"""Functions of `ionostat.maths` that NumPy has not."""


class _Printer(NumPyPrinter):  # type: ignore[misc]
    """Prints symbols by the names given to them."""

    def __init__(self, names: dict[Any, str]) -> None:
        super().__init__({"fully_qualified_modules": False, "user_functions": {n: n for n in _OWN}})
        self.names = names

    def _print_Symbol(self, expr: Any) -> str:
        return self.names[expr]


def numpy_source(program: Program) -> str:
    """A module with one function: of the program's inputs, in order, that returns its outputs as a list."""
    printer = _Printer(_names(program))
    lines = [f"    {printer.names[s]} = {printer.doprint(e)}" for s, e in program.steps]
    outputs = ", ".join(printer.doprint(e) for e in program.outputs)
    body = "\n".join([*lines, f"    return [{outputs}]"])
    imports = [f"from {m} import {', '.join(sorted(names))}" for m, names in sorted(printer.module_imports.items())]
    own = [n for n in _OWN if re.search(rf"\b{n}\(", body)]
    if own:
        imports.append(f"from ionostat.maths import {', '.join(own)}")
    inputs = ", ".join(printer.names[s] for s in program.inputs)
    return "\n".join([*imports, "", f"def function({inputs}):", body, ""])


def _names(program: Program) -> dict[Any, str]:
    """A Python name for every symbol: its own, with underscores; longer by as many as make it unique."""
    names: dict[Any, str] = {}
    taken = {"function", *_OWN, *dir(numpy)}
    for symbol in (*program.inputs, *(s for s, _ in program.steps)):
        name = re.sub(r"\W", "_", str(symbol))
        name = f"_{name}" if name[:1].isdigit() else name
        while name in taken or iskeyword(name):
            name += "_"
        taken.add(name)
        names[symbol] = name
    return names
