"""How the search for the resting state of one cell can end."""

from __future__ import annotations

from types import MappingProxyType

CONVERGED = 0
RAN_AWAY = 1
STALLED = 2
ITERATION_LIMIT = 3
NON_FINITE = 4
INFEASIBLE = 5
CANCELLED = 6

REST_STATUS = MappingProxyType(
    {
        CONVERGED: "a fixed point was found",
        RAN_AWAY: "a quantity that has to stay positive left every bound",
        STALLED: "no step, however small, stays inside the feasible set",
        ITERATION_LIMIT: "the iteration limit was reached",
        NON_FINITE: "a rate of change or its slope is not a finite number",
        INFEASIBLE: "a quantity that has to be positive is not, at the start",
        CANCELLED: "cancelled before the end",
    }
)
"""A sentence for every status code."""
