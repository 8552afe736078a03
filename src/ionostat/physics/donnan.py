"""Donnan equilibrium: what trapped charge does to the permeant ions, the potential and the osmotic pressure.

Vocabulary of all functions: `X` is the concentration of impermeant molecules (mM) and `z` their mean charge number,
any real number. They are brought as a neutral salt, each side with the monovalent counter-ions of its own
impermeants; `salt` (mM) is the permeant monovalent salt (KCl, say) put there besides. All monovalent cations may be
counted together as one, and so may the anions: at equilibrium they share one ratio across the membrane.

V is inside minus outside. Arguments are floats, NumPy arrays (which broadcast) or SymPy expressions. With the two
permeant ions written as geometric mean times exp(-w) and exp(w), each case has a closed form in asinh that loses no
digits and cannot give a negative concentration.

Donnan (1911) Z Elektrochem 17:572.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ionostat.constants import BODY_TEMPERATURE
from ionostat.errors import InputError
from ionostat.maths import exp, log, sqrt
from ionostat.physics._inputs import Value, nonzero, not_negative, positive, same_length
from ionostat.physics.electrodiffusion import thermal_voltage


@dataclass(frozen=True, eq=False)
class DonnanState:
    """A Donnan equilibrium. V in mV (inside minus outside), all else in mM; each field has the shape of the arguments.

    `cation` and `anion` are the permeant monovalent ions, `X` the impermeants.
    """

    V: Value
    cation_in: Value
    anion_in: Value
    X_in: Value
    cation_out: Value
    anion_out: Value
    X_out: Value

    @property
    def osmotic_excess(self) -> Value:
        """Osmolarity inside minus outside (mM)."""
        return (self.cation_in - self.cation_out) + (self.anion_in - self.anion_out) + (self.X_in - self.X_out)


def donnan_bath(
    X: Value,
    z: Value,
    salt: Value,
    *,
    X_out: Value = 0.0,
    z_out: Value = 0.0,
    T: Value = BODY_TEMPERATURE,
) -> DonnanState:
    """Rigid bag of impermeants in a bath so large that it does not change.

        c_in - a_in + z X = 0,    c_in a_in = c_out a_out,    V = (RT/F) ln(c_out / c_in)

    so that with C the salt, and nothing trapped outside, c_in = (-zX + sqrt(z^2 X^2 + 4 C^2))/2 and a_in = C^2/c_in.
    X, z: impermeants inside. salt: C, in the bath, positive. X_out, z_out: impermeants in the bath.
    T: temperature (K). The osmotic excess of the result is what a wall must carry.

    Not the end state of an animal cell, which has no such wall: see `donnan_soft_cell`.
    Raises InputError for negative concentrations and for a bath without salt.

    >>> state = donnan_bath(100, -1, 150)
    >>> print(f"{state.V:.3f} mV, {state.cation_in:.3f}, {state.anion_in:.3f}, excess {state.osmotic_excess:.3f} mM")
    -8.752 mV, 208.114, 108.114, excess 116.228 mM
    """
    not_negative("mM", X=X, X_out=X_out)
    positive("mM", salt=salt)
    cation, anion = _with_counter_ions(salt, z_out * X_out)
    mean = sqrt(cation * anion)
    u = _asinh(z * X / (2 * mean)) + log(cation / anion) / 2
    return DonnanState(thermal_voltage(T) * u, cation * exp(-u), anion * exp(u), X, cation, anion, X_out)


def donnan_chambers(
    X_in: Value,
    z_in: Value,
    *,
    salt_in: Value = 0.0,
    salt_out: Value,
    X_out: Value = 0.0,
    z_out: Value = 0.0,
    volume_in: Value = 1.0,
    volume_out: Value = 1.0,
    T: Value = BODY_TEMPERATURE,
) -> DonnanState:
    """Two closed rigid chambers of any volumes, from what was put into each before the permeant ions redistributed.

        c_in - a_in + z_in X_in = 0,    c_out - a_out + z_out X_out = 0,    c_in a_in = c_out a_out,
        v_in c_in + v_out c_out and v_in a_in + v_out a_out as at the start

    X_in, z_in, X_out, z_out: impermeants. salt_in, salt_out: salt at the start, not both zero. volume_in,
    volume_out: any unit, only the ratio matters. T: temperature (K). The membrane passes the small ions and no
    water.

    With l = c_in/c_out the four equations are one quadratic, p l^2 + b l - q = 0, where p and q are sums of positive
    amounts. Raises InputError for negative concentrations, volumes that are not positive, and no salt at all.

    >>> state = donnan_chambers(100, -1, salt_out=100, T=298.15)
    >>> print(f"K {state.cation_in:.2f}/{state.cation_out:.2f}, Cl {state.anion_in:.2f}/{state.anion_out:.2f}")
    K 133.33/66.67, Cl 33.33/66.67
    >>> print(f"{state.V:.2f} mV, excess {state.osmotic_excess:.2f} mM")
    -17.81 mV, excess 133.33 mM
    """
    not_negative("mM", X_in=X_in, X_out=X_out, salt_in=salt_in, salt_out=salt_out)
    positive("mM", **{"salt_in + salt_out": salt_in + salt_out})
    positive("um3", volume_in=volume_in, volume_out=volume_out)
    q_in, q_out = z_in * X_in, z_out * X_out
    cation_in, anion_in = _with_counter_ions(salt_in, q_in)
    cation_out, anion_out = _with_counter_ions(salt_out, q_out)
    cations = volume_in * cation_in + volume_out * cation_out
    anions = volume_in * anion_in + volume_out * anion_out
    p = volume_in * anion_in + volume_out * cation_out
    q = volume_in * cation_in + volume_out * anion_out
    b = volume_out * q_in - volume_in * q_out
    u = _asinh(b / (2 * sqrt(p * q))) + log(p / q) / 2
    cation = cations / (volume_in * exp(-u) + volume_out)
    anion = anions / (volume_in * exp(u) + volume_out)
    return DonnanState(thermal_voltage(T) * u, cation * exp(-u), anion * exp(u), X_in, cation, anion, X_out)


def donnan_soft_cell(
    z: Value, salt: Value, X_out: Value, *, z_out: Value = 0.0, T: Value = BODY_TEMPERATURE
) -> DonnanState:
    """End state of a cell without pump and without wall: Donnan and osmotic equilibrium at once, in a large bath.

        c_in - a_in + z X_in = 0,    c_in a_in = c_out a_out,    c_in + a_in + X_in = c_out + a_out + X_out

    z: mean charge of the impermeants inside, whose concentration X_in is part of the answer: the volume is their amount
    divided by X_in. salt: in the bath, positive. X_out, z_out: impermeants in the bath. T: temperature (K).

    Without impermeants outside there is no such state: the cell swells without limit, and InputError says so. The
    same is raised for negative concentrations.

    >>> state = donnan_soft_cell(-1.75, 116, 48.2, z_out=-29.8 / 48.2)
    >>> print(f"{state.V:.3f} mV, X {state.X_in:.3f} mM, excess {abs(state.osmotic_excess):.6f} mM")
    -4.130 mV, X 40.444 mM, excess 0.000000 mM

    Fraser & Huang (2004) J Physiol 559:459, doi:10.1113/jphysiol.2004.065706;
    Kay (2017) Front Cell Dev Biol 5:41, doi:10.3389/fcell.2017.00041.
    """
    positive("mM", salt=salt)
    positive("mM; without impermeants outside the cell swells without limit", X_out=X_out)
    cation, anion = _with_counter_ions(salt, z_out * X_out)
    mean = sqrt(cation * anion)
    m = (cation + anion + X_out) / (2 * mean)
    # m^2 - 1, as a sum of positive terms
    above = ((cation - anion) ** 2 + 2 * X_out * (cation + anion) + X_out**2) / (4 * mean**2)
    X_in = 2 * mean * above / (m + sqrt(1 + z**2 * above))
    u = _asinh(z * X_in / (2 * mean)) + log(cation / anion) / 2
    return DonnanState(thermal_voltage(T) * u, cation * exp(-u), anion * exp(u), X_in, cation, anion, X_out)


def donnan_potential(charge: Value, z: Sequence[Value], c_out: Sequence[Value], *, T: Value = BODY_TEMPERATURE) -> Any:
    """Donnan potential against a large bath for permeant ions of any valence (mV); numbers only.

        sum z_i c_out,i exp(-z_i u) + charge = 0,    u = FV/RT

    charge: concentration of trapped charge inside, sum of z X (mM). z: charge numbers of the permeant ions, none of
    them zero. c_out: their concentrations in the bath (mM), one per ion, entries may be arrays that broadcast. T:
    temperature (K). Inside, c_i = c_out,i exp(-z_i u), so each ion has the Nernst potential V.

    The sum falls steadily with u, so there is exactly one root; it is bisected to the last digit between bounds
    that follow from the sums of cations and anions. Raises InputError when there are no permeant cations or no
    permeant anions.

    >>> print(f"{donnan_potential(-100, z=(1, -1), c_out=(150, 150)):.3f}")
    -8.752
    >>> print(f"{donnan_potential(-100, z=(1, 2, -1), c_out=(150, 2, 154)):.3f}")  # with 2 mM Ca
    -8.366
    """
    same_length(z=z, c_out=c_out)
    cations: Any = np.zeros(())
    anions: Any = np.zeros(())
    for z_i, c_i in zip(z, c_out, strict=True):
        nonzero(z=z_i)
        not_negative("mM", c_out=c_i)
        cations = cations + np.maximum(z_i, 0) * c_i
        anions = anions + np.maximum(-z_i, 0) * c_i
    positive("mM", **{"the sum of permeant cations": cations, "the sum of permeant anions": anions})
    if np.asarray(charge).dtype.kind not in "biuf":
        raise InputError("charge must be a number; this equation has no closed form", field="charge")

    low = -np.log1p((np.abs(charge) + anions) / cations)
    high = np.log1p((np.abs(charge) + cations) / anions)
    for _ in range(64):  # bounds are logarithms, so less than 2^11 apart: 2^-53 is left
        u = (low + high) / 2
        excess = charge + sum(z_i * c_i * np.exp(-z_i * u) for z_i, c_i in zip(z, c_out, strict=True))
        low, high = np.where(excess > 0, u, low), np.where(excess > 0, high, u)
    return thermal_voltage(T) * ((low + high) / 2)


def _with_counter_ions(salt: Value, charge: Value) -> tuple[Value, Value]:
    """Monovalent cations and anions of a neutral solution: the salt, and what neutralises the impermeant charge."""
    return salt + (abs(charge) - charge) / 2, salt + (abs(charge) + charge) / 2


def _asinh(x: Value) -> Value:
    if np.asarray(x).dtype.kind in "biuf":
        return np.arcsinh(x)
    import sympy

    return sympy.asinh(x)
