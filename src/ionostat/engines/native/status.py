"""How the integration of one cell can end."""

from __future__ import annotations

from types import MappingProxyType

OK = 0
STEP_TOO_SMALL = 1
STEP_LIMIT = 2
NON_FINITE = 3
CANCELLED = 4
STOPPED = 5

STATUS = MappingProxyType(
    {
        OK: "reached the end",
        STEP_TOO_SMALL: "the step size fell below its floor: the solution changes faster than can be followed",
        STEP_LIMIT: "the step limit was reached before the end",
        NON_FINITE: "a rate of change is not a finite number, however small the step",
        CANCELLED: "cancelled before the end",
        STOPPED: "stopped by a terminal event",
    }
)
"""A sentence for every status code."""
