"""Checks that outside authors run on their own mechanisms and cells: every law that nature imposes on them.

A mechanism is one class. Written as the balance laws want it, it passes as it stands:

>>> from ionostat import Mechanism, Species, parameter
>>> from ionostat.maths import log
>>> Na, H = Species("Na", 1), Species("H", 1)
>>> class SodiumProtonExchanger(Mechanism):
...     '''Electroneutral Na/H exchange, one Na in for one H out, driven by both gradients.
...
...         J = L ln([Na]o [H]i / ([Na]i [H]o))
...
...     J: turnovers (amol/ms/um2), L: rate (amol/ms/um2). Linear near equilibrium. Author (2024), doi:10.1234/example.
...     '''
...     moves = {Na: 1, H: -1}
...     L = parameter("amol/ms", range=(0.0, 1e3), doc="rate per unit of the logarithm", extensive=True)
...     def rate(self, at):
...         return self.L * log(at.outside.Na * at.inside.H / (at.inside.Na * at.outside.H))
>>> check_mechanism(SodiumProtonExchanger, L="2e-6 amol/ms/um2")

What is wrong is said in one sentence:

>>> class Backwards(SodiumProtonExchanger):
...     '''J = L ln([Na]i [H]o / ([Na]o [H]i)), Author (2024).'''
...     def rate(self, at):
...         return -super().rate(at)
>>> check_mechanism(Backwards)
Traceback (most recent call last):
...
AssertionError: Backwards: it runs uphill without ATP (in/out Na ... mM, H ... mM at ... mV)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from ionostat.cell.checks import check
from ionostat.cell.description import Cell
from ionostat.errors import IonostatError
from ionostat.mechanisms.laws import (
    context,
    dimension_faults,
    passive_faults,
    plain,
    random_numbers,
    rate_unit,
    symbols,
    typical,
    unit_of,
    with_units,
)
from ionostat.mechanisms.mechanism import BASES, Basis, Mechanism
from ionostat.species import IONS, Species
from ionostat.units import dimension, quantity

__all__ = ["check_cell", "check_mechanism"]

Array = np.ndarray
POINTS = 50
SWEEP = np.arange(-150.0, 100.25, 0.25)
"""Potentials (mV) at which a rate must be finite: holes sit at round numbers."""


def check_mechanism(mechanism: type[Mechanism] | Mechanism, /, **values: Any) -> None:
    """Raise AssertionError, in one sentence, for the first law that a mechanism breaks.

    `mechanism` is a class, or an instance with its values and options; `values` are its parameters ("4 nS/um2", or bare
    numbers in coherent units) and options (`ion=K`). What is not given takes its default, or 1.

    It has to: say in its docstring what it is, with formula and source; declare each parameter with unit, meaning,
    range, and a source for each default; move whole numbers; give rates of the right dimension, the same on floats,
    arrays, symbols and quantities, proportional to its extensive parameters, without `scale` (the balance laws apply
    it), finite and smooth in V, without side effects; keep its states in 0..1; and, unless it is `empirical` or uses
    ATP, obey the second law: no flux where what it moves is at equilibrium, and none against its driving force.
    """
    case = _Case(*_instance(mechanism, values))
    for rule in _RULES:
        for complaint in rule(case):
            raise AssertionError(f"{case.name}: {complaint}")


def check_cell(cell: Cell | str | Path) -> None:
    """Raise AssertionError that lists every law a cell breaks and no deviation waives.

    `cell` is a `Cell`, or the name or file of one. Its pumps are judged at its resting state, where it has one.

    >>> check_cell("Kay2017_cell")
    """
    from ionostat.cell.load import load
    from ionostat.studies.rest import rest

    made = cell if isinstance(cell, Cell) else load(cell)
    try:
        found = rest(made)
        state = found.x if found.found else None
    except IonostatError:
        state = None  # the checks say why
    broken = [f"{f.law}: {f.message}" for f in check(made, state) if not f.ok]
    if broken:
        raise AssertionError(f"{made.name} breaks {len(broken)} law(s): " + "; ".join(broken))


# What is examined


def _instance(given: type[Mechanism] | Mechanism, values: dict[str, Any]) -> tuple[Mechanism, tuple[Basis, ...]]:
    """A mechanism with every number set, and the bases it may be placed on."""
    kind = given if isinstance(given, type) else type(given)
    name, declared, choices = kind.__name__, kind.parameters(), kind.declared_options()
    unknown = [v for v in values if v not in declared and v not in choices]
    assert not unknown, f"{name}: it has no '{unknown[0]}' (it has {', '.join((*declared, *choices))})"
    options: dict[str, Any] = {} if isinstance(given, type) else dict(given.options)
    options |= {n: v for n, v in values.items() if n in choices}
    for n, choice in choices.items():
        if n not in options and not choice.optional:
            options[n] = IONS["K"] if choice.kind == "ion" else (IONS["Na"], IONS["K"], IONS["Cl"])
    numbers = {n: typical(p) for n, p in declared.items()}
    numbers |= {} if isinstance(given, type) else given.values
    bases: tuple[Basis, ...] = (kind.basis,) if kind.basis else BASES
    for n, value in values.items():
        if n in declared:
            numbers[n], fits = _number(f"{name}.{n}", value, {b: declared[n].unit_for(b) for b in bases})
            bases = fits if declared[n].extensive and isinstance(value, str) else bases
    return kind(numbers, options), bases


def _number(path: str, value: Any, units: dict[Basis, str]) -> tuple[float, tuple[Basis, ...]]:
    """The value in coherent units, and the bases that its unit fits."""
    complaints = []
    for basis, unit in units.items():
        try:
            return quantity(value, unit, field=path, bare=True), (basis,)
        except IonostatError as error:
            complaints.append(str(error))
    raise AssertionError(complaints[0])


class _Case:
    """A mechanism under examination, with one set of random contexts."""

    def __init__(self, mechanism: Mechanism, bases: tuple[Basis, ...]) -> None:
        self.mechanism, self.bases = mechanism, bases
        self.name = type(mechanism).__name__

    @cached_property
    def numbers(self) -> dict[str, Any]:
        """Contexts drawn at random, by path."""
        return random_numbers(self.mechanism, np.random.default_rng(5), POINTS)

    def run(self, mechanism: Mechanism, numbers: dict[str, Any]) -> dict[str, Any]:
        """The rate ("") and the rates of all states, for these numbers."""
        at = context(mechanism, plain(numbers))
        return {"": mechanism.rate(at), **mechanism.state_rates(at)}

    def point(self, i: int) -> dict[str, float]:
        """One of the contexts, as floats."""
        return {n: float(v[i]) for n, v in self.numbers.items()}

    def at_V(self, V: Any, i: int = 0) -> dict[str, Any]:
        """One of the contexts with other potentials."""
        return {**{n: np.full(np.shape(V), v) for n, v in self.point(i).items()}, "V": np.asarray(V, dtype=float)}


def _name(state: str) -> str:
    return f"rate of state '{state}'" if state else "rate"


# The rules


def _documented(case: _Case) -> Iterator[str]:
    """Docstring with formula and source."""
    text = type(case.mechanism).__doc__ or ""
    if not text.strip():
        yield "it has no docstring: say what it is, give the formula, the symbols with units, and the source"
    elif "=" not in text:
        yield "its docstring has no formula (an equation with '=')"
    elif not re.search(r"\((1[89]|20)\d\d\)|doi:|[Dd]efinition|[Tt]his work", text):
        yield "its docstring has no source: 'Author (Year)', a doi, or 'Definition'"


def _parameters(case: _Case) -> Iterator[str]:
    """Unit, meaning, range, and a source for every default."""
    for name, p in case.mechanism.parameters().items():
        try:
            for basis in case.bases:
                dimension(p.unit_for(basis))
        except IonostatError as error:
            yield f"parameter '{name}': {error}"
        low, high = p.range
        value = case.mechanism.values[name]
        if not p.doc:
            yield f"parameter '{name}' does not say what it is (doc=...)"
        if p.default is not None and not p.source:
            yield f"parameter '{name}' has a default without a source (source=...)"
        if not low < high:
            yield f"parameter '{name}' has an empty range, {low:g} to {high:g}"
        if not low <= value <= high:
            yield f"parameter '{name}' = {value:g} is outside its range, {low:g} to {high:g}"


def _stoichiometry(case: _Case) -> Iterator[str]:
    """Whole numbers of species, at least one of them carried."""
    for what in ("moves", "reacts"):
        for species, n in dict(getattr(case.mechanism, what)).items():
            if not isinstance(species, Species):
                yield f"`{what}` names {species!r}, which is no Species"
            elif not isinstance(n, int) or isinstance(n, bool) or n == 0:
                yield f"`{what}` has {n!r} of {species.name}: stoichiometry is in whole numbers, not 0"
    if not case.mechanism.moves:
        yield "it moves nothing (moves = {Na: -3, K: 2})"


def _dimensions(case: _Case) -> Iterator[str]:
    """Rates have the dimension of what is moved, on every basis."""
    for basis in case.bases:
        yield from dimension_faults(case.mechanism, basis)


def _same_everywhere(case: _Case) -> Iterator[str]:
    """Floats, arrays, symbols and quantities give one result."""
    import sympy

    from ionostat import maths

    arrays = case.run(case.mechanism, case.numbers)
    units = {n: unit_of(p.unit_for(case.bases[0])) for n, p in case.mechanism.parameters().items()}
    measured = case.mechanism.with_values({n: case.mechanism.values[n] * unit for n, unit in units.items()})
    at = context(case.mechanism, symbols(case.numbers))
    traced = {"": case.mechanism.rate(at), **case.mechanism.state_rates(at)}
    modules = [{"exprel": maths.exprel, "dexprel": maths.dexprel}, "numpy"]
    names = list(case.numbers)
    compiled = {
        n: sympy.lambdify([sympy.Symbol(s, real=True) for s in names], sympy.sympify(e), modules=modules)
        for n, e in traced.items()
    }
    for i in range(5):
        point = case.point(i)
        given = context(measured, with_units(point))
        quantities = {"": measured.rate(given), **measured.state_rates(given)}
        for n, number in case.run(case.mechanism, point).items():
            others = {
                "arrays": np.broadcast_to(arrays[n], POINTS)[i],
                "symbols": compiled[n](*(point[s] for s in names)),
                "quantities": (quantities[n] / unit_of(rate_unit(measured, case.bases[0]) if not n else "1/ms")).m_as(
                    ""
                ),
            }
            for kind, value in others.items():
                if not np.isclose(float(value), float(number), rtol=1e-9, atol=0.0):
                    yield f"its {_name(n)} is {float(number):.9g} on floats, but {float(value):.9g} on {kind}"


def _scale(case: _Case) -> Iterator[str]:
    """`scale` is applied by the balance laws; extensive parameters multiply the rate."""
    m = case.mechanism
    plainly = case.run(m, case.numbers)[""]
    for scale in (0.0, 0.5):
        scaled = case.run(m.with_values({**m.values, "scale": scale}), case.numbers)[""]
        if not np.array_equal(scaled, plainly):
            yield "`rate` uses `scale`, which the balance laws multiply by already: leave it out"
    extensive = [n for n, p in m.parameters().items() if p.extensive]
    if extensive:
        double = m.with_values({**m.values, **{n: 2 * m.values[n] for n in extensive}})
        if not np.allclose(case.run(double, case.numbers)[""], 2 * plainly, rtol=1e-9, atol=0.0):
            yield f"its rate is not proportional to {' and '.join(extensive)}, which is declared extensive"


def _smooth(case: _Case) -> Iterator[str]:
    """Finite at every potential, with a slope that is finite at V = 0 and continuous across it."""
    import sympy

    from ionostat import maths

    for n, rate in case.run(case.mechanism, case.at_V(SWEEP)).items():
        bad = SWEEP[~np.isfinite(np.broadcast_to(rate, SWEEP.shape))]
        if bad.size:
            yield f"its {_name(n)} is not finite at V = {bad[0]:g} mV (write it with `exprel`)"
    at = context(
        case.mechanism, lambda path, unit: sympy.Symbol("V", real=True) if path == "V" else case.point(0)[path]
    )
    modules = [{"exprel": maths.exprel, "dexprel": maths.dexprel}, "numpy"]
    for n, traced in {"": case.mechanism.rate(at), **case.mechanism.state_rates(at)}.items():
        slope = sympy.lambdify(sympy.Symbol("V", real=True), sympy.diff(traced, sympy.Symbol("V", real=True)), modules)
        with np.errstate(all="ignore"):
            left, here, right = (float(slope(V)) for V in (-1e-9, 0.0, 1e-9))
        size = max(abs(left), abs(right))
        if not isfinite(here):
            yield f"the slope of its {_name(n)} is not finite at V = 0 (write it with `exprel`)"
        elif max(abs(left - here), abs(right - here)) > 1e-6 * size:
            yield f"the slope of its {_name(n)} jumps at V = 0: {left:.6g} below, {here:.6g} there, {right:.6g} above"


def _bounded_states(case: _Case) -> Iterator[str]:
    """Rates push inward at 0 and at 1, and the resting states lie between and stand still."""
    for state in case.mechanism.states:
        for edge, sign in ((0.0, 1.0), (1.0, -1.0)):
            numbers = {**case.at_V(SWEEP), f"s.{state}": np.full(SWEEP.shape, edge)}
            if np.min(sign * np.broadcast_to(case.run(case.mechanism, numbers)[state], SWEEP.shape)) < 0:
                yield f"state '{state}' leaves the range 0..1: its rate of change points outward at {edge:g}"
    rest = case.mechanism.initial_states(context(case.mechanism, plain(case.numbers)))
    missing = [s for s in case.mechanism.states if s not in rest]
    if missing:
        yield f"`initial_states` gives no value for '{missing[0]}'"
        return
    for state, value in rest.items():
        if not (np.all(np.asarray(value) >= 0) and np.all(np.asarray(value) <= 1)):
            yield f"the resting value of state '{state}' lies outside 0..1"
    settled = {**case.numbers, **{f"s.{n}": np.broadcast_to(v, POINTS) for n, v in rest.items()}}
    for state in case.mechanism.states:
        moving, still = (case.run(case.mechanism, numbers)[state] for numbers in (case.numbers, settled))
        if np.max(np.abs(still)) > 1e-9 * np.max(np.abs(moving)):
            yield f"state '{state}' does not stand still at the value that `initial_states` gives"


def _second_law(case: _Case) -> Iterator[str]:
    """No flux at equilibrium, none against the driving force."""
    yield from passive_faults(case.mechanism)


def _no_side_effects(case: _Case) -> Iterator[str]:
    """Asked twice, the same answer; nothing about the mechanism or the context changes."""
    before = deepcopy(vars(case.mechanism))
    numbers = deepcopy(case.numbers)
    first, second = (case.run(case.mechanism, case.numbers) for _ in range(2))
    if any(not np.array_equal(first[n], second[n], equal_nan=True) for n in first):
        yield "asked twice, it gives different rates"
    if vars(case.mechanism) != before:
        yield "`rate` changes the mechanism itself"
    if any(not np.array_equal(case.numbers[n], numbers[n]) for n in numbers):
        yield "`rate` changes the concentrations or states that it is given"


_RULES = (
    _documented,
    _parameters,
    _stoichiometry,
    _dimensions,
    _no_side_effects,
    _same_everywhere,
    _scale,
    _smooth,
    _bounded_states,
    _second_law,
)
