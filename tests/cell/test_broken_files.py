"""Every way we know to break a cell file: the error names the file, and its caret stands where the fault is.

In each case `¦` marks the place of the caret; it is taken out before the file is read.
"""

from pathlib import Path

import pytest

from ionostat.cell.load import load, load_text
from ionostat.errors import CellError, CellFileError, UnknownNameError

NEURON = """\
cell: Test_cell
sources:
  book: {cite: Author (2020) A book}
  paper: {cite: Other (2021) A paper, memory: low}
source: book
temperature: 37 degC
deviations:
  - id: one_sided
    what: An ion leaves without a partner.
compartments:
  bath:
    kind: bath
    balance: Na
    concentrations: {Na: 147 mM, K: 3 mM, Cl: 150 mM}
  cytosol:
    kind: swelling
    volume: 2000 um3
    eliminate: K
    closes: K
    concentrations: {Na: 10 mM, K: 140 mM, Cl: 5 mM}
    impermeants: {X: {concentration: 145 mM, z: -1}}
membranes:
  plasma:
    inside: cytosol
    outside: bath
    V: -70 mV
    capacitance: 0.01 pF/um2
    area: 785 um2
    mechanisms:
      nka: {type: nka_hill, I_max: 1 uA/cm2 @paper}
      k_leak: {type: leak_ohmic, ion: K, g: 0.3 mS/cm2, deviation: one_sided}
      water: {type: water, Pf: 0.1 um/ms}
"""

CLOSED = """\
cell: Closed_cell
sources: {book: {cite: A book}}
source: book
temperature: 310 K
conserved: {K: ecs, Cl: ecs}
compartments:
  cytosol:
    kind: swelling
    volume: 2000 um3
    amounts: {K: 280 fmol, Cl: 20 fmol}
    impermeants: {X: {amount: 300 fmol, z: -0.86}}
  ecs:
    kind: extracellular
    potential: ground
    total_volume: 3000 um3
    shares_volume_with: [cytosol]
    closes: X.z
    amounts: {K: 60 fmol, Cl: 55 fmol}
    impermeants: {X: {amount: 300 fmol}}
membranes:
  plasma:
    inside: cytosol
    outside: ecs
    V: -70 mV
    capacitance: 20 pF
    mechanisms:
      k_leak: {type: leak_ohmic, ion: K, g: 10 nS}
      cl_leak: {type: leak_ohmic, ion: Cl, g: 10 nS}
      water: {type: water_relaxation}
"""

