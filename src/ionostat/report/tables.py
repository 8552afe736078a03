"""Resting states and runs as tables for people, drawn with rich.

Each function returns something that `rich.print` shows and that prints plainly into a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ionostat.cell.description import Cell
from ionostat.report.numbers import plain, pretty, shown
from ionostat.report.outline import changed_numbers, quoted_from_memory
from ionostat.report.palette import ion_colour

QUIET = "dim"


def grid(*columns: str, **options: Any) -> Table:
    """A table without lines; the first column is text, the others numbers. A column title "" shows none."""
    table = Table(
        box=None,
        show_header=any(columns),
        header_style=QUIET,
        pad_edge=False,
        padding=(0, 3, 0, 0),
        **options,
    )
    for i, title in enumerate(columns):
        table.add_column(title, justify="left" if i == 0 else "right", no_wrap=True)
    return table


def section(title: str, body: Any) -> Group:
    """A titled part of a report."""
    return Group(Text(), Text(title, style="bold"), Padding(body, (0, 0, 0, 2)))


def lines(items: Sequence[str | Text]) -> Group:
    """Sentences below each other."""
    return Group(*(item if isinstance(item, Text) else Text(item) for item in items))


def warning_lines(warnings: Sequence[str]) -> list[Text]:
    """Warnings as they stand under the status line."""
    return [Text.assemble(("warning: ", "bold red"), (text, "bold")) for text in warnings]


def ion_text(name: str, label: str | None = None) -> Text:
    """The name of an ion in its colour."""
    return Text(label or name, style=ion_colour(name))


def quantity_columns(value: float, unit: str, digits: int = 5) -> tuple[str, str]:
    """A number and its unit as two cells."""
    number, better = shown(value, unit)
    return plain(number, digits), pretty(better)


def about_model(cell: Cell, notes: Sequence[str], *, all_notes: bool = True) -> list[Group]:
    """What to know about the model: changes by hand, deviations, what closed the charge, numbers from memory."""
    found = []
    changed = changed_numbers(cell)
    if changed:
        found.append(section("Changed by hand", lines([f"{path} = {text}" for path, text in changed.items()])))
    if cell.deviations:
        found.append(
            section("Deviations of the published model", lines([_deviation(d.id, d.what) for d in cell.deviations]))
        )
    remarks = [*(notes if all_notes else ()), *_from_memory(cell)]
    if remarks:
        found.append(section("Notes", lines(remarks)))
    return found


def _deviation(name: str, what: str) -> Text:
    return Text.assemble((name, "bold"), ": ", what)


def _from_memory(cell: Cell) -> list[str]:
    found = quoted_from_memory(cell)
    remarks = []
    for word, paths in found.items():
        names = paths[0] if len(paths) == 1 else f"{len(paths)} numbers"
        listed = "" if len(paths) == 1 else f" ({shorten(', '.join(paths), 60, placeholder=' ...')})"
        remarks.append(f"{names} quoted from memory, confidence {word}: to be checked against the source{listed}")
    return remarks
