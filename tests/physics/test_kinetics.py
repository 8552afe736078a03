"""Rates: halves at the half point, no hole at V_half, opening and closing that obey one differential equation."""

from math import exp, expm1, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.physics import (
    boltzmann,
    cylinder_area,
    cylinder_side_area,
    cylinder_volume,
    exponential_rate,
    hill,
    linoid_rate,
    michaelis_menten,
    q10_factor,
    sigmoid_rate,
    sphere_area,
    sphere_radius,
    sphere_volume,
    steady_state,
    time_constant,
)

positive = st.floats(1e-3, 1e3)
voltages = st.floats(-200, 200)
slopes = st.floats(1, 30) | st.floats(-30, -1)


@given(positive, st.floats(0.5, 4))
def test_hill_is_half_at_its_half_point_and_empty_at_zero(K: float, n: float) -> None:
    assert hill(K, K, n) == 0.5
    assert hill(0.0, K, n) == 0


@given(positive, positive, st.floats(0.5, 4))
def test_hill_is_linear_on_its_own_plot(c: float, K: float, n: float) -> None:
    y = hill(c, K, n)
    assert log(y) - log(hill(K * K / c, K, n)) == pytest.approx(n * log(c / K), abs=1e-9)


@given(positive, positive)
def test_michaelis_menten_is_hill_with_one_site(c: float, K: float) -> None:
    assert michaelis_menten(c, K, 7.0) == pytest.approx(7 * hill(c, K), rel=1e-13)


@given(st.floats(1, 5), st.floats(280, 310))
def test_ten_degrees_are_one_q10(Q10: float, T: float) -> None:
    assert q10_factor(Q10, T + 10, T_ref=T) == pytest.approx(Q10, rel=1e-9)
    assert q10_factor(Q10, T, T_ref=T) == 1


@given(voltages, voltages, slopes)
def test_boltzmann_is_symmetric(V: float, V_half: float, k: float) -> None:
    mirrored = boltzmann(2 * V_half - V, V_half, k)
    assert boltzmann(V, V_half, k) + mirrored == pytest.approx(1, rel=1e-12)


def test_boltzmann_reaches_its_ends_quietly() -> None:
    assert boltzmann(1e6, 0.0, 1.0) == 1
    assert boltzmann(-1e6, 0.0, 1.0) == 0


@given(voltages.filter(lambda V: abs(V + 40) > 1), slopes)
def test_linoid_is_the_published_quotient(V: float, k: float) -> None:
    x = (V + 40) / k
    assert linoid_rate(V, 0.3, -40, k) == pytest.approx(0.3 * x / -expm1(-x), rel=1e-12)


@pytest.mark.parametrize("step", [10.0**-n for n in range(1, 17)])
def test_linoid_passes_its_hole_smoothly(step: float) -> None:
    """A x/(1 - exp(-x)) = A (1 + x/2 + x^2/12 ...)."""
    for V in (-40 - step, -40 + step):
        x = (V + 40) / 10
        assert linoid_rate(V, 0.3, -40, 10) == pytest.approx(0.3 * (1 + x / 2), rel=x * x / 10 + 1e-15)


@given(voltages, slopes)
def test_opposite_exponential_rates_make_a_boltzmann_gate(V: float, k: float) -> None:
    alpha, beta = exponential_rate(V, 0.2, -30, 2 * k), exponential_rate(V, 0.2, -30, -2 * k)
    assert steady_state(alpha, beta) == pytest.approx(boltzmann(V, -30, k), rel=1e-9)
    assert steady_state(alpha, beta) + steady_state(beta, alpha) == pytest.approx(1)
    assert sigmoid_rate(V, 3.0, -30, k) == 3 * boltzmann(V, -30, k)


@given(positive, positive)
def test_gate_relaxes_with_its_time_constant(alpha: float, beta: float) -> None:
    """The steady state is where alpha (1 - y) = beta y, and tau is the inverse of -d(dy/dt)/dy."""
    y, tau = steady_state(alpha, beta), time_constant(alpha, beta)
    assert alpha * (1 - y) == pytest.approx(beta * y, rel=1e-9)
    assert y == pytest.approx(alpha * tau, rel=1e-12)


@given(positive, positive)
def test_shapes(r: float, L: float) -> None:
    assert sphere_radius(sphere_volume(r)) == pytest.approx(r, rel=1e-12)
    assert sphere_area(r) * r == pytest.approx(3 * sphere_volume(r), rel=1e-12)
    assert cylinder_side_area(r, L) * r == pytest.approx(2 * cylinder_volume(r, L), rel=1e-12)
    assert cylinder_area(r, L) - cylinder_side_area(r, L) == pytest.approx(
        2 * np.pi * r**2, abs=1e-12 * cylinder_area(r, L)
    )
    assert sphere_area(r) == pytest.approx(cylinder_side_area(r, 2 * r), rel=1e-12), "Archimedes"


def test_q10_of_the_squid_axon() -> None:
    assert q10_factor(3, 279.45, T_ref=279.45) == 1
    assert q10_factor(3, 291.45, T_ref=279.45) == pytest.approx(exp(1.2 * log(3)), rel=1e-9)
