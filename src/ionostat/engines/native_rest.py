"""The native search for resting states, for the equations of a cell."""

from __future__ import annotations

from functools import lru_cache

from ionostat.cell.equations import Equations
from ionostat.cell.feasible import node_potential_names, positive_expressions, positive_names
from ionostat.engines.native.rest_kernel import Bounds, RestKernel
from ionostat.engines.native.rest_system import RestOutline, RestSystem
from ionostat.engines.native_engine import native_system


@lru_cache(maxsize=32)
def rest_kernel(eq: Equations, bounds: Bounds) -> RestKernel:
    """The compiled search of a cell: amounts and volumes stay positive, potentials are watched, gates follow V."""
    system, key = eq.system(), eq.record.key_of("search for rests")
    if not key:
        return RestKernel(_written(eq), bounds)
    positive = len(positive_names(eq))
    outline = RestOutline(
        system.n_states,
        system.n_parameters,
        system.pattern,
        positive + len(node_potential_names(eq)),
        positive,
        key,
        lambda: _written(eq),
    )
    return RestKernel(outline, bounds)


def _written(eq: Equations) -> RestSystem:
    """The search with its programs."""
    from ionostat.cell.program import straight_line

    system = eq.system()
    positive = list(positive_expressions(eq).values())
    guards = straight_line(system.inputs, [*positive, *eq.traced.potentials.values()])
    gates = {f"{flow.name}.{gate}": value for flow in eq.traced.flows for gate, value in flow.steady_states.items()}
    steady = straight_line(system.inputs, list(gates.values())) if gates else None
    followers = tuple(eq.index[name] for name in gates)
    return RestSystem(native_system(system), guards, len(positive), followers, steady)
