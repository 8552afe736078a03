"""Textbook symbols for a cell: V, [Na]_i, E_Na, W, J_nka ... as SymPy symbols that know how they are typeset.

The i and o of a cell with one membrane stand for its two sides; a cell with more uses the names of compartments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from ionostat.cell.balance import Edge, Traced
from ionostat.cell.description import Cell, Placed
from ionostat.constants import F, R
from ionostat.mechanisms.local import Local, Side
from ionostat.mechanisms.mechanism import Mechanism
from ionostat.species import Species

GAS, FARADAY, TEMPERATURE = (sympy.Symbol(s, positive=True) for s in ("R", "F", "T"))
POSITIVE_U = sympy.Symbol("u", real=True)
SMALL, ONE_LESS = sympy.Symbol("e^{-u}", positive=True), sympy.Symbol(r"\left(1 - e^{-u}\right)", positive=True)


@dataclass(frozen=True)
class Seen(Local):
    """What a mechanism sees when its formula is typeset: a Nernst potential is a symbol, not its logarithm."""

    nernst: Mapping[str, Any] = field(default_factory=dict)

    def E(self, ion: Species) -> Any:
        """The symbol of the Nernst potential."""
        return self.nernst[ion.name]


class _Printer(LatexPrinter):  # type: ignore[misc]  # SymPy has no types
    """LaTeX in which a sum begins with what is added: V - E, not -E + V."""

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        terms = super()._as_ordered_terms(expr, order)
        return sorted(terms, key=lambda term: term.could_extract_minus_sign())

    def _print_log1p(self, expr: Any, exp: Any = None) -> str:
        """ln(1 + x), as a textbook writes it."""
        return str(self._print_log(sympy.log(1 + expr.args[0], evaluate=False), exp))

    def doprint(self, expr: Any) -> str:
        """LaTeX of an expression."""
        return str(super().doprint(expr)).replace(rf"}}{{{ONE_LESS.name}}}", "}{1 - e^{-u}}")


class StandInGate:
    """A gate whose rates and steady value are symbols, so that a channel's own code gives its textbook form."""

    def __init__(self, alpha: Any, beta: Any, steady: Any, *, instantaneous: bool) -> None:
        self.alpha, self.beta, self.value = alpha, beta, steady
        self.instantaneous = instantaneous

    def rates(self, channel: Mechanism, V: Any) -> tuple[Any, Any]:
        """The symbols of alpha and beta."""
        return self.alpha, self.beta

    def steady(self, channel: Mechanism, V: Any) -> Any:
        """The symbol of the steady value."""
        return self.value


