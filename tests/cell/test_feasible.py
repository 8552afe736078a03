"""The feasible set: natural sizes, positivity of what is eliminated too, and random points inside."""

import numpy as np
import pytest
from laws.cases import CLOSURES, LIBRARY, cell, points, traced

from ionostat.cell.evaluate import functions
from ionostat.cell.feasible import feasible, positives, random_state, scales
from ionostat.cell.observables import observables
from ionostat.constants import F


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_random_states_are_feasible_and_spread(name: str, closure: str) -> None:
    eq, start = traced(name, closure)
    x = points(name, closure)
    assert all(feasible(eq, row, start.p) for row in x)
    V = observables(eq).evaluate(x, start.p)["plasma.V"]
    assert np.ptp(V) > 10
    moving = [i for i, s in enumerate(eq.states) if s.kind == "amount"]
    assert np.all(np.std(np.log(x[:, moving]), axis=0) > 0.1)


@pytest.mark.parametrize("name", LIBRARY)
def test_totals_and_charge_hold_in_random_states(name: str) -> None:
    eq, start = traced(name)
    made, z = cell(name), dict(cell(name).species)
    for row in points(name)[:10]:
        amounts = positives(eq, row, start.p)
        for ion, _ in made.conserved:
            total = sum(float(amounts[f"{c.name}.{ion}"]) for c in made.compartments if ion in c.ions)
            assert total == pytest.approx(start.p[eq.parameter_index[f"total.{ion}"]], rel=1e-12)
        p = dict(zip(eq.parameters, start.p, strict=True))
        carried = sum(z[i] * float(amounts[f"cytosol.{i}"]) for i in ("Na", "K", "Cl"))
        carried += p["cytosol.X.z"] * p["cytosol.X.amount"]
        ions = sum(float(amounts[f"cytosol.{i}"]) for i in ("Na", "K", "Cl"))
        assert F * carried == pytest.approx(row[eq.index["cytosol.charge"]], abs=1e-14 * F * ions)


@pytest.mark.parametrize("name", [n for n in LIBRARY if n != "KeenerSneyd_cell"])
def test_potentials_of_random_states_carry_no_current(name: str) -> None:
    eq, start = traced(name, "electroneutral")
    floating = [i for i, m in enumerate(eq.mass) if not m]
    for row in points(name, "electroneutral")[:5]:
        values = observables(eq).evaluate(row, start.p)
        size = sum(abs(float(v)) for n, v in values.items() if n.endswith(".I"))
        assert np.all(np.abs(functions(eq).rhs(row, start.p)[floating]) < 1e-9 * size)


def test_the_same_seed_gives_the_same_state() -> None:
    eq, start = traced("Kay2017_cell")
    one, other = (random_state(eq, start, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_the_size_of_a_charge_is_one_millivolt() -> None:
    """1 uF/cm2 of 314 um2: 3.14 fC a mV."""
    eq, start = traced("Kay2017_cell")
    size = dict(zip((s.name for s in eq.states), scales(eq, start.x, start.p), strict=True))
    assert size["cytosol.charge"] == pytest.approx(0.01 * 314.1592653589793)
    assert size["cytosol.volume"] == start.x[eq.index["cytosol.volume"]]
    assert size["cytosol.Na"] == pytest.approx(300 * 523.5987755982989)


def test_what_is_eliminated_has_to_be_positive_too() -> None:
    eq, start = traced("Kay2017_cell")
    x = np.array(start.x)
    x[eq.index["cytosol.Na"]] *= 2  # potassium would have to be negative
    assert positives(eq, x, start.p)["cytosol.K"] < 0
    assert not feasible(eq, x, start.p)
    out = np.array(start.x)
    out[eq.index["cytosol.volume"]] = -1
    assert not feasible(eq, out, start.p)


def test_a_gate_outside_0_to_1_is_not_feasible() -> None:
    eq, start = traced("Huebel2016_neuron")
    x = np.array(start.x)
    x[eq.index["plasma.nav.h"]] = 1.1
    assert not feasible(eq, x, start.p)
