"""Free energy: it changes by exactly what pumps supply and mechanisms dissipate, and without a pump it only falls."""

import numpy as np
import pytest
import sympy
from cell.small import epithelium, one_node
from laws.cases import CLOSURES, EXPECTED, LIBRARY, cell, points, pump_off, rest_of, traced

from ionostat import rest, simulate
from ionostat.cell.evaluate import Expressions
from ionostat.cell.load import load_text
from ionostat.cell.observables import observables
from ionostat.errors import InputError
from ionostat.studies.energy import free_energy, free_energy_expression


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_it_changes_by_supply_less_dissipation(name: str, closure: str) -> None:
    """dG/dt = ATP use |dG_ATP| - dissipation - sum V^2/2 dC/dt at random states; the last only where an area moves."""
    eq, start = traced(name, closure)
    G = free_energy_expression(eq)
    rates = {s.symbol: r for s, r in zip(eq.states, eq.rhs, strict=True) if s.kind != "potential"}
    grows = [
        eq.traced.V(m) ** 2 / 2 * sympy.diff(eq.traced.capacitance[m.name], s) * r
        for m in cell(name).membranes
        for s, r in rates.items()
        if closure == "capacitive"
    ]
    named = {"dG": sympy.Add(*(sympy.diff(G, s) * r for s, r in rates.items())), "growth": sympy.Add(*grows)}
    x = points(name, closure)
    found, values = Expressions(eq, named)(x, start.p), observables(eq).evaluate(x, start.p)
    expected = -values["energy.ATP_use"] * values["energy.dG_ATP"] - values["energy.dissipation"] - found["growth"]
    gross = sum(np.abs(v) for n, v in values.items() if n.endswith(".dissipation"))
    np.testing.assert_allclose(found["dG"] / gross, expected / gross, atol=1e-12)
    assert np.any(found["growth"] != 0) == (closure == "capacitive" and cell(name).membranes[0].area == "cylinder_side")


SPIKES_WITHOUT_CAPACITANCE = {("Dijkstra2016_neuron", "electroneutral"), ("Huebel2016_neuron", "electroneutral")}
"""A spike is a matter of the capacitance: without it V jumps, or (activation at once) has no way to go on."""


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_without_a_pump_it_only_falls(name: str, closure: str) -> None:
    if (name, closure) in SPIKES_WITHOUT_CAPACITANCE:
        return
    run = simulate(pump_off(name, closure), duration="10 h", start=rest_of(name, closure), max_step="inf", points=500)
    G = free_energy(run)
    assert run.status == "ok"
    assert G[-1] < G[0]
    assert np.all(np.diff(G) <= 1e-13 * np.max(np.abs(G)))  # round-off of G itself


@pytest.mark.parametrize("name", [n for n in LIBRARY if EXPECTED[n].without_pump == "stable"])
def test_the_end_without_a_pump_is_one_common_potential(name: str) -> None:
    """Every permeant ion ends at equilibrium with V: the Donnan state."""
    run = simulate(pump_off(name), duration="3000 h", start=rest_of(name), max_step="inf")
    for ion in ("Na", "K", "Cl"):
        assert run[f"plasma.E_{ion}"][-1] == pytest.approx(run["plasma.V"][-1], abs=1e-3)
    assert run["energy.dissipation"][-1] < 1e-9 * run["energy.dissipation"][0]


def test_a_rest_has_one_number_and_a_run_a_series() -> None:
    at = rest_of("Kay2017_cell")
    run = simulate(cell("Kay2017_cell"), duration="1 s", start=at, points=5)
    assert np.shape(free_energy(at)) == ()
    assert np.shape(free_energy(run)) == run.time.shape
    np.testing.assert_allclose(free_energy(run), free_energy(at), rtol=1e-12)


def test_between_two_baths_and_under_a_clamp_there_is_no_amount_of_it() -> None:
    with pytest.raises(InputError, match="flows for ever"):
        free_energy(rest(load_text(epithelium())))
    clamped = one_node().replace("kind: bath", "kind: bath\n    potential: clamp\n    V: 10 mV")
    with pytest.raises(InputError, match="clamp supplies"):
        free_energy(rest(load_text(clamped)))