# what is replaced, what by (with the caret), words of the message, words of the hint
BROKEN = {
    "unknown key": ("closes: K", "¦close: K", "unknown key 'close' in compartment 'cytosol'", "'closes'"),
    "unknown key at the top": ("membranes:", "¦membrane:", "unknown key 'membrane' in a cell file", "'membranes'"),
    "unknown key in a source": ("{cite: Other", "{¦ciet: Other", "unknown key 'ciet'", "'cite'"),
    "unknown parameter": ("Pf: 0.1", "¦Pff: 0.1", "unknown key 'Pff' in mechanism 'water'", "'Pf'"),
    "key of another kind": ("balance: Na", "¦volume: 1 um3", "a bath compartment has no 'volume'", "balance"),
    "key given twice": ("    V: -70 mV", "    V: -70 mV\n    ¦V: -60 mV", "'V' is given twice", "line 26"),
    "missing kind": ("  bath:\n    kind: bath", "  ¦bath:", "compartment 'bath' needs 'kind'", "swelling"),
    "missing volume": (
        "  cytosol:\n    kind: swelling\n    volume: 2000 um3",
        "  ¦cytosol:\n    kind: swelling",
        "needs 'volume'",
        "um3",
    ),
    "missing parameter": ("water: {type: water, Pf: 0.1 um/ms}", "¦water: {type: water}", "needs 'Pf'", "um3/ms"),
    "missing option": ("k_leak: {type: leak_ohmic, ion: K,", "¦k_leak: {type: leak_ohmic,", "needs 'ion'", "ion: Na"),
    "missing temperature": ("cell: Test_cell", "¦cell: Test_cell", "needs 'temperature'", "RT_F"),
    "missing charge": (
        "X: {concentration: 145 mM, z: -1}",
        "¦X: {concentration: 145 mM}",
        "mean charge",
        "closes: X.z",
    ),
    "missing V": (
        "  plasma:\n    inside: cytosol\n    outside: bath\n    V: -70 mV",
        "  ¦plasma:\n    inside: cytosol\n    outside: bath",
        "needs its starting 'V'",
        "closes: V",
    ),
    "missing capacitance": ("  plasma:", "  ¦plasma:", "needs 'capacitance'", "electroneutral"),
    "unknown compartment": ("inside: cytosol", "inside: ¦cytosl", "unknown compartment 'cytosl'", "'cytosol'"),
    "unknown kind": ("kind: swelling", "kind: ¦sweling", "unknown kind of compartment 'sweling'", "'swelling'"),
    "unknown mechanism type": ("type: nka_hill", "type: ¦nka_hil", "unknown mechanism type 'nka_hil'", "'nka_hill'"),
    "unknown module": ("type: nka_hill", "type: ¦no_such_module:Pump", "cannot import module", "PYTHONPATH"),
    "unknown potential": ("kind: swelling", "kind: swelling\n    potential: ¦groud", "unknown potential", "'ground'"),
    "unknown ion": ("{Na: 10 mM", "{¦Nx: 10 mM", "unknown ion 'Nx'", "'Na'"),
    "unknown ion of a leak": ("ion: K", "ion: ¦k+", "unknown ion 'k+'", "'K'"),
    "unknown source": ("@paper", "@¦papper", "unknown source 'papper'", "'paper'"),
    "unknown enclosing source": ("source: book", "source: ¦bok", "unknown source 'bok'", "'book'"),
    "number without source": ("source: book\ntemperature: 37 degC", "temperature: ¦37 degC", "has no source", "@key"),
    "unknown area law": ("area: 785 um2", "area: {law: ¦spher}", "unknown area law 'spher'", "'sphere'"),
    "bad closure": ("temperature:", "closure: ¦capacitve\ntemperature:", "unknown closure 'capacitve'", "'capacitive'"),
    "bad closing quantity": ("closes: K", "closes: ¦X.q", "unknown closing quantity 'X.q'", "X.z"),
    "bad eliminated ion": ("eliminate: K", "eliminate: ¦Ca", "'cytosol' holds no 'Ca' to eliminate", "Na, K, Cl"),
    "wrong dimension": ("V: -70 mV", "V: ¦-70 mM", "plasma.V is a voltage", ""),
    "wrong dimension of an extensive number": ("g: 0.3 mS/cm2", "g: ¦0.3 mV", "'0.3 mV' is a voltage", "per area"),
    "missing unit": ("volume: 2000 um3", "volume: ¦2000", "has no unit", "2000 um3"),
    "missing unit of an extensive number": ("g: 0.3 mS/cm2", "g: ¦0.3", "has no unit", "nS/um2"),
    "unknown unit": ("g: 0.3 mS/cm2", "g: ¦0.3 Simens", "unknown unit", "nS/um2"),
    "bad balance ion": ("balance: Na", "balance: ¦Ca", "'bath' holds no 'Ca' to balance", "Na, K, Cl"),
    "infinite number": ("volume: 2000 um3", "volume: ¦1e999 um3", "has to be finite", ""),
    "not a number": ("volume: 2000 um3", "volume: ¦big um3", "cannot read 'big um3'", "um3"),
    "mapping for a number": ("volume: 2000 um3", "volume: ¦{value: 2000 um3}", "expected a value", ""),
    "value for a mapping": (
        "concentrations: {Na: 147 mM, K: 3 mM, Cl: 150 mM}",
        "concentrations: ¦147 mM",
        "expected a mapping",
        "",
    ),
    "nothing for a number": ("volume: 2000 um3", "¦volume:", "found nothing", ""),
    "zero concentration": ("{Na: 10 mM", "{Na: ¦0 mM", "cytosol.Na has to be positive", ""),
    "negative concentration": ("{Na: 10 mM", "{Na: ¦-10 mM", "cytosol.Na has to be positive", ""),
    "negative impermeant": ("concentration: 145 mM", "concentration: ¦-145 mM", "outside its range", ""),
    "negative volume": ("volume: 2000 um3", "volume: ¦-2000 um3", "cytosol.volume has to be positive", ""),
    "parameter out of range": ("I_max: 1 uA/cm2", "I_max: ¦-1 uA/cm2", "plasma.nka.I_max = -1 uA/cm2", "0 to inf"),
    "scale out of range": ("Pf: 0.1 um/ms", "Pf: 0.1 um/ms, scale: ¦-1", "plasma.water.scale = -1", "0 to inf"),
    "temperature out of range": ("37 degC", "¦3700 degC", "temperature = 3973.15 K", ""),
    "bath not neutral": (
        "  bath:\n    kind: bath\n    balance: Na\n    concentrations: {Na: 147 mM",
        "  ¦bath:\n    kind: bath\n    balance: Na\n    concentrations: {Na: 140 mM",
        "not neutral: its charges add up to -7 mM",
        "closes",
    ),
    "same compartment on both sides": ("outside: bath", "outside: ¦cytosol", "both sides of membrane 'plasma'", ""),
    "no ground": (
        "  cytosol:\n    kind: swelling",
        "  ¦cytosol:\n    kind: swelling",
        "no ground among",
        "potential: ground",
    ),
    "ion absent on one side": ("ion: K", "ion: ¦Ca", "moves Ca, but 'cytosol' holds no Ca", "add Ca"),
    "pump without its ion": (
        "Na: 147 mM, K: 3 mM, Cl: 150 mM}",
        "Na: 150 mM, Cl: 150 mM}",
        "'bath' holds no K",
        "add K",
    ),
    "area missing for a mechanism": (
        "    capacitance: 0.01 pF/um2\n    area: 785 um2",
        "    capacitance: 8 pF",
        "given per area, but 'plasma' has no area",
        "whole membrane",
    ),
    "area missing for the capacitance": (
        "    capacitance: 0.01 pF/um2\n    area: 785 um2",
        "    capacitance: ¦0.01 pF/um2",
        "per area, but 'plasma' has no area",
        "pF",
    ),
    "density that follows the area": (
        "area: 785 um2",
        "area: {law: sphere}\n    ¦densities_follow_area: true",
        "are a deviation",
        "deviation: id",
    ),
    "swelling without water": (
        "      water: {type: water, Pf: 0.1 um/ms}\n",
        "",
        "no mechanism moves water into it",
        "rigid",
    ),
    "water into a rigid compartment": ("kind: swelling", "kind: rigid", "'cytosol' is rigid", "swelling"),
    "deviation not declared": ("deviation: one_sided", "deviation: ¦onesided", "unknown deviation", "'one_sided'"),
    "deviation not used": (
        ", deviation: one_sided",
        "",
        "nothing refers to the deviation 'one_sided'",
        "deviation: one_sided",
    ),
    "deviation twice": ("deviations:\n", "deviations:\n  - {id: one_sided, what: The same.}\n", "declared twice", ""),
    "name with a dot": ("  cytosol:\n    kind", "  ¦cyto.sol:\n    kind", "'cyto.sol' cannot be a name", "cyto_sol"),
    "name with a space": ("      k_leak:", "      ¦k leak:", "'k leak' cannot be a name", "k_leak"),
    "name taken": ("membranes:\n  plasma:", "membranes:\n  ¦bath:", "the name 'bath' is taken", ""),
    "impermeant named as an ion": ("{X: {conc", "{¦Ca: {conc", "'Ca' is the name of something else", ""),
    "ion redefined": ("temperature:", "species: {¦Na: {z: 2}}\ntemperature:", "charge number 1", "another name"),
    "ion with half a charge": ("temperature:", "species: {Mg: {z: ¦1.5}}\ntemperature:", "whole number", ""),
    "V of an unclamped compartment": ("kind: swelling", "kind: swelling\n    ¦V: -70 mV", "not clamped", "membrane"),
    "clamp without V": ("  bath:\n    kind: bath", "  ¦bath:\n    kind: bath\n    potential: clamp", "needs 'V'", ""),
    "two temperatures": ("temperature:", "¦constants: {RT_F: 26 mV}\ntemperature:", "not both", ""),
    "unknown energy": ("temperature:", "energy: {¦ATPP: 3 mM}\ntemperature:", "unknown key 'ATPP'", "'ATP'"),
    "junction to nowhere": ("membranes:", "junctions:\n  gap: {a: cytosol, b: ¦baht}\nmembranes:", "'baht'", "'bath'"),
    "conserved but not closed": ("temperature:", "conserved: {K: ¦cytosol}\ntemperature:", "K is not conserved", ""),
    "conserved in a bath": ("temperature:", "conserved: {K: ¦bath}\ntemperature:", "'bath' is a bath", ""),
    "tab": ("    kind: swelling", "¦\tkind: swelling", "not valid YAML", "spaces, not tabs"),
    "bracket left open": (
        "    concentrations: {Na: 147 mM, K: 3 mM, Cl: 150 mM}\n  cytosol:",
        "    concentrations: {Na: 147 mM, K: 3 mM, Cl: 150 mM\n  cytosol¦:",
        "not valid YAML",
        "brackets",
    ),
    "unknown alias": ("volume: 2000 um3", "volume: ¦*size", "undefined alias", ""),
    "merge of a value": ("kind: swelling", "kind: swelling\n    ¦<<: big", "merges a mapping", "*anchor"),
    "anchor in itself": ("{X: {concentration: 145 mM, z: -1}}", "&x {¦X: *x}", "contains itself", ""),
    "list as a key": ("kind: swelling", "kind: swelling\n    ¦[a, b]: 1", "single word", ""),
}

