"""Sparse LU of W = M c - J with c = 1/(h gamma), decided once per model and written out without loops.

The order of elimination is Markowitz's: the pivot that can make the fewest new entries comes first, so that a
quadrature (a state that nothing depends on) costs one row and no fill-in. Pivots are taken from the diagonal
wherever it is not structurally zero; they are not exchanged at run time, so that lanes never diverge. Entries
are tracked symbolically: a zero is never stored, and a pivot that is just c needs no division.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ionostat.cell.program import Pattern
from ionostat.engines.native.builder import Value
from ionostat.errors import InputError

Entry = tuple[int, int]


@dataclass(frozen=True)
class Elimination:
    """The plan: pivots in order, and the places (row, column) of L and U in the store of factors.

    `slots` numbers the entries that are kept: multipliers below the pivots, U beside them, and for each pivot
    its reciprocal. Quadrature-like pivots, `plain`, equal c: their reciprocal is h gamma for all of them.
    """

    n: int
    pivots: tuple[Entry, ...]
    lower: tuple[tuple[int, ...], ...]  # per pivot: rows still to be reduced
    upper: tuple[tuple[int, ...], ...]  # per pivot: columns still to be eliminated
    plain: frozenset[Entry]
    slots: dict[Entry, int]

    @property
    def size(self) -> int:
        """Number of values to keep."""
        return len(self.slots) + 1


def plan(n: int, pattern: Pattern, mass: Sequence[int]) -> Elimination:
    """Choose the pivots of W and find every place that fills in."""
    jacobian = set(pattern)
    rows: dict[int, set[int]] = {i: set() for i in range(n)}
    columns: dict[int, set[int]] = {j: set() for j in range(n)}
    for i, j in [*pattern, *((i, i) for i in range(n) if mass[i])]:
        rows[i].add(j)
        columns[j].add(i)
    touched = set(jacobian)
    pivots, lower, upper, plain = [], [], [], set()
    slots: dict[Entry, int] = {}
    while rows:
        pivot = _cheapest(rows, columns, mass)
        i, j = pivot
        below = tuple(sorted(columns[j] - {i}))
        beside = tuple(sorted(rows[i] - {j}))
        if pivot not in touched:
            plain.add(pivot)
        else:
            slots[pivot] = len(slots)
        for k in beside:
            slots[i, k] = len(slots)
        for r in below:
            slots[r, j] = len(slots)
            rows[r].discard(j)
            for k in beside:
                rows[r].add(k)
                columns[k].add(r)
                touched.add((r, k))
        for k in beside:
            columns[k].discard(i)
        del rows[i], columns[j]
        pivots.append(pivot)
        lower.append(below)
        upper.append(beside)
    return Elimination(n, tuple(pivots), tuple(lower), tuple(upper), frozenset(plain), slots)


def _cheapest(rows: dict[int, set[int]], columns: dict[int, set[int]], mass: Sequence[int]) -> Entry:
    """The diagonal pivot of least Markowitz cost, differential rows first; off the diagonal only if there is none."""
    diagonal = [(i, i) for i in rows if i in columns and i in rows[i]]
    candidates = diagonal or [(i, j) for i in rows for j in rows[i]]
    if not candidates:
        raise InputError(
            f"the algebraic rows {sorted(rows)} do not determine the states {sorted(columns)}",
            hint="an index-1 system is needed: every algebraic state must occur in an algebraic row",
        )
    return min(candidates, key=lambda p: ((len(rows[p[0]]) - 1) * (len(columns[p[1]]) - 1), 1 - mass[p[0]], p))


def write_factor(
    elimination: Elimination,
    jacobian: dict[Entry, Value],
    mass: Sequence[int],
    c: Value,
    reciprocal_c: Value,
) -> dict[Entry, Value]:
    """Write the elimination; returns the values of the slots: multipliers, pivots' reciprocals, and rows of U.

    The rows of U are divided by their pivots, so that the backward substitution is one multiply-add per link of its
    chain: with one cell per lane the length of that chain, not the number of operations, is what a solve costs.
    """
    w = {entry: -value for entry, value in jacobian.items()}
    for i in range(elimination.n):
        if mass[i]:
            w[i, i] = c - jacobian[i, i] if (i, i) in jacobian else c
    for (i, j), below, beside in zip(elimination.pivots, elimination.lower, elimination.upper, strict=True):
        inverse = reciprocal_c if (i, j) in elimination.plain else 1.0 / w[i, j]
        w[i, j] = inverse
        for r in below:
            multiplier = w[r, j] * inverse
            w[r, j] = multiplier
            for k in beside:
                product = multiplier * w[i, k]
                w[r, k] = w[r, k] - product if (r, k) in w else -product
        for k in beside:
            w[i, k] = w[i, k] * inverse
    return {entry: w[entry] for entry in elimination.slots}


def write_solve(
    elimination: Elimination, factors: dict[Entry, Value], reciprocal_c: Value, b: list[Value]
) -> list[Value]:
    """Write the forward and backward substitution; returns x of W x = b."""
    y = list(b)
    for (i, j), below in zip(elimination.pivots, elimination.lower, strict=True):
        for r in below:
            y[r] = y[r] - factors[r, j] * y[i]
    x: dict[int, Value] = {}
    for (i, j), beside in zip(reversed(elimination.pivots), reversed(elimination.upper), strict=True):
        total = y[i] * (reciprocal_c if (i, j) in elimination.plain else factors[i, j])
        for k in [k for k in x if k in beside]:  # the youngest unknown last: it is the one to wait for
            total = total - factors[i, k] * x[k]
        x[j] = total
    return [x[j] for j in range(elimination.n)]
