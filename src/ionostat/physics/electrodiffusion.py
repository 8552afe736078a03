"""Where a membrane sits and what flows through it: Nernst, Goldman-Hodgkin-Katz, chord, Mullins-Noda, pump-leak.

V is inside minus outside. Current is outward positive. A pump that moves three Na out for two K in carries the
outward current I_p = +F J_p.

Units: mV, mM, K, um/ms (permeability), nS or nS/um2, pA or pA/um2, pF or pF/um2. Every argument may be a float, a
NumPy array or a SymPy expression; arrays broadcast against each other and the result has the broadcast shape.
"""

from __future__ import annotations

from collections.abc import Sequence

from ionostat.constants import BODY_TEMPERATURE, E_CHARGE, F, R
from ionostat.maths import dexprel, exprel, log
from ionostat.physics._inputs import Value, monovalent, nonzero, not_negative, positive, same_length, temperature


def thermal_voltage(T: Value = BODY_TEMPERATURE) -> Value:
    """Thermal voltage, the natural unit of membrane potential (mV).

        RT/F

    T: temperature (K), an array of any shape.

    >>> round(thermal_voltage(298.15), 4), round(thermal_voltage(), 4)
    (25.6926, 26.7267)
    """
    temperature(T)
    return R * T / F


def nernst(z: Value, c_out: Value, c_in: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Equilibrium (Nernst) potential of one ion (mV).

        E = (RT / zF) ln(c_out / c_in)

    z: charge number, not zero. c_out, c_in: concentrations outside and inside (mM), positive. T: temperature (K).
    Arguments broadcast.

    Valid for an ion at equilibrium by itself, whatever else crosses the membrane; concentrations stand for activities
    (the ratio of activity coefficients is taken as one, poor for Ca, whose free concentration must be given).
    Raises InputError for z = 0, for a concentration that is not positive and for a temperature not in kelvin.

    >>> print(f"{nernst(1, 4, 155):.2f} {nernst(-1, 123, 4.2):.2f} {nernst(2, 1.5, 1e-4):.1f}")
    -97.74 -90.26 128.5

    Nernst (1888) Z Phys Chem 2:613.
    """
    nonzero(z=z)
    positive("mM", c_out=c_out, c_in=c_in)
    return equilibrium_potential(thermal_voltage(T), z, c_out, c_in)


def equilibrium_potential(U: Value, z: Value, c_out: Value, c_in: Value) -> Value:
    """Nernst potential for a thermal voltage U = RT/F, without checks: what `nernst` and every mechanism evaluate.

        E = (U / z) ln(c_out / c_in)

    z: charge number. c_out, c_in: concentrations (mM). Also runs on quantities with units.

    >>> round(float(equilibrium_potential(25.0, 1, 10.0, 1.0)), 3)
    57.565
    """
    return U / z * log(c_out / c_in)


def ghk_flux(P: Value, z: Value, V: Value, c_in: Value, c_out: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Outward flux of one ion through a membrane with a constant field (amol/ms/um2).

        J = P u (c_in - c_out exp(-u)) / (1 - exp(-u)),    u = zFV/RT

    P: permeability (um/ms; 1 cm/s = 10 um/ms). z: charge number; with z = 0 this is diffusion, P (c_in - c_out).
    V: membrane potential (mV). c_in, c_out: concentrations (mM), zero allowed. T: temperature (K). Arguments broadcast.
    With P as a total permeability (um3/ms) the result is amol/ms.

    Computed as P (c_in/exprel(-u) - c_out/exprel(u)), which has no hole at V = 0.
    Valid for independent ions that cross a uniform field; not for a pore that binds or saturates.
    Raises InputError for a negative permeability or concentration and for a temperature not in kelvin.

    >>> float(ghk_flux(1e-3, 1, 0.0, 140.0, 5.0))
    0.135

    Goldman (1943) J Gen Physiol 27:37, doi:10.1085/jgp.27.1.37;
    Hodgkin & Katz (1949) J Physiol 108:37, doi:10.1113/jphysiol.1949.sp004310.
    """
    not_negative("um/ms", P=P)
    not_negative("mM", c_in=c_in, c_out=c_out)
    return constant_field_flux(P, z * V / thermal_voltage(T), c_in, c_out)


def constant_field_flux(P: Value, u: Value, c_in: Value, c_out: Value) -> Value:
    """Outward constant-field flux at a reduced potential u = zFV/RT, without checks.

        J = P u (c_in - c_out exp(-u)) / (1 - exp(-u)) = P (c_in/exprel(-u) - c_out/exprel(u))

    P: permeability (um/ms). c_in, c_out: concentrations (mM). What `ghk_flux` and every mechanism evaluate; also runs
    on quantities with units.

    >>> float(constant_field_flux(1e-3, 0.0, 140.0, 5.0))
    0.135
    """
    return P * (c_in / exprel(-u) - c_out / exprel(u))


def ghk_current(P: Value, z: Value, V: Value, c_in: Value, c_out: Value, *, T: Value = BODY_TEMPERATURE) -> Value:
    """Outward current of one ion through a membrane with a constant field (pA/um2).

        I = P z F u (c_in - c_out exp(-u)) / (1 - exp(-u)),    u = zFV/RT;    I -> P z F (c_in - c_out) as V -> 0

    P, z, V, c_in, c_out, T, validity, errors and references as in `ghk_flux`, of which this is z F times. With P as
    a total permeability (um3/ms) the result is pA.

    >>> print(f"{ghk_current(1e-5, 1, -70.0, 140.0, 5.0):.5f}")
    0.01418
    """
    return z * F * ghk_flux(P, z, V, c_in, c_out, T=T)


def ghk_slope_conductance(
    P: Value, z: Value, V: Value, c_in: Value, c_out: Value, *, T: Value = BODY_TEMPERATURE
) -> Value:
    """Slope conductance dI/dV of a constant-field current (nS/um2); never negative.

        dI/dV = P z^2 F^2/RT [c_in b(-u) + c_out b(u)],    b(u) = -d/du (u / (exp(u) - 1)),    u = zFV/RT

    P, z, V, c_in, c_out, T, validity, errors and references as in `ghk_flux`. Finite for |zV| below 18 V.

    >>> print(f"{1e5 * ghk_slope_conductance(1e-5, 1, 0.0, 140.0, 5.0):.4f}")  # P F^2/RT times the mean concentration
    261.7307
    """
    not_negative("um/ms", P=P)
    not_negative("mM", c_in=c_in, c_out=c_out)
    u = z * V / thermal_voltage(T)
    bend = c_in * dexprel(-u) / exprel(-u) ** 2 + c_out * dexprel(u) / exprel(u) ** 2
    return P * z**2 * F / thermal_voltage(T) * bend


def ghk_voltage(
    P: Sequence[Value],
    z: Sequence[Value],
    c_in: Sequence[Value],
    c_out: Sequence[Value],
    *,
    T: Value = BODY_TEMPERATURE,
) -> Value:
    """Potential at which the constant-field currents of monovalent ions add up to zero (mV).

        V = (RT/F) ln[ (sum P_c c_out + sum P_a a_in) / (sum P_c c_in + sum P_a a_out) ]

    with c the cations and a the anions. P: permeabilities, one per ion, in any common unit (only ratios matter).
    z: charge numbers, +1 or -1. c_in, c_out: concentrations (mM), zero allowed. T: temperature (K). The entries of
    the four sequences stand in the same order of ions; each entry may be an array, and all broadcast.

    Not valid with a pump current (use `mullins_noda`) and not for Cl that a cotransporter holds away from
    equilibrium, because the net *passive* current is then not zero. Divalent ions do not fit into this formula:
    find the root of the sum of `ghk_current` instead.
    Raises InputError for sequences of different length, for |z| other than 1, for negative values, and when no ion
    can leave or none can enter.

    >>> V = ghk_voltage(P=(1, 0.04, 0.45), z=(1, 1, -1), c_in=(140, 10, 10), c_out=(5, 145, 110))  # K, Na, Cl
    >>> print(f"{V:.3f}")
    -67.315

    Goldman (1943) J Gen Physiol 27:37, doi:10.1085/jgp.27.1.37;
    Hodgkin & Katz (1949) J Physiol 108:37, doi:10.1113/jphysiol.1949.sp004310.
    """
    same_length(P=P, z=z, c_in=c_in, c_out=c_out)
    inward: Value = 0
    outward: Value = 0
    for P_i, z_i, in_i, out_i in zip(P, z, c_in, c_out, strict=True):
        monovalent(z_i)
        not_negative("um/ms", P=P_i)
        not_negative("mM", c_in=in_i, c_out=out_i)
        cation, anion = (1 + z_i) / 2, (1 - z_i) / 2
        inward = inward + P_i * (cation * out_i + anion * in_i)
        outward = outward + P_i * (cation * in_i + anion * out_i)
    positive("um/ms mM", **{"the sum of P c over cations outside and anions inside": inward})
    positive("um/ms mM", **{"the sum of P c over cations inside and anions outside": outward})
    return thermal_voltage(T) * log(inward / outward)


def chord_potential(conductances: Sequence[Value], reversals: Sequence[Value], pump_current: Value = 0.0) -> Value:
    """Potential at which linear ionic currents and a pump current add up to zero (mV).

        V = (sum g_i E_i - I_p) / sum g_i

    conductances: g_i, one per ion (nS, or nS/um2), not negative. reversals: E_i (mV), same order.
    pump_current: I_p, outward positive (pA, or pA/um2). Entries may be arrays; all broadcast.

    Valid near the point where the chord conductances were measured; the conductances of real channels change with V.
    Raises InputError for sequences of different length, a negative conductance, or conductances that are all zero.

    >>> print(f"{chord_potential((10, 0.5, 2.5), (-90, 60, -70)):.3f}")
    -80.385

    Hodgkin & Huxley (1952) J Physiol 117:500, doi:10.1113/jphysiol.1952.sp004764.
    """
    same_length(conductances=conductances, reversals=reversals)
    for g in conductances:
        not_negative("nS", conductances=g)
    total = sum(conductances)
    positive("nS", **{"the sum of conductances": total})
    return (sum(g * E for g, E in zip(conductances, reversals, strict=True)) - pump_current) / total


def mullins_noda(
    alpha: Value,
    K_in: Value,
    K_out: Value,
    Na_in: Value,
    Na_out: Value,
    *,
    r: Value = 1.5,
    T: Value = BODY_TEMPERATURE,
) -> Value:
    """Resting potential when a pump of fixed coupling ratio exactly balances the leaks of Na and K (mV).

        V = (RT/F) ln[ (r K_out + alpha Na_out) / (r K_in + alpha Na_in) ]

    alpha: P_Na/P_K, not negative. K_in, K_out, Na_in, Na_out: concentrations (mM). r: Na moved per K by the pump
    (3/2; r = 1 is an electroneutral pump and gives the GHK voltage). T: temperature (K). Arguments broadcast.

    Valid only in the steady state (Na and K constant in time), with Cl passively distributed and no other transport
    of Na or K. The pump adds less than (RT/F) ln r, 10.84 mV at 37 degrees; it comes near where alpha Na_out is large
    against r K_out while alpha Na_in is still small against K_in, and adds nothing for alpha = 0 or alpha very large.
    Raises InputError for negative values and when K and Na are both absent from one side.

    >>> print(f"{mullins_noda(0.03, 140, 5, 10, 145):.3f} {mullins_noda(0.03, 140, 5, 10, 145, r=1):.3f}")
    -76.871 -72.387

    Mullins & Noda (1963) J Gen Physiol 47:117, doi:10.1085/jgp.47.1.117.
    """
    not_negative("a ratio", alpha=alpha)
    positive("a ratio", r=r)
    not_negative("mM", K_in=K_in, K_out=K_out, Na_in=Na_in, Na_out=Na_out)
    outside = r * K_out + alpha * Na_out
    inside = r * K_in + alpha * Na_in
    positive("mM", **{"r K_out + alpha Na_out": outside, "r K_in + alpha Na_in": inside})
    return thermal_voltage(T) * log(outside / inside)


def pump_current_density(density: Value, turnover: Value, *, charge: Value = 1) -> Value:
    """Current of a population of pumps (pA/um2, outward positive).

        I_p = N k q e

    density: N, pump sites (1/um2). turnover: k, cycles (1/ms; 50 per second is 0.05). charge: q, net charges moved
    out per cycle (3 Na - 2 K = 1). Arguments broadcast. Raises InputError for a negative density.

    >>> print(f"{100 * pump_current_density(1000, 0.05):.3f} uA/cm2")
    0.801 uA/cm2
    """
    not_negative("1/um2", density=density)
    return density * turnover * charge * E_CHARGE


def electrogenic_shift(pump_current: Value, conductance: Value) -> Value:
    """What a pump current adds to the membrane potential at once (mV): negative, that is hyperpolarising, if outward.

        dV = -I_p / g

    pump_current: I_p, outward positive (pA, or pA/um2). conductance: g, slope conductance of the whole membrane (nS, or
    nS/um2), positive. Arguments broadcast. Blocking the pump moves V by -dV within a few time constants C/g.

    Valid while concentrations have not moved and the membrane is linear over dV; it is the direct contribution only,
    the gradients that the pump maintains are the indirect and larger one.
    Raises InputError unless the conductance is positive.

    >>> print(f"{electrogenic_shift(6e-3, 3e-3):.2f}")
    -2.00

    De Weer & Geduldig (1973) Science 179:1326.
    """
    positive("nS", conductance=conductance)
    return -pump_current / conductance


def electrogenic_shift_from_density(density: Value, turnover: Value, conductance: Value, *, charge: Value = 1) -> Value:
    """What a population of pumps adds to the membrane potential at once (mV).

        dV = -N k q e / g

    density, turnover, charge: as in `pump_current_density`. conductance: g (nS/um2; 1 mS/cm2 is 0.01 nS/um2).
    Validity and errors as in `electrogenic_shift`.

    >>> print(f"{electrogenic_shift_from_density(1000, 0.05, 3e-3):.2f}")  # 1000 per um2, 50 per second, 0.3 mS/cm2
    -2.67
    """
    return electrogenic_shift(pump_current_density(density, turnover, charge=charge), conductance)


def membrane_time_constant(capacitance: Value, conductance: Value) -> Value:
    """Time in which a membrane settles to 1/e of a disturbance (ms).

        tau = C / g

    capacitance: C (pF, or pF/um2; 1 uF/cm2 is 0.01 pF/um2). conductance: g (nS, or nS/um2). Both positive; arrays
    broadcast. Valid for one isopotential compartment with a linear membrane.

    >>> print(f"{membrane_time_constant(0.01, 3e-3):.2f}")
    3.33
    """
    positive("pF", capacitance=capacitance)
    positive("nS", conductance=conductance)
    return capacitance / conductance


def charges_moved(capacitance: Value, dV: Value) -> Value:
    """Number of elementary charges that change the potential of a membrane by dV.

        n = C dV / e

    capacitance: C (pF), positive. dV: change of potential (mV). Arrays broadcast; n carries the sign of dV.

    >>> print(f"{charges_moved(12.566, 70):.3g}")  # a sphere of 20 um at 1 uF/cm2
    5.49e+06
    """
    positive("pF", capacitance=capacitance)
    return capacitance * dV / E_CHARGE


def pump_leak_potential(g_Na: Value, E_Na: Value, g_K: Value, E_K: Value, *, n_Na: Value = 3, n_K: Value = 2) -> Value:
    """Steady potential at which a pump of fixed stoichiometry undoes the linear leaks of Na and K (mV).

        V = (n_K g_Na E_Na + n_Na g_K E_K) / (n_K g_Na + n_Na g_K)
        for 3:2  V = (2 g_Na E_Na + 3 g_K E_K) / (2 g_Na + 3 g_K)

    from I_Na = -n_Na F J_p and I_K = +n_K F J_p. g_Na, g_K: conductances (nS, or nS/um2), not both zero.
    E_Na, E_K: reversal potentials (mV). n_Na, n_K: ions moved out and in per cycle, positive. Arguments broadcast.

    Valid in the steady state with Cl passive and no other transport of Na or K, like `mullins_noda`, whose
    constant-field partner this is. Without the pump the membrane would sit at `chord_potential`.
    Raises InputError for a negative conductance or stoichiometry, and when both conductances are zero.

    >>> print(f"{pump_leak_potential(1, 60, 25, -95):.2f} {chord_potential((1, 25), (60, -95)):.2f}")
    -90.97 -89.04

    Attwell & Laughlin (2001) J Cereb Blood Flow Metab 21:1133, doi:10.1097/00004647-200110000-00001.
    """
    not_negative("nS", g_Na=g_Na, g_K=g_K)
    positive("ions per cycle", n_Na=n_Na, n_K=n_K)
    total = n_K * g_Na + n_Na * g_K
    positive("nS", **{"n_K g_Na + n_Na g_K": total})
    return (n_K * g_Na * E_Na + n_Na * g_K * E_K) / total


def resting_pump_current(
    V: Value, E_Na: Value, E_K: Value, conductance: Value, *, n_Na: Value = 3, n_K: Value = 2
) -> Value:
    """Net pump current that keeps a cell at V against its leaks of Na and K (pA, outward positive).

        I_p = (n_Na - n_K) g (E_Na - V)(V - E_K) / [ n_Na (V - E_K) + n_K (E_Na - V) ]

    V: resting potential (mV), between E_K and E_Na. E_Na, E_K: reversal potentials (mV). conductance: g = g_Na +
    g_K, the input conductance of the cell (nS, or nS/um2 for a density). n_Na, n_K: ions per cycle. Arguments
    broadcast. The ATP used is I_p / ((n_Na - n_K) F).

    Valid in the steady state when Na and K carry all of the conductance; it is then exact for linear leaks.
    Raises InputError when V is not between E_K and E_Na or the conductance is not positive.

    >>> from ionostat.constants import F, N_A
    >>> I_p = resting_pump_current(-70, 50, -100, 5)  # 200 megohm
    >>> print(f"{I_p:.1f} pA, {1000 * I_p / F * N_A:.3g} ATP per second")
    54.5 pA, 3.4e+08 ATP per second

    Attwell & Laughlin (2001) J Cereb Blood Flow Metab 21:1133, doi:10.1097/00004647-200110000-00001.
    """
    positive("nS", conductance=conductance)
    positive("ions per cycle", n_Na=n_Na, n_K=n_K)
    positive("mV", **{"E_Na - V": E_Na - V, "V - E_K": V - E_K})
    cycle = conductance * (E_Na - V) * (V - E_K) / (n_Na * (V - E_K) + n_K * (E_Na - V))
    return (n_Na - n_K) * cycle
