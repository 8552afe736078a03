"""Units at the door: what is accepted, to which number, and what is refused in which words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.constants import E_CHARGE, N_A, F, R
from ionostat.errors import UnitError
from ionostat.units import describe, dimension, factor, mM, quantity, registry, to

COHERENT = {
    "mM": 1.0,
    "amol": 1.0,
    "fmol": 1e3,
    "um3": 1.0,
    "fL": 1.0,
    "pL": 1e3,
    "mV": 1.0,
    "V": 1e3,
    "ms": 1.0,
    "s": 1e3,
    "min": 6e4,
    "h": 3.6e6,
    "nS": 1.0,
    "pF": 1.0,
    "fC": 1.0,
    "pA": 1.0,
    "nA": 1e3,
    "aJ": 1.0,
    "Pa": 1.0,
    "bar": 1e5,
    "uF/cm2": 0.01,
    "mS/cm2": 0.01,
    "uS/cm2": 1e-5,
    "uA/cm2": 0.01,
    "cm/s": 10.0,
    "um/ms": 1.0,
    "um3/s/bar": 1e-8,
    "1/(mM ms)": 1.0,
    "1/ms/mV": 1.0,
    "kJ/mol": 1000.0,
    "mmol/l": 1.0,
    "mOsm": 1.0,
    "%": 0.01,
    "1": 1.0,
    "fmol/s": 1.0,
    "m2": 1e12,
}


@pytest.mark.parametrize("unit", COHERENT)
def test_every_unit_in_the_coherent_scale(unit: str) -> None:
    assert factor(unit) == pytest.approx(COHERENT[unit], rel=1e-14)
    assert quantity(f"2.5 {unit}", unit) == pytest.approx(2.5 * COHERENT[unit], rel=1e-14)
    assert to(quantity(f"2.5 {unit}", unit), unit) == pytest.approx(2.5, rel=1e-14)


def test_the_scale_is_coherent() -> None:
    """mV x nS = pA, pA x ms = fC, F x amol = fC, R T per amol x mM = Pa: no factor anywhere."""
    for product in ("mV*nS/pA", "pA*ms/fC", "fC*mV/aJ", "mM*um3/amol", "aJ/um3/Pa", "pF*mV/fC"):
        assert factor(product) == pytest.approx(1.0, rel=1e-14)
        assert dimension(product) == ()
    assert pytest.approx(E_CHARGE * N_A, rel=1e-9) == F
    assert registry().Quantity(1, "molar_gas_constant").to("aJ/amol/K").magnitude == pytest.approx(R)


@given(st.floats(-1e12, 1e12, allow_subnormal=False))
def test_numbers_as_text_are_read_exactly(x: float) -> None:
    assert quantity(f"{x!r} mV", "mV") == x


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("37 degC", 310.15),
        ("37 C", 310.15),
        ("37 °C", 310.15),
        ("300 K", 300.0),
    ],
)
def test_temperatures(given_: str, expected: float) -> None:
    assert quantity(given_, "K") == pytest.approx(expected)


@pytest.mark.parametrize("text", ["-70mV", " -70  mV ", "-7e1 mV", "−70 mV", "-0.07 V"])
def test_ways_to_write_a_number(text: str) -> None:
    assert quantity(text, "mV") == pytest.approx(-70.0)


@pytest.mark.parametrize("given_", [5 * mM, registry().Quantity(np.float64(5), "mM"), "5 mM", "5000 uM", "5 mol/m3"])
def test_text_and_quantities_say_the_same(given_: object) -> None:
    assert quantity(given_, "mM") == pytest.approx(5.0)


def test_a_bare_number_needs_permission_or_no_dimension() -> None:
    assert quantity(0.5, "1") == 0.5
    assert quantity(5, "mM", bare=True) == 5.0
    assert quantity(np.float64(5), "mM", bare=True) == 5.0
    with pytest.raises(UnitError, match="is a concentration; '5' has no unit"):
        quantity(5, "mM")


@pytest.mark.parametrize(
    ("given_", "unit", "message"),
    [
        ("8 mV", "mM", "is a concentration (mM); '8 mV' is a voltage"),
        ("8 flurbs", "mM", "unknown unit 'flurbs'"),
        ("eight mM", "mM", "cannot read 'eight mM'"),
        ("8 cd", "mM", "has the dimension [luminosity]"),
        (None, "mM", "needs a number with a unit"),
        (True, "1", "needs a number with a unit"),
        ([1], "mM", "needs a number with a unit"),
    ],
)
def test_what_is_refused_and_how(given_: object, unit: str, message: str) -> None:
    with pytest.raises(UnitError) as refused:
        quantity(given_, unit, field="bath.K")
    assert message in str(refused.value)


def test_units_are_described_in_words() -> None:
    assert describe("uA/cm2") == "a current density"
    assert describe("1/s") == "a rate"
    assert describe("kg") == "in kg"


def test_units_by_name() -> None:
    from ionostat import units

    assert (3 * units.uM).m_as("mM") == pytest.approx(3e-3)
    with pytest.raises(AttributeError, match="no unit 'blob_'"):
        _ = units.blob_
