"""What a resting state has to satisfy, from the balance of each ion and from the scaling of the whole cell."""

import numpy as np
import pytest
from laws.cases import CLOSURES, EXPECTED, LIBRARY, all_rests, cell, points, pump_off, rest_of, traced

from ionostat import Cell, RestingState, rest
from ionostat.cell.evaluate import functions
from ionostat.cell.feasible import positives, scales
from ionostat.constants import F
from ionostat.species import ATP
from ionostat.studies.labels import same
from ionostat.studies.rest import Search

EVERY = [(name, closure) for name in LIBRARY for closure in CLOSURES]


def currents(at: RestingState, ion: str) -> tuple[float, float]:
    """Outward current (pA) of an ion through channels and leaks, and its influx by cotransport (amol/ms)."""
    through, coupled = 0.0, 0.0
    for edge, placed in at.cell.placements():
        moves = {s.name: n for s, n in placed.mechanism.moves.items()}
        if ion not in moves or ATP in placed.mechanism.reacts:
            continue
        turnover = at[f"{edge.name}.{placed.name}.turnover"]
        if len(moves) == 1:
            through += at[f"{edge.name}.{placed.name}.I"]
        else:
            coupled += moves[ion] * turnover
    return through, coupled


@pytest.mark.parametrize(("name", "closure"), EVERY)
def test_each_ion_is_at_rest(name: str, closure: str) -> None:
    """I_Na = -3 I_p, I_K = +2 I_p + F J_K, I_Cl = -F J_Cl, with J the inward flux by cotransport (0 without it).

    From dn/dt = -I/(z F) + pump + J = 0. KCC2 moves K and Cl out together, so it adds to I_K what it takes from I_Cl.
    """
    at = rest_of(name, closure)
    pump = at["plasma.nka.I"]
    Na, K, Cl = (currents(at, ion) for ion in ("Na", "K", "Cl"))
    assert pump > 0
    assert Na[0] == pytest.approx(-3 * pump + F * Na[1], abs=1e-8 * pump)
    assert K[0] == pytest.approx(2 * pump + F * K[1], abs=1e-8 * pump)
    assert Cl[0] == pytest.approx(-F * Cl[1], abs=1e-8 * pump)
    if "kcc2" not in {p.name for _, p in at.cell.placements()}:
        assert K[1] == Cl[1] == 0.0


@pytest.mark.parametrize(("name", "closure"), EVERY)
def test_it_is_a_zero_of_the_right_hand_side_in_the_feasible_set(name: str, closure: str) -> None:
    at = rest_of(name, closure)
    eq, start = traced(name, closure)
    assert at.verdict == "stable"
    differential = np.array(eq.mass) == 1
    with np.errstate(all="ignore"):
        left = functions(eq).rhs(at.x, at.p) / scales(eq, start.x, start.p)
    assert np.max(np.abs(left[differential])) < 1e-11  # 1/ms, relative to each state's natural size
    assert all(v > 0 for v in positives(eq, at.x, at.p).values())
    assert np.all(at.eigenvalues.real < 0)
    assert np.array_equal(at.p, start.p)


@pytest.mark.parametrize("name", LIBRARY)
def test_the_closures_agree_to_the_charge_of_the_membrane(name: str) -> None:
    """C V is some 1e-5 of the ions, and that is how far the two closures may differ."""
    a, b = rest_of(name), rest_of(name, "electroneutral")
    assert a["plasma.V"] == pytest.approx(b["plasma.V"], abs=0.1)
    for path in ("cytosol.Na", "cytosol.K", "cytosol.Cl"):
        assert a[path] == pytest.approx(b[path], rel=5e-3)


@pytest.mark.parametrize("name", LIBRARY)
def test_twenty_random_starts_end_at_a_labelled_rest(name: str) -> None:
    search = Search(cell(name))
    known = all_rests(name)
    assert known[0].label == "physiological"
    assert len({r.label for r in known}) == len(known)
    for x0 in points(name, n=20):
        ended = search.nearest(x0)
        assert any(same(ended, r) for r in known), ended
        assert all(v > 0 for v in positives(search.eq, ended.x, ended.p).values())


