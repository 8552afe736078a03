"""What there is to choose from: cells of the library, mechanism types, interventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import getdoc
from math import isfinite
from typing import Any

from rich.table import Table
from rich.text import Text

from ionostat import interventions as _interventions
from ionostat.cell.load import list_cells
from ionostat.mechanisms.mechanism import Mechanism
from ionostat.mechanisms.registry import TYPES, mechanism_class


def cells() -> list[dict[str, Any]]:
    """Name and title of every cell of the library."""
    return [{"name": name, "title": title} for name, title in list_cells().items()]


def mechanisms() -> list[dict[str, Any]]:
    """Type, meaning, what it moves and the parameters of every mechanism."""
    return [_mechanism(name, mechanism_class(name)) for name in sorted(TYPES)]


def _mechanism(name: str, kind: type[Mechanism]) -> dict[str, Any]:
    text = getdoc(kind) or ""
    return {
        "type": name,
        "what": text.partition("\n")[0],
        "moves": {s.name: n for s, n in kind.moves.items()} if isinstance(kind.moves, Mapping) else None,
        "options": {n: o.doc for n, o in kind.declared_options().items()},
        "empirical": kind.empirical,
        "parameters": [
            {
                "name": n,
                "unit": p.unit,
                "default": p.default,
                "range": [x if isfinite(x) else None for x in p.range],
                "what": p.doc,
                "source": p.source,
            }
            for n, p in kind.parameters().items()
        ],
    }


def interventions() -> list[dict[str, Any]]:
    """Name, aliases, what it does, its law and its source, for every intervention."""
    return [
        {
            "name": one.name,
            "aliases": list(one.aliases),
            "what": one.what,
            "targets": list(one.targets),
            "law": one.law.formula,
            "example": f"{one.name} {one.example}".strip(),
            "source": one.source,
            "from_memory": one.memory,
        }
        for one in _interventions.all()
    ]


def table(what: str, entries: Sequence[Mapping[str, Any]]) -> Table:
    """The entries as a table for people."""
    made = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    columns = {
        "cells": ("name", "title"),
        "mechanisms": ("type", "what", "parameters"),
        "interventions": ("example", "what", "law"),
    }[what]
    for i, column in enumerate(columns):
        made.add_column(column, no_wrap=i == 0)
    for entry in entries:
        made.add_row(*(_cell(entry, column, i == 0) for i, column in enumerate(columns)))
    return made


def _cell(entry: Mapping[str, Any], column: str, first: bool) -> Text:
    value = entry[column]
    if column == "parameters":
        value = ", ".join(
            p["name"]
            for p in value
            if p["name"] not in ("scale", "speed") and "_alpha_" not in p["name"] and "_beta_" not in p["name"]
        )
    return Text(str(value), style="bold" if first else "")
