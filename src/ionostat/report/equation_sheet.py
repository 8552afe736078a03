"""The equations of a cell, typeset, with every parameter, its unit and its source.

Nothing is typed twice: fluxes are what each mechanism's `rate` gives on symbols, the balances follow from what it
moves, the eliminated amounts from the same exact elimination that the engines use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from inspect import getdoc
from typing import Any

import sympy

from ionostat.cell import balance
from ionostat.cell.balance import Edge, Flow, Traced, closed, ghosts, trace
from ionostat.cell.description import Cell, Placed
from ionostat.cell.readings import free_energy_of_atp
from ionostat.mechanisms.local import Local
from ionostat.physics.kinetics import steady_state
from ionostat.report.notation import FARADAY, GAS, TEMPERATURE, Notation, tidied, with_constants
from ionostat.report.sheet_formats import to_latex, to_markdown
from ionostat.species import ATP, IONS, Species


@dataclass(frozen=True)
class Entry:
    """One line of the sheet: an equation in LaTeX, or a sentence."""

    latex: str = ""
    text: str = ""


@dataclass(frozen=True)
class Row:
    """One parameter: its symbol in LaTeX, path, value as given, and the key or text of its source."""

    symbol: str
    path: str
    value: str
    source: str


@dataclass
class Section:
    """A titled part of the sheet."""

    title: str
    entries: list[Entry] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def say(self, text: str) -> None:
        """Add a sentence."""
        self.entries.append(Entry(text=text))

    def equation(self, left: str, right: str) -> None:
        """Add an equation."""
        self.entries.append(Entry(latex=f"{left} = {right}"))


@dataclass(frozen=True)
class Sheet:
    """Everything on the sheet of one cell."""

    cell: Cell
    sections: tuple[Section, ...]


def markdown(cell: Cell) -> str:
    """The sheet as Markdown with LaTeX mathematics."""
    return to_markdown(sheet(cell))


def latex(cell: Cell) -> str:
    """The sheet as a LaTeX document (needs amsmath and longtable)."""
    return to_latex(sheet(cell))


def sheet(cell: Cell) -> Sheet:
    """The equations of a cell."""
    return Sheet(cell, tuple(s for s in _Writer(cell).sections() if s.entries or s.rows))


class _Writer:
    """Writes the sections of one cell."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.names = Notation(cell)
        self.traced = trace(cell)
        self.plain = self._in_symbols()

    def _in_symbols(self) -> Traced:
        """The traced cell with every area, volume, amount and flux as one symbol: for balances and extents."""
        names, traced = self.names, self.traced
        return replace(
            traced,
            areas={e: names.area(e) for e in traced.areas},
            volumes={c: names.volume(c) for c in traced.volumes},
            flows=[Flow(f.edge, f.placed, names.flux(f.edge, f.placed), {}, {}) for f in traced.flows],
        )

    def sections(self) -> Iterator[Section]:
        yield self._conventions()
        yield self._amounts()
        yield self._water()
        yield self._electricity()
        yield self._fluxes()
        yield self._gates()
        yield self._energy()
        yield self._deviations()
        yield self._parameters()

    def _tex(self, expression: Any) -> str:
        return self.names.typeset(self._named(expression))

    def _named(self, expression: Any) -> Any:
        """An expression of the traced cell in textbook symbols: the numbers F and R, T, and what a path is called."""
        expression = with_constants(expression)
        return expression.xreplace({s: self._symbol(s) for s in expression.free_symbols})

    def _symbol(self, s: Any) -> Any:
        """The textbook symbol for a symbol named by its path."""
        if s.name == "temperature":
            return TEMPERATURE
        if s in self.names.latex_of:
            return s
        head, _, tail = s.name.partition(".")
        if tail.endswith(".amount"):
            return self.names.amount(head, tail.removesuffix(".amount"))
        makers = {"volume": self.names.volume, "charge": self.names.charge, "potential": self.names.node}
        if tail in makers:
            return makers[tail](head)
        if head == "total":
            return self.names.total(tail)
        return self.names.area_at_start(head) if tail == "area_at_start" else s

    # Sections

    def _conventions(self) -> Section:
        section = Section("Conventions")
        section.say(
            "V is inside minus outside. Current is outward positive. A flux J counts turnovers, and what it moves is "
            "positive into the inside. Units: um, ms, mV, K, amol, mM, pA, nS, pF, fC; F and R are the Faraday and the "
            "gas constant."
        )
        for edge in self.cell.edges:
            section.say(f"{edge.name}: inside is {edge.inside}, outside is {edge.outside}.")
        section.say(
            "Every J is multiplied by the mechanism's scale, shown only where it is not 1 (1 = as published). "
            f"The closure is {self.cell.closure}."
        )
        return section

    def _amounts(self) -> Section:
        section = Section("Ions")
        names, cell, plain = self.names, self.cell, self.plain
        for c in closed(cell):
            for ion in c.ions:
                column = (c.name, ion)
                left = names.typeset(names.amount(*column))
                if column in self.traced.elimination.solved:
                    symbols = {k: names.amount(*k) for k in self.traced.amounts}
                    section.equation(left, self._tex(self.traced.elimination.expression(column, symbols)))
                else:
                    section.equation(rf"\frac{{d {left}}}{{dt}}", self._tex(plain.influx(*column)))
        for name in sorted(ghosts(cell)):
            left = names.typeset(names.amount(name, "ghost"))
            section.equation(rf"\frac{{d {left}}}{{dt}}", self._tex(plain.influx(name, "ghost")))
        for c in closed(cell):
            example = c.ions[0]
            held = names.typeset(names.amount(c.name, example) / names.volume(c.name))
            section.equation(
                names.typeset(names.concentration(c.name, example)), rf"{held} \quad\text{{and so for every ion}}"
            )
        if self.traced.elimination.solved:
            gone = ", ".join(f"{c}.{ion}" for c, ion in self.traced.elimination.solved)
            section.say(
                f"Eliminated by the balance of charge and the conserved totals, and so exact at all times: {gone}."
            )
        for ion, where in cell.conserved:
            holders = [names.typeset(names.amount(c.name, ion)) for c in closed(cell) if ion in c.ions]
            section.equation(names.typeset(names.total(ion)), " + ".join(holders))
            section.say(f"The total of {ion} is conserved; {where} takes it up.")
        return section

    def _water(self) -> Section:
        section = Section("Water")
        names, traced = self.names, self.traced
        for c in closed(self.cell):
            left = names.typeset(names.volume(c.name))
            if c.kind == "swelling":
                section.equation(rf"\frac{{d {left}}}{{dt}}", self._tex(self.plain.influx(c.name, "water")))
            elif c.kind == "extracellular":
                section.equation(left, self._tex(traced.volumes[c.name]))
        sides = dict.fromkeys(n for e in self.cell.edges for n in (e.inside, e.outside))
        for name in sides:
            c = self.cell.compartment(name)
            terms = [names.concentration(name, ion) for ion in c.ions]
            if c.kind == "bath":
                terms += [names.concentration(name, x) for x in c.impermeants]
            else:
                terms += [names.amount(name, x) / names.volume(name) for x in c.impermeants]
            section.equation(names.typeset(names.osmolarity(name)), " + ".join(names.typeset(t) for t in terms))
        return section

    def _electricity(self) -> Section:
        section = Section("Electricity")
        names, traced = self.names, self.traced
        for part in traced.components:
            for name in part.charged:
                left = rf"\frac{{d {names.typeset(names.charge(name))}}}{{dt}}"
                section.equation(left, self._net_current(name))
                held = [
                    ("" if m.inside == name else "-") + names.typeset(names.capacitance(m.name) * names.potential(m))
                    for m in self.cell.membranes
                    if m.capacitance is not None and name in (m.inside, m.outside)
                ]
                section.equation(names.typeset(names.charge(name)), " + ".join(held).replace("+ -", "- "))
            if part.floating:
                section.equation("0", " + ".join(self._net_current(m) for m in part.members))
                section.say(
                    f"{', '.join(part.members)} floats: its potential is the one at which no net current enters."
                )
        for m in self.cell.membranes:
            if m.name in traced.capacitance and self.cell.closure == "capacitive":
                specific = self.names.paths[f"{m.name}.capacitance"]
                C = specific * names.area(m.name) if m.capacitance == "area" else specific
                section.equation(names.typeset(names.capacitance(m.name)), self._tex(C))
        for edge in self.cell.edges:
            if edge.name in traced.areas:
                section.equation(names.typeset(names.area(edge.name)), self._tex(traced.areas[edge.name]))
                if edge.area == "fixed":
                    section.entries.pop()  # A = A says nothing
            if not names.single:
                difference = names.node(edge.inside) - names.node(edge.outside)
                section.equation(names.typeset(names.potential(edge)), names.typeset(difference))
        for edge, ion in self._nernst_needed():
            section.equation(names.typeset(names.nernst(edge, ion.name)), self._nernst(edge, ion))
        return section

    def _net_current(self, compartment: str) -> str:
        """Net current into a compartment: F times charge times flux, summed."""
        total = sympy.expand(with_constants(sympy.expand(self.plain.current_into(compartment))) / FARADAY)
        bracket = self.names.typeset(with_constants(total))
        return rf"F \left({bracket}\right)"

    def _nernst_needed(self) -> list[tuple[Edge, Species]]:
        """The Nernst potentials that some flux contains."""
        used = set().union(*(self._rate(f.edge, f.placed).free_symbols for f in self.traced.flows))
        z = dict(self.cell.species)
        found = []
        for edge in self.cell.edges:
            for ion in self.cell.compartment(edge.inside).ions:
                if self.names.nernst(edge, ion) in used:
                    found.append((edge, IONS.get(ion) or Species(ion, z[ion])))
        return found

    def _nernst(self, edge: Edge, ion: Species) -> str:
        """The Nernst potential, by the same method that mechanisms call."""
        inside, outside = (self.names.side(n, self.traced) for n in (edge.inside, edge.outside))
        V = self.names.potential(edge)
        at = Local(inside, outside, V=V, T=TEMPERATURE, R=GAS, F=FARADAY)
        return self._tex(at.E(ion))

    def _rate(self, edge: Edge, placed: Placed) -> Any:
        """What the mechanism's own `rate` gives on textbook symbols, times how much of its basis there is."""
        path = f"{edge.name}.{placed.name}"
        at = self.names.local(edge, placed, self.traced)
        rate = sympy.sympify(self.names.mechanism(edge, placed).rate(at))
        scale = self.names.paths[f"{path}.scale"] if self.cell[f"{path}.scale"] != 1 else 1
        extent = balance.extent(self.plain, edge, placed)
        return rate * scale * self._named(sympy.sympify(extent))

    def _fluxes(self) -> Section:
        section = Section("Fluxes")
        names = self.names
        for edge, placed in self.cell.placements():
            mechanism = placed.mechanism
            doc = (getdoc(type(mechanism)) or placed.type).partition("\n")[0]
            moved = ", ".join(f"{n:+d} {s.name}" for s, n in mechanism.moves.items())
            made = ", ".join(f"{n:+d} {s.name}" for s, n in mechanism.reacts.items())
            section.say(
                f"**{edge.name}.{placed.name}** (`{placed.type}`): {doc} Per turnover: {moved}"
                + (f"; {made}" if made else "")
                + (f". Deviation: {placed.deviation}." if placed.deviation else ".")
            )
            formula, u = tidied(self._rate(edge, placed), names.potential(edge))
            left = names.typeset(names.flux(edge, placed))
            right = names.typeset(formula)
            section.equation(left, right if u is None else rf"{right}, \quad u = {names.typeset(u)}")
            if mechanism.empirical:
                section.say(f"Empirical: {mechanism.empirical}.")
        return section

    def _gates(self) -> Section:
        section = Section("Gates")
        names = self.names
        for edge, placed in self.cell.placements():
            for gate, law in getattr(placed.mechanism, "gates", {}).items():
                self._gate(section, edge, placed, gate, law)
            at = names.local(edge, placed, self.traced)
            for state, rate in names.mechanism(edge, placed).state_rates(at).items():
                left = names.typeset(names.gate(edge, placed, state))
                section.equation(rf"\frac{{d {left}}}{{dt}}", names.typeset(rate))
        return section

    def _gate(self, section: Section, edge: Edge, placed: Placed, gate: str, law: Any) -> None:
        """Opening and closing rate of one gate, and its steady value if it follows V at once."""
        names, V = self.names, self.names.potential(edge)
        path = f"{edge.name}.{placed.name}"
        channel = placed.mechanism.with_values({n: names.paths[f"{path}.{n}"] for n in placed.mechanism.parameters()})
        symbols = [names.rate_of(edge, placed, gate, side) for side in ("alpha", "beta")]
        for symbol, rate in zip(symbols, law.rates(channel, V), strict=True):
            formula, u = tidied(rate, V)
            right = names.typeset(formula)
            section.equation(names.typeset(symbol), right if u is None else rf"{right}, \quad u = {names.typeset(u)}")
        if law.instantaneous:
            left = names.typeset(names.gate(edge, placed, gate, steady=True))
            section.equation(left, names.typeset(steady_state(*symbols)))

    def _energy(self) -> Section:
        section = Section("Energy")
        users = [(e, p) for e, p in self.cell.placements() if ATP in p.mechanism.reacts]
        section.equation(r"\Delta G_{\mathrm{ATP}}", self._tex(free_energy_of_atp(self.traced)))
        if users:
            terms = sympy.Add(*(-p.mechanism.reacts[ATP] * self.names.flux(e, p) for e, p in users))
            section.equation(r"J_{\mathrm{ATP}}", self.names.typeset(terms))
        return section

    def _deviations(self) -> Section:
        section = Section("Deviations of the published model")
        for d in self.cell.deviations:
            waived = f" (waives {', '.join(d.waives)})" if d.waives else ""
            section.say(f"**{d.id}**: {d.what}{waived}")
        return section

    def _parameters(self) -> Section:
        section = Section("Parameters and starting values")
        for path, number in self.cell.numbers.items():
            if path.endswith(".scale") and number.value == 1:
                continue
            symbol = self.names.paths.get(path)
            shown = self.names.typeset(symbol) if symbol is not None else self._start_symbol(path)
            section.rows.append(Row(shown, path, self._value(path), number.source))
        return section

    def _value(self, path: str) -> str:
        """The value as the file gives it, else in the declared unit."""
        number = self.cell.number(path)
        return number.text or f"{number.value:.9g} {number.unit if number.unit != '1' else ''}".rstrip()

    def _start_symbol(self, path: str) -> str:
        """Symbol of a starting value."""
        head, _, tail = path.partition(".")
        names = self.names
        if tail == "volume":
            return names.typeset(names.volume(head)) + "(0)"
        if tail == "V":
            return names.typeset(names.potential(self.cell.edge(head))) + "(0)"
        concentration = self.cell.number(path).unit == "mM"
        return names.typeset((names.concentration if concentration else names.amount)(head, tail)) + "(0)"
