"""Free energy: of ATP, of ion gradients, of pumps and coupled transporters.

Energies are per amount, aJ/amol, which is the same number as J/mol (55 kJ/mol is 55000). V is inside minus outside;
`moves` counts ions per cycle, positive into the cell. A free energy change is negative for a process that runs by
itself. Arguments are floats, NumPy arrays (which broadcast) or SymPy expressions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log as _ln
from typing import Final

from ionostat.constants import BODY_TEMPERATURE, F, R
from ionostat.maths import exp, log, sqrt
from ionostat.physics._inputs import Value, negative, nonzero, not_negative, positive, same_length, temperature
from ionostat.physics.electrodiffusion import thermal_voltage

STANDARD_CONCENTRATION: Final = 1000.0
"""Concentration of the standard state, 1 mol/L, in mM."""

STANDARD_FREE_ENERGY_ATP: Final = -30500.0
"""Free energy of ATP hydrolysis at 1 M of each reactant, pH 7 and usual Mg, aJ/amol (-30.5 kJ/mol)."""

_LN_10: Final = _ln(10.0)


@dataclass(frozen=True, eq=False)
class Dissipation:
    """Free energy lost per time (aJ/ms, or aJ/ms/um2): in all, inside the pump, and in the leaks that it feeds."""

    total: Value
    pump: Value
    leak: Value


def free_energy_atp(
    ATP: Value, ADP: Value, Pi: Value, *, T: Value = BODY_TEMPERATURE, standard: Value = STANDARD_FREE_ENERGY_ATP
) -> Value:
    """Free energy change of ATP hydrolysis in a cell (aJ/amol).

        dG = dG0' + RT ln( [ADP][Pi] / ([ATP] c0) ),    c0 = 1 M

    ATP, ADP, Pi: free concentrations (mM), positive. T: temperature (K). standard: dG0' (aJ/amol), which holds at
    the pH and free Mg for which it was measured. Arguments broadcast.

    Raises InputError for a concentration that is not positive and for a temperature not in kelvin.

    >>> print(f"{free_energy_atp(3, 0.03, 2) / 1000:.2f} kJ/mol")
    -58.40 kJ/mol

    Veech et al (2002) IUBMB Life 54:241, who find -54 to -58 kJ/mol in heart, liver and red cells.
    """
    positive("mM", ATP=ATP, ADP=ADP, Pi=Pi)
    temperature(T)
    return standard + R * T * log(ADP * Pi / (ATP * STANDARD_CONCENTRATION))


def ion_transport_work(z: Value, c_in: Value, c_out: Value, V: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Least work that brings an ion into the cell (aJ/amol); negative when it falls in. Out costs the opposite.

        w = RT ln(c_in / c_out) + z F V

    z: charge number, zero for a neutral molecule. c_in, c_out: concentrations (mM), positive. V: membrane potential
    (mV). T: temperature (K). Arguments broadcast. Zero at the Nernst potential. Raises InputError for a
    concentration that is not positive and for a temperature not in kelvin.

    >>> print(f"Na out {-ion_transport_work(1, 12, 145, -70):.0f}, K in {ion_transport_work(1, 140, 4, -70):.0f} J/mol")
    Na out 13180, K in 2414 J/mol
    """
    positive("mM", c_in=c_in, c_out=c_out)
    temperature(T)
    return R * T * log(c_in / c_out) + z * F * V


def transport_work(
    moves: Sequence[Value],
    z: Sequence[Value],
    c_in: Sequence[Value],
    c_out: Sequence[Value],
    V: Value,
    *,
    T: Value = BODY_TEMPERATURE,
) -> Value:
    """Least work of one turnover of a transporter (aJ/amol).

        W = sum n_i [ RT ln(c_in,i / c_out,i) + z_i F V ]

    moves: n_i, ions per turnover, positive into the cell. z, c_in, c_out: of each ion, in the same order (mM). V:
    mV. T: K. Entries may be arrays; all broadcast. A passive transporter (no ATP) runs forward where W is negative.
    Raises InputError as `ion_transport_work` does, and for sequences of different length.

    >>> print(f"{transport_work((-3, 2), (1, 1), (12, 140), (145, 4), -70):.0f}")  # the sodium pump
    44368
    """
    same_length(moves=moves, z=z, c_in=c_in, c_out=c_out)
    ions = zip(moves, z, c_in, c_out, strict=True)
    return sum(n * ion_transport_work(z_i, in_i, out_i, V, T=T) for n, z_i, in_i, out_i in ions)


