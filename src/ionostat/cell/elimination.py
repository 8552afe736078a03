"""Dependent amounts by exact rank over all linear constraints together.

The charge of each compartment and the total of each conserved ion are linear in the amounts, with integer
coefficients. In a closed system they are not independent (5 rows of rank 4 in Huebel & Ullah 2016), so they are
solved by exact Gaussian elimination; a row that becomes empty is redundant, and its right-hand side has to
vanish for the starting values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy

from ionostat.errors import CellError

Column = tuple[str, str]
"""(compartment, ion)."""


@dataclass(frozen=True)
class Row:
    """sum of coefficient x amount = constant; `solve_for` is the amount that the file wants eliminated by it."""

    name: str
    coefficients: Mapping[Column, int]
    constant: Any
    solve_for: Column | None = None


@dataclass(frozen=True)
class Elimination:
    """`solved` gives each eliminated amount as (kept coefficients, constant); `redundant` names rows and residuals."""

    solved: Mapping[Column, tuple[Mapping[Column, Fraction], Any]]
    redundant: tuple[tuple[str, Any], ...]
    rank: int

    def expression(self, column: Column, symbols: Mapping[Column, Any]) -> Any:
        """The eliminated amount as an expression in the kept ones."""
        kept, constant = self.solved[column]
        return constant + sympy.Add(*(sympy.Rational(c.numerator, c.denominator) * symbols[k] for k, c in kept.items()))


def eliminate(rows: Sequence[Row]) -> Elimination:
    """Solve the rows in the order given, each for its own amount.

    A row whose amount is already gone, or that wants none, is redundant if nothing of it is left, and an error
    otherwise: the message names the amounts that could be eliminated.
    """
    solved: dict[Column, tuple[dict[Column, Fraction], Any]] = {}
    redundant: list[tuple[str, Any]] = []
    for row in rows:
        left, constant = _substitute({c: Fraction(v) for c, v in row.coefficients.items()}, row.constant, solved)
        if not left:
            redundant.append((row.name, sympy.sympify(constant)))
            continue
        pivot = row.solve_for
        if pivot is None or pivot not in left:
            choices = ", ".join(f"{c}.{ion}" for c, ion in left)
            what = "names no amount to eliminate" if pivot is None else f"cannot eliminate {pivot[0]}.{pivot[1]}"
            raise CellError(f"{row.name} {what}", hint=f"eliminate one of {choices}")
        factor = left.pop(pivot)
        value = (
            {c: -v / factor for c, v in left.items()},
            constant / sympy.Rational(factor.numerator, factor.denominator),
        )
        solved = {c: _replace(expr, pivot, value) for c, expr in solved.items()}
        solved[pivot] = value
    return Elimination(solved, tuple(redundant), len(solved))


def _substitute(
    coefficients: dict[Column, Fraction], constant: Any, solved: Mapping[Column, tuple[dict[Column, Fraction], Any]]
) -> tuple[dict[Column, Fraction], Any]:
    """The row with every solved amount replaced."""
    left: dict[Column, Fraction] = {}
    for column, value in coefficients.items():
        if column in solved:
            kept, shift = solved[column]
            constant = constant - sympy.Rational(value.numerator, value.denominator) * shift
            for c, v in kept.items():
                left[c] = left.get(c, Fraction(0)) + value * v
        else:
            left[column] = left.get(column, Fraction(0)) + value
    return {c: v for c, v in left.items() if v}, constant


def _replace(
    expression: tuple[dict[Column, Fraction], Any], pivot: Column, value: tuple[dict[Column, Fraction], Any]
) -> tuple[dict[Column, Fraction], Any]:
    kept, constant = expression
    if pivot not in kept:
        return expression
    kept = dict(kept)
    factor = kept.pop(pivot)
    for c, v in value[0].items():
        kept[c] = kept.get(c, Fraction(0)) + factor * v
    return {c: v for c, v in kept.items() if v}, constant + sympy.Rational(
        factor.numerator, factor.denominator
    ) * value[1]
