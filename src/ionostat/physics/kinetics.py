"""How fast: saturation, temperature, and the opening and closing of gates.

Voltages in mV, rates in 1/ms, concentrations in mM. Arguments are floats, NumPy arrays (which broadcast) or SymPy
expressions.
"""

from __future__ import annotations

from ionostat.constants import BODY_TEMPERATURE
from ionostat.maths import exp, exprel
from ionostat.physics._inputs import Value, nonzero, not_negative, positive, temperature


def hill(c: Value, K_half: Value, n: Value = 1) -> Value:
    """Fraction of sites occupied, or of the maximal rate, with n ligands bound together.

        y = c^n / (K_half^n + c^n)

    c: concentration (mM), not negative. K_half: concentration of half effect (mM), positive. n: Hill coefficient,
    positive. Arguments broadcast. Empirical unless n sites bind at once: it says nothing about the reverse
    direction.

    >>> hill(20e-6, 20e-6), round(hill(10.0, 20.0, 3), 4)
    (0.5, 0.1111)

    Hill (1910) J Physiol 40:iv.
    """
    not_negative("mM", c=c)
    positive("mM", K_half=K_half)
    positive("a Hill coefficient", n=n)
    bound = (c / K_half) ** n
    return bound / (1 + bound)


def michaelis_menten(c: Value, K_m: Value, V_max: Value = 1.0) -> Value:
    """Rate of an enzyme or carrier that saturates (unit of V_max).

        v = V_max c / (K_m + c)

    c: substrate (mM), not negative. K_m: Michaelis constant (mM), positive. V_max: maximal rate, any unit. Arguments
    broadcast. Valid for initial rates: without product there is no reverse flux.

    >>> michaelis_menten(1.0, 3.0, 8.0)
    2.0

    Michaelis & Menten (1913) Biochem Z 49:333.
    """
    not_negative("mM", c=c)
    positive("mM", K_m=K_m)
    return V_max * c / (K_m + c)


def q10_factor(Q10: Value, T: Value = BODY_TEMPERATURE, *, T_ref: Value) -> Value:
    """Factor by which a rate measured at T_ref changes at T.

        phi = Q10^((T - T_ref)/10)

    Q10: fold change per 10 degrees, positive (1.3 for diffusion, 3 for gates, 2.5-4 for pumps). T, T_ref:
    temperatures (K). Arguments broadcast. Valid over 10-20 degrees.

    >>> print(f"{q10_factor(3, 291.45, T_ref=279.45):.3f}")  # squid gates at 18.3 degrees against 6.3
    3.737
    """
    positive("a ratio", Q10=Q10)
    temperature(T)
    temperature(T_ref, "T_ref")
    return Q10 ** ((T - T_ref) / 10)


def boltzmann(V: Value, V_half: Value, slope: Value) -> Value:
    """Fraction of gates open at a steady voltage.

        y = 1 / (1 + exp(-(V - V_half)/k))

    V, V_half: voltage and voltage of half opening (mV). slope: k (mV), not zero; positive opens with depolarisation,
    negative closes. Arguments broadcast. For a gate of charge q, k = (RT/F)/q.

    >>> float(boltzmann(-40.0, -40.0, 5.0)), round(float(boltzmann(-30.0, -40.0, 5.0)), 4)
    (0.5, 0.8808)
    """
    nonzero(slope=slope)
    return 1 / (1 + exp(-(V - V_half) / slope))


def exponential_rate(V: Value, rate: Value, V_half: Value, slope: Value) -> Value:
    """Gating rate that grows exponentially with voltage (unit of rate).

        a = A exp((V - V_half)/k)

    rate: A, the rate at V_half (1/ms), not negative. V, V_half: (mV). slope: k (mV), not zero. Arguments broadcast.

    >>> print(f"{exponential_rate(-65, 0.125, -65, -80):.3f}")  # closing of the squid potassium gate
    0.125

    Hodgkin & Huxley (1952) J Physiol 117:500, doi:10.1113/jphysiol.1952.sp004764.
    """
    not_negative("1/ms", rate=rate)
    nonzero(slope=slope)
    return rate * exp((V - V_half) / slope)


def sigmoid_rate(V: Value, rate: Value, V_half: Value, slope: Value) -> Value:
    """Gating rate that saturates with voltage (unit of rate).

        a = A / (1 + exp(-(V - V_half)/k))

    rate: A, the rate far beyond V_half (1/ms), not negative. V, V_half: (mV). slope: k (mV), not zero. Arguments
    broadcast.

    >>> print(f"{sigmoid_rate(-65, 1, -35, 10):.5f}")  # closing of the squid inactivation gate
    0.04743

    Hodgkin & Huxley (1952) J Physiol 117:500, doi:10.1113/jphysiol.1952.sp004764.
    """
    not_negative("1/ms", rate=rate)
    return rate * boltzmann(V, V_half, slope)


def linoid_rate(V: Value, rate: Value, V_half: Value, slope: Value) -> Value:
    """Gating rate that is exponential below V_half and linear above it, smooth through V_half (unit of rate).

        a = A x / (1 - exp(-x)),    x = (V - V_half)/k

    rate: A, the rate at V_half (1/ms), not negative. V, V_half: (mV). slope: k (mV), not zero. Arguments broadcast.
    A published 0.01 (V + 55)/(1 - exp(-(V + 55)/10)) has A = 0.01 * 10. Computed as A/exprel(-x): no hole at V_half.

    >>> float(linoid_rate(-55.0, 0.1, -55.0, 10.0)), round(float(linoid_rate(-65.0, 0.1, -55.0, 10.0)), 5)
    (0.1, 0.0582)

    Hodgkin & Huxley (1952) J Physiol 117:500, doi:10.1113/jphysiol.1952.sp004764.
    """
    not_negative("1/ms", rate=rate)
    nonzero(slope=slope)
    return rate / exprel(-(V - V_half) / slope)


def steady_state(alpha: Value, beta: Value) -> Value:
    """Fraction of gates open when opening and closing balance.

        y = alpha / (alpha + beta)

    alpha, beta: opening and closing rates (1/ms), not negative and not both zero. Arguments broadcast.

    >>> steady_state(3.0, 1.0)
    0.75
    """
    not_negative("1/ms", alpha=alpha, beta=beta)
    positive("1/ms", **{"alpha + beta": alpha + beta})
    return alpha / (alpha + beta)


def time_constant(alpha: Value, beta: Value) -> Value:
    """Time in which a gate settles to 1/e of a disturbance (ms).

        tau = 1 / (alpha + beta)

    alpha, beta: opening and closing rates (1/ms), not negative and not both zero. Arguments broadcast.

    >>> time_constant(0.3, 0.2)
    2.0
    """
    not_negative("1/ms", alpha=alpha, beta=beta)
    positive("1/ms", **{"alpha + beta": alpha + beta})
    return 1 / (alpha + beta)
