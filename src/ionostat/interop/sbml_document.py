"""An SBML document, element by element, from named equations and a course of changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ionostat.cell.balance import closed, symbol
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations
from ionostat.constants import F, R
from ionostat.interop.changes import Course, Jump, slope
from ionostat.interop.formulas import exprel_body, formula
from ionostat.interop.libraries import libsbml
from ionostat.interop.named_equations import Definition, NamedEquations, Transport
from ionostat.interop.sbml_notes import describe, told
from ionostat.interop.sbml_units import Units
from ionostat.maths import symbolic_exprel

LEVEL, VERSION = 3, 2


class Document:
    """Writes one cell: compartments, species, parameters, rules, reactions and events."""

    def __init__(self, eq: Equations, cell: Cell, named: NamedEquations, course: Course) -> None:
        self.sbml = libsbml()
        self.eq, self.cell, self.named, self.course = eq, cell, named, course
        self.document = self.sbml.SBMLDocument(LEVEL, VERSION)
        self.model = self.document.createModel()
        self.model.setId(re.sub(r"\W", "_", cell.name))
        self.units = Units(self.model)
        self.identifiers: dict[str, str] = {}
        self.declared: dict[str, str] = {}
        """Identifier of the unit of each path."""
        self.taken: set[str] = {self.model.getId()}
        self.volumes = {f"{c.name}.volume": c for c in closed(cell)}
        self.amounts = {f"{c.name}.{ion}.amount": (c.name, ion) for c in closed(cell) for ion in c.ions}
        self.changed = set(course.moving) | {path for jump in course.jumps for path in jump.values}
        self.values = dict(zip(eq.parameters, map(float, course.p), strict=True))
        self.values |= {s.symbol.name: float(v) for s, v in zip(eq.states, course.x, strict=True)}

    def write(self, protocol: str, remarks: Iterable[str]) -> str:
        """The whole document as text; the protocol in words and remarks on the start go into its notes."""
        describe(self.model, self.cell, protocol, remarks)
        self._functions()
        self._quantities()
        self._rules()
        for transport in self.named.transports:
            self._reaction(transport)
        for number, jump in enumerate(self.course.jumps, start=1):
            self._event(number, jump)
        return str(self.sbml.writeSBMLToString(self.document))

    # Names and formulas

    def id_of(self, path: str) -> str:
        """Identifier of a path: `plasma.na_leak.g` is `plasma_na_leak_g`, and a volume is its compartment."""
        if path not in self.identifiers:
            plain = self.volumes[path].name if path in self.volumes else path
            wanted = made = re.sub(r"\W", "_", plain)
            number = 2
            while made in self.taken:
                made, number = f"{wanted}_{number}", number + 1
            self.taken.add(made)
            self.identifiers[path] = made
        return self.identifiers[path]

    def math(self, expression: Any, unit: str, numbers: Mapping[str, str] | None = None) -> Any:
        """An expression in MathML. `unit` is the identifier of its unit, which a mere number needs beside it.

        `numbers` are texts of quantities by name; all other literal numbers are without unit, for constants have names.
        """
        text = formula(expression, lambda path: (numbers or {}).get(path) or self.id_of(path))
        return self._parsed(f"{text} {unit}" if expression.is_Number else text)

    def _parsed(self, text: str) -> Any:
        node = self.sbml.parseL3Formula(text)
        if node is None:
            raise RuntimeError(f"libsbml does not read '{text}': {self.sbml.getLastParseL3Error()}")
        _without_unit(node)
        return node

    # Elements

    def _functions(self) -> None:
        expressions = [d.expression for d in (*self.named.definitions, *self.named.rates)]
        if any(e.has(symbolic_exprel()[0]) for e in expressions):
            made = self.model.createFunctionDefinition()
            made.setId("exprel")
            made.setName("(exp(x) - 1)/x")
            made.setMath(self._parsed(f"lambda(x, {exprel_body('x')})"))
            self.taken.add("exprel")

    def _quantities(self) -> None:
        """Everything that has a value. Names in the order: constants, parameters, states, what follows from them."""
        for path in (*self.volumes, *self.amounts):
            self.id_of(path)
        for path in self.volumes:
            self._compartment(path)
        for path in self.amounts:
            self._species(path)
        self._parameter("R", "aJ/amol/K", R, varies=False)
        self._parameter("F", "fC/amol", F, varies=False)
        for path in self.eq.parameters:
            self._parameter(path, self.unit_of(path), self.values[path], varies=path in self.changed)
        for path, first in self.course.moving.items():
            self._parameter(slope(path), f"{self.unit_of(path)}/ms", first, varies=True)
        for state in self.eq.states:
            if state.kind != "potential":
                self._parameter(state.symbol.name, state.unit, self.values[state.symbol.name], varies=True)
        for definition in self.named.definitions:
            self._parameter(definition.path, definition.unit, None, varies=True)

    def _declare(self, path: str, unit: str) -> str:
        self.declared[path] = self.units.id_of(unit)
        return self.declared[path]

    def unit_of(self, path: str) -> str:
        """Unit of a parameter: that of the cell's number, or of what is derived from several."""
        if path in self.cell.numbers:
            return self.cell.numbers[path].unit
        return "um2" if path.endswith(".area_at_start") else "amol"

    def _compartment(self, path: str) -> None:
        made = self.model.createCompartment()
        made.setId(self.id_of(path))
        made.setName(path)
        made.setSpatialDimensions(3.0)
        made.setUnits(self._declare(path, "um3"))
        made.setConstant(self.volumes[path].kind == "rigid" and path not in self.changed)
        if path in self.values:
            made.setSize(self.values[path])

    def _species(self, path: str) -> None:
        column = self.amounts[path]
        made = self.model.createSpecies()
        made.setId(self.id_of(path))
        made.setName(path)
        made.setCompartment(self.id_of(f"{column[0]}.volume"))
        made.setSubstanceUnits(self._declare(path, "amol"))
        made.setHasOnlySubstanceUnits(True)
        made.setBoundaryCondition(column in self.eq.traced.elimination.solved)
        made.setConstant(False)
        if path in self.values:
            made.setInitialAmount(self.values[path])

    def _parameter(self, path: str, unit: str, value: float | None, *, varies: bool) -> None:
        """A parameter in the sense of SBML, unless the path is a compartment or species and stands there already."""
        if path in self.volumes or path in self.amounts:
            return
        made = self.model.createParameter()
        made.setId(self.id_of(path))
        made.setName(path)
        made.setUnits(self._declare(path, unit))
        made.setConstant(not varies)
        if value is not None:
            made.setValue(value)
        source = told(self.cell.numbers[path]) if path in self.cell.numbers and path in self.values else ""
        if source:
            made.setNotes(source)

    def _rules(self) -> None:
        for definition in self.named.definitions:
            self._rule(self.model.createAssignmentRule(), definition)
        for definition in self.named.rates:
            self._rule(self.model.createRateRule(), definition)
        for path in self.course.moving:
            unit = f"{self.unit_of(path)}/ms"
            self._rule(self.model.createRateRule(), Definition(path, symbol(slope(path)), unit))

    def _rule(self, rule: Any, definition: Definition) -> None:
        rule.setVariable(self.id_of(definition.path))
        rule.setMath(self.math(definition.expression, self.units.id_of(definition.unit)))

    def _reaction(self, transport: Transport) -> None:
        """A mechanism as a reaction of the ions in closed compartments (a bath has no amounts)."""
        paths = {column: path for path, column in self.amounts.items()}
        here = {paths[column]: n for column, n in transport.changes.items() if column in paths and n}
        if not here:
            return
        made = self.model.createReaction()
        made.setId(self.id_of(transport.flow))
        made.setName(transport.flow)
        made.setReversible(True)
        for path, n in here.items():
            side = made.createProduct() if n > 0 else made.createReactant()
            side.setSpecies(self.id_of(path))
            side.setStoichiometry(float(abs(n)))
            side.setConstant(True)
        made.createKineticLaw().setMath(self.math(symbol(transport.turnover), self.units.id_of("amol/ms")))

    def _event(self, number: int, jump: Jump) -> None:
        """A change at its time. The trigger counts as fulfilled before the start, so nothing fires at time 0."""
        made = self.model.createEvent()
        made.setId(f"change_{number}")
        made.setName(jump.label)
        made.setUseValuesFromTriggerTime(True)
        trigger = made.createTrigger()
        trigger.setPersistent(True)
        trigger.setInitialValue(True)
        trigger.setMath(self._parsed(f"time >= {jump.time!r} {self.units.id_of('ms')}"))
        numbers = {name: f"({value!r} {self.units.id_of(unit)})" for name, (value, unit) in jump.numbers.items()}
        for path, expression in jump.values.items():
            assignment = made.createEventAssignment()
            assignment.setVariable(self.id_of(path))
            assignment.setMath(self.math(expression, self.declared[path], numbers))


def _without_unit(node: Any) -> None:
    """Mark every literal number that has no unit as dimensionless."""
    if node.isNumber() and not node.isSetUnits():
        node.setUnits("dimensionless")
    for child in _children(node):
        _without_unit(child)


def _children(node: Any) -> Iterable[Any]:
    return (node.getChild(i) for i in range(node.getNumChildren()))
