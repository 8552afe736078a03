"""What nature forbids a membrane: a flux at equilibrium, a flux against its force, a jump where V passes zero."""

from math import exp, expm1, log
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.constants import F, R
from ionostat.physics import (
    chord_potential,
    electrogenic_shift,
    ghk_current,
    ghk_flux,
    ghk_slope_conductance,
    ghk_voltage,
    ion_transport_work,
    mullins_noda,
    nernst,
    pump_leak_potential,
    resting_pump_current,
    thermal_voltage,
)

concentrations = st.floats(1e-5, 1e3)
valences = st.sampled_from([-2, -1, 1, 2])
voltages = st.floats(-300, 300)
temperatures = st.floats(270, 320)
conductances = st.floats(1e-4, 1e3)
ION = {"P": 1e-3, "z": 1, "c_in": 140.0, "c_out": 5.0}


@given(valences, concentrations, concentrations, temperatures)
def test_no_flux_at_the_nernst_potential(z: int, c_in: float, c_out: float, T: float) -> None:
    E = nernst(z, c_out, c_in, T=T)
    assert abs(ghk_flux(1.0, z, E, c_in, c_out, T=T)) < 1e-11 * max(c_in, c_out)


@given(st.sampled_from([-2, -1, 0, 1, 2]), voltages, concentrations, concentrations)
def test_flux_runs_down_its_force(z: int, V: float, c_in: float, c_out: float) -> None:
    outward = ghk_flux(1.0, z, V, c_in, c_out)
    force = ion_transport_work(z, c_in, c_out, V)  # positive pushes out
    assert outward * force >= 0
    if abs(force) > 1.0:  # 1 J/mol
        assert outward * force > 0


