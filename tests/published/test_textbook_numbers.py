"""Numbers that a textbook chapter on the resting potential prints, to the digits printed there.

Sources of the concentrations: squid axon Hodgkin (1951) and Keener & Sneyd; frog muscle Conway (1957); mammalian muscle
Hille; permeability ratios Hodgkin & Katz (1949); resting cost Attwell & Laughlin (2001). The results follow from the
equations and were computed independently of this package.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import log
from typing import Any

import pytest

from ionostat.constants import E_CHARGE, N_A, F
from ionostat.physics import (
    atp_adp_ratio_at_stall,
    charges_moved,
    chord_potential,
    coupled_reversal_potential,
    donnan_bath,
    donnan_chambers,
    efficiency,
    electrogenic_shift,
    electrogenic_shift_from_density,
    exponential_rate,
    free_energy_atp,
    ghk_voltage,
    hill,
    ion_transport_work,
    kcc_equilibrium_chloride,
    linoid_rate,
    membrane_time_constant,
    mullins_noda,
    ncx_reversal_potential,
    nernst,
    nkcc1_equilibrium_chloride,
    osmometer_volume,
    proton_motive_force,
    proton_pump_reversal_potential,
    pump_current_density,
    pump_leak_potential,
    pump_reversal_potential,
    pump_work,
    resting_pump_current,
    sigmoid_rate,
    sphere_area,
    sphere_volume,
    steady_state,
    thermal_voltage,
    time_constant,
    van_t_hoff_pressure,
)

CELSIUS = {6.3: 279.45, 18: 291.15, 20: 293.15, 25: 298.15, 37: 310.15}
MS_PER_S = 1000.0


def printed(number: str) -> Any:
    """A number as printed: equal to whatever rounds to it."""
    value, exponent = Decimal(number), Decimal(number).as_tuple().exponent
    assert isinstance(exponent, int)
    return pytest.approx(float(value), rel=0, abs=0.5000001 * 10.0**exponent)


@pytest.mark.parametrize(
    ("celsius", "mV"), [(6.3, "24.0811"), (18, "25.0894"), (20, "25.2617"), (25, "25.6926"), (37, "26.7267")]
)
def test_thermal_voltage(celsius: float, mV: str) -> None:
    assert thermal_voltage(CELSIUS[celsius]) == printed(mV)


@pytest.mark.parametrize(
    ("celsius", "z", "c_out", "c_in", "mV"),
    [
        pytest.param(18, 1, 20, 400, "-75.16", id="squid K"),
        pytest.param(18, 1, 440, 50, "54.56", id="squid Na"),
        pytest.param(18, -1, 560, 52, "-59.63", id="squid Cl"),
        pytest.param(20, 1, 20, 397, "-75.49", id="squid (Keener-Sneyd) K"),
        pytest.param(20, 1, 437, 50, "54.77", id="squid (Keener-Sneyd) Na"),
        pytest.param(20, -1, 556, 40, "-66.49", id="squid (Keener-Sneyd) Cl"),
        pytest.param(20, 1, 2.25, 124, "-101.28", id="frog muscle K"),
        pytest.param(20, 1, 109, 10.4, "59.35", id="frog muscle Na"),
        pytest.param(20, -1, 77.5, 1.5, "-99.65", id="frog muscle Cl"),
        pytest.param(37, 1, 4, 155, "-97.74", id="mammalian muscle K"),
        pytest.param(37, 1, 145, 12, "66.60", id="mammalian muscle Na"),
        pytest.param(37, -1, 123, 4.2, "-90.26", id="mammalian muscle Cl"),
        pytest.param(37, 2, 1.5, 1e-4, "128.5", id="mammalian muscle Ca"),
        pytest.param(37, 1, 5, 140, "-89.06", id="neuron A K"),
        pytest.param(37, 1, 145, 10, "71.47", id="neuron A Na"),
        pytest.param(37, -1, 110, 10, "-64.09", id="neuron A Cl"),
        pytest.param(37, 1, 3.5, 135, "-97.62", id="neuron B K"),
        pytest.param(37, 1, 145, 18, "55.76", id="neuron B Na"),
        pytest.param(37, -1, 120, 7, "-75.95", id="neuron B Cl"),
        pytest.param(37, 2, 1.2, 1e-4, "125.5", id="neuron B Ca"),
        pytest.param(37, -1, 145, 95, "-11.30", id="red cell anion"),
    ],
)
def test_equilibrium_potentials(celsius: float, z: int, c_out: float, c_in: float, mV: str) -> None:
    assert nernst(z, c_out, c_in, T=CELSIUS[celsius]) == printed(mV)


SQUID_IN, SQUID_OUT = (400, 50, 52), (20, 440, 560)
NEURON_A_IN, NEURON_A_OUT = (140, 10, 10), (5, 145, 110)
REST = (1, 0.04, 0.45)


@pytest.mark.parametrize(
    ("celsius", "P", "c_in", "c_out", "mV"),
    [
        pytest.param(18, REST, SQUID_IN, SQUID_OUT, "-59.518", id="squid rest 18"),
        pytest.param(20, REST, SQUID_IN, SQUID_OUT, "-59.927", id="squid rest 20"),
        pytest.param(20, (1, 20, 0.45), SQUID_IN, SQUID_OUT, "42.38", id="squid spike peak"),
        pytest.param(37, REST, NEURON_A_IN, NEURON_A_OUT, "-67.315", id="neuron A"),
        pytest.param(37, (1, 1, 0), NEURON_A_IN, NEURON_A_OUT, "0.0", id="gramicidin"),
        pytest.param(37, (1, 1, 1), NEURON_A_IN, NEURON_A_OUT, "-13.0", id="nystatin"),
        pytest.param(37, (1, 0, 0), NEURON_A_IN, NEURON_A_OUT, "-89.1", id="valinomycin"),
        pytest.param(37, (1, 10, 0), NEURON_A_IN, NEURON_A_OUT, "48.2", id="veratridine"),
    ],
)
def test_goldman_voltages(
    celsius: float, P: Sequence[float], c_in: Sequence[float], c_out: Sequence[float], mV: str
) -> None:
    assert ghk_voltage(P, (1, 1, -1), c_in, c_out, T=CELSIUS[celsius]) == printed(mV)


@pytest.mark.parametrize(
    ("K_out", "mV"),
    [
        (0.5, "-111.4"),
        (1, "-104.9"),
        (2.5, "-91.8"),
        (5, "-78.7"),
        (10, "-63.8"),
        (20, "-47.7"),
        (50, "-25.4"),
        (100, "-8.2"),
    ],
)
def test_muscle_line_of_hodgkin_and_horowicz(K_out: float, mV: str) -> None:
    assert ghk_voltage((1, 0.01), (1, 1), (140, 0), (K_out, 120), T=CELSIUS[20]) == printed(mV)


def test_chord_potential_of_three_ions() -> None:
    assert chord_potential((10, 0.5, 2.5), (-90, 60, -70)) == printed("-80.385")


@pytest.mark.parametrize(
    ("ratio", "mV"), [(5, "-69.17"), (10, "-80.91"), (20, "-87.62"), (25, "-89.04"), (50, "-91.96")]
)
def test_chord_potential_against_conductance_ratio(ratio: float, mV: str) -> None:
    assert chord_potential((ratio, 1), (-95, 60)) == printed(mV)


@pytest.mark.parametrize(
    ("alpha", "ghk", "mn", "difference"),
    [
        (0.01, "-82.272", "-84.347", "-2.075"),
        (0.02, "-76.871", "-80.347", "-3.476"),
        (0.03, "-72.387", "-76.871", "-4.485"),
        (0.05, "-65.205", "-71.046", "-5.841"),
        (0.1, "-52.875", "-60.424", "-7.549"),
    ],
)
def test_mullins_noda_against_goldman(alpha: float, ghk: str, mn: str, difference: str) -> None:
    without = ghk_voltage((1, alpha), (1, 1), (140, 10), (5, 145))
    steady = mullins_noda(alpha, K_in=140, K_out=5, Na_in=10, Na_out=145)
    assert without == printed(ghk)
    assert steady == printed(mn)
    assert steady - without == printed(difference)


K_TABLE = """
 2.0 -115.4 -100.8 -104.9
 2.5 -109.4 -97.2 -100.7
 3.0 -104.6 -94.0 -97.1
 3.5 -100.4 -91.2 -93.9
 4.0 -96.9 -88.6 -91.1
 4.5 -93.7 -86.3 -88.5
 5.0 -90.9 -84.1 -86.2
 5.5 -88.4 -82.1 -84.0
 6.0 -86.0 -80.3 -82.0
 7.0 -81.9 -76.9 -78.5
 8.0 -78.3 -73.9 -75.3
 9.0 -75.2 -71.2 -72.5
