"""The waist of the package: which states a cell has, which parameters, and what its equations are shared by."""

import pytest
from cell.small import epithelium, exchanged, one_node, tissue
from laws.cases import LIBRARY, cell

from ionostat import Mechanism, load, parameter
from ionostat.cell.equations import equations
from ionostat.cell.load import load_text
from ionostat.errors import CellError
from ionostat.species import K


def states(text: str) -> list[tuple[str, str]]:
    return [(s.name, s.kind) for s in equations(load_text(text)).states]


def test_states_come_in_order_charges_amounts_volumes_gates_potentials() -> None:
    assert states(one_node()) == [
        ("cytosol.charge", "charge"),
        ("cytosol.Na", "amount"),
        ("cytosol.Cl", "amount"),
        ("cytosol.volume", "volume"),
    ]
    assert states(one_node("electroneutral"))[-1] == ("cytosol.potential", "potential")
    kinds = [s.kind for s in equations(cell("Huebel2016_neuron")).states]
    assert kinds == ["charge", "amount", "amount", "volume", "gate", "gate"]


def test_a_ghost_is_a_state_and_an_extracellular_volume_is_none() -> None:
    names = [n for n, _ in states(exchanged(""))]
    assert "ecs.ghost" in names
    assert "ecs.volume" not in names
    assert "ecs.ghost" not in [n for n, _ in states(exchanged("Cl"))]


def test_the_quadratures_are_what_was_eliminated() -> None:
    assert [n for n, _, _ in equations(load_text(one_node())).quadratures] == ["cytosol.K"]
    assert {n for n, _, _ in equations(cell("Huebel2016_neuron")).quadratures} == {
        "cytosol.Na",
        "ecs.Na",
        "ecs.K",
        "ecs.Cl",
        "ecs.volume",
    }


@pytest.mark.parametrize("name", LIBRARY)
def test_every_symbol_is_a_state_or_a_parameter(name: str) -> None:
    eq = equations(cell(name))
    known = {s.name for s in eq.states} | {f"{s.name}.amount" for s in eq.states} | set(eq.parameters)
    used = set().union(*(r.free_symbols for r in eq.rhs), *(f.turnover.free_symbols for f in eq.traced.flows))
    assert {s.name for s in used} <= known
    assert len(set(eq.parameters)) == len(eq.parameters)


def test_a_flow_between_two_baths_has_its_parameters() -> None:
    """It changes no state, but it can be read off."""
    eq = equations(load_text(epithelium(far="ground")))
    assert "tight.na.P" in eq.parameters


def test_cells_that_differ_in_numbers_share_their_equations() -> None:
    made = load("Kay2017_cell")
    assert equations(made) is equations(made.with_({"plasma.nka.scale": 0.5, "bath.K": 5}))
    assert equations(made) is not equations(made.with_(closure="electroneutral"))


def test_a_ramp_turns_a_parameter_into_a_state_with_a_slope() -> None:
    eq = equations(load_text(tissue()))
    system = eq.system(("bath.K",), audit=True)
    names = [str(s) for s in system.inputs[: system.n_states]]
    assert names[-2:] == ["bath.K", "ecs.potential"]  # algebraic states come last
    assert "bath.K.slope" in [str(s) for s in system.inputs[system.n_states :]]
    assert system.mass == (1,) * (system.n_states - 1) + (0,)
    assert sum(not c for c in system.controlled) == len(eq.quadratures)


class CurrentPump(Mechanism):
    """A flaw: it gives a current where turnovers are asked. I = g V, this work (2026)."""

    moves = {K: 1}
    g = parameter("nS", doc="conductance", extensive=True)

    def rate(self, at: object) -> object:
        return -self.g * at.V  # type: ignore[attr-defined]


def test_a_rate_of_the_wrong_dimension_is_refused_when_the_cell_is_assembled() -> None:
    text = one_node().replace("type: leak_ohmic, ion: K, g", "type: 'cell.test_equations:CurrentPump', g")
    with pytest.raises(CellError, match="the rate is a current density; expected a flux density"):
        equations(load_text(text))
