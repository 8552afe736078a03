"""One number for every mechanism, worked out by hand from its formula; a mechanism without one fails the last test."""

from math import exp, log

import pytest

from ionostat.constants import F, R
from ionostat.mechanisms.laws import context, typical
from ionostat.mechanisms.mechanism import Mechanism
from ionostat.mechanisms.registry import TYPES, mechanism_class
from ionostat.species import IONS

T = 300.0
U = R * T / F
V = -60.0
INSIDE = {"Na": 12.0, "K": 140.0, "Cl": 6.0, "osmolarity": 310.0, "volume": 2000.0}
OUTSIDE = {"Na": 145.0, "K": 4.0, "Cl": 120.0, "osmolarity": 300.0, "volume": 700.0}
u = V / U


def ghk(P: float, z: int, c_in: float, c_out: float) -> float:
    return P * z * u * (c_out * exp(-z * u) - c_in) / (1 - exp(-z * u))


def nernst(z: int, ion: str) -> float:
    return U / z * log(OUTSIDE[ion] / INSIDE[ion])


def steady(alpha: float, beta: float) -> float:
    return alpha / (alpha + beta)


M_HUEBEL = steady(0.1 * (V + 30) / (1 - exp(-(V + 30) / 10)), 4 * exp(-(V + 55) / 18))

CASES: dict[str, tuple[dict[str, float], str, float]] = {
    "bath_exchange": ({"k": 2e-5}, "K", 2e-5 * 2000 * (4 - 140)),
    "cl_gated": ({"P": 0.02}, "", ghk(0.02, -1, 6, 120) / (1 + exp(-(V + 10) / 10))),
    "k_dijkstra": ({"P": 0.4}, "", ghk(0.4, 1, 140, 4) * 0.3**2),
    "k_huebel": ({"g": 0.4}, "", -0.4 * (V - nernst(1, "K")) / F * 0.3**4),
    "k_squid": ({"g": 0.36}, "", -0.36 * (V - nernst(1, "K")) / F * 0.3**4),
    "kcc2_conductance": ({"g": 2e-4}, "", 2e-4 / F * (nernst(-1, "Cl") - nernst(1, "K"))),
    "kcc2_log": ({"L": 3e-5}, "", 3e-5 * log(140 * 6 / (4 * 120))),
    "leak_ghk": ({"P": 1e-3}, "Cl", ghk(1e-3, -1, 6, 120)),
    "leak_ohmic": ({"g": 2e-3}, "Cl", 2e-3 * (V - nernst(-1, "Cl")) / F),
    "na_dijkstra": ({"P": 0.8}, "", ghk(0.8, 1, 12, 145) * 0.3**3 * 0.3),
    "na_huebel": ({"g": 1.0}, "", -1.0 * (V - nernst(1, "Na")) / F * M_HUEBEL**3 * 0.3),
    "na_squid": ({"g": 1.2}, "", -1.2 * (V - nernst(1, "Na")) / F * 0.3**3 * 0.3),
    "nka_constant": ({"I_max": 0.005}, "", 0.005 / F),
    "nka_cubic": ({"I_max": 10.0}, "", 10 / F * (12 / 145) ** 3),
    "nka_hamada": ({"I_max": 54.5}, "", 54.5 / F * (0.62 / (1 + (6.7 / 12) ** 3) + 0.38 / (1 + (67.6 / 12) ** 3))),
    "nka_hill": ({"I_max": 0.05}, "", 0.05 / F * (1 + 10 / 12) ** -3 * (1 + 2 / 4) ** -2),
    "nka_sigmoid": ({"I_max": 0.068}, "", 0.068 / F / (1 + exp((25 - 12) / 3)) / (1 + exp(5.5 - 4))),
    "nkcc1_log": ({"L": 3e-5}, "", 3e-5 * log(145 * 4 * 120**2 / (12 * 140 * 6**2))),
    "stimulus": ({"I": 3.0}, "Cl", -3.0 / F),
    "water": ({"Pf": 0.1}, "", 0.1 * 1.8e-5 * 10),
    "water_exponential": ({"W0": 1900.0}, "", (1900 * (1.35 - 0.35 * exp(-10 / 20)) - 2000) / 250),
    "water_hydraulic": ({"Lp": 2e-9}, "", 2e-9 * R * T * 10),
    "water_relaxation": ({}, "", ((2000 + 700) * 620e3 / (620e3 + 210e3) - 2000) / 250),
}
"""Type: (values, ion, turnovers per ms) with V = -60 mV, 300 K, every gate at 0.3."""