10.0 -72.4 -68.8 -69.9
12.0 -67.5 -64.5 -65.4
"""


@pytest.mark.parametrize("row", K_TABLE.strip().splitlines())
def test_serum_potassium_table(row: str) -> None:
    K_out, E_K, ghk, mn = row.split()
    K = float(K_out)
    assert nernst(1, K, 150) == printed(E_K)
    assert ghk_voltage((1, 0.01), (1, 1), (150, 10), (K, 145)) == printed(ghk)
    assert mullins_noda(0.01, K_in=150, K_out=K, Na_in=10, Na_out=145) == printed(mn)


@pytest.mark.parametrize(
    ("density", "per_second", "mS_per_cm2", "uA_per_cm2", "mV"),
    [
        (500, 50, 0.1, "0.4005", "-4.0"),
        (500, 50, 0.3, "0.4005", "-1.34"),
        (1000, 50, 0.3, "0.801", "-2.67"),
        (250, 30, 0.1, "0.120", "-1.20"),
        (1123, 50, 0.3, "0.8996", "-3.00"),
    ],
)
def test_electrogenic_kick(density: float, per_second: float, mS_per_cm2: float, uA_per_cm2: str, mV: str) -> None:
    turnover, conductance = per_second / MS_PER_S, 0.01 * mS_per_cm2  # 1/ms, nS/um2
    assert pump_current_density(density, turnover) / 0.01 == printed(uA_per_cm2)
    assert electrogenic_shift_from_density(density, turnover, conductance) == printed(mV)


@pytest.mark.parametrize(
    ("pmol_per_cm2_s", "ions_per_charge", "mS_per_cm2", "uA_per_cm2", "mV"),
    [
        pytest.param(40, 3, 0.677, "1.286", "-1.9", id="squid sodium pump"),
        pytest.param(40, 3, 1.0, "1.286", "-1.3", id="squid sodium pump, leakier"),
        pytest.param(200, 1, 0.1, "19.3", "-193", id="Neurospora proton pump, 10 kOhm cm2"),
    ],
)
def test_shift_from_a_measured_efflux(
    pmol_per_cm2_s: float, ions_per_charge: int, mS_per_cm2: float, uA_per_cm2: str, mV: str
) -> None:
    current = F * pmol_per_cm2_s * 1e-5 / ions_per_charge  # 1 pmol/cm2/s is 1e-5 amol/um2/ms
    assert current / 0.01 == printed(uA_per_cm2)
    assert electrogenic_shift(current, 0.01 * mS_per_cm2) == printed(mV)


def test_donnan_in_two_equal_chambers() -> None:
    state = donnan_chambers(100, -1, salt_out=100, T=CELSIUS[25])
    assert state.cation_in == printed("133.33")
    assert state.anion_in == printed("33.33")
    assert state.cation_out == printed("66.67")
    assert state.anion_out == printed("66.67")
    assert 100 - state.cation_out == printed("33.333")
    assert printed("-17.809") == state.V
    assert state.osmotic_excess == printed("133.33")
    assert van_t_hoff_pressure(state.osmotic_excess, T=CELSIUS[25]) / 1e3 == printed("330.5")


def test_donnan_in_a_bath() -> None:
    state = donnan_bath(100, -1, 150)
    assert state.cation_in == printed("208.114")
    assert state.anion_in == printed("108.114")
    assert printed("-8.752") == state.V
    assert state.osmotic_excess == printed("116.228")
    assert van_t_hoff_pressure(state.osmotic_excess) / 1e3 == printed("299.7")


def test_donnan_in_a_bath_with_cytosol_like_impermeants() -> None:
    state = donnan_bath(120, -1.2, 150)
    assert state.cation_in == printed("238.385")
    assert state.anion_in == printed("94.385")
    assert printed("-12.381") == state.V
    assert state.osmotic_excess == printed("152.77")
    assert van_t_hoff_pressure(state.osmotic_excess) / 1e3 == printed("394.0")


def test_donnan_of_a_protein() -> None:
    state = donnan_bath(2, -20, 150)
    assert printed("-3.553") == state.V
    assert van_t_hoff_pressure(state.osmotic_excess) / 1e3 == printed("12.0")


@pytest.mark.parametrize(("celsius", "kPa"), [(25, "2.4790"), (37, "2.5787")])
def test_pressure_of_one_milliosmolar(celsius: float, kPa: str) -> None:
    assert van_t_hoff_pressure(1, T=CELSIUS[celsius]) / 1e3 == printed(kPa)


@pytest.mark.parametrize(("mM", "MPa"), [(200, "0.496"), (300, "0.744"), (400, "0.992")])
def test_turgor_of_a_plant_cell(mM: float, MPa: str) -> None:
    assert van_t_hoff_pressure(mM, T=CELSIUS[25]) / 1e6 == printed(MPa)


@pytest.mark.parametrize(("inactive", "ratio"), [(0.0, "1.208"), (0.3, "1.146")])
def test_osmometer_from_290_to_240(inactive: float, ratio: str) -> None:
    assert osmometer_volume(240, 290, inactive=inactive) == printed(ratio)


@pytest.mark.parametrize(
    ("celsius", "ATP", "ADP", "Pi", "kJ"), [(37, 3, 0.03, 2, "-58.40"), (25, 8, 0.08, 3, "-56.32")]
)
def test_free_energy_of_atp(celsius: float, ATP: float, ADP: float, Pi: float, kJ: str) -> None:
    assert free_energy_atp(ATP, ADP, Pi, T=CELSIUS[celsius]) / 1e3 == printed(kJ)


PUMP = {"Na_in": 12, "Na_out": 145, "K_in": 140, "K_out": 4}


@pytest.mark.parametrize(("V", "kJ"), [(-70, "44.368"), (-60, "43.40"), (-90, "46.30")])
def test_work_of_the_sodium_pump(V: float, kJ: str) -> None:
    assert pump_work(V, **PUMP) / 1e3 == printed(kJ)


def test_work_per_ion() -> None:
    assert -ion_transport_work(1, 12, 145, -70) / 1e3 == printed("13.180")
    assert ion_transport_work(1, 140, 4, -70) / 1e3 == printed("2.414")


@pytest.mark.parametrize(("kJ", "eta"), [(-55, "0.807"), (-58, "0.765"), (-58.40, "0.760")])
def test_efficiency_of_the_sodium_pump(kJ: float, eta: str) -> None:
    assert efficiency(pump_work(-70, **PUMP), 1e3 * kJ) == printed(eta)


@pytest.mark.parametrize(("kJ", "mV"), [(-55, "-180.2"), (-58, "-211.3"), (-50, "-128.4")])
def test_reversal_of_the_sodium_pump(kJ: float, mV: str) -> None:
    assert pump_reversal_potential(1e3 * kJ, **PUMP) == printed(mV)


def test_atp_at_which_the_sodium_pump_stalls() -> None:
    work = pump_work(-70, **PUMP)
    assert atp_adp_ratio_at_stall(work, 2) == printed("0.43")
    assert atp_adp_ratio_at_stall(work, 1) * 1e3 == printed("216.5")  # [ATP]/([ADP][Pi]) in 1/M


@pytest.mark.parametrize(
    ("kJ", "pH_in", "pH_out", "n", "mV"),
    [
        (-50, 7.2, 5.8, 1, "-435"),
        (-50, 7.5, 5.5, 1, "-400"),
        (-50, 7.5, 5.5, 2, "-141"),
        (-45, 7.5, 7.5, 1, "-466"),
        (-55, 7.2, 6.0, 1, "-499"),
    ],
)
def test_reversal_of_the_proton_pump(kJ: float, pH_in: float, pH_out: float, n: int, mV: str) -> None:
    assert proton_pump_reversal_potential(1e3 * kJ, pH_in, pH_out, n=n, T=CELSIUS[25]) == printed(mV)


@pytest.mark.parametrize(("n", "mV"), [(1, "-520"), (2, "-261"), (3, "-175")])
def test_reversal_of_the_chloride_pump_of_acetabularia(n: int, mV: str) -> None:
    V = coupled_reversal_potential((n,), (-1,), (480,), (520,), dG=-50e3, T=CELSIUS[25])
    assert printed(mV) == V


def test_fungus_stores_about_half_of_its_atp() -> None:
    work = -ion_transport_work(1, 10**-7.2, 10**-5.8, -200, T=CELSIUS[25])
    assert work / 1e3 == printed("27.3")
    assert F * 200 / 1e3 == printed("19.3")
    assert efficiency(work, -50e3) == printed("0.55")


def test_proton_motive_force_of_e_coli() -> None:
    assert proton_motive_force(-160, 7.8, 6.3) == printed("-252.3")


def test_charge_that_makes_a_resting_potential() -> None:
    ions = charges_moved(0.01 * sphere_area(10), 70)
    assert ions == pytest.approx(5.49e6, abs=0.005e6)
    assert ions / (140 * sphere_volume(10) * N_A) == pytest.approx(1.55e-5, abs=0.005e-5)


def test_charge_of_a_spike() -> None:
    ions = charges_moved(0.01 * sphere_area(12.5), 100)
    assert ions == pytest.approx(1.23e7, abs=0.005e7)
    assert ions / 3 == pytest.approx(4.1e6, abs=0.05e6)
    assert ions / N_A / sphere_volume(12.5) == printed("0.0025")


def test_time_constant_of_a_leaky_membrane() -> None:
    assert membrane_time_constant(0.01, 0.003) == printed("3.33")


def test_squid_axon_at_rest() -> None:
    V = -65.0
    alpha_n, beta_n = linoid_rate(V, 0.1, -55, 10), exponential_rate(V, 0.125, -65, -80)
    alpha_m, beta_m = linoid_rate(V, 1.0, -40, 10), exponential_rate(V, 4.0, -65, -18)
    alpha_h, beta_h = exponential_rate(V, 0.07, -65, -20), sigmoid_rate(V, 1.0, -35, 10)
    n, m, h = steady_state(alpha_n, beta_n), steady_state(alpha_m, beta_m), steady_state(alpha_h, beta_h)
    g_K, g_Na = 36 * n**4, 120 * m**3 * h  # mS/cm2
    assert n == printed("0.317677")
    assert m == printed("0.0529325")
    assert h == printed("0.596121")
    assert g_K == printed("0.36664")
    assert g_Na == printed("0.010609")
    assert g_K + g_Na + 0.3 == printed("0.67725")
    assert membrane_time_constant(1.0, g_K + g_Na + 0.3) == printed("1.4766")
    assert time_constant(alpha_m, beta_m) == pytest.approx(m / alpha_m)


def test_resting_cost_of_a_neuron() -> None:
    current = resting_pump_current(-70, 50, -100, 5)
    assert current == printed("54.55")
    assert current / E_CHARGE * MS_PER_S == pytest.approx(3.4045e8, abs=0.00005e8)  # ATP per second
    assert 3 * current / E_CHARGE * MS_PER_S == pytest.approx(1.02e9, abs=0.005e9)  # Na per second


def test_potential_with_and_without_the_pump() -> None:
    steady, blocked = pump_leak_potential(1, 60, 25, -95), chord_potential((1, 25), (60, -95))
    assert steady == printed("-90.97")
    assert blocked == printed("-89.04")
    assert blocked - steady == printed("1.9")


def test_rise_of_potassium_from_4_to_8() -> None:
    before, after = (ghk_voltage((1, 0.01), (1, 1), (150, 10), (K, 145)) for K in (4, 8))
    assert before == printed("-88.6")
    assert after == printed("-73.9")
    assert after - before == printed("14.7")
    assert nernst(1, 8, 150) - nernst(1, 4, 150) == printed("18.5")


def test_chloride_that_cotransport_would_set() -> None:
    kcc = kcc_equilibrium_chloride(120, 3.5, 120)
    nkcc = nkcc1_equilibrium_chloride(10, 145, 120, 3.5, 120)
    assert kcc == printed("3.5")
    assert nernst(-1, 120, kcc) == printed("-94.5")
    assert nkcc == printed("78.0")
    assert nernst(-1, 120, nkcc) == printed("-11.5")


def test_reversal_of_sodium_calcium_exchange() -> None:
    assert ncx_reversal_potential(10, 145, 1e-4, 1.8) == printed("-47.5")


@pytest.mark.parametrize(("K_d", "occupied"), [(20e-6, "0.50"), (48e-3, "0.00042")])
def test_ouabain_on_human_and_rat_pumps(K_d: float, occupied: str) -> None:
    assert hill(20e-6, K_d) == printed(occupied)


def test_largest_electrogenic_share() -> None:
    ceiling = thermal_voltage() * log(1.5)
    assert ceiling == printed("10.84")
    alphas = [10.0**k for k in range(-6, 7)]
    shares = [mullins_noda(a, 140, 5, 10, 145, r=1) - mullins_noda(a, 140, 5, 10, 145) for a in alphas]
    assert 9.5 < max(shares) < ceiling
    assert max(shares) == shares[6], "near P_Na = P_K; nothing is left at either end"
    assert shares[0] < 0.01
    assert shares[-1] < 0.01
