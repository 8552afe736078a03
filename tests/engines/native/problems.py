"""Small systems with known answers, as the native engine takes them."""

from __future__ import annotations

import sympy

from ionostat import maths
from ionostat.cell.program import differentiate, straight_line
from ionostat.engines.native import System


def system(states: str, parameters: str, rates, mass=None) -> System:
    """A system from names and a function of the symbols that returns the rates."""
    y = sympy.symbols(states, seq=True)
    p = sympy.symbols(parameters, seq=True) if parameters else ()
    program = straight_line((*y, *p), rates(*y, *p))
    return System((*y, *p), len(y), tuple(mass or (1,) * len(y)), program, differentiate(program, y))


def robertson() -> System:
    """Three reactions over nine decades of rates; a + b + c is conserved."""
    return system(
        "a b c",
        "k1 k2 k3",
        lambda a, b, c, k1, k2, k3: [
            -k1 * a + k3 * b * c,
            k1 * a - k3 * b * c - k2 * b**2,
            k2 * b**2,
        ],
    )


ROBERTSON = (0.04, 3e7, 1e4)


def van_der_pol() -> System:
    return system("x v", "eps", lambda x, v, eps: [v, ((1 - x**2) * v - x) / eps])


def hires() -> System:
    """High irradiance response: Hairer & Wanner, Solving ODEs II, section IV.10."""

    def rates(y1, y2, y3, y4, y5, y6, y7, y8):
        return [
            -1.71 * y1 + 0.43 * y2 + 8.32 * y3 + 0.0007,
            1.71 * y1 - 8.75 * y2,
            -10.03 * y3 + 0.43 * y4 + 0.035 * y5,
            8.32 * y2 + 1.71 * y3 - 1.12 * y4,
            -1.745 * y5 + 0.43 * y6 + 0.43 * y7,
            -280 * y6 * y8 + 0.69 * y4 + 1.71 * y5 - 0.43 * y6 + 0.69 * y7,
            280 * y6 * y8 - 1.81 * y7,
            -280 * y6 * y8 + 1.81 * y7,
        ]

    return system("y1 y2 y3 y4 y5 y6 y7 y8", "", rates)


HIRES_END = (
    0.7371312573325668e-3,
    0.1442485726316185e-3,
    0.5888729740967575e-4,
    0.1175651343283149e-2,
    0.2386356198831331e-2,
    0.6238968252742796e-2,
    0.2849998395185769e-2,
    0.2850001604814231e-2,
)
"""At t = 321.8122 (test set for IVP solvers, Bari)."""


def decay() -> System:
    return system("y", "k", lambda y, k: [-k * y])


def blow_up() -> System:
    return system("quiet y", "", lambda quiet, y: [-quiet, y**2])


def runs_dry() -> System:
    """The amount falls at a constant rate, and its logarithm is needed: no solution beyond y = 0."""
    return system("y w", "k", lambda y, w, k: [-k, sympy.log(y)])


FARADAY, RT, CAPACITANCE, FIXED = 96.485, 8.3145 * 310.0, 7.0, 130.0


def potassium(sodium, chloride, potential):
    """The eliminated ion of `pump_leak`, from the charge of the membrane (amol)."""
    return FIXED + chloride - sodium + CAPACITANCE * potential / FARADAY


def pump_leak() -> System:
    """A cell with GHK leaks and a cubic pump; K follows from charge and is counted a second time as `audit`."""

    def rates(Na, Cl, w, V, audit, p_na, p_k, p_cl, pump):
        u, area = V * FARADAY / RT, 700.0
        K = potassium(Na, Cl, V)

        def leak(permeability, z, inside, outside):
            return permeability * area * (inside / maths.exprel(-z * u) - outside / maths.exprel(z * u))

        na, k, cl = leak(p_na, 1, Na / w, 145), leak(p_k, 1, K / w, 5), leak(p_cl, -1, Cl / w, 150)
        pumped = pump * area * (Na / w / (Na / w + 10)) ** 3
        current = FARADAY * (na + k - cl + pumped)
        water = 0.07 * ((Na + K + Cl + FIXED) / w - 300)
        return [-na - 3 * pumped, -cl, water, -current / CAPACITANCE, 2 * pumped - k]

    return system("Na Cl w V audit", "p_na p_k p_cl pump", rates)


PUMP_LEAK = (4e-8, 1.2e-6, 1.2e-6, 5e-7)
PUMP_LEAK_START = (15.0, 7.0, 1.0, -60.0, potassium(15.0, 7.0, -60.0))