class Notation:
    """The symbols of one cell, and how to typeset an expression in them."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.single = len(cell.edges) == 1
        self.latex_of: dict[Any, str] = {}
        """Symbol -> LaTeX."""
        self.sides = self._sides()
        self.paths = {path: self._named(path, self._parameter(path)) for path in self._parameter_paths()}
        """Symbol of every parameter by path."""

    def _sides(self) -> dict[str, str]:
        if self.single:
            edge = self.cell.edges[0]
            return {edge.inside: "i", edge.outside: "o"}
        return {c.name: rf"\mathrm{{{spaced(c.name)}}}" for c in self.cell.compartments}

    def _parameter_paths(self) -> list[str]:
        return [p for p in self.cell.numbers if self.symbol_path(p)]

    def symbol_path(self, path: str) -> bool:
        """Whether a number of the cell is a parameter with a symbol of its own (not a starting value)."""
        head, _, tail = path.partition(".")
        closed = {c.name for c in self.cell.compartments if c.kind != "bath"}
        if head in closed:
            return tail.endswith(".z") or tail == "total_volume"
        return not (tail == "V" and any(m.name == head for m in self.cell.membranes) and not self._clamped(head))

    def _clamped(self, membrane: str) -> bool:
        edge = self.cell.edge(membrane)
        return any(self.cell.compartment(c).potential == "clamp" for c in (edge.inside, edge.outside))

    def _named(self, name: str, latex: str) -> Any:
        made = sympy.Symbol(name, real=True)
        self.latex_of[made] = latex
        return made

    def concentration(self, compartment: str, ion: str) -> Any:
        """[Na]_i; of a bath this is the parameter itself."""
        return self._named(f"{compartment}.{ion}", rf"[\mathrm{{{ion}}}]_{{{self.sides[compartment]}}}")

    def amount(self, compartment: str, ion: str) -> Any:
        """n_Na,i (amol)."""
        return self._named(f"{compartment}.{ion}.amount", rf"n_{{\mathrm{{{ion}}},{self.sides[compartment]}}}")

    def volume(self, compartment: str) -> Any:
        """W_i (um3)."""
        return self._named(f"{compartment}.volume", rf"W_{{{self.sides[compartment]}}}")

    def charge(self, compartment: str) -> Any:
        """Q_i (fC)."""
        return self._named(f"{compartment}.charge", rf"Q_{{{self.sides[compartment]}}}")

    def osmolarity(self, compartment: str) -> Any:
        """Osm_i (mM)."""
        return self._named(f"{compartment}.osmolarity", rf"\mathrm{{Osm}}_{{{self.sides[compartment]}}}")

    def potential(self, edge: Edge) -> Any:
        """V (mV)."""
        return self._named(f"{edge.name}.potential", "V" if self.single else rf"V_{{\mathrm{{{spaced(edge.name)}}}}}")

    def node(self, compartment: str) -> Any:
        """Potential of a compartment (mV)."""
        return self._named(f"{compartment}.potential", rf"\varphi_{{{self.sides[compartment]}}}")

    def area(self, edge: str) -> Any:
        """A (um2)."""
        return self._named(f"{edge}.area.symbol", "A" if self.single else rf"A_{{\mathrm{{{spaced(edge)}}}}}")

    def area_at_start(self, edge: str) -> Any:
        """A_0 (um2)."""
        return self._named(f"{edge}.area_at_start", "A_0" if self.single else rf"A_{{0,\mathrm{{{spaced(edge)}}}}}")

    def capacitance(self, edge: str) -> Any:
        """C (pF)."""
        return self._named(f"{edge}.C", "C" if self.single else rf"C_{{\mathrm{{{spaced(edge)}}}}}")

    def nernst(self, edge: Edge, ion: str) -> Any:
        """E_Na (mV)."""
        where = "" if self.single else rf",{spaced(edge.name)}"
        return self._named(f"{edge.name}.E_{ion}", rf"E_{{\mathrm{{{ion}{where}}}}}")

    def flux(self, edge: Edge, placed: Placed) -> Any:
        """J_nka (amol/ms; um3/ms for water)."""
        return self._named(f"{edge.name}.{placed.name}", rf"J_{{\mathrm{{{self._tag(edge.name, placed.name)}}}}}")

    def gate(self, edge: Edge, placed: Placed, gate: str, *, steady: bool = False) -> Any:
        """m, or m_inf for one that follows V at once."""
        tag = rf"\mathrm{{{self._tag(edge.name, placed.name)}}}"
        name = f"{edge.name}.{placed.name}.{gate}" + (".steady" if steady else "")
        return self._named(name, rf"{gate}_{{\infty,{tag}}}" if steady else rf"{gate}_{{{tag}}}")

    def rate_of(self, edge: Edge, placed: Placed, gate: str, side: str) -> Any:
        r"""\alpha_m and \beta_m (1/ms)."""
        tag = rf"\mathrm{{{self._tag(edge.name, placed.name)}}}"
        return self._named(f"{edge.name}.{placed.name}.{gate}.{side}", rf"\{side}_{{{gate},{tag}}}")

    def _tag(self, edge: str, placed: str) -> str:
        return spaced(placed if self.single else f"{edge}_{placed}")

    def total(self, ion: str) -> Any:
        """N_Na (amol)."""
        return self._named(f"total.{ion}", rf"N_{{\mathrm{{{ion}}}}}")

    def _parameter(self, path: str) -> str:
        """LaTeX of a parameter: its own name with the mechanism or side it belongs to as subscript."""
        parts = path.split(".")
        if path == "temperature":
            return "T"
        if parts[0] == "energy":
            return {"dG0": r"\Delta G^{0}"}.get(parts[1], rf"[\mathrm{{{parts[1]}}}]")
        if parts[0] in self.sides and len(parts) == 2:
            if parts[1] == "total_volume":
                return r"W_{\mathrm{total}}"
            return rf"[\mathrm{{{parts[1]}}}]_{{{self.sides[parts[0]]}}}"
        if parts[-1] == "z":
            return rf"z_{{\mathrm{{{parts[1]}}},{self.sides[parts[0]]}}}"
        if len(parts) == 2:
            tag = "" if self.single else rf"_{{\mathrm{{{spaced(parts[0])}}}}}"
            return {"capacitance": "c", "length": "L", "area": "A"}.get(
                parts[1], rf"\mathrm{{{spaced(parts[1])}}}"
            ) + tag
        base, lower = parameter_latex(parts[2])
        tag = rf"\mathrm{{{self._tag(parts[0], parts[1])}}}"
        return f"{base}_{{{lower},{tag}}}" if lower else f"{base}_{{{tag}}}"

    def typeset(self, expression: Any) -> str:
        """LaTeX of an expression."""
        names = {
            **self.latex_of,
            GAS: "R",
            FARADAY: "F",
            TEMPERATURE: "T",
            POSITIVE_U: "u",
            SMALL: SMALL.name,
            ONE_LESS: ONE_LESS.name,
        }
        return _Printer({"symbol_names": names, "ln_notation": True}).doprint(sympy.sympify(expression))

    def mechanism(self, edge: Edge, placed: Placed) -> Mechanism:
        """The mechanism with symbols for its parameters and for the rates of its gates."""
        path = f"{edge.name}.{placed.name}"
        made = placed.mechanism.with_values({n: self.paths[f"{path}.{n}"] for n in placed.mechanism.parameters()})
        gates: dict[str, Any] = getattr(made, "gates", {})
        stand_ins = {
            name: StandInGate(
                self.rate_of(edge, placed, name, "alpha"),
                self.rate_of(edge, placed, name, "beta"),
                self.gate(edge, placed, name, steady=True),
                instantaneous=gate.instantaneous,
            )
            for name, gate in gates.items()
        }
        if stand_ins:
            vars(made)["gates"] = stand_ins
        return made

    def side(self, compartment: str, traced: Traced) -> Side:
        """One side of a membrane in symbols."""
        c = self.cell.compartment(compartment)
        ions = {ion: self.concentration(compartment, ion) for ion in c.ions}
        volume = self.volume(compartment) if compartment in traced.volumes else None
        return Side(compartment, ions, self.osmolarity(compartment), volume)

    def local(self, edge: Edge, placed: Placed, traced: Traced) -> Seen:
        """What a mechanism sees, in textbook symbols."""
        inside, outside = (self.side(n, traced) for n in (edge.inside, edge.outside))
        shared = [ion for ion in inside.concentrations if ion in outside.concentrations]
        return Seen(
            inside,
            outside,
            V=self.potential(edge),
            T=TEMPERATURE,
            R=GAS,
            F=FARADAY,
            area=self.area(edge.name) if edge.name in traced.areas else None,
            s=SimpleNamespace(**{s: self.gate(edge, placed, s) for s in placed.mechanism.states}),
            nernst={ion: self.nernst(edge, ion) for ion in shared},
        )


_GREEK = {"tau", "alpha", "beta", "gamma", "delta", "phi"}
_GATE = re.compile(r"(\w+)_(alpha|beta)_(A|V0|k)")


def parameter_latex(name: str) -> tuple[str, str]:
    r"""A parameter's name as base and subscript.

    >>> parameter_latex("I_max"), parameter_latex("Pf"), parameter_latex("m_alpha_V0"), parameter_latex("K_Na")
    (('I', '\\mathrm{max}'), ('P', '\\mathrm{f}'), ('V', '\\alpha m'), ('K', '\\mathrm{Na}'))
    """
    gate = _GATE.fullmatch(name)
    if gate:
        return {"A": "A", "V0": "V", "k": "k"}[gate[3]], rf"\{gate[2]} {gate[1]}"
    base, _, lower = name.partition("_")
    if not lower and len(base) == 2 and base[0].isupper():
        base, lower = base[0], base[1]
    shown = rf"\{base}" if base in _GREEK else base if len(base) == 1 else rf"\mathrm{{{base}}}"
    return shown, rf"\mathrm{{{spaced(lower)}}}" if lower and not lower.isdigit() else lower


def spaced(name: str) -> str:
    """A name inside mathrm: underscores become spaces, for an underscore has another meaning there."""
    return name.replace("_", "~")


def with_constants(expression: Any) -> Any:
    """An expression in which the numbers F, 1/F and R have become symbols again, and 1.0 is 1."""
    known = {F: FARADAY, 1 / F: 1 / FARADAY, R: GAS, R / F: GAS / FARADAY}
    for number in sympy.sympify(expression).atoms(sympy.Float):
        for value, meaning in known.items():
            for sign in (1, -1):
                if abs(float(number) / (sign * value) - 1) < 1e-12:
                    expression = expression.xreplace({number: sign * meaning})
        if float(number).is_integer():
            expression = expression.xreplace({number: sympy.Integer(int(number))})
    return expression


def tidied(expression: Any, V: Any) -> tuple[Any, Any]:
    """An expression without `exprel`, as a textbook writes it, and what u stands for in it (None without u).

    1/exprel(-u) is u/(1 - e^-u), and 1/exprel(u) is u e^-u/(1 - e^-u); u is taken to grow with V.
    """
    from ionostat.maths import symbolic_exprel

    exprel = symbolic_exprel()[0]
    arguments = {call.args[0] for call in expression.atoms(exprel)}
    if not arguments:
        return expression, None
    meanings = {a: _growing(a, V) for a in arguments}
    if len({m for m, _ in meanings.values()}) > 1:
        return expression.replace(exprel, lambda a: (sympy.exp(a) - 1) / a), None
    for call in expression.atoms(exprel):
        _, sign = meanings[call.args[0]]
        value = ONE_LESS / POSITIVE_U / (SMALL if sign > 0 else 1)
        expression = expression.xreplace({call: value})
    whole = {call: sympy.Dummy(positive=True) for call in expression.atoms(sympy.exp)}
    found = sympy.factor(sympy.together(expression.xreplace(whole)))
    return found.xreplace({dummy: call for call, dummy in whole.items()}), next(iter(meanings.values()))[0]


def _growing(argument: Any, V: Any) -> tuple[Any, int]:
    """The argument or its negative, whichever grows with V (all other symbols being positive), and its sign."""
    slope = sympy.diff(argument, V)
    sign = -1 if float(slope.subs(dict.fromkeys(slope.free_symbols, 1))) < 0 else 1
    return sympy.together(sympy.expand(sign * argument)), sign
