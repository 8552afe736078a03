"""Every registered mechanism passes the public conformity suite, for every ion that it may carry."""

from collections.abc import Iterator

import numpy as np
import pytest

from ionostat.mechanisms.laws import at_equilibrium, context, driving_force, plain, random_numbers, typical
from ionostat.mechanisms.mechanism import Mechanism
from ionostat.mechanisms.registry import TYPES, mechanism_class
from ionostat.species import GHOST, IONS
from ionostat.testing import check_mechanism


def variants() -> Iterator[tuple[str, str]]:
    for name in TYPES:
        choices = mechanism_class(name).declared_options()
        for ion in IONS if "ion" in choices else [""]:
            yield name, ion


def made(name: str, ion: str) -> Mechanism:
    kind = mechanism_class(name)
    return kind({n: typical(p) for n, p in kind.parameters().items()}, {"ion": IONS[ion]} if ion else {})


@pytest.mark.parametrize(("name", "ion"), list(variants()))
def test_it_conforms(name: str, ion: str) -> None:
    check_mechanism(made(name, ion))


@pytest.mark.parametrize(("ion", "counter"), [("K", "Cl"), ("Na", "K"), ("Cl", "HCO3"), ("Ca", "Cl"), ("Cl", "Ca")])
def test_exchange_with_a_counter_ion_carries_no_charge(ion: str, counter: str) -> None:
    check_mechanism(mechanism_class("bath_exchange"), ion=IONS[ion], counter=IONS[counter])
    paired = mechanism_class("bath_exchange")(options={"ion": IONS[ion], "counter": IONS[counter]})
    assert paired.charge == 0


@pytest.mark.parametrize("name", TYPES)
def test_what_carries_charge_without_being_an_ion_is_declared(name: str) -> None:
    """Only the exchange without a counter-ion moves a bare charge, and its net charge is zero with it."""
    mechanism = made(name, "K" if "ion" in mechanism_class(name).declared_options() else "")
    assert (GHOST in mechanism.moves) == (name == "bath_exchange")


@pytest.mark.parametrize("name", [n for n in TYPES if n.startswith("nka")])
def test_a_pump_moves_three_sodium_out_and_two_potassium_in_for_one_atp(name: str) -> None:
    pump = made(name, "")
    assert {s.name: n for s, n in pump.moves.items()} == {"Na": -3, "K": 2}
    assert {s.name: n for s, n in pump.reacts.items()} == {"ATP": -1, "ADP": 1, "Pi": 1}
    assert pump.charge == -1


@pytest.mark.parametrize("name", [n for n in TYPES if n.startswith("nka")])
def test_a_pump_never_runs_backwards(name: str) -> None:
    pump = made(name, "")
    numbers = random_numbers(pump, np.random.default_rng(1), 500)
    assert np.all(np.asarray(pump.rate(context(pump, plain(numbers)))) > 0)


@pytest.mark.parametrize("name", [n for n in TYPES if n not in ("stimulus", "bath_exchange")])
def test_what_is_passive_is_not_excused(name: str) -> None:
    """`empirical` is for pumps without ATP and fitted volumes; every leak, channel and cotransporter has to obey."""
    mechanism = made(name, "K" if "ion" in mechanism_class(name).declared_options() else "")
    assert bool(mechanism.empirical) == (name.startswith("nka") or name == "water_exponential")


@pytest.mark.parametrize(("name", "ion"), [v for v in variants() if not made(*v).empirical])
def test_flux_follows_its_driving_force_and_stops_with_it(name: str, ion: str) -> None:
    mechanism = made(name, ion)
    numbers = random_numbers(mechanism, np.random.default_rng(2), 1000)
    at = context(mechanism, plain(numbers))
    force, flux = driving_force(mechanism, at), mechanism.rate(at)
    assert np.all(flux * force >= 0)
    assert np.any(flux > 0)
    assert np.any(flux < 0)
    still = context(mechanism, plain(at_equilibrium(mechanism, numbers)))
    np.testing.assert_allclose(driving_force(mechanism, still), 0, atol=1e-9 * np.max(np.abs(force)))
    np.testing.assert_allclose(mechanism.rate(still), 0, atol=1e-11 * np.max(np.abs(flux)))
