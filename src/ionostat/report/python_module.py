"""The equations of a cell as a Python module that needs NumPy and nothing else.

It is the same straight-line program that the native engine compiles, one assignment per line.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

from sympy.printing.numpy import NumPyPrinter

from ionostat.cell.description import Cell
from ionostat.cell.program import Program
from ionostat.report.program_names import Named, named, recognised

_SMOOTH = '''
def exprel(x):
    """(exp(x) - 1)/x, smooth through exprel(0) = 1."""
    x = np.asarray(x, dtype=float)
    with np.errstate(all="ignore"):
        value = np.where(x == 0.0, 1.0, np.expm1(x) / x)
    return np.where(x == np.inf, np.inf, value)
'''
_SMOOTH_SLOPE = '''
def dexprel(x):
    """The derivative of exprel: its series where |x| < 1."""
    x = np.asarray(x, dtype=float)
    near = np.where(np.abs(x) < 1.0, x, 0.0)
    series = sum((j + 1) / factorial(j + 2) * near**j for j in range(19))
    with np.errstate(all="ignore"):
        far = (np.exp(x) * (x - 1.0) + 1.0) / (x * x)
    return np.where(np.abs(x) < 1.0, series, far)
'''


class _Printer(NumPyPrinter):  # type: ignore[misc]  # SymPy has no types
    """Expressions as NumPy code: names for symbols, every digit of a number."""

    def __init__(self, names: dict[Any, str]) -> None:
        functions = {name: name for name in ("exprel", "dexprel")}
        super().__init__({"fully_qualified_modules": False, "user_functions": functions})
        self.names = names

    def _print_Symbol(self, expr: Any) -> str:
        return self.names.get(expr, str(expr.name))

    _print_Dummy = _print_Symbol

    def _print_Float(self, expr: Any) -> str:
        return repr(float(expr))


def python_module(cell: Cell) -> str:
    """The module: names, units and values of states and parameters, `rhs(x, p)` and `jacobian(x, p)`."""
    names = named(cell)
    identifiers = _identifiers(names)
    printer = _Printer(identifiers)
    functions = [*_rhs(names, printer), *_jacobian(names, printer)]
    code = "\n".join(functions)
    imported = sorted({n for m, found in printer.module_imports.items() if m == "numpy" for n in found})
    smooth = [_SMOOTH] if re.search(r"(?<![\w.])exprel\(", code) else []
    smooth += [_SMOOTH_SLOPE] if re.search(r"\bdexprel\(", code) else []
    head = [*_docstring(names), "", *(["from math import factorial", ""] if _SMOOTH_SLOPE in smooth else [])]
    head += ["import numpy as np", *([f"from numpy import {', '.join(imported)}"] if imported else []), ""]
    return "\n".join([*head, *_tables(names), *(f"{s.rstrip()}\n" for s in smooth), *functions]) + "\n"


def _identifiers(names: Named) -> dict[Any, str]:
    """A Python name for every state and parameter: its path with underscores, and a further one if it is taken."""
    taken = set(keyword.kwlist) | {"x", "p", "np", "rate", "entries", "exprel", "dexprel", "factorial"}
    found = {}
    for symbol, path in names.paths.items():
        name = re.sub(r"\W", "_", path)
        name = f"_{name}" if name[0].isdigit() or re.fullmatch(r"[tdu]\d+", name) else name
        while name in taken:
            name += "_"
        taken.add(name)
        found[symbol] = name
    return found


def _docstring(names: Named) -> Iterator[str]:
    cell = names.cell
    title = " ".join(cell.title.split()).rstrip(".").replace("\\", "").replace('"""', "")
    yield f'"""{cell.name}{": " + title if title else ""}.'
    yield ""
    yield "The equations as M dx/dt = rhs(x, p), with M = diag(MASS) (0: an algebraic row), time in ms."
    yield "x holds the states in the order of STATES, p the parameters in that of PARAMETERS; both may have leading"
    yield "dimensions: x of shape (..., n) and p of shape (..., m) give (..., n) and (..., n, n)."
    yield ""
    yield f"Written by ionostat {version('ionostat')}; closure: {cell.closure}. With this file as `model`:"
    yield ""
    yield "    model.rhs(model.START, model.VALUES)"
    yield '"""'


def _tables(names: Named) -> Iterator[str]:
    """STATES, MASS, START and PARAMETERS, VALUES: path and unit of each, and its number."""
    for title, paths, label, values in (
        ("STATES", names.states, "START", names.start.x),
        ("PARAMETERS", names.parameters, "VALUES", names.start.p),
    ):
        yield f"{title} = {{"
        yield from (f"    {path!r}: {names.units[path]!r}," for path in paths)
        yield "}"
        yield f'"""Path -> unit of the {title.lower()}."""'
        yield ""
        yield f"{label} = np.array(["
        yield from (f"    {float(value)!r},  # {path}" for path, value in zip(paths, values, strict=True))
        yield "])"
        yield ""
    yield f"MASS = np.array({list(names.system.mass)})"
    yield '"""1 for a differential row, 0 for an algebraic one."""'
    yield ""


def _rhs(names: Named, printer: _Printer) -> Iterator[str]:
    program = names.system.rhs
    yield ""
    yield "def rhs(x, p):"
    yield '    """M dx/dt, in the unit of each state per ms (pA for an algebraic row)."""'
    yield from _opening(names, program, printer)
    yield "    rate = np.empty(np.broadcast_shapes(x.shape[:-1], p.shape[:-1]) + (len(STATES),))"
    for i, output in enumerate(program.outputs):
        yield f"    # {names.rate(i)}"
        yield f"    rate[..., {i}] = {printer.doprint(output)}"
    yield "    return rate"


def _jacobian(names: Named, printer: _Printer) -> Iterator[str]:
    derivative = names.system.jacobian
    yield ""
    yield ""
    yield "def jacobian(x, p):"
    yield '    """The derivatives of rhs with respect to the states: row, column."""'
    yield from _opening(names, derivative.program, printer)
    yield "    entries = np.zeros(np.broadcast_shapes(x.shape[:-1], p.shape[:-1]) + (len(STATES), len(STATES)))"
    for (i, j), output in zip(derivative.pattern, derivative.program.outputs, strict=True):
        yield f"    # row of {names.states[i]}, column of {names.states[j]}"
        yield f"    entries[..., {i}, {j}] = {printer.doprint(output)}"
    yield "    return entries"


def _opening(names: Named, program: Program, printer: _Printer) -> Iterator[str]:
    """The inputs that are used, and the steps; those that are known quantities say which."""
    yield "    x, p = np.asarray(x, dtype=float), np.asarray(p, dtype=float)"
    used: set[Any] = set().union(*(e.free_symbols for e in (*(e for _, e in program.steps), *program.outputs)))
    n = names.system.n_states
    for i, symbol in enumerate(names.system.inputs):
        if symbol in used:
            place = f"x[..., {i}]" if i < n else f"p[..., {i - n}]"
            unit = names.units[names.paths[symbol]]
            yield f"    {printer.names[symbol]} = {place}" + (f"  # {unit}" if unit else "")
    known = recognised(names, program)
    for symbol, expression in program.steps:
        line = f"    {symbol.name} = {printer.doprint(expression)}"
        yield line + (f"  # {known[symbol]}" if symbol in known else "")