def coupled_reversal_potential(
    moves: Sequence[Value],
    z: Sequence[Value],
    c_in: Sequence[Value],
    c_out: Sequence[Value],
    *,
    dG: Value = 0.0,
    T: Value = BODY_TEMPERATURE,
) -> Value:
    """Potential at which a pump or coupled transporter stands still (mV).

        V = -( dG + RT sum n_i ln(c_in,i / c_out,i) ) / ( F sum n_i z_i )

    moves, z, c_in, c_out: as in `transport_work`. dG: free energy change of the reaction that drives one turnover
    (aJ/amol; negative; zero for a secondary transporter, whose V is then sum n z E / sum n z). T: temperature (K).
    Entries may be arrays; all broadcast.

    Valid for complete coupling, that is no slip and no leak. Which way it runs away from this V follows from the
    sign of dG + W (see `transport_work`). Raises InputError for an electroneutral turnover, which no potential can
    stop, for sequences of different length and for a concentration that is not positive.

    >>> print(f"{coupled_reversal_potential((2,), (-1,), (480,), (520,), dG=-50000, T=298.15):.0f}")  # 2 Cl per ATP
    -261
    """
    charge = sum(n * z_i for n, z_i in zip(moves, z, strict=False))
    nonzero(**{"the net charge of a turnover (sum of moves times z)": charge})
    return -(dG + transport_work(moves, z, c_in, c_out, 0.0, T=T)) / (F * charge)


def pump_work(
    V: Value,
    Na_in: Value,
    Na_out: Value,
    K_in: Value,
    K_out: Value,
    *,
    n_Na: Value = 3,
    n_K: Value = 2,
    T: Value = BODY_TEMPERATURE,
) -> Value:
    """Least work of one cycle of the sodium pump (aJ/amol), from the ATP that drives it.

        W = n_Na [RT ln(Na_out/Na_in) - FV] + n_K [RT ln(K_in/K_out) + FV]

    V: membrane potential (mV). Na_in, Na_out, K_in, K_out: concentrations (mM), positive. n_Na, n_K: ions moved out
    and in per cycle. T: temperature (K). Arguments broadcast. The pump runs forward while W < -dG_ATP.

    >>> print(f"{pump_work(-70, 12, 145, 140, 4):.0f}")
    44368

    Chapman & Johnson (1978) J Gen Physiol 72:403, doi:10.1085/jgp.72.3.403.
    """
    positive("mM", Na_in=Na_in, Na_out=Na_out, K_in=K_in, K_out=K_out)
    return transport_work((-n_Na, n_K), (1, 1), (Na_in, K_in), (Na_out, K_out), V, T=T)


def pump_reversal_potential(
    dG_ATP: Value,
    Na_in: Value,
    Na_out: Value,
    K_in: Value,
    K_out: Value,
    *,
    n_Na: Value = 3,
    n_K: Value = 2,
    T: Value = BODY_TEMPERATURE,
) -> Value:
    """Potential at which the sodium pump stands still; below it the pump runs backwards and makes ATP (mV).

        V_rev = ( dG_ATP + RT [n_Na ln(Na_out/Na_in) + n_K ln(K_in/K_out)] ) / ((n_Na - n_K) F)

    dG_ATP: free energy change of ATP hydrolysis (aJ/amol), negative: see `free_energy_atp`. Na_in, Na_out, K_in,
    K_out, n_Na, n_K, T: as in `pump_work`.
    Raises InputError for n_Na = n_K, which no potential can stop.

    >>> print(f"{pump_reversal_potential(-55000, 12, 145, 140, 4):.1f}")
    -180.2

    Chapman & Johnson (1978) J Gen Physiol 72:403, doi:10.1085/jgp.72.3.403.
    """
    positive("mM", Na_in=Na_in, Na_out=Na_out, K_in=K_in, K_out=K_out)
    return coupled_reversal_potential((-n_Na, n_K), (1, 1), (Na_in, K_in), (Na_out, K_out), dG=dG_ATP, T=T)


