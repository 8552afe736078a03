"""From numbers to a starting state: what closes the charge, by how much, and what is refused."""

import pytest
from cell.small import one_node
from laws.cases import CLOSURES, LIBRARY, cell, traced

from ionostat import load
from ionostat.cell.equations import equations
from ionostat.cell.evaluate import functions
from ionostat.cell.feasible import positives
from ionostat.cell.load import load_text
from ionostat.cell.observables import observables
from ionostat.cell.start import start
from ionostat.constants import F
from ionostat.errors import CellError, InputError


def begun(text: str) -> tuple[dict[str, float], dict[str, float], list[str]]:
    made = load_text(text)
    eq = equations(made)
    first = start(eq, made)
    return dict(zip((s.name for s in eq.states), first.x, strict=True)), first.amounts, first.notes


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_every_cell_starts_neutral_to_the_charge_of_its_membranes(name: str, closure: str) -> None:
    eq, first = traced(name, closure)
    made = cell(name, closure)
    z, p = dict(made.species), dict(zip(eq.parameters, first.p, strict=True))
    for c in made.compartments:
        if c.kind == "bath":
            continue
        carried = sum(z[i] * first.amounts[f"{c.name}.{i}"] for i in c.ions)
        carried += sum(p[f"{c.name}.{x}.z"] * first.amounts[f"{c.name}.{x}"] for x in c.impermeants)
        ions = sum(first.amounts[f"{c.name}.{i}"] for i in c.ions)
        if closure == "electroneutral":
            assert abs(carried) < 1e-14 * ions
        elif c.name == "cytosol":
            assert F * carried == pytest.approx(first.x[eq.index["cytosol.charge"]], abs=1e-14 * F * ions)
    assert all(v > 0 for v in positives(eq, first.x, first.p).values())


@pytest.mark.parametrize("name", LIBRARY)
def test_the_file_s_potential_is_where_the_cell_starts(name: str) -> None:
    eq, first = traced(name)
    made = cell(name)
    if "plasma.V" not in made.numbers:
        return
    V = float(observables(eq).evaluate(first.x, first.p)["plasma.V"])
    assert V == pytest.approx(made["plasma.V"], rel=1e-12)


def test_an_impermeant_s_charge_can_close() -> None:
    _, _, notes = begun(one_node())
    assert notes[0].startswith("cytosol.X.z = ")
    assert "closes the starting charge" in notes[0]


def test_an_ion_can_close() -> None:
    text = (
        one_node()
        .replace("closes: X.z", "closes: K")
        .replace("concentration: 151 mM", "concentration: 151 mM, z: -0.85")
    )
    states, amounts, notes = begun(text)
    assert notes[0].startswith("cytosol.K = ")
    carried = amounts["cytosol.Na"] + amounts["cytosol.K"] - amounts["cytosol.Cl"] - 0.85 * amounts["cytosol.X"]
    assert F * carried == pytest.approx(states["cytosol.charge"], abs=1e-6)


def test_an_impermeant_s_amount_can_close() -> None:
    text = one_node().replace("closes: X.z", "closes: X.n").replace("X: {concentration: 151 mM}", "X: {z: -0.85}")
    _, amounts, _ = begun(text)
    assert amounts["cytosol.X"] == pytest.approx((14 + 124 - 9) / 0.85 * 2000, rel=1e-4)


def test_the_potential_can_close() -> None:
    """Kay 2017 gives no V: its amounts are neutral to round-off, so it starts at 0."""
    eq, first = traced("Kay2017_cell")
    assert abs(first.x[eq.index["cytosol.charge"]]) < 1e-9
    assert any("plasma.V" in note and "follows from the starting charge" in note for note in first.notes)


def test_a_charge_that_no_ion_can_give_is_refused() -> None:
    made = load("Dusterwald2018_neuron").with_({"cytosol.Cl": 400})
    eq = equations(made)
    begun_well = start(eq, made)
    assert begun_well.amounts["cytosol.K"] > 0  # potassium can give that much
    hopeless = load("Dusterwald2018_neuron").with_({"cytosol.X.z": 2.0})
    with pytest.raises((CellError, InputError), match="more than K can give"):
        start(eq, hopeless)


def test_gates_start_steady_at_the_starting_potential() -> None:
    eq, first = traced("Huebel2016_neuron")
    rhs = dict(zip((s.name for s in eq.states), functions(eq).rhs(first.x, first.p), strict=True))
    gates = [s.name for s in eq.states if s.kind == "gate"]
    assert gates
    assert all(abs(rhs[g]) < 1e-14 for g in gates)


def test_amounts_and_concentrations_mean_the_same_start() -> None:
    amounts = "amounts: {Na: 28 fmol, K: 248 fmol, Cl: 18 fmol}"
    one, _, _ = begun(one_node())
    other, _, _ = begun(one_node().replace("concentrations: {Na: 14 mM, K: 124 mM, Cl: 9 mM}", amounts))
    assert one == pytest.approx(other, rel=1e-12)
