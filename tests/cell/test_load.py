"""What a cell file may say, and what the cell then is."""

import json
import math
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.cell.defaults import ENERGY
from ionostat.cell.description import Cell
from ionostat.cell.load import LIBRARY, list_cells, load, load_text
from ionostat.constants import F, R
from ionostat.errors import CellFileError

CELLS = sorted(list_cells())

HEAD = """\
cell: Test_cell
sources: {book: {cite: A book}, paper: {cite: A paper, doi: 10.1/x, memory: low}}
source: book
"""

BATH = "{kind: bath, balance: Na, concentrations: {Na: 147 mM, K: 3 mM, Cl: 150 mM}}"


def pump_leak(
    *, top: str = "", bath: str = BATH, cytosol: str = "", plasma: str = "V: -70 mV", mechanisms: str = ""
) -> str:
    """A small cell file with additions in every block."""
    return f"""{HEAD}temperature: 310 K
{top}
compartments:
  bath: {bath}
  cytosol:
    kind: swelling
    volume: 2000 um3
    concentrations: {{Na: 10 mM, K: 140 mM, Cl: 5 mM}}
    impermeants: {{X: {{concentration: 145 mM, z: -1}}}}
    {cytosol}
membranes:
  plasma:
    inside: cytosol
    outside: bath
    capacitance: 0.01 pF/um2
    area: 785 um2
    {plasma}
    mechanisms:
      water: {{type: water, Pf: 0.1 um/ms}}
      {mechanisms}
"""


def cell(**parts: str) -> Cell:
    return load_text(pump_leak(**parts))


# the library


def test_the_list_has_every_folder_with_its_title() -> None:
    assert set(CELLS) == {p.name for p in LIBRARY.iterdir() if p.is_dir()}
    assert all(list_cells().values())


def test_listing_cells_loads_nothing_heavy() -> None:
    code = "import sys, json; from ionostat.cell.load import list_cells as f; f(); print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"sympy", "pint", "scipy", "ruamel", "xarray"} & set(json.loads(done.stdout))


@pytest.mark.parametrize("name", CELLS)
def test_a_library_cell_says_where_each_number_comes_from(name: str) -> None:
    published = load(name)
    assert published.name == name
    assert published.title == list_cells()[name]
    assert published.file == LIBRARY / name / "cell.yaml"
    keys = {s.key for s in published.sources}
    for path, number in published.numbers.items():
        assert math.isfinite(number.value), path
        declared = path.startswith("energy.") or path.count(".") == 2
        assert number.source in keys or (declared and number.source), path


@pytest.mark.parametrize("name", CELLS)
def test_a_library_cell_lists_every_parameter_of_its_mechanisms(name: str) -> None:
    published = load(name)
    for edge, placed in published.placements():
        for parameter, declared in placed.mechanism.parameters().items():
            number = published.number(f"{edge.name}.{placed.name}.{parameter}")
            assert number.unit == declared.unit_for(placed.basis)


@pytest.mark.parametrize("name", CELLS)
def test_the_pump_of_a_library_cell_has_the_same_path_everywhere(name: str) -> None:
    assert load(name)["plasma.nka.scale"] == 1


@pytest.mark.parametrize(
    ("name", "RT_F"),
    [
        ("Kay2017_cell", 25.69),
        ("Dusterwald2018_neuron", 26.725),
        ("Huebel2016_neuron", 26.64),
        ("KeenerSneyd_cell", 25.8),
    ],
)
def test_a_published_thermal_voltage_is_kept(name: str, RT_F: float) -> None:
    number = load(name).number("temperature")
    assert pytest.approx(RT_F, rel=1e-14) == R * number.value / F
    assert (number.unit, number.text) == ("K", f"RT/F = {RT_F} mV")


def test_kay_in_coherent_units() -> None:
    kay = load("Kay2017_cell")
    assert kay["plasma.nka.I_max"] == pytest.approx(0.005, rel=1e-14)  # 0.5 uA/cm2
    assert kay["plasma.k_leak.g"] == pytest.approx(0.003, rel=1e-14)  # 0.3 mS/cm2
    assert kay["plasma.area"] == pytest.approx((36 * math.pi * kay["cytosol.volume"] ** 2) ** (1 / 3), rel=1e-14)
    assert kay.compartment("cytosol").closes == "V"


