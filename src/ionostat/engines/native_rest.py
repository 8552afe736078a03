"""The native search for resting states, for the equations of a cell."""

from __future__ import annotations

from functools import lru_cache

from ionostat.cell.equations import Equations
from ionostat.cell.feasible import positive_expressions
from ionostat.cell.program import straight_line
from ionostat.engines.native.rest_kernel import Bounds, RestKernel
from ionostat.engines.native.rest_system import RestSystem
from ionostat.engines.native.system import System


@lru_cache(maxsize=32)
def rest_kernel(eq: Equations, bounds: Bounds) -> RestKernel:
    """The compiled search of a cell: amounts and volumes stay positive, potentials are watched, gates follow V."""
    system = eq.system()
    native = System(system.inputs, system.n_states, system.mass, system.rhs, system.jacobian)
    positive = list(positive_expressions(eq).values())
    guards = straight_line(system.inputs, [*positive, *eq.traced.potentials.values()])
    gates = {f"{flow.name}.{gate}": value for flow in eq.traced.flows for gate, value in flow.steady_states.items()}
    steady = straight_line(system.inputs, list(gates.values())) if gates else None
    followers = tuple(eq.index[name] for name in gates)
    return RestKernel(RestSystem(native, guards, len(positive), followers, steady), bounds)
