"""The equations of a cell with every intermediate quantity under its own name, for formats that people read.

The engines compile expressions in the states alone. Here the same mechanisms are run on symbols of what they see (V,
concentrations, osmolarities, areas, and the constants R and F), so that a flux reads as in the textbook, and each of
these symbols is defined by the traced expression that it stands for. A test puts the definitions back in and compares
the result with the compiled right-hand side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

import sympy

from ionostat.cell.balance import Edge, Flow, Traced, closed, flow_through, local, symbol
from ionostat.cell.elimination import Column
from ionostat.cell.equations import Equations
from ionostat.constants import F as FARADAY
from ionostat.errors import CellError
from ionostat.species import GHOST, WATER, Species

R, F = symbol("R"), symbol("F")
"""The constants under their names."""


@dataclass(frozen=True)
class Definition:
    """`path` is `expression` (in the symbols of other paths), in `unit`."""

    path: str
    expression: Any
    unit: str


@dataclass(frozen=True)
class Transport:
    """A mechanism as a reaction: `changes` gives the amount of each ion of a closed compartment per turnover."""

    flow: str
    turnover: str
    changes: Mapping[Column, int]


@dataclass(frozen=True)
class NamedEquations:
    """A cell in named quantities.

    `definitions` hold what follows at once from states and parameters; `rates` the rate of change of every state but
    the amounts of ions, which change by `transports`.
    """

    definitions: tuple[Definition, ...]
    rates: tuple[Definition, ...]
    transports: tuple[Transport, ...]


class _Seen(Traced):
    """A traced cell in which everything that a mechanism sees is a symbol."""

    def V(self, edge: Edge) -> Any:
        """The symbol of the potential."""
        return symbol(f"{edge.name}.V")


def named_equations(eq: Equations) -> NamedEquations:
    """The named form of a cell's equations.

    A floating component has an algebraic potential. Where the currents are linear in it, it is solved for. Otherwise
    the cell is refused (`CellError`): libRoadRunner and COPASI, which would run the export, solve no algebraic rules.
    """
    traced = eq.traced
    seen = _seen(traced)
    flows = [flow_through(seen, edge, placed, R=R, F=F) for edge, placed in traced.cell.placements()]
    definitions = [*_contents(traced), *_areas(traced), *_potentials(eq, flows), *_reversal(seen)]
    for flow in flows:
        definitions += _flow(flow)
    return NamedEquations(tuple(definitions), tuple(_rates(eq, flows)), tuple(_transports(flows)))


def _seen(traced: Traced) -> _Seen:
    plain = {f.name: getattr(traced, f.name) for f in fields(Traced)}
    plain["volumes"] = {c: symbol(f"{c}.volume") for c in traced.volumes}
    plain["concentrations"] = {
        c: {ion: symbol(f"{c}.{ion}") for ion in held} for c, held in traced.concentrations.items()
    }
    plain["osmolarity"] = {c: symbol(f"{c}.osmolarity") for c in traced.osmolarity}
    plain["areas"] = {e: symbol(f"{e}.area") for e in traced.areas}
    return _Seen(**plain)


def _contents(traced: Traced) -> list[Definition]:
    """Volumes and amounts that follow from others, concentrations and osmolarities."""
    found = []
    names: dict[Any, Any] = {}
    for c in closed(traced.cell):
        if c.kind == "extracellular":
            found.append(Definition(f"{c.name}.volume", traced.volumes[c.name], "um3"))
            names[traced.volumes[c.name]] = symbol(f"{c.name}.volume")
    for column in traced.elimination.solved:
        name = f"{column[0]}.{column[1]}.amount"
        found.append(Definition(name, _with_faraday(traced.amounts[column]), "amol"))
        names[traced.amounts[column]] = symbol(name)
    for c in traced.cell.compartments:
        total = traced.osmolarity[c.name]
        if c.kind != "bath":
            shown = {e: symbol(f"{c.name}.{ion}") for ion, e in traced.concentrations[c.name].items()}
            shown |= {
                symbol(f"{c.name}.{x}.amount") / traced.volumes[c.name]: symbol(f"{c.name}.{x}") for x in c.impermeants
            }
            for expression, name in shown.items():
                found.append(Definition(name.name, expression.xreplace(names), "mM"))
            total = total.xreplace(shown)
        found.append(Definition(f"{c.name}.osmolarity", total, "mM"))
    return found


def _with_faraday(expression: Any) -> Any:
    """An amount with its charges divided by F, not multiplied by a number: the expression is linear in the charges."""
    for q in [s for s in expression.free_symbols if s.name.endswith(".charge")]:
        factor = sympy.diff(expression, q)
        exact = Fraction(float(factor) * FARADAY).limit_denominator(100)
        expression = expression - factor * q + sympy.Rational(exact.numerator, exact.denominator) * q / F
    return expression


def _areas(traced: Traced) -> list[Definition]:
    """Areas that follow a volume."""
    found = []
    for name, expression in traced.areas.items():
        if expression != symbol(f"{name}.area"):
            found.append(Definition(f"{name}.area", expression, "um2"))
    return found


def _potentials(eq: Equations, flows: list[Flow]) -> list[Definition]:
    """Potential of every compartment that has one of its own, and of every membrane and junction."""
    traced = eq.traced
    solved = _algebraic(eq, flows)
    found = []
    for name, expression in traced.potentials.items():
        own = symbol(f"{name}.potential")
        if own in solved:
            found.append(Definition(own.name, solved[own], "mV"))
        elif expression != 0 and expression != symbol(f"{name}.V"):
            found.append(Definition(own.name, expression, "mV"))
    named = {d.path for d in found}
    names = {n: symbol(f"{n}.potential") if f"{n}.potential" in named else e for n, e in traced.potentials.items()}
    for edge in traced.cell.edges:
        found.append(Definition(f"{edge.name}.V", names[edge.inside] - names[edge.outside], "mV"))
    return found


def _algebraic(eq: Equations, flows: list[Flow]) -> dict[Any, Any]:
    """Every algebraic potential as an expression, from the net currents that have to vanish."""
    unknown = [s.symbol for s in eq.states if s.kind == "potential"]
    if not unknown:
        return {}
    potentials = eq.traced.potentials
    across = {symbol(f"{e.name}.V"): potentials[e.inside] - potentials[e.outside] for e in eq.traced.cell.edges}
    rows = []
    for part in (c for c in eq.traced.components if c.floating):
        terms = []
        for flow in flows:
            inward = (flow.edge.inside in part.members) - (flow.edge.outside in part.members)
            terms.append(inward * flow.placed.mechanism.charge * flow.turnover.xreplace(across))
        rows.append(sympy.Add(*terms))
    matrix = sympy.Matrix(rows).jacobian(sympy.Matrix(unknown))
    if matrix.free_symbols & set(unknown):
        raise CellError(
            f"{eq.cell.name} ({eq.cell.closure}) cannot be exported: its currents are not linear in "
            f"{', '.join(s.name for s in unknown)}, so no rule gives what makes them cancel",
            hint="export the capacitive closure" if eq.cell.closure == "electroneutral" else "",
            field=eq.cell.name,
        )
    zero = {s: sympy.Integer(0) for s in unknown}
    solution = matrix.LUsolve(-sympy.Matrix([row.xreplace(zero) for row in rows]))
    return dict(zip(unknown, solution, strict=True))


def _reversal(seen: Traced) -> list[Definition]:
    """Nernst potential of every ion on both sides of a membrane."""
    charges = dict(seen.cell.species)
    found = []
    for edge in seen.cell.membranes:
        at = local(seen, edge, {}, R=R, F=F)
        for ion in seen.concentrations[edge.inside]:
            if ion in seen.concentrations[edge.outside] and charges[ion]:
                found.append(Definition(f"{edge.name}.E_{ion}", at.E(Species(ion, charges[ion])), "mV"))
    return found


def _flow(flow: Flow) -> list[Definition]:
    """Turnover of a mechanism and, where it carries charge, its current."""
    mechanism = flow.placed.mechanism
    unit = "um3/ms" if mechanism.moves_water else "amol/ms"
    found = [Definition(f"{flow.name}.turnover", flow.turnover, unit)]
    if mechanism.charge:
        current = -mechanism.charge * F * symbol(f"{flow.name}.turnover")
        found.append(Definition(_current(flow).name, current, "pA"))
    return found


def _current(flow: Flow) -> Any:
    """The outward current of a mechanism: `plasma.nka.I`, or `.current` where I is a parameter (of a stimulus)."""
    return symbol(f"{flow.name}.{'current' if 'I' in flow.placed.mechanism.parameters() else 'I'}")


def _rates(eq: Equations, flows: list[Flow]) -> list[Definition]:
    """Rates of charges, ghosts, volumes and gates."""
    gates = {f"{flow.name}.{gate}": rate for flow in flows for gate, rate in flow.state_rates.items()}
    found = []
    for state in eq.states:
        compartment = state.name.split(".")[0]
        if state.kind == "charge":
            found.append(Definition(state.name, _charging(compartment, flows), "pA"))
        elif state.kind == "ghost":
            found.append(Definition(state.symbol.name, _moved(compartment, GHOST, flows), "amol/ms"))
        elif state.kind == "volume":
            found.append(Definition(state.name, _moved(compartment, WATER, flows), "um3/ms"))
        elif state.kind == "gate":
            found.append(Definition(state.name, gates[state.name], "1/ms"))
    return found


def _charging(compartment: str, flows: list[Flow]) -> Any:
    """Net inward current of a compartment."""
    terms = []
    for flow in flows:
        if flow.placed.mechanism.charge:
            outward = (flow.edge.inside == compartment) - (flow.edge.outside == compartment)
            terms.append(-outward * _current(flow))
    return sympy.Add(*terms)


def _moved(compartment: str, species: Species, flows: list[Flow]) -> Any:
    """Net influx of a species into a compartment."""
    terms = []
    for flow in flows:
        n = flow.placed.mechanism.moves.get(species, 0)
        inward = (flow.edge.inside == compartment) - (flow.edge.outside == compartment)
        terms.append(n * inward * symbol(f"{flow.name}.turnover"))
    return sympy.Add(*terms)


def _transports(flows: list[Flow]) -> list[Transport]:
    """What one turnover of each mechanism does to the ions of the closed compartments."""
    found = []
    for flow in flows:
        inside, outside = flow.edge.inside, flow.edge.outside
        changes: dict[Column, int] = {}
        for species, n in flow.placed.mechanism.moves.items():
            if species not in (WATER, GHOST):
                changes |= {(inside, species.name): n, (outside, species.name): -n}
        found.append(Transport(flow.name, f"{flow.name}.turnover", changes))
    return found
