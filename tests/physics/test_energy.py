"""Free energy: work vanishes at reversal, what ATP gives is heat or storage, and every coupled path obeys one law."""

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.constants import F, R
from ionostat.physics import (
    atp_adp_ratio_at_stall,
    coupled_reversal_potential,
    dissipation,
    efficiency,
    free_energy_atp,
    ion_transport_work,
    kcc_equilibrium_chloride,
    nbc_reversal_potential,
    ncx_reversal_potential,
    nernst,
    nhe_equilibrium_pH,
    nkcc1_equilibrium_chloride,
    proton_motive_force,
    proton_pump_reversal_potential,
    pump_reversal_potential,
    pump_work,
    transport_work,
)

concentrations = st.floats(0.1, 500)
voltages = st.floats(-300, 300)
energies = st.floats(-70e3, -20e3)
four = [concentrations] * 4


@given(st.sampled_from([-2, -1, 1, 2]), concentrations, concentrations)
def test_no_work_at_the_nernst_potential(z: int, c_in: float, c_out: float) -> None:
    assert abs(ion_transport_work(z, c_in, c_out, nernst(z, c_out, c_in))) < 1e-9


@given(energies, *four, st.integers(2, 4), st.integers(0, 1))
def test_pump_stands_still_at_its_reversal(
    dG: float, Na_in: float, Na_out: float, K_in: float, K_out: float, n_Na: int, n_K: int
) -> None:
    ions = {"Na_in": Na_in, "Na_out": Na_out, "K_in": K_in, "K_out": K_out, "n_Na": n_Na, "n_K": n_K}
    V = pump_reversal_potential(dG, **ions)
    assert dG + pump_work(V, **ions) == pytest.approx(0, abs=1e-9 * (abs(dG) + F * abs(V) * 6))
    assert dG + pump_work(V + 1, **ions) < 0, "positive to it the pump runs forward"


@given(voltages, *four)
def test_pump_work_is_the_textbook_sum(V: float, Na_in: float, Na_out: float, K_in: float, K_out: float) -> None:
    textbook = R * 310.15 * (3 * log(Na_out / Na_in) + 2 * log(K_in / K_out)) - F * V
    assert pump_work(V, Na_in, Na_out, K_in, K_out) == pytest.approx(textbook, abs=1e-8)


@given(voltages, concentrations, *four)
def test_pump_stalls_where_atp_just_pays(
    V: float, Pi: float, Na_in: float, Na_out: float, K_in: float, K_out: float
) -> None:
    work = pump_work(V, Na_in, Na_out, K_in, K_out)
    ratio = atp_adp_ratio_at_stall(work, Pi)
    dG = free_energy_atp(ratio, 1.0, Pi)
    assert dG == pytest.approx(-work, abs=1e-8)
    if work > 1:
        assert efficiency(work, dG) == pytest.approx(1)


def test_standard_state_is_one_molar() -> None:
    assert free_energy_atp(1000.0, 1000.0, 1000.0) == -30500.0
    assert free_energy_atp(1000.0, 1000.0, 1.0, standard=0.0) == pytest.approx(-R * 310.15 * log(1000))


@given(st.floats(0, 10), st.floats(0, 60e3), energies)
def test_heat_and_storage_make_up_what_atp_gives(flux: float, work: float, dG: float) -> None:
    lost = dissipation(flux, work, dG)
    assert lost.total == flux * abs(dG)
    assert lost.pump + lost.leak == pytest.approx(lost.total, rel=1e-12, abs=1e-9)
    assert lost.leak == pytest.approx(efficiency(work, dG) * lost.total, rel=1e-12)


@given(*[concentrations] * 3)
def test_kcc_puts_chloride_at_the_potassium_potential(K_in: float, K_out: float, Cl_out: float) -> None:
    Cl_in = kcc_equilibrium_chloride(K_in, K_out, Cl_out)
    assert nernst(-1, Cl_out, Cl_in) == pytest.approx(nernst(1, K_out, K_in), abs=1e-9)


@given(voltages, *[concentrations] * 5)
def test_nkcc1_does_no_work_at_its_equilibrium_whatever_the_potential(
    V: float, Na_in: float, Na_out: float, K_in: float, K_out: float, Cl_out: float
) -> None:
    Cl_in = nkcc1_equilibrium_chloride(Na_in, Na_out, K_in, K_out, Cl_out)
    work = transport_work((1, 1, 2), (1, 1, -1), (Na_in, K_in, Cl_in), (Na_out, K_out, Cl_out), V)
    assert abs(work) < 1e-8


@given(*four)
def test_coupled_transport_reverses_at_the_mean_of_its_nernst_potentials(
    Na_in: float, Na_out: float, Ca_in: float, Ca_out: float
) -> None:
    E_Na, E_2 = nernst(1, Na_out, Na_in), nernst(2, Ca_out, Ca_in)
    assert ncx_reversal_potential(Na_in, Na_out, Ca_in, Ca_out) == pytest.approx(3 * E_Na - 2 * E_2, abs=1e-9)
    four_to_one = ncx_reversal_potential(Na_in, Na_out, Ca_in, Ca_out, n_Na=4)
    assert four_to_one == pytest.approx((4 * E_Na - 2 * E_2) / 2, abs=1e-9)
    E_HCO3 = nernst(-1, Ca_out, Ca_in)
    for n in (2, 3):
        V = nbc_reversal_potential(Na_in, Na_out, Ca_in, Ca_out, n_HCO3=n)
        assert pytest.approx((n * E_HCO3 - E_Na) / (n - 1), abs=1e-9) == V


@given(energies, st.floats(5, 9), st.floats(3, 9), st.integers(1, 4))
def test_proton_pump_is_a_coupled_transporter(dG: float, pH_in: float, pH_out: float, n: int) -> None:
    V = proton_pump_reversal_potential(dG, pH_in, pH_out, n=n)
    same = coupled_reversal_potential((-n,), (1,), (10**-pH_in,), (10**-pH_out,), dG=dG)
    assert pytest.approx(same, rel=1e-12, abs=1e-9) == V
    assert n * F * proton_motive_force(V, pH_in, pH_out) == pytest.approx(dG, rel=1e-9)


@given(concentrations, concentrations, st.floats(5, 9))
def test_sodium_proton_exchange_equalises_two_ratios(Na_in: float, Na_out: float, pH_out: float) -> None:
    H_in, H_out = 10 ** -nhe_equilibrium_pH(Na_in, Na_out, pH_out), 10**-pH_out
    assert H_in / H_out == pytest.approx(Na_in / Na_out, rel=1e-9)


def test_arrays_of_cells() -> None:
    V, Na_in = np.array([-90.0, -70.0, -50.0]), np.array([[8.0], [12.0]])
    work = pump_work(V, Na_in, 145, 140, 4)
    assert work.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        assert work[i, j] == pump_work(float(V[j]), float(Na_in[i, 0]), 145, 140, 4)
