"""The document: valid, with consistent units, readable names and its sources; the same text each time."""

import re
import sys
from functools import cache
from typing import Any

import numpy as np
import pytest
from cell.small import one_node
from interop.cases import CARRIED, EVERY, REFUSED, cell

import ionostat
from ionostat.cell.equations import equations
from ionostat.cell.load import load_text
from ionostat.cell.start import start as start_of
from ionostat.errors import CellError, InputError, ProtocolError, UnknownNameError
from ionostat.interop.sbml import to_sbml

libsbml = pytest.importorskip("libsbml", reason="needs python-libsbml")

KAY = "Kay2017_cell"
CHANGES = "rest 1 s; temperature -> 300 K over 1 min; {pump} x 0.5 for 1 min; wash 1 min"


def pump(name: str, closure: str) -> str:
    """Path of the strength of the first pump."""
    return next(f"{e.name}.{p.name}.scale" for e, p in cell(name, closure).placements() if p.mechanism.reacts)


@cache
def document(name: str, closure: str) -> Any:
    text = to_sbml(cell(name, closure), CHANGES.format(pump=pump(name, closure)), start="file")
    return libsbml.readSBMLFromString(text)


def elements(made: Any) -> dict[str, Any]:
    """Compartments, species and parameters of a document by name (which has to outlive them: libsbml is C++)."""
    model = made.getModel()
    lists = (model.getListOfCompartments(), model.getListOfSpecies(), model.getListOfParameters())
    return {e.getName(): e for found in lists for e in found}


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_libsbml_has_nothing_to_say(name: str, closure: str) -> None:
    """Neither errors nor warnings: identifiers, structure, mathematics, and units of every rule and assignment."""
    made = document(name, closure)
    made.checkConsistency()
    said = [made.getError(i).getMessage() for i in range(made.getNumErrors())]
    assert not said, said[0]
    assert (made.getLevel(), made.getVersion()) == (3, 2)


def test_libsbml_would_speak_of_wrong_units() -> None:
    """The check above can fail: a turnover that lost its permeability is noticed."""
    made = libsbml.readSBMLFromString(to_sbml("Dijkstra2016_neuron", start="file"))
    rule = made.getModel().getAssignmentRuleByVariable("plasma_k_leak_turnover")
    rule.setMath(libsbml.parseL3Formula("plasma_k_leak_scale * cytosol_K / exprel(plasma_V * F / (R * temperature))"))
    assert made.checkConsistency() > 0


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_names_are_paths_and_identifiers_readable(name: str, closure: str) -> None:
    made = cell(name, closure)
    eq = equations(made)
    found = elements(document(name, closure))
    states = {s.symbol.name for s in eq.states}
    assert {*eq.parameters, *states, "R", "F"} <= set(found)
    for path, element in found.items():
        wanted = re.sub(r"\W", "_", path)
        assert element.getId() in (wanted, wanted.removesuffix("_volume")), path


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_values_are_those_of_the_cell(name: str, closure: str) -> None:
    """To 1e-14: libsbml writes 15 digits."""
    made = cell(name, closure)
    eq = equations(made)
    start = start_of(eq, made)
    model = document(name, closure).getModel()
    values = {p.getName(): p.getValue() for p in model.getListOfParameters()}
    values |= {c.getName(): c.getSize() for c in model.getListOfCompartments()}
    values |= {s.getName(): s.getInitialAmount() for s in model.getListOfSpecies()}
    for path, value in zip(eq.parameters, start.p, strict=True):
        assert values[path] == pytest.approx(value, rel=1e-14, abs=0.0), path
    for state, value in zip(eq.states, start.x, strict=True):
        if state.kind != "potential":
            assert values[state.symbol.name] == pytest.approx(value, rel=1e-14, abs=0.0), state.name


@pytest.mark.parametrize(("name", "closure"), CARRIED)
def test_amounts_are_amounts_in_volumes_that_move(name: str, closure: str) -> None:
    made = cell(name, closure)
    solved = equations(made).traced.elimination.solved
    model = document(name, closure).getModel()
    kinds = {c.name: c.kind for c in made.compartments}
    assert {c.getId() for c in model.getListOfCompartments()} == {n for n, kind in kinds.items() if kind != "bath"}
    for c in model.getListOfCompartments():
        assert c.getConstant() == (kinds[c.getId()] == "rigid")
    for s in model.getListOfSpecies():
        column = (s.getCompartment(), s.getName().split(".")[1])
        assert s.getHasOnlySubstanceUnits()
        assert not s.getConstant()
        assert s.getBoundaryCondition() == (column in solved)


