"""Rows as a table for people, ratios first, and the targets below it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite

from benchmarks.rows import OURS, Row, of, ratio
from benchmarks.targets import TARGETS

HEAD = ("engine", "rtol", "threads", "us per cell", "cells per s", "error", "times ours", "cells", "first, s")


def number(value: float, digits: int = 3) -> str:
    """A number as people write it, or nothing."""
    if not isfinite(value):
        return ""
    if value == 0 or 1e-2 <= abs(value) < 1e5:
        return f"{value:,.{digits}g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.1e}"


def ratio_text(row: Row, rows: Sequence[Row]) -> str:
    """How many times faster we are at equal or better error; for ours nothing."""
    if row.engine == OURS:
        return ""
    value = ratio(row, of(rows, row.case, OURS))
    return number(value) if isfinite(value) else ("lost cells" if row.failed else "more accurate than we were")


def lines(rows: Sequence[Row]) -> Iterator[tuple[str, list[list[str]]]]:
    """For every case its sentence and its table."""
    for case in dict.fromkeys(r.case for r in rows):
        listed = of(rows, case, threads=None)
        unit = " ms" if listed[0].error_unit == "ms" else ""
        table = [
            [
                r.engine if case not in ("cold", "compile", "reference", "rest") else f"{r.engine}: {r.how or r.what}",
                number(r.rtol, 1),
                str(r.threads),
                number(r.us_per_cell),
                number(r.cells_per_s),
                f"{r.rel_error:.1e}{unit}" if isfinite(r.rel_error) and case != "cold" else "",
                ratio_text(r, listed) if case != "cold" else "",
                f"{r.members}" + (f" ({r.failed} failed)" if r.failed else ""),
                number(r.cold_s),
            ]
            for r in listed
        ]
        yield f"{case}: {listed[0].what}" if case != "cold" else "cold: the first result in a new process", table


def less_accurate(rows: Sequence[Row]) -> Iterator[str]:
    """A sentence for every peer that is less accurate than we are at the same rtol of 1e-6."""
    for case in dict.fromkeys(r.case for r in rows):
        mine = [r for r in of(rows, case, OURS) if r.rtol == 1e-6]
        for engine in dict.fromkeys(r.engine for r in of(rows, case) if r.engine != OURS):
            found = of(rows, case, engine)
            first = next((r for r in found if r.rtol == 1e-6), None)
            if not (mine and first and first.rel_error > mine[0].rel_error):
                continue
            match = next((r for r in found if r.rel_error <= mine[0].rel_error), None)
            ends = f"it matches at rtol {match.rtol:.0e}" if match else "it did not match at any tolerance tried"
            yield (
                f"{case}: at rtol 1e-6 {engine} errs by {first.rel_error:.1e}, we by {mine[0].rel_error:.1e}; {ends}."
            )


def targets(rows: Sequence[Row]) -> list[list[str]]:
    """One line for each target: what, wanted, measured, verdict."""
    table = []
    for target in TARGETS:
        value, verdict = target.verdict(rows)
        sign = "at least" if target.at_least else "at most"
        table.append([target.what, f"{sign} {number(target.goal)} {target.unit}", number(value), verdict])
    return table


def print_table(rows: Sequence[Row]) -> None:
    """Everything, on a terminal."""
    for title, table in lines(rows):
        print(f"\n{title}")
        _print([list(HEAD), *table])
    print()
    for sentence in less_accurate(rows):
        print(sentence)
    print("\nTargets")
    _print([["what", "wanted", "measured", ""], *targets(rows)])


def _print(table: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    for row in table:
        print(
            "  "
            + "  ".join(t.ljust(w) if i == 0 else t.rjust(w) for i, (t, w) in enumerate(zip(row, widths, strict=True)))
        )