def test_the_textbook_cell_has_the_scaled_pump_of_the_smallest_volume() -> None:
    book = load("KeenerSneyd_cell")
    P = book["plasma.nka.I_max"] / (book["plasma.na_leak.g"] * 25.8)
    assert pytest.approx(1.76924, rel=1e-12) == P
    assert book["plasma.na_leak.g"] / book["plasma.k_leak.g"] == pytest.approx(0.11, rel=1e-12)


def test_huebel_area_gives_the_published_conversion() -> None:
    huebel = load("Huebel2016_neuron")
    assert huebel["plasma.area"] * 0.01 / F == pytest.approx(9.55589e-2, rel=1e-12)  # amol/ms per uA/cm2
    assert huebel["cytosol.X.z"] == pytest.approx(-(54.6 + 277.7 - 21.7) / 318, rel=1e-12)
    assert huebel["ecs.X.z"] == pytest.approx(-(91.3 + 2.8 - 89.8) / 40, rel=1e-12)
    assert huebel.compartment("cytosol").eliminate == "Na"
    assert huebel.compartment("ecs").eliminate is None


def test_dijkstra_cotransport_is_its_conductance_times_the_thermal_voltage() -> None:
    dijkstra = load("Dijkstra2016_neuron")
    U = R * 310 / F * 1e-3  # V
    assert dijkstra["plasma.kcc2.L"] == pytest.approx(1.3 * U, rel=1e-8)  # fmol/s = amol/ms


def test_a_loaded_cell_can_be_changed() -> None:
    changed = load("Kay2017_cell").with_({"bath.K": "8 mM"})
    assert changed["bath.Na"] == pytest.approx(142)


# files and folders


def test_a_cell_loads_from_text_file_and_folder(tmp_path: Path) -> None:
    path = tmp_path / "cell.yaml"
    path.write_text("\ufeff" + pump_leak(), encoding="utf-8")
    assert load(path).name == load(str(path)).name == load(tmp_path).name == cell().name == "Test_cell"
    assert load(path).file == path
    assert cell().file is None


# sources


def test_a_number_takes_the_nearest_source() -> None:
    found = cell(cytosol="source: paper", mechanisms="k_leak: {type: leak_ohmic, ion: K, g: 1 nS @book, source: paper}")
    assert found.number("bath.K").source == "book"
    assert found.number("cytosol.X.z").source == "paper"
    assert found.number("plasma.k_leak.g").source == "book"
    assert found.number("plasma.k_leak.scale").source == "definition"
    assert (found.number("plasma.k_leak.g").text, found.number("plasma.k_leak.g").value) == ("1 nS", 1.0)
    assert found.sources[1].memory == "low"


def test_anchors_and_merges() -> None:
    found = cell(
        mechanisms="""
      k_leak: &leak {type: leak_ohmic, ion: K, g: 1 nS @paper}
      na_leak: {<<: *leak, ion: Na, scale: 0.5}
      cl_leak: {<<: [{ion: Cl}, *leak], source: paper}"""
    )
    _, *leaks = found.edge("plasma").placed
    assert [p.mechanism.options["ion"].name for p in leaks] == ["K", "Na", "Cl"]
    assert found["plasma.na_leak.g"] == 1
    assert found["plasma.na_leak.scale"] == 0.5
    assert found.number("plasma.na_leak.g").source == "paper"


def test_an_anchor_may_be_used_again() -> None:
    found = cell(
        mechanisms="""
      a: &x {type: leak_ohmic, ion: K, g: 1 nS}
      b: &x {type: leak_ohmic, ion: Na, g: 2 nS}
      c: *x"""
    )
    assert found["plasma.c.g"] == 2


# what rates are per