def test_a_mechanism_is_a_reaction_with_its_stoichiometry() -> None:
    made = document(KAY, "capacitive").getModel().getReaction("plasma_nka")
    sides = [
        {s.getSpecies(): s.getStoichiometry() for s in side}
        for side in (made.getListOfReactants(), made.getListOfProducts())
    ]
    assert sides == [{"cytosol_Na_amount": 3.0}, {"cytosol_K_amount": 2.0}]
    assert made.getReversible()


def test_the_current_of_a_stimulus_is_not_its_parameter() -> None:
    found = elements(document("HodgkinHuxley1952_axon", "capacitive"))
    assert {"plasma.stim.I", "plasma.stim.current", "plasma.nka.I"} <= set(found)
    assert "plasma.nka.current" not in found


def test_sources_are_told() -> None:
    made = cell("Dusterwald2018_neuron", "capacitive")
    model = document("Dusterwald2018_neuron", "capacitive").getModel()
    notes, annotation = model.getNotesString(), model.getAnnotationString()
    for words in (
        made.title,
        "https://doi.org/10.7554/eLife.39575",
        "densities_follow_area",
        "start is that of the cell",
    ):
        assert words in notes
    assert "Protocol: rest 1 s; ramp temperature -&gt; 300 K over 1 min" in notes
    assert "https://doi.org/10.7554/eLife.39575" in annotation
    leak = elements(document("Dusterwald2018_neuron", "capacitive"))["plasma.na_leak.g"]
    assert "given as 20 uS/cm2; source: dusterwald" in leak.getNotesString()


def test_the_same_text_each_time() -> None:
    assert to_sbml(KAY, "rest 1 s; ouabain 1 mM for 1 min") == to_sbml(KAY, "rest 1 s; ouabain 1 mM for 1 min")


def test_each_change_is_one_event_at_its_time() -> None:
    model = document(KAY, "capacitive").getModel()
    events = list(model.getListOfEvents())
    triggers = [libsbml.formulaToL3String(e.getTrigger().getMath()) for e in events]
    assert triggers == [f"time >= {t} ms" for t in (1000, 61000, 121000)]
    assert [e.getTrigger().getInitialValue() for e in events] == [True] * 3  # nothing fires at time 0
    changed = [{a.getVariable() for a in e.getListOfEventAssignments()} for e in events]
    assert changed[0] == {"temperature_slope"}  # it begins where it is
    assert changed[1] == {"temperature", "temperature_slope", "plasma_nka_scale"}
    assert changed[2] == {"temperature", "plasma_nka_scale"}


def test_a_start_may_be_a_rest_a_file_or_a_state() -> None:
    rest = ionostat.rest(KAY)
    assert to_sbml(KAY, start=rest).split("<listOfUnit")[1] == to_sbml(KAY).split("<listOfUnit")[1]
    made = libsbml.readSBMLFromString(to_sbml(KAY, start=np.array(rest.x) * 1.01))
    size = made.getModel().getCompartment("cytosol").getSize()
    assert size == pytest.approx(1.01 * rest["cytosol.volume"], rel=1e-12)


def test_a_cell_without_a_rest_starts_from_its_file_and_says_so() -> None:
    text = to_sbml(cell(KAY, "capacitive").with_({"plasma.nka.scale": 0}))
    assert "started from the file&apos;s values, for there is no rest" in text


def test_identifiers_do_not_collide() -> None:
    """A compartment `a_b` and a path that reads alike with underscores get different identifiers."""
    made = load_text(one_node().replace("k_leak:", "k_leak_g:").replace("na_leak:", "k_leak:"))
    document = libsbml.readSBMLFromString(to_sbml(made, start="file"))
    found = elements(document)
    ids = [e.getId() for e in found.values()]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"start": "rset"}, UnknownNameError, "unknown start 'rset'"),
        ({"start": np.zeros(3)}, InputError, "a start needs 4 numbers"),
        ({"closure": "neutral"}, UnknownNameError, "unknown closure"),
        ({"protocol": "oubain 1 mM for 1 min"}, ProtocolError, "did you mean 'ouabain'"),
    ],
)
def test_what_cannot_be_used_is_refused(arguments: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        to_sbml(KAY, **arguments)


@pytest.mark.parametrize(("name", "closure"), sorted(set(EVERY) & REFUSED))
def test_a_cell_that_sbml_does_not_carry_is_named(name: str, closure: str) -> None:
    with pytest.raises(CellError, match=re.escape(f"{cell(name, closure).name} ({closure}) cannot be exported")):
        to_sbml(cell(name, closure), start="file")


def test_a_missing_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "libsbml", None)
    with pytest.raises(InputError, match=r'pip install "ionostat\[interop\]"'):
        to_sbml(KAY, start="file")