def made(name: str) -> Mechanism:
    values, ion, _ = CASES[name]
    kind = mechanism_class(name)
    numbers = {n: typical(p) for n, p in kind.parameters().items()} | values
    return kind(numbers, {"ion": IONS[ion]} if ion else {})


def here(path: str, unit: str) -> float:
    side, _, name = path.rpartition(".")
    if side in ("inside", "outside"):
        return (INSIDE if side == "inside" else OUTSIDE).get(name, 1.0)
    return {"V": V, "T": T, "R": R, "F": F, "area": 800.0}.get(path, 0.3)


@pytest.mark.parametrize("name", CASES)
def test_the_rate_is_the_formula(name: str) -> None:
    mechanism = made(name)
    assert float(mechanism.rate(context(mechanism, here))) == pytest.approx(CASES[name][2], rel=1e-12)


@pytest.mark.parametrize(
    ("name", "gate", "alpha", "beta"),
    [
        ("na_squid", "m", 0.1 * (V + 40) / (1 - exp(-(V + 40) / 10)), 4 * exp(-(V + 65) / 18)),
        ("na_squid", "h", 0.07 * exp(-(V + 65) / 20), 1 / (1 + exp(-(V + 35) / 10))),
        ("k_squid", "n", 0.01 * (V + 55) / (1 - exp(-(V + 55) / 10)), 0.125 * exp(-(V + 65) / 80)),
        ("na_huebel", "h", 0.07 * exp(-(V + 44) / 20), 1 / (1 + exp(-0.1 * (V + 14)))),
        ("k_huebel", "n", 0.01 * (V + 34) / (1 - exp(-0.1 * (V + 34))), 0.125 * exp(-(V + 44) / 80)),
        ("na_dijkstra", "m", 0.32 * (V + 52) / (1 - exp(-(V + 52) / 4)), 0.28 * (V + 25) / (exp((V + 25) / 5) - 1)),
        ("na_dijkstra", "h", 0.128 * exp(-(V + 53) / 18), 4 / (1 + exp(-(V + 30) / 5))),
        ("k_dijkstra", "n", 0.016 * (V + 35) / (1 - exp(-(V + 35) / 5)), 0.25 * exp(-(V + 50) / 40)),
    ],
)
def test_gates_open_and_close_as_published(name: str, gate: str, alpha: float, beta: float) -> None:
    mechanism = made(name)
    at = context(mechanism, here)
    assert float(mechanism.state_rates(at)[gate]) == pytest.approx(alpha * 0.7 - beta * 0.3, rel=1e-12)
    assert float(mechanism.initial_states(at)[gate]) == pytest.approx(steady(alpha, beta), rel=1e-12)


def test_gating_speed_multiplies_every_gate() -> None:
    slow, fast = made("na_squid"), made("na_squid")
    fast.values["speed"] = 3.0
    at = context(slow, here)
    for gate, rate in slow.state_rates(at).items():
        assert fast.state_rates(at)[gate] == pytest.approx(3 * rate)


def test_the_squid_gates_at_rest() -> None:
    """n 0.317677, m 0.0529325, h 0.596121 at -65 mV (science: Hodgkin & Huxley 1952)."""
    m_h, n = made("na_squid"), made("k_squid")

    def at_rest(path: str, unit: str) -> float:
        return -65.0 if path == "V" else here(path, unit)

    gates = m_h.initial_states(context(m_h, at_rest)) | n.initial_states(context(n, at_rest))
    assert {g: round(float(v), 6) for g, v in gates.items()} == {"m": 0.052932, "h": 0.596121, "n": 0.317677}


def test_hamada_at_ten_millimolar() -> None:
    """0.4779 of I_max (docstring)."""
    pump = made("nka_hamada")

    def ten(path: str, unit: str) -> float:
        return 10.0 if path == "inside.Na" else here(path, unit)

    assert round(float(pump.saturation(context(pump, ten))), 4) == 0.4779  # type: ignore[attr-defined]


def test_every_mechanism_has_its_number() -> None:
    assert set(CASES) == set(TYPES)