@pytest.mark.parametrize(
    ("given", "basis", "unit", "value"),
    [
        ("3 nS", "membrane", "nS", 3.0),
        ("0.3 mS/cm2", "area", "nS/um2", 0.003),
        ("2 S/L", "volume", "nS/um3", 2e-6),
    ],
)
def test_the_unit_says_what_a_rate_is_per(given: str, basis: str, unit: str, value: float) -> None:
    found = cell(mechanisms=f"k_leak: {{type: leak_ohmic, ion: K, g: {given}}}")
    assert found.edge("plasma").placed[1].basis == basis
    assert found.number("plasma.k_leak.g").unit == unit
    assert found["plasma.k_leak.g"] == pytest.approx(value, rel=1e-12)


def test_a_mechanism_whose_number_may_be_left_out_is_for_the_whole_membrane() -> None:
    found = cell(mechanisms="stim: {type: stimulus, ion: K}")
    assert found.number("plasma.stim.I").unit == "pA"
    assert found["plasma.stim.I"] == 0


OUTSIDE = '''\
from ionostat.mechanisms.mechanism import Mechanism, parameter
from ionostat.species import K

class TwoLeaks(Mechanism):
    """Two parallel leaks."""
    moves = {K: 1}
    g = parameter("nS", extensive=True, doc="one")
    h = parameter("nS", extensive=True, doc="the other")
'''


def test_a_mechanism_from_beside_the_cell_file(tmp_path: Path) -> None:
    (tmp_path / "my_leaks.py").write_text(OUTSIDE)
    path = tmp_path / "cell.yaml"
    path.write_text(pump_leak(mechanisms='two: {type: "my_leaks:TwoLeaks", g: 1 nS/um2, h: 2 pS/um2}'))
    assert load(path)["plasma.two.h"] == pytest.approx(0.002)
    path.write_text(pump_leak(mechanisms='two: {type: "my_leaks:TwoLeaks", g: 1 nS/um2, h: 2 nS}'))
    with pytest.raises(CellFileError, match=r"plasma.two.h is given for the whole membrane, but g per area"):
        load(path)
    path.write_text(pump_leak(mechanisms='two: {type: "my_leaks:TwoLeak", g: 1 nS, h: 2 nS}'))
    with pytest.raises(CellFileError, match="did you mean 'TwoLeaks'"):
        load(path)


# charge


def test_what_closes_the_charge_by_default() -> None:
    assert cell().compartment("cytosol").closes == "K"
    assert cell(plasma="").compartment("cytosol").closes == "V"
    assert cell(plasma="", top="closure: electroneutral").compartment("cytosol").closes == "K"
    assert cell(cytosol="closes: none").compartment("cytosol").closes is None


def test_the_largest_cation_is_eliminated_unless_another_is_named() -> None:
    assert cell().compartment("cytosol").eliminate == "K"
    assert cell(cytosol="eliminate: Cl").compartment("cytosol").eliminate == "Cl"
    assert cell(cytosol="eliminate: none").compartment("cytosol").eliminate is None


@pytest.mark.parametrize(
    ("closes", "x", "path", "value"),
    [
        ("X.z", "{concentration: 20 mM}", "bath.X.z", -1.0),
        ("X.z", "{concentration: 20 mM, z: -3}", "bath.X.z", -1.0),
        ("X.n", "{z: -2}", "bath.X", 10.0),
        ("Cl", "{concentration: 2 mM, z: -1}", "bath.Cl", 148.0),
    ],
)
def test_a_bath_is_made_neutral_by_what_it_closes(closes: str, x: str, path: str, value: float) -> None:
    chloride = 150 if closes == "Cl" else 130
    ions = f"{{Na: 147 mM, K: 3 mM, Cl: {chloride} mM}}"
    bath = f"{{kind: bath, closes: {closes}, concentrations: {ions}, impermeants: {{X: {x}}}}}"
    assert cell(bath=bath)[path] == pytest.approx(value, rel=1e-12)


def test_amounts_and_concentrations_of_impermeants_mix() -> None:
    text = pump_leak(cytosol="closes: X.z").replace("{concentration: 145 mM, z: -1}", "{amount: 290 fmol}")
    assert load_text(text)["cytosol.X.z"] == pytest.approx(-1, rel=1e-12)


