"""Water moves until osmolarity and pressure balance; walls hold what their curvature allows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.physics import (
    elastic_tension,
    hydraulic_conductivity,
    laplace_pressure,
    laplace_tension,
    osmometer_volume,
    osmotic_water_flux,
    sphere_area,
    sphere_radius,
    sphere_volume,
    turgor,
    van_t_hoff_pressure,
    water_flux,
)

excess = st.floats(-500, 500)
size = st.floats(0.01, 1000)


@given(excess, st.floats(274, 320))
def test_no_flow_when_pressure_balances_osmolarity(dOsm: float, T: float) -> None:
    assert water_flux(1e-9, 500.0, dOsm, van_t_hoff_pressure(dOsm, T=T), T=T) == 0


@given(excess, st.floats(1e-4, 1), size)
def test_both_forms_of_the_flow_agree(dOsm: float, Pf: float, area: float) -> None:
    Lp = hydraulic_conductivity(Pf)
    assert water_flux(Lp, area, dOsm) == pytest.approx(osmotic_water_flux(Pf, area, dOsm), rel=1e-12, abs=1e-300)


def test_water_enters_the_saltier_side() -> None:
    assert water_flux(1e-9, 500.0, 10.0) > 0
    assert water_flux(1e-9, 500.0, 0.0, 1000.0) < 0, "and pressure drives it out"


@given(st.floats(50, 1000), st.floats(50, 1000), st.floats(0, 0.9))
def test_osmometer_keeps_its_solutes(osm: float, osm_0: float, b: float) -> None:
    W = osmometer_volume(osm, osm_0, inactive=b)
    assert (W - b) * osm == pytest.approx((1 - b) * osm_0, rel=1e-9)


@given(st.floats(0, 1e6), size)
def test_laplace_both_ways(tension: float, radius: float) -> None:
    assert laplace_tension(laplace_pressure(tension, radius), radius) == pytest.approx(tension, rel=1e-14)


@given(size)
def test_laplace_is_the_work_of_inflation(radius: float) -> None:
    """Virtual work, dP dW = tau dA, for a small change of radius."""
    h = 1e-5 * radius
    dW = sphere_volume(radius + h) - sphere_volume(radius - h)
    dA = sphere_area(radius + h) - sphere_area(radius - h)
    assert laplace_pressure(7.0, radius) * dW == pytest.approx(7.0 * dA, rel=1e-8)


@given(size, size)
def test_turgor_has_the_modulus_it_was_given(W: float, W_0: float) -> None:
    h = 1e-5 * W
    modulus = W * (turgor(3e6, W + h, W_0) - turgor(3e6, W - h, W_0)) / (2 * h)
    assert modulus == pytest.approx(3e6, rel=1e-5)  # the difference quotient loses digits where ln(W/W_0) is large
    assert turgor(3e6, W_0, W_0) == 0


def test_a_sphere_swollen_by_six_per_cent_is_stretched_by_four() -> None:
    area = sphere_area(sphere_radius(1.06))
    assert elastic_tension(2e5, area, sphere_area(sphere_radius(1.0))) == pytest.approx(2e5 * (1.06 ** (2 / 3) - 1))
