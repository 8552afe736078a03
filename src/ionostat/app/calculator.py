"""What the calculators share: what was given, echoed with its unit, and the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import click

from ionostat.app.output import print_json, print_report

Quantities = Mapping[str, tuple[float, str]]
"""Name -> (value in coherent units, unit)."""


@dataclass(frozen=True)
class Answer:
    """One calculation: its formula, what it was given, what came out."""

    command: str
    formula: str
    given: Quantities
    result: Quantities


def show(answer: Answer, as_json: bool) -> None:
    """The answer as JSON, or in a few lines with everything echoed."""
    if as_json:
        from ionostat.report.records import clean

        as_record = {
            "schema": f"ionostat/{answer.command}@1",
            "status": "ok",
            "formula": answer.formula,
            "given": _with_units(answer.given),
            "quantities": _with_units(answer.result),
        }
        print_json(clean(as_record))
        return
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from ionostat.report.numbers import plain, pretty

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    for i, (name, (value, unit)) in enumerate(answer.result.items()):
        table.add_row(Text(name, style="bold" if i == 0 else ""), plain(value), pretty(unit))
    echoed = ", ".join(f"{n} {plain(v)} {pretty(u)}".rstrip() for n, (v, u) in answer.given.items())
    print_report(Group(table, Text(f"for {echoed}", style="dim"), Text(answer.formula, style="dim")))


def _with_units(quantities: Quantities) -> dict[str, dict[str, float | str]]:
    return {n: {"value": v, "unit": u} for n, (v, u) in quantities.items()}


def pair(text: str, field: str, unit: str = "mM") -> tuple[float, float]:
    """`OUT/IN` as two numbers; bare ones are in `unit`. A unit may stand on either or on both: `5/140mM`."""
    from ionostat.units import quantity

    parts = [part.strip() for part in text.split("/")]
    if len(parts) != 2 or not all(parts):
        raise click.BadParameter(f"'{text}' is not OUT/IN, e.g. 5/140", param_hint=f"'{field}'")
    first, second = (quantity(part, unit, field=field, bare=True) for part in parts)
    return first, second
