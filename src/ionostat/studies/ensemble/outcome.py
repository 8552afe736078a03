"""What became of the members of an ensemble: their values, a status each, and a sentence where something is amiss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

SENTENCES = {
    "ok": "reached the end",
    "stable": "a resting state from which every disturbance decays",
    "unstable": "a resting state from which some disturbance grows",
    "neutral": "a resting state with a quantity that is conserved, or a mode too slow to tell",
    "none": "no resting state was found",
    "exhausted": "an amount or a volume fell to zero",
    "step_too_small": "the step size fell below its floor",
    "step_limit": "the step limit was reached",
    "non_finite": "a state became infinite or not a number",
    "cancelled": "stopped before its end",
    "no_potential": "no potential balances the currents",
    "refused": "its numbers cannot be started or changed that way",
}
"""Every way a member can end, with what it means; the order is part of the format of stored studies."""

STATUSES: tuple[str, ...] = tuple(SENTENCES)
CODE = {name: np.uint8(i) for i, name in enumerate(STATUSES)}
"""Number of each status."""
FOUND = ("stable", "unstable", "neutral")
"""Statuses of a resting state that was found."""


@dataclass(frozen=True)
class Outcome:
    """The members of a block, in the order of its table.

    `values` has an array per observable, (members,) for a rest or an end state and (members, times) for a series, NaN
    where a member did not come so far. `status` indexes `STATUSES`. `reasons` holds a sentence for every row that is
    not plainly fine, also where a run is "ok" but did not begin at a stable rest. `statistics` has an array per
    count: `steps`, `rejected` and `t_end` (ms) of runs, `iterations` of the search for a rest. `x` is the
    state (members, states) where a member ended, also where it failed: NaN only where it never began.
    """

    values: dict[str, Array]
    status: Array
    reasons: dict[int, str]
    statistics: dict[str, Array]
    x: Array

    def __len__(self) -> int:
        return len(self.status)

    def counts(self) -> dict[str, int]:
        """How many members ended in each way."""
        numbers = np.bincount(self.status, minlength=len(STATUSES))
        return {name: int(n) for name, n in zip(STATUSES, numbers, strict=True) if n}


def joined(parts: Sequence[Outcome]) -> Outcome:
    """One outcome from those of consecutive blocks."""
    first = np.cumsum([0, *(len(part) for part in parts)])
    return Outcome(
        values={n: np.concatenate([part.values[n] for part in parts]) for n in parts[0].values},
        status=np.concatenate([part.status for part in parts]),
        reasons={
            int(i) + row: text for i, part in zip(first, parts, strict=False) for row, text in part.reasons.items()
        },
        statistics={n: np.concatenate([part.statistics[n] for part in parts]) for n in parts[0].statistics},
        x=np.concatenate([part.x for part in parts]),
    )