@given(valences, concentrations, concentrations)
def test_current_at_zero_voltage_is_diffusion(z: int, c_in: float, c_out: float) -> None:
    assert ghk_current(2.0, z, 0.0, c_in, c_out) == pytest.approx(2 * z * F * (c_in - c_out), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("step", [10.0**-k for k in range(1, 18)])
@pytest.mark.parametrize("z", [-2, -1, 1, 2])
def test_current_passes_zero_voltage_smoothly(z: int, step: float) -> None:
    """The textbook quotient loses all digits here; the value must stay on the tangent, to second order."""
    at_zero = ghk_current(1.0, z, 0.0, 140.0, 5.0)
    slope = ghk_slope_conductance(1.0, z, 0.0, 140.0, 5.0)
    u = z * step / thermal_voltage()
    for sign in (-1, 1):
        bend = ghk_current(1.0, z, sign * step, 140.0, 5.0) - at_zero - sign * step * slope
        assert abs(bend) < abs(at_zero) * (u**2 + 1e-15)


@given(valences, voltages.filter(lambda V: abs(V) > 1), concentrations, concentrations)
def test_current_is_the_textbook_quotient_away_from_zero(z: int, V: float, c_in: float, c_out: float) -> None:
    u = z * V * F / (R * 310.15)
    textbook = 3 * z * F * u * (c_in - c_out * exp(-u)) / -expm1(-u)
    scale = 3 * F * 2 * abs(u) * (c_in + c_out) * max(1, exp(-u)) / abs(expm1(-u))
    assert ghk_current(3.0, z, V, c_in, c_out) == pytest.approx(textbook, abs=1e-13 * scale)


@given(valences, voltages, concentrations, concentrations)
def test_slope_conductance_is_the_derivative(z: int, V: float, c_in: float, c_out: float) -> None:
    h = 0.01
    left, right = (ghk_current(1.0, z, V + s * h, c_in, c_out) for s in (-1, 1))
    slope = ghk_slope_conductance(1.0, z, V, c_in, c_out)
    assert slope > 0
    noise = 1e-14 * (abs(left) + abs(right)) / h
    assert slope == pytest.approx((right - left) / (2 * h), rel=1e-6, abs=noise)


def test_flux_of_a_strongly_driven_ion_is_one_way() -> None:
    """At 20 thermal voltages the inward flux is gone and the outward one is P u c_in; no overflow at a thousand."""
    U = thermal_voltage()
    assert ghk_flux(1.0, 1, 20 * U, 140.0, 5.0) == pytest.approx(20 * 140.0, rel=1e-8)
    assert ghk_flux(1.0, 1, 1000 * U, 140.0, 5.0) == pytest.approx(1000 * 140.0)
    assert ghk_flux(1.0, 1, -1000 * U, 140.0, 5.0) == pytest.approx(-1000 * 5.0)


@given(
    st.lists(st.tuples(conductances, st.sampled_from([-1, 1]), concentrations, concentrations), min_size=1, max_size=4)
)
def test_passive_currents_cancel_at_the_goldman_voltage(ions: list[tuple[float, int, float, float]]) -> None:
    P, z, c_in, c_out = zip(*ions, strict=True)
    V = ghk_voltage(P, z, c_in, c_out)
    currents = [ghk_current(*p_z, V, *c) for *p_z, c in zip(P, z, zip(c_in, c_out, strict=True), strict=True)]
    one_way = sum(F * p * (i + o) * (1 + abs(V)) for p, _, i, o in ions)
    assert abs(sum(currents)) < 1e-11 * one_way


@given(valences.filter(lambda z: abs(z) == 1), concentrations, concentrations)
def test_one_permeant_ion_sits_at_its_nernst_potential(z: int, c_in: float, c_out: float) -> None:
    assert ghk_voltage((0.7,), (z,), (c_in,), (c_out,)) == pytest.approx(nernst(z, c_out, c_in), abs=1e-9)


@given(st.floats(1e-4, 1e4), *[concentrations] * 4)
def test_an_electroneutral_pump_gives_the_goldman_voltage(
    alpha: float, K_in: float, K_out: float, Na_in: float, Na_out: float
) -> None:
    goldman = ghk_voltage((1, alpha), (1, 1), (K_in, Na_in), (K_out, Na_out))
    assert mullins_noda(alpha, K_in, K_out, Na_in, Na_out, r=1) == pytest.approx(goldman, abs=1e-9)


@given(st.floats(1e-3, 1e3), st.floats(1.0, 3.0), *[st.floats(1.0, 500)] * 4)
def test_at_the_mullins_noda_potential_the_leaks_are_in_the_pump_ratio(
    alpha: float, r: float, K_in: float, K_out: float, Na_in: float, Na_out: float
) -> None:
    V = mullins_noda(alpha, K_in, K_out, Na_in, Na_out, r=r)
    J_K, J_Na = ghk_flux(1.0, 1, V, K_in, K_out), ghk_flux(alpha, 1, V, Na_in, Na_out)
    scale = (1 + abs(V)) * (r * (K_in + K_out) + alpha * (Na_in + Na_out))
    assert abs(J_Na + r * J_K) < 1e-12 * scale


@given(st.lists(st.tuples(conductances, voltages), min_size=1, max_size=5), st.floats(-100, 100))
def test_currents_and_pump_cancel_at_the_chord_potential(ions: list[tuple[float, float]], I_p: float) -> None:
    g, E = zip(*ions, strict=True)
    V = chord_potential(g, E, I_p)
    scale = abs(I_p) + sum(g_i * (abs(V) + 300) for g_i in g)
    assert abs(sum(g_i * (V - E_i) for g_i, E_i in ions) + I_p) < 1e-13 * scale


@given(conductances, conductances, st.integers(1, 5), st.integers(1, 5))
def test_at_the_pump_leak_potential_each_ion_is_in_balance(g_Na: float, g_K: float, n_Na: int, n_K: int) -> None:
    E_Na, E_K = 60.0, -95.0
    V = pump_leak_potential(g_Na, E_Na, g_K, E_K, n_Na=n_Na, n_K=n_K)
    net = resting_pump_current(V, E_Na, E_K, g_Na + g_K, n_Na=n_Na, n_K=n_K)
    tolerance = 1e-9 * (g_Na + g_K)
    if n_Na != n_K:
        per_cycle = net / (n_Na - n_K)
        assert abs(g_Na * (V - E_Na) + n_Na * per_cycle) < tolerance
        assert abs(g_K * (V - E_K) - n_K * per_cycle) < tolerance
    else:
        assert net == 0
    assert chord_potential((g_Na, g_K), (E_Na, E_K), net) == pytest.approx(V, abs=1e-9)


@given(st.floats(0.01, 10), conductances)
def test_blocking_the_pump_takes_its_shift_away(I_p: float, g_K: float) -> None:
    g, E = (g_K, 0.5), (-95.0, 60.0)
    shift = electrogenic_shift(I_p, sum(g))
    assert chord_potential(g, E, I_p) - chord_potential(g, E) == pytest.approx(shift, rel=1e-9, abs=1e-9)
    assert shift < 0, "an outward pump current hyperpolarises"


def test_the_sodium_pump_reaches_its_limit() -> None:
    """By exactly (RT/F) ln(3/2), its limit, when there is only K inside and only Na outside."""
    shift = mullins_noda(1.0, 140, 0, 0, 145) - mullins_noda(1.0, 140, 0, 0, 145, r=1)
    assert shift == pytest.approx(-thermal_voltage() * log(1.5))


@pytest.mark.parametrize("argument", ["P", "z", "c_in", "c_out"])
def test_flux_of_arrays_is_the_flux_of_their_entries(argument: str) -> None:
    values = np.array([1.0, 2.0, 3.0])
    V = np.array([[-70.0], [0.0], [30.0]])
    at: dict[str, Any] = {**ION, argument: values}
    whole = ghk_flux(V=V, **at)
    assert whole.shape == (3, 3)
    for i, j in np.ndindex(3, 3):
        assert whole[i, j] == ghk_flux(V=float(V[i, 0]), **{**at, argument: float(values[j])})