@pytest.mark.parametrize("name", LIBRARY)
def test_without_a_pump_there_is_a_donnan_state_or_none(name: str) -> None:
    """With impermeants outside (or a rigid wall) all permeant ions share one potential; without, the cell swells."""
    at = rest(pump_off(name))
    assert at.verdict == EXPECTED[name].without_pump
    if at.found:
        for ion in ("Na", "K", "Cl"):
            assert at[f"plasma.E_{ion}"] == pytest.approx(at["plasma.V"], abs=1e-6)
        assert at["energy.dissipation"] == pytest.approx(0.0, abs=1e-12 * rest_of(name)["energy.dissipation"])
    else:
        assert at.reason.startswith("cytosol swells without limit")
        assert not at.quantities
        assert at.certificate["limit_of_infinite_dilution"]["value"] > 0


@pytest.mark.parametrize("factor", [0.5, 2.0])
@pytest.mark.parametrize(
    ("name", "closure"), [e for e in EVERY if EXPECTED[e[0]].swells and e[0] != "Huebel2016_neuron"]
)
def test_volume_is_proportional_to_the_impermeants_and_nothing_else_changes(
    name: str, closure: str, factor: float
) -> None:
    """In an infinite bath; every amount of the start times `factor`, which leaves the mean charge as it is.

    The membrane does not grow, so its charge C V per ion changes: exact for the electroneutral closure, else to C V.
    """
    made = cell(name, closure)
    bigger = made.with_({"cytosol.volume": factor * made["cytosol.volume"]})
    one, other = rest_of(name, closure), rest(bigger)
    tolerance = 1e-8 if closure == "electroneutral" else 2e-3
    assert other["cytosol.volume"] / one["cytosol.volume"] == pytest.approx(factor, rel=tolerance)
    assert other["plasma.V"] == pytest.approx(one["plasma.V"], abs=1e-6 if closure == "electroneutral" else 0.2)
    for ion in ("Na", "K", "Cl"):
        assert other[f"cytosol.{ion}"] == pytest.approx(one[f"cytosol.{ion}"], rel=tolerance)


def scaled(made: Cell, factor: float, but: tuple[str, ...] = ()) -> Cell:
    """All mechanisms times `factor`, except those that carry one of `but`."""
    names = [
        f"{e.name}.{p.name}.scale" for e, p in made.placements() if not any(s.name in but for s in p.mechanism.moves)
    ]
    return made.with_(dict.fromkeys(names, factor))


@pytest.mark.parametrize("name", [n for n in LIBRARY if not cell(n).excitable])
def test_pump_and_leaks_together_set_the_speed_and_not_the_rest(name: str) -> None:
    """Everything three times as strong: the same rest, every eigenvalue times three."""
    one, other = rest_of(name), rest(scaled(cell(name), 3.0))
    for path in ("plasma.V", "cytosol.Na", "cytosol.K", "cytosol.Cl", "cytosol.volume"):
        assert other[path] == pytest.approx(one[path], rel=1e-8)
    np.testing.assert_allclose(other.eigenvalues.real, 3 * one.eigenvalues.real, rtol=1e-5)


@pytest.mark.parametrize("name", [n for n in LIBRARY if EXPECTED[n].without_pump == "none"])
def test_chloride_and_water_set_the_speed_and_not_the_rest(name: str) -> None:
    """Na and K leaks with the pump, three times; Cl and water as they are: V and volume unchanged (no cotransport)."""
    one, other = rest_of(name), rest(scaled(cell(name), 3.0, but=("Cl", "water")))
    for path in ("plasma.V", "cytosol.Na", "cytosol.K", "cytosol.Cl", "cytosol.volume"):
        assert other[path] == pytest.approx(one[path], rel=1e-8)
    assert other.time_constants[0] < one.time_constants[0]


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", ["Kay2017_cell", "KeenerSneyd_cell", "Huebel2016_neuron"])
def test_without_a_chloride_path_chloride_is_conserved_by_value(name: str, closure: str) -> None:
    at = rest(cell(name, closure).with_({"plasma.cl_leak.scale": 0}))
    assert at.verdict == "neutral"
    assert at.conserved == ("cytosol.Cl",)
    assert "cytosol.Cl" in at.reason


@pytest.mark.parametrize("name", [n for n in LIBRARY if EXPECTED[n].swells])
def test_without_a_water_path_the_volume_is_conserved_by_value(name: str) -> None:
    at = rest(cell(name).with_({"plasma.water.scale": 0}))
    assert at.verdict == "neutral"
    assert at.conserved == ("cytosol.volume",)
    assert at["cytosol.volume"] == cell(name)["cytosol.volume"]
