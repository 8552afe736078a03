"""The free energy stored in a cell: its gradients, its water and the charge on its membranes.

Without a pump it can only fall, and it falls by exactly what the mechanisms dissipate: the Lyapunov function of Mori
(2012) Physica D 241:1830, doi:10.1016/j.physd.2012.08.003.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ionostat.cell.description import closed
from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import Expressions, expressions
from ionostat.constants import R
from ionostat.errors import InputError
from ionostat.studies.resting_state import RestingState
from ionostat.studies.trajectory import Trajectory


def free_energy(result: Trajectory | RestingState) -> np.ndarray:
    """Free energy of a cell, aJ: a series over a run's time, or one number for a rest; compare differences only.

        G = sum_k sum_s n_s R T (ln(c_s/c_s,bath) - 1) + R T Osm_bath sum_k W_k + sum_m C_m V_m^2/2

    k: the closed compartments; s: their ions and impermeants, n_s in amol; c_s,bath: concentration in the bath (mM),
    1 mM for what the bath does not hold or where there is none; W: um3; m: membranes, C in pF, V in mV. Along a run
    without changes of parameters dG/dt = (free energy of the ATP used) - (dissipation) - sum_m V_m^2/2 dC_m/dt, where
    the last term is the work of a membrane that grows, which no pump-leak model counts. Ideal solutions; at most one
    bath, grounded.

    >>> from ionostat import rest
    >>> cell = rest("Kay2017_cell")
    >>> bool(free_energy(cell) > 0)
    True
    """
    eq = equations(result.cell)
    return _evaluated(eq)(result.x, result.p)["G"]


@lru_cache(maxsize=32)
def _evaluated(eq: Equations) -> Expressions:
    return expressions(eq, "free energy", lambda: {"G": free_energy_expression(eq)})


def free_energy_expression(eq: Equations) -> Any:
    """G of `free_energy` in the states and parameters of a cell."""
    import sympy

    from ionostat.cell.balance import symbol

    traced, cell = eq.traced, eq.cell
    baths = [c.name for c in cell.compartments if c.kind == "bath"]
    if len(baths) > 1:
        raise InputError(f"between {' and '.join(baths)} free energy flows for ever, so a cell has no amount of it")
    if any(c.potential == "clamp" for c in cell.compartments):
        raise InputError("a clamp supplies free energy, so a clamped cell has no amount of its own")
    reference = traced.concentrations[baths[0]] if baths else {}
    RT = R * symbol("temperature")
    terms = []
    for c in closed(cell):
        W = traced.volumes[c.name]
        for ion in c.ions:
            n = traced.amounts[c.name, ion]
            terms.append(n * RT * (sympy.log(n / W / reference.get(ion, 1)) - 1))
        for x in c.impermeants:
            n = symbol(f"{c.name}.{x}.amount")
            terms.append(n * RT * (sympy.log(n / W) - 1))
        if baths:
            terms.append(RT * traced.osmolarity[baths[0]] * W)
    if cell.closure == "capacitive":
        terms += [traced.capacitance[m.name] * traced.V(m) ** 2 / 2 for m in cell.membranes if m.capacitance]
    return sympy.Add(*terms)