BROKEN_CLOSED = {
    "shares with nobody": ("shares_volume_with: [cytosol]", "¦shares_volume_with: []", "has to share", "[cytosol]"),
    "shares with an unknown": ("[cytosol]", "[¦cytosl]", "unknown compartment 'cytosl'", "'cytosol'"),
    "total volume too small": (
        "total_volume: 3000 um3",
        "total_volume: ¦1500 um3",
        "leaves nothing for 'ecs'",
        "together",
    ),
    "conserved ion absent": ("{K: ecs,", "{Na: ¦ecs, K: ecs,", "'ecs' holds no Na", ""),
    "conserved but eliminated": ("{K: ecs,", "{K: ¦ecs,", "cannot follow both", "eliminate: none"),
    "total not declared": (", Cl: ecs}", "}", "Cl is only exchanged between cytosol and ecs", "conserved: {Cl: ecs}"),
    "no ground": (
        "  ecs:\n    kind: extracellular\n    potential: ground",
        "  ¦ecs:\n    kind: extracellular",
        "no ground among 'cytosol', 'ecs'",
        "potential: ground",
    ),
    "amounts and concentrations": (
        "    amounts: {K: 60",
        "    concentrations: {K: 3 mM}\n    ¦amounts: {K: 60",
        "not both",
        "",
    ),
    "impermeant that cannot close": ("  ecs:\n    kind", "  ¦ecs:\n    kind", "cannot close the charge", ""),
    "basis fixed by the mechanism": (
        "{type: leak_ohmic, ion: K, g: 10 nS}",
        "{type: bath_exchange, ion: K, counter: Cl, k: ¦1 nS}",
        "is a rate",
        "",
    ),
    "charge left behind": (
        "k_leak: {type: leak_ohmic, ion: K, g: 10 nS}",
        "¦k_leak: {type: bath_exchange, ion: K, k: 1/s}",
        "has no counter-ion",
        "deviation: id",
    ),
}

