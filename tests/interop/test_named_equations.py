"""The equations under their names, put back together, are the equations that the engines compile."""

from functools import cache

import numpy as np
import pytest
import sympy
from interop.cases import CARRIED, REFUSED, cell

from ionostat.cell.balance import symbol
from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import Function, compile_program, functions
from ionostat.cell.feasible import random_state
from ionostat.cell.observables import observables
from ionostat.cell.program import Program, straight_line_again
from ionostat.cell.start import start as start_of
from ionostat.constants import F, R
from ionostat.errors import CellError
from ionostat.interop.named_equations import NamedEquations, named_equations


@pytest.mark.parametrize(("name", "closure"), sorted(REFUSED))
def test_refused_cells_do_have_currents_that_bend(name: str, closure: str) -> None:
    """At a random state, with an algebraic potential moved by -20, 0 and +20 mV: no straight line."""
    made = cell(name, closure)
    eq = equations(made)
    start = start_of(eq, made)
    floating = [i for i, m in enumerate(eq.mass) if not m]
    assert floating
    bends = []
    here = random_state(eq, start, np.random.default_rng(4))
    for i in floating:
        x = np.repeat(here[None, :], 3, axis=0)
        x[:, i] += (-20.0, 0.0, 20.0)
        low, middle, high = functions(eq).rhs(x, start.p)[:, floating]
        bends.append(np.max(np.abs(low - 2 * middle + high)) / np.max(np.abs(high - low)))
    assert max(bends) > 1e-6
    with pytest.raises(CellError, match="not linear in"):
        named_equations(eq)


@cache
def put_back(name: str, closure: str) -> tuple[Equations, NamedEquations, list[str], Function]:
    """The named rates and definitions of a cell as one function of its states, its parameters, R and F."""
    eq = equations(cell(name, closure))
    named = named_equations(eq)
    rates = {d.path: d.expression for d in named.rates}
    for (compartment, ion), _ in eq.traced.amounts.items():
        terms = [n * symbol(t.turnover) for t in named.transports if (n := t.changes.get((compartment, ion), 0))]
        rates[f"{compartment}.{ion}.amount rate"] = sympy.Add(*terms)
    outputs = rates | {f"= {d.path}": symbol(d.path) for d in named.definitions}
    states = [s.symbol for s in eq.states if s.kind != "potential"]
    inputs = (*states, *(symbol(p) for p in eq.parameters), symbol("R"), symbol("F"))
    plain = {symbol(d.path): sympy.Symbol(f"q{i}", real=True) for i, d in enumerate(named.definitions)}
    steps = tuple((plain[symbol(d.path)], d.expression.xreplace(plain)) for d in named.definitions)
    ends = tuple(sympy.sympify(e).xreplace(plain) for e in outputs.values())
    program = straight_line_again(Program(inputs, steps, ends))
    return eq, named, list(outputs), compile_program(program)


def evaluate(name: str, closure: str, x: np.ndarray, p: np.ndarray) -> dict[str, float]:
    eq, _, names, function = put_back(name, closure)
    states = [v for s, v in zip(eq.states, x, strict=True) if s.kind != "potential"]
    return dict(zip(names, map(float, function(*states, *p, R, F)), strict=True))


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_rates_are_those_that_the_engines_compile(name: str, closure: str) -> None:
    """At 50 random states, to 1e-10 of the median size of each rate: the same sums in another order."""
    eq, named, _, _ = put_back(name, closure)
    start = start_of(eq, cell(name, closure))
    rng = np.random.default_rng(5)
    x = np.array([random_state(eq, start, rng) for _ in range(50)])
    compiled = functions(eq).rhs(x, start.p)
    got = [evaluate(name, closure, row, start.p) for row in x]
    checked = set()
    for i, state in enumerate(eq.states):
        path = {"amount": f"{state.symbol.name} rate", "potential": f"= {state.symbol.name}"}
        path = path.get(state.kind, state.symbol.name)  # type: ignore[assignment]
        mine = np.array([g[path] for g in got])
        theirs = x[:, i] if state.kind == "potential" else compiled[:, i]
        size = np.maximum(np.abs(theirs), np.median(np.abs(theirs)))
        assert np.all(np.abs(mine - theirs) <= 1e-10 * np.where(size, size, 1.0)), path
        checked.add(path)
    assert {d.path for d in named.rates} <= checked


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_named_quantities_are_those_of_results(name: str, closure: str) -> None:
    """Every definition that a result has too, at a random state; `<stimulus>.current` is its current `I`."""
    eq, named, _, _ = put_back(name, closure)
    start = start_of(eq, cell(name, closure))
    x = random_state(eq, start, np.random.default_rng(6))
    shown = {n: float(v) for n, v in observables(eq).evaluate(x, start.p).items()}
    got = evaluate(name, closure, x, start.p)
    largest = dict.fromkeys(observables(eq).units.values(), 0.0)
    for path, value in shown.items():
        unit = observables(eq).units[path]
        largest[unit] = max(largest[unit], abs(value)) if np.isfinite(value) else largest[unit]
    names = {d.path: d.path.removesuffix(".current") + ".I" * d.path.endswith(".current") for d in named.definitions}
    found = {path: theirs for path, theirs in names.items() if theirs in shown}
    assert len(found) > 10
    for path, theirs in found.items():
        size = largest[observables(eq).units[theirs]]
        assert got[f"= {path}"] == pytest.approx(shown[theirs], rel=1e-9, abs=1e-9 * size), path


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_every_definition_is_used_or_shown_once(name: str, closure: str) -> None:
    _, named, _, _ = put_back(name, closure)
    paths = [d.path for d in (*named.definitions, *named.rates)]
    assert len(paths) == len(set(paths))
