"""From unstable rests to the stable ones on the side of each start: `Search.beyond`, for many members at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ionostat.numerics.stability import stability
from ionostat.studies.judge_many import Judge, Judged
from ionostat.studies.rest import DISPLACEMENTS, ON_IT
from ionostat.studies.rest_batch import UNSTABLE

Array = np.ndarray


@dataclass(frozen=True)
class Beyond:
    """Members (places in the arrays given) that left their unstable rest, where to, and the verdicts there."""

    places: Array
    x: Array
    judged: Judged


def beyond_many(judge: Judge, saddles: Array, x0: Array, p: Array) -> tuple[Beyond | None, Array]:
    """Stable rests beside unstable ones, and a mask of members that the single-cell search has to look at.

    Members in neither stay where they are: on their unstable rest, from which no search leads away. Where a potential
    floats, its inertia is that of the start, which the lanes no longer know here.
    """
    gap = (x0 - saddles) / judge.unit
    todo = np.max(np.abs(gap), axis=1) >= ON_IT
    if not np.all(judge.mass > 0):
        return None, todo
    mode = np.zeros_like(saddles)
    for i in np.flatnonzero(todo):
        mode[i] = _growing_mode(judge, saddles[i], p[i])
    side = np.where(np.sum(gap * (mode / judge.unit), axis=1) >= 0, 1.0, -1.0)
    unclear = np.zeros(len(saddles), dtype=bool)
    found: list[tuple[Array, Array, Judged]] = []
    for sign in (side, -side):
        open_ = todo.copy()  # not yet found, and every displacement so far was feasible
        for size in DISPLACEMENTS:
            places = np.flatnonzero(open_)
            x = saddles[places] + (sign[places] * size)[:, None] * mode[places]
            feasible = np.all(judge.kernel.guards(x, p[places])[:, : len(judge.names)] > 0, axis=1)
            open_[places[~feasible]] = False
            places, x = places[feasible], x[feasible]
            ended = judge.kernel.solve(x, p[places])
            places, x = places[ended.converged], ended.x[ended.converged]
            judged = judge.judge(x, p[places])
            left = judged.verdict != UNSTABLE
            unclear[places[left & ~judged.certain]] = True
            done = left & judged.certain
            found.append((places[done], x[done], _taken(judged, done)))
            todo[places[left]] = open_[places[left]] = False
    return _joined(found), unclear


def _growing_mode(judge: Judge, x: Array, p: Array) -> Array:
    """Direction in which a disturbance grows fastest, of size 1 in natural units."""
    _, J = judge.kernel.slopes(x[None], p[None])
    spectrum = stability(J[0], judge.mass, judge.natural(x[None])[0], np.eye(len(x)))
    direction = spectrum.vectors[:, 0].real
    mode: Array = direction / np.max(np.abs(direction / judge.unit))
    return mode


def _taken(judged: Judged, mask: Array) -> Judged:
    return Judged(
        judged.verdict[mask], judged.reason[mask], judged.detail[mask], judged.eigenvalues[mask], judged.certain[mask]
    )


def _joined(found: list[tuple[Array, Array, Judged]]) -> Beyond | None:
    parts = [part for part in found if len(part[0])]
    if not parts:
        return None
    judged = [j for _, _, j in parts]
    return Beyond(
        np.concatenate([places for places, _, _ in parts]),
        np.concatenate([x for _, x, _ in parts]),
        Judged(
            np.concatenate([j.verdict for j in judged]),
            np.concatenate([j.reason for j in judged]),
            np.concatenate([j.detail for j in judged]),
            np.concatenate([j.eigenvalues for j in judged]),
            np.concatenate([j.certain for j in judged]),
        ),
    )
