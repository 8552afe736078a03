"""Which of many small matrices have all eigenvalues in the left half plane, beyond the doubt of round-off.

The Routh-Hurwitz test needs no eigenvalues, only the coefficients of the characteristic polynomial, which are sums of
principal minors. Each sum comes with that of the sizes of its terms, so that one drowned in round-off is seen. A matrix
that passes is stable; one that does not may be unstable, neutral or too hard to tell, and wants its spectrum.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

Array = np.ndarray
LARGEST = 4
"""Matrices beyond this size are not tested: the number of terms grows with its factorial."""
Sized = tuple[Any, Any]
"""A sum, and the sum of the sizes of its terms."""
DOUBT = 1e-9
"""A sum below this part of the sizes of its terms tells nothing: entries are exact to some 1e-13."""


def plainly_stable(A: Array) -> Array:
    """Which matrices of the stack (batch, n, n), n <= 4, are stable for certain.

    >>> import numpy as np
    >>> A = np.array([[[-1.0, 3.0], [-3.0, -1.0]], [[1.0, 0.0], [0.0, -2.0]], [[0.0, 1.0], [-1.0, 0.0]]])
    >>> plainly_stable(A).tolist()
    [True, False, False]
    """
    n = A.shape[-1]
    if not 1 <= n <= LARGEST:
        raise ValueError(f"matrices of size {n} are not tested; at most {LARGEST}")
    entries = np.ascontiguousarray(np.moveaxis(A, 0, -1))
    with np.errstate(all="ignore"):
        c = [_coefficient(entries, k) for k in range(1, n + 1)]
        tests = list(c)
        if n >= 3:
            inner = _minus(_times(c[0], c[1]), c[2])
            tests.append(inner)
            if n == 4:
                tests.append(_minus(_times(c[2], inner), _times(_times(c[0], c[0]), c[3])))
        passed = np.ones(len(A), dtype=bool)
        for value, size in tests:
            passed &= value > DOUBT * size
    return passed


def _coefficient(a: Array, k: int) -> Sized:
    """(-1)^k times the sum of the principal minors of order k."""
    minors = [_determinant(a, rows, rows) for rows in combinations(range(len(a)), k)]
    sign = -1.0 if k % 2 else 1.0
    return sign * sum(value for value, _ in minors), sum(size for _, size in minors)


def _determinant(a: Array, rows: tuple[int, ...], columns: tuple[int, ...]) -> Sized:
    """Determinant of a submatrix by expansion along its first row."""
    first = a[rows[0]]
    if len(rows) == 1:
        return first[columns[0]], np.abs(first[columns[0]])
    total, size = np.zeros(a.shape[2]), np.zeros(a.shape[2])
    for place, column in enumerate(columns):
        value, part = _determinant(a, rows[1:], columns[:place] + columns[place + 1 :])
        total = total - first[column] * value if place % 2 else total + first[column] * value
        size = size + np.abs(first[column]) * part
    return total, size


def _times(a: Sized, b: Sized) -> Sized:
    return a[0] * b[0], a[1] * b[1]


def _minus(a: Sized, b: Sized) -> Sized:
    return a[0] - b[0], a[1] + b[1]