EXTRA = {
    "missing capacitance": ("    capacitance: 0.01 pF/um2\n", ""),
    "no ground": ("balance: Na", "potential: floating"),
    "missing temperature": ("temperature: 37 degC\n", ""),
    "number without source": ("a partner.", "a partner.\n    source: book"),
    "conserved but eliminated": ("closes: X.z", "closes: X.z\n    eliminate: K"),
    "impermeant that cannot close": ("amount: 300 fmol}", "amount: 0 fmol}"),
}
"""A second change that a case needs, away from its caret."""


def broken(text: str, old: str, new: str) -> tuple[str, int | None, int | None]:
    """The broken text, and line and column of the caret where the case marks one."""
    assert text.count(old) >= 1, f"the good file no longer holds {old!r}"
    marked = text.replace(old, new, 1)
    head, caret, _ = marked.partition("¦")
    if not caret:
        return marked, None, None
    return marked.replace("¦", ""), head.count("\n") + 1, len(head) - head.rfind("\n")


@pytest.mark.parametrize("text", [NEURON, CLOSED])
def test_the_files_are_good_before_they_are_broken(text: str) -> None:
    load_text(text)


@pytest.mark.parametrize(
    ("good", "case"),
    [(NEURON, name) for name in BROKEN] + [(CLOSED, name) for name in BROKEN_CLOSED],
    ids=[*BROKEN, *(f"closed: {name}" for name in BROKEN_CLOSED)],
)
def test_a_broken_file_is_refused_at_its_fault(good: str, case: str) -> None:
    old, new, words, hint = (BROKEN if good is NEURON else BROKEN_CLOSED)[case]
    text, line, column = broken(good, old, new)
    if case in EXTRA and EXTRA[case][0] in text:
        text = text.replace(*EXTRA[case])
    with pytest.raises(CellFileError) as caught:
        load_text(text, file="broken.yaml")
    error = caught.value
    assert words in error.message
    assert hint in error.hint
    assert error.file == "broken.yaml"
    shown = str(error).splitlines()
    if line is not None:
        lines = text.splitlines()
        assert (error.line, error.column) == (line, column)
        assert shown[0].startswith(f"broken.yaml:{line}:{column}: ")
        assert shown[1:3] == [lines[line - 1], " " * (error.column - 1) + "^"]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n- b\n", "just words\n"])
def test_a_file_that_is_no_mapping(text: str) -> None:
    with pytest.raises(CellFileError, match=r"broken.yaml:1:1"):
        load_text(text, file="broken.yaml")


def test_a_character_that_yaml_refuses() -> None:
    with pytest.raises(CellFileError, match=r"broken.yaml:2:1: this is not valid YAML"):
        load_text("cell: A\ntitle: a\0b\n", file="broken.yaml")


@pytest.mark.parametrize(("name", "near"), [("Kay2017_cel", "Kay2017_cell"), ("kay2017_cell", "Kay2017_cell")])
def test_an_unknown_cell_of_the_library(name: str, near: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        load(name)
    assert caught.value.hint == f"did you mean '{near}'?"


def test_a_missing_file_names_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "neuron.yaml").write_text(NEURON)
    with pytest.raises(CellError, match=r"no such file.*nueron.yaml") as caught:
        load(tmp_path / "nueron.yaml")
    assert "neuron.yaml" in caught.value.hint
    with pytest.raises(CellError, match="no such file"):
        load("nowhere/at/all.yaml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "cell.yaml").write_bytes(b"\xff\xfe\x00cell")
    with pytest.raises(CellError, match="not a text file"):
        load(tmp_path)