def test_a_clamped_bath_has_its_potential_as_a_number() -> None:
    bath = BATH.replace("kind: bath", "kind: bath, potential: clamp, V: 10 mV")
    assert cell(bath=bath)["bath.V"] == 10
    assert cell(bath=bath).compartment("bath").potential == "clamp"


# the rest of the file


def test_a_new_ion() -> None:
    bath = BATH.replace("Cl: 150 mM", "Cl: 152 mM, Mg: 1 mM")
    text = pump_leak(top="species: {Mg: {z: 2}}", bath=bath, mechanisms="mg: {type: leak_ghk, ion: Mg, P: 1 um3/s}")
    found = load_text(text.replace("Cl: 5 mM", "Cl: 5 mM, Mg: 1 uM"))
    assert dict(found.species) == {"Na": 1, "K": 1, "Cl": -1, "Mg": 2}
    assert found["cytosol.Mg"] == pytest.approx(1e-3)


def test_energy_has_defaults_with_a_source() -> None:
    found = cell(top="energy: {ATP: 5 mM @paper}")
    assert found.number("energy.ATP").source == "paper"
    assert found.number("energy.dG0") == ENERGY["dG0"]
    assert found["energy.dG0"] == -30500


def test_an_area_by_law() -> None:
    text = pump_leak().replace("area: 785 um2", "area: {law: cylinder_side, length: 25 um}")
    found = load_text(text)
    assert found["plasma.length"] == 25
    assert "plasma.area" not in found.numbers
    assert found.membranes[0].area == "cylinder_side"
    assert load_text(pump_leak().replace("785 um2", "{law: sphere}")).membranes[0].area == "sphere"
    assert load_text(pump_leak().replace("785 um2", "{law: fixed, value: 785 um2}"))["plasma.area"] == 785


def test_densities_that_follow_the_area_need_a_deviation() -> None:
    top = "deviations: [{id: moving, what: Channels appear., waives: [fixed_numbers]}]"
    found = load_text(
        pump_leak(top=top, plasma="V: -70 mV\n    densities_follow_area: true\n    deviation: moving").replace(
            "785 um2", "{law: sphere}"
        )
    )
    assert found.membranes[0].densities_follow_area
    assert found.deviations[0].waives == ("fixed_numbers",)
    assert found.deviations[0].source == "book"


def test_junctions() -> None:
    text = (
        pump_leak()
        + "junctions:\n  pipette: {a: cytosol, b: bath, mechanisms: {k: {type: leak_ohmic, ion: K, g: 1 nS}}}\n"
    )
    junction = load_text(text).junctions[0]
    assert (junction.name, junction.a, junction.b, junction.placed[0].basis) == (
        "pipette",
        "cytosol",
        "bath",
        "membrane",
    )


def test_numbers_stand_in_the_order_of_the_file() -> None:
    paths = load("Huebel2016_neuron").paths()
    assert paths[:6] == ["temperature", "cytosol.volume", "cytosol.Na", "cytosol.K", "cytosol.Cl", "cytosol.X"]
    assert paths[6] == "cytosol.X.z"


ODD = [
    "",
    "-",
    "0",
    "-1",
    "1e999",
    "nan",
    "{}",
    "[]",
    "[1, 2]",
    "none",
    "~",
    "true",
    "@",
    "'@book'",
    "5 mM",
    "X.z",
    "*a",
    "&a",
    "<<",
    "é",
]


@given(name=st.sampled_from(CELLS), data=st.data())
def test_a_damaged_file_is_read_or_refused_but_never_crashes(name: str, data: st.DataObject) -> None:
    lines = (LIBRARY / name / "cell.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
    n = data.draw(st.integers(0, len(lines) - 1))
    head, colon, tail = lines[n].partition(": ")
    if data.draw(st.booleans()):
        lines[n] = data.draw(
            st.sampled_from(["", head, head + ":\n", tail, " " + lines[n], lines[n][1:], lines[n] * 2])
        )
    else:
        lines[n] = f"{head}{colon}{data.draw(st.sampled_from(ODD))}\n"
    with suppress(CellFileError):
        load_text("".join(lines))
