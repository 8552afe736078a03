"""The resting states of many cells: arrays with a verdict and a reason for every member."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from ionostat.engines.native.rest_status import NON_FINITE, REST_STATUS, STALLED
from ionostat.studies.rest import UNDECIDED, conserved_words, few_ions_words, growing_words

Array = np.ndarray

VERDICTS = ("stable", "unstable", "neutral", "none", "not found", "cancelled")
"""Names of the verdict codes. "none": there is no rest, with its reason; "not found": none was found, no proof."""
STABLE, UNSTABLE, NEUTRAL, NONE, NOT_FOUND, CANCELLED = range(6)

REASONS = (
    "certified", "few ions", "grows", "conserved", "undecided", "ran away", "stalled", "iteration limit", "non-finite",
    "infeasible start", "cancelled", "in words",
)  # fmt: skip
"""Names of the reason codes; "in words": the sentence of this member is kept."""
(
    CERTIFIED, FEW_IONS, GROWS, CONSERVED, MODE, AWAY, STUCK, LIMIT, NOT_FINITE, BAD_START, STOPPED, WORDS,
) = range(12)  # fmt: skip


@dataclass(frozen=True)
class RestBatch:
    """Resting states of a batch of cells.

    `x` (batch, states) holds the rests, NaN where there is none (`verdict` "none", "not found", "cancelled");
    `eigenvalues` (batch, modes) in 1/ms, largest real part first, NaN past the modes that are free. `verdict` and
    `reason` are codes of `VERDICTS` and `REASONS`; `detail` is the index in `quantities` of what the reason is about
    (-1: nothing), or for "conserved" one bit for each of the `states` that are. `careful` marks members that the
    single-cell search looked at; `sentence(i)` says in words what is known of member i.
    """

    x: Array
    verdict: Array
    reason: Array
    detail: Array
    eigenvalues: Array
    iterations: Array
    careful: Array
    quantities: tuple[str, ...]
    states: tuple[str, ...]
    words: dict[int, str] = field(default_factory=dict)

    @property
    def found(self) -> Array:
        """Which members have a resting state."""
        found: Array = self.verdict <= NEUTRAL
        return found

    def sentence(self, i: int) -> str:
        """Verdict and reason of member `i`, in the words of `RestingState.status`."""
        reason = self.why(i)
        name = "none" if self.verdict[i] == NOT_FOUND else VERDICTS[self.verdict[i]]
        return f"{name}: {reason}" if reason else name

    def why(self, i: int) -> str:
        """The reason for the verdict of member `i`; "" where the verdict says it all."""
        reason, detail = int(self.reason[i]), int(self.detail[i])
        about = self.quantities[detail] if 0 <= detail < len(self.quantities) else ""
        sentences: dict[int, Callable[[], str]] = {
            FEW_IONS: lambda: few_ions_words([about]),
            GROWS: lambda: growing_words(complex(self.eigenvalues[i, 0])),
            CONSERVED: lambda: conserved_words([n for k, n in enumerate(self.states) if detail >> k & 1]),
            MODE: lambda: UNDECIDED,
            AWAY: lambda: f"{about} left every bound; not looked into",
            STUCK: lambda: _not_found(REST_STATUS[STALLED]),
            LIMIT: lambda: _not_found(f"the search ended after {self.iterations[i]} iterations"),
            NOT_FINITE: lambda: _not_found(REST_STATUS[NON_FINITE]),
            BAD_START: lambda: f"the start is not feasible: {about} is not positive",
            WORDS: lambda: self.words[i],
        }
        return sentences[reason]() if reason in sentences else ""


def _not_found(why: str) -> str:
    return f"no rest was found ({why}); this is not a proof that there is none"