def proton_pump_reversal_potential(
    dG_ATP: Value, pH_in: Value, pH_out: Value, *, n: Value = 1, T: Value = BODY_TEMPERATURE
) -> Value:
    """Potential at which a proton pump (plants, fungi, V-ATPase) stands still (mV).

        V_rev = [ RT ln(10) (pH_in - pH_out) + dG_ATP/n ] / F

    dG_ATP: aJ/amol, negative. pH_in, pH_out: inside and outside. n: protons moved out per ATP, positive. T: temperature
    (K). Arguments broadcast.

    >>> print(f"{proton_pump_reversal_potential(-50000, 7.2, 5.8, T=298.15):.0f}")
    -435

    Slayman & Gradmann (1975) Biophys J 15:968.
    """
    positive("protons per ATP", n=n)
    return thermal_voltage(T) * _LN_10 * (pH_in - pH_out) + dG_ATP / (n * F)


def proton_motive_force(V: Value, pH_in: Value, pH_out: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Electrochemical force on protons across a membrane (mV); negative drives them in.

        p = V - (RT/F) ln(10) (pH_in - pH_out)

    V: membrane potential (mV). pH_in, pH_out: inside and outside. T: temperature (K). Arguments broadcast.

    >>> print(f"{proton_motive_force(-160, 7.8, 6.3):.1f}")  # E. coli
    -252.3

    Mitchell (1961) Nature 191:144, doi:10.1038/191144a0.
    """
    return V - thermal_voltage(T) * _LN_10 * (pH_in - pH_out)


def efficiency(work: Value, dG_ATP: Value) -> Value:
    """Fraction of the free energy of ATP that a pump stores in gradients and potential.

        eta = W / |dG_ATP|

    work: W per cycle (aJ/amol), see `pump_work`. dG_ATP: aJ/amol, negative. Arguments broadcast. Below one for a
    pump that runs forward, one where it stands still, above one where it runs backwards. Raises InputError unless
    dG_ATP is negative.

    >>> print(f"{efficiency(pump_work(-70, 12, 145, 140, 4), -58000):.3f}")
    0.765
    """
    negative("aJ/amol", "hydrolysis of ATP releases free energy: write -55000 for 55 kJ/mol", dG_ATP=dG_ATP)
    return -work / dG_ATP


def dissipation(flux: Value, work: Value, dG_ATP: Value) -> Dissipation:
    """Free energy that a pump and the leaks it feeds turn into heat in the steady state.

        total J |dG_ATP| = pump J (|dG_ATP| - W) + leak J W

    flux: J, cycles of the pump (amol/ms, or amol/ms/um2). work: W per cycle (aJ/amol). dG_ATP: aJ/amol, negative.
    Arguments broadcast. Results in aJ/ms (1 aJ/ms is 1 fW), or aJ/ms/um2. Divide by T for the production of entropy.

    Valid only in the steady state, where the leaks undo just what the pump does.
    Raises InputError unless dG_ATP is negative.

    >>> d = dissipation(1e-3, 44000.0, -55000.0)
    >>> d.total, d.pump, d.leak
    (55.0, 11.0, 44.0)
    """
    negative("aJ/amol", "hydrolysis of ATP releases free energy: write -55000 for 55 kJ/mol", dG_ATP=dG_ATP)
    return Dissipation(total=-flux * dG_ATP, pump=flux * (-dG_ATP - work), leak=flux * work)


def atp_adp_ratio_at_stall(
    work: Value, Pi: Value, *, T: Value = BODY_TEMPERATURE, standard: Value = STANDARD_FREE_ENERGY_ATP
) -> Value:
    """Ratio [ATP]/[ADP] below which a pump can no longer do its work.

        [ATP]/[ADP] = ([Pi]/c0) exp( (W + dG0') / RT ),    c0 = 1 M

    work: W per cycle (aJ/amol), see `pump_work`. Pi: phosphate (mM), positive. T: temperature (K). standard: dG0'
    (aJ/amol). Arguments broadcast.

    >>> print(f"{atp_adp_ratio_at_stall(pump_work(-70, 12, 145, 140, 4), 2):.2f}")
    0.43
    """
    positive("mM", Pi=Pi)
    temperature(T)
    return Pi / STANDARD_CONCENTRATION * exp((work + standard) / (R * T))


def kcc_equilibrium_chloride(K_in: Value, K_out: Value, Cl_out: Value) -> Value:
    """Chloride inside at which K-Cl cotransport (1:1, KCC) stands still (mM); E_Cl then equals E_K.

        Cl_in = Cl_out K_out / K_in

    K_in, K_out: concentrations (mM), K_in positive. Cl_out: chloride outside (mM). Arguments broadcast.
    The end state only if nothing else moves Cl; a Cl channel pulls Cl_in towards its own equilibrium.

    >>> kcc_equilibrium_chloride(120, 3.5, 120)
    3.5

    Payne (1997) Am J Physiol 273:C1516.
    """
    positive("mM", K_in=K_in)
    not_negative("mM", K_out=K_out, Cl_out=Cl_out)
    return Cl_out * K_out / K_in


def nkcc1_equilibrium_chloride(Na_in: Value, Na_out: Value, K_in: Value, K_out: Value, Cl_out: Value) -> Value:
    """Chloride inside at which Na-K-2Cl cotransport (1:1:2, NKCC1) stands still (mM).

        Cl_in = Cl_out sqrt( Na_out K_out / (Na_in K_in) )

    Na_in, K_in: concentrations inside (mM), positive. Na_out, K_out, Cl_out: outside (mM). Arguments broadcast.
    The end state only if nothing else moves Cl.

    >>> print(f"{nkcc1_equilibrium_chloride(10, 145, 120, 3.5, 120):.1f}")
    78.0
    """
    positive("mM", Na_in=Na_in, K_in=K_in)
    not_negative("mM", Na_out=Na_out, K_out=K_out, Cl_out=Cl_out)
    return Cl_out * sqrt(Na_out * K_out / (Na_in * K_in))


def ncx_reversal_potential(
    Na_in: Value, Na_out: Value, Ca_in: Value, Ca_out: Value, *, n_Na: Value = 3, T: Value = BODY_TEMPERATURE
) -> Value:
    """Potential at which Na-Ca exchange stands still; negative to it the exchanger brings Ca out (mV).

        V = (n E_Na - 2 E_Ca) / (n - 2),    for 3:1  3 E_Na - 2 E_Ca

    Na_in, Na_out, Ca_in, Ca_out: free concentrations (mM), positive. n_Na: n, Na per Ca, more than 2. T:
    temperature (K). Arguments broadcast.

    >>> print(f"{ncx_reversal_potential(10, 145, 1e-4, 1.8):.1f}")
    -47.5

    Blaustein & Lederer (1999) Physiol Rev 79:763, doi:10.1152/physrev.1999.79.3.763.
    """
    positive("mM", Na_in=Na_in, Na_out=Na_out, Ca_in=Ca_in, Ca_out=Ca_out)
    return coupled_reversal_potential((n_Na, -1), (1, 2), (Na_in, Ca_in), (Na_out, Ca_out), T=T)


def nbc_reversal_potential(
    Na_in: Value, Na_out: Value, HCO3_in: Value, HCO3_out: Value, *, n_HCO3: Value = 2, T: Value = BODY_TEMPERATURE
) -> Value:
    """Potential at which electrogenic Na-bicarbonate cotransport stands still (mV).

        V = (n E_HCO3 - E_Na) / (n - 1)

    Na_in, Na_out, HCO3_in, HCO3_out: concentrations (mM), positive. n_HCO3: n, bicarbonate per Na, 2 or 3 (with 1 the
    transporter is electroneutral, and InputError is raised). T: temperature (K). Arguments broadcast.

    >>> print(f"{nbc_reversal_potential(10, 145, 15, 25):.1f} {nbc_reversal_potential(10, 145, 15, 25, n_HCO3=3):.1f}")
    -98.8 -56.2
    """
    positive("mM", Na_in=Na_in, Na_out=Na_out, HCO3_in=HCO3_in, HCO3_out=HCO3_out)
    return coupled_reversal_potential((1, n_HCO3), (1, -1), (Na_in, HCO3_in), (Na_out, HCO3_out), T=T)


def nhe_equilibrium_pH(Na_in: Value, Na_out: Value, pH_out: Value) -> Value:
    """Intracellular pH at which Na-H exchange (1:1, NHE) stands still.

        pH_in = pH_out + log10(Na_out / Na_in)

    Na_in, Na_out: concentrations (mM), positive. pH_out: outside. Arguments broadcast. Real exchangers switch off near
    pH 7.2 by an allosteric proton site, far from this limit.

    >>> print(f"{nhe_equilibrium_pH(10, 145, 7.4):.2f}")
    8.56
    """
    positive("mM", Na_in=Na_in, Na_out=Na_out)
    return pH_out + log(Na_out / Na_in) / _LN_10
