"""Donnan states: every permeant ion at equilibrium, each side neutral, nothing lost, nothing negative."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ionostat.physics import (
    DonnanState,
    donnan_bath,
    donnan_chambers,
    donnan_potential,
    donnan_soft_cell,
    nernst,
    thermal_voltage,
    van_t_hoff_pressure,
)

X = st.floats(0, 500)
present = st.floats(0.1, 500)
z = st.floats(-30, 30)
salt = st.floats(1, 500)
volume = st.floats(0.01, 100)


def assert_equilibrium(state: DonnanState, z_in: float, z_out: float) -> None:
    for c in (state.cation_in, state.anion_in, state.cation_out, state.anion_out):
        assert c > 0
    assert nernst(1, state.cation_out, state.cation_in) == pytest.approx(state.V, abs=1e-9)
    assert nernst(-1, state.anion_out, state.anion_in) == pytest.approx(state.V, abs=1e-9)
    inside = state.cation_in - state.anion_in + z_in * state.X_in
    outside = state.cation_out - state.anion_out + z_out * state.X_out
    assert abs(inside) < 1e-13 * (state.cation_in + state.anion_in + abs(z_in) * state.X_in) * 10
    assert abs(outside) < 1e-13 * (state.cation_out + state.anion_out + abs(z_out) * state.X_out) * 10


@given(X, z, salt, X, z)
def test_bag_in_a_bath(X_in: float, z_in: float, C: float, X_out: float, z_out: float) -> None:
    state = donnan_bath(X_in, z_in, C, X_out=X_out, z_out=z_out)
    assert_equilibrium(state, z_in, z_out)
    if X_out == 0 and X_in > 0:
        assert state.osmotic_excess > 0, "trapped matter always draws water"


@given(st.floats(0.1, 500), st.floats(-3, 3), salt)
def test_bag_in_a_bath_is_the_textbook_quadratic(X_in: float, z_in: float, C: float) -> None:
    q = z_in * X_in
    state = donnan_bath(X_in, z_in, C)
    root = (q * q + 4 * C * C) ** 0.5
    assert state.cation_in == pytest.approx((-q + root) / 2, abs=1e-13 * (abs(q) + root))
    assert state.osmotic_excess == pytest.approx(root + X_in - 2 * C, abs=1e-12 * (root + X_in + C))


@given(X, z, X, z, st.floats(0, 500), salt, volume, volume)
def test_two_chambers(
    X_in: float, z_in: float, X_out: float, z_out: float, salt_in: float, salt_out: float, v: float, w: float
) -> None:
    state = donnan_chambers(
        X_in, z_in, X_out=X_out, z_out=z_out, salt_in=salt_in, salt_out=salt_out, volume_in=v, volume_out=w
    )
    assert_equilibrium(state, z_in, z_out)
    q_in, q_out = z_in * X_in, z_out * X_out
    cations = v * (salt_in + max(0.0, -q_in)) + w * (salt_out + max(0.0, -q_out))
    anions = v * (salt_in + max(0.0, q_in)) + w * (salt_out + max(0.0, q_out))
    assert v * state.cation_in + w * state.cation_out == pytest.approx(cations, rel=1e-12)
    assert v * state.anion_in + w * state.anion_out == pytest.approx(anions, rel=1e-12)


@given(X, z, X, z, salt, volume, volume)
def test_swapping_the_chambers_turns_the_potential_round(
    X_in: float, z_in: float, X_out: float, z_out: float, C: float, v: float, w: float
) -> None:
    one = donnan_chambers(X_in, z_in, salt_in=0, salt_out=C, X_out=X_out, z_out=z_out, volume_in=v, volume_out=w)
    other = donnan_chambers(X_out, z_out, salt_in=C, salt_out=0, X_out=X_in, z_out=z_in, volume_in=w, volume_out=v)
    assert one.V == pytest.approx(-other.V, abs=1e-11)
    assert one.cation_in == pytest.approx(other.cation_out, rel=1e-12)


def test_a_large_outer_chamber_is_a_bath() -> None:
    closed = donnan_chambers(100, -1, salt_out=150, volume_out=1e9)
    assert closed.V == pytest.approx(donnan_bath(100, -1, 150).V, abs=1e-7)


@given(z, salt, present, z)
def test_soft_cell(z_in: float, C: float, X_out: float, z_out: float) -> None:
    state = donnan_soft_cell(z_in, C, X_out, z_out=z_out)
    assert state.X_in > 0
    assert_equilibrium(state, z_in, z_out)
    outside = state.cation_out + state.anion_out + state.X_out
    assert abs(state.osmotic_excess) < 1e-12 * outside
    rigid = donnan_bath(state.X_in, z_in, C, X_out=X_out, z_out=z_out)
    assert rigid.V == pytest.approx(state.V, abs=1e-10), "the same state, reached with a wall that carries nothing"


def test_soft_cell_like_its_surroundings_is_a_cell_at_rest() -> None:
    """With the same impermeants on both sides nothing is left to equalise."""
    state = donnan_soft_cell(-1.3, 120, 40, z_out=-1.3)
    assert state.V == pytest.approx(0, abs=1e-12)
    assert state.X_in == pytest.approx(40, rel=1e-13)


def test_soft_cell_swells_as_the_outside_empties() -> None:
    X_in = [donnan_soft_cell(-1, 150, X_out).X_in for X_out in (10, 1, 0.1, 0.01)]
    assert X_in == sorted(X_in, reverse=True)
    assert X_in[-1] < 0.02, "X_in -> X_out -> 0: volume without limit"


@given(st.floats(-500, 500), salt, salt)
def test_any_valence_agrees_with_the_closed_form(charge: float, cation: float, anion: float) -> None:
    V = donnan_potential(charge, (1, -1), (cation, anion))
    low = min(cation, anion)
    state = donnan_bath(abs(charge), np.sign(charge), low, X_out=abs(cation - anion), z_out=np.sign(anion - cation))
    assert pytest.approx(state.V, abs=1e-10) == V


@given(st.floats(-500, 500), st.lists(st.tuples(st.sampled_from([-3, -2, 2, 3]), st.floats(0, 300)), max_size=4))
def test_any_valence_is_neutral_inside(charge: float, more: list[tuple[int, float]]) -> None:
    ions = [(1, 100.0), (-1, 30.0), *more]
    V = donnan_potential(charge, [z_i for z_i, _ in ions], [c for _, c in ions])
    inside = [c * np.exp(-z_i * V / thermal_voltage()) for z_i, c in ions]
    total = sum(abs(z_i) * c for (z_i, _), c in zip(ions, inside, strict=True))
    assert abs(sum(z_i * c for (z_i, _), c in zip(ions, inside, strict=True)) + charge) < 1e-13 * (total + abs(charge))


def test_any_valence_on_arrays() -> None:
    charge = np.array([-100.0, 0.0, 100.0])
    Ca = np.array([[0.0], [2.0]])
    V = donnan_potential(charge, (1, 2, -1), (150, Ca, 150 + 2 * Ca))
    assert V.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        c = float(Ca[i, 0])
        assert V[i, j] == donnan_potential(float(charge[j]), (1, 2, -1), (150, c, 150 + 2 * c))


def test_arrays_of_cells() -> None:
    X_in, C = np.array([10.0, 100.0, 300.0]), np.array([[50.0], [150.0]])
    whole = donnan_bath(X_in, -1.2, C)
    pressure = van_t_hoff_pressure(whole.osmotic_excess)
    assert whole.V.shape == pressure.shape == (2, 3)
    for i, j in np.ndindex(2, 3):
        assert whole.V[i, j] == donnan_bath(float(X_in[j]), -1.2, float(C[i, 0])).V
