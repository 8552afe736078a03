"""Pages, or parts of pages, that are written from the code while the site is built, so that they cannot go stale.

A line `<!-- generated: NAME -->` of a page is replaced by what `NAME` of `WRITERS` returns. An unknown name and an
empty result stop the build.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from mkdocs.exceptions import PluginError

from ionostat import interventions
from ionostat.cell.description import Cell
from ionostat.cell.load import LIBRARY, list_cells, load
from ionostat.mechanisms.mechanism import BASES, Mechanism, Parameter
from ionostat.mechanisms.registry import TYPES, mechanism_class
from ionostat.units import to

MARKER = re.compile(r"^<!-- generated: (?P<name>[a-z-]+) -->$", re.MULTILINE)


def on_page_markdown(markdown: str, **_: object) -> str:
    """Replace every marker of a page. MkDocs calls this by name."""
    return MARKER.sub(lambda match: write(match["name"]), markdown)


def write(name: str) -> str:
    """What stands in place of a marker."""
    if name not in WRITERS:
        raise PluginError(f"no writer '{name}'; there are {', '.join(WRITERS)}")
    text = "\n".join(WRITERS[name]()).strip()
    if not text:
        raise PluginError(f"'{name}' came out empty")
    return text


# Markdown


def plain(text: str) -> str:
    """Text in which Markdown sees no markup, except code between backticks."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else re.sub(r"([\\*_\[\]<>|])", r"\\\1", p) for p in parts)


def cell_of_table(text: object) -> str:
    """Text on one line, fit for a table."""
    return plain(" ".join(str(text).split())) or " "


def table(head: list[str], rows: list[list[object]]) -> Iterator[str]:
    """A table in Markdown; cells that begin with a backtick or a bracket are taken as they are."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        shown = [str(c) if str(c).startswith(("`", "[")) else cell_of_table(c) for c in row]
        yield f"| {' | '.join(shown)} |"
    yield ""


def docstring(owner: Any) -> str:
    """A docstring as Markdown: its indented formulas stay as they are."""
    lines = (inspect.getdoc(owner) or "").splitlines()
    return "\n".join(line if line.startswith("    ") else plain(line) for line in lines)


def number(value: float) -> str:
    """A number as people write it; infinity is left out by `span`."""
    return f"{value:.6g}"


def span(low: float, high: float) -> str:
    """A range in words."""
    inf = float("inf")
    if (low, high) == (-inf, inf):
        return "any"
    if high == inf:
        return f"{number(low)} or more"
    return f"{number(low)} to {number(high)}"


# Mechanisms


def users() -> dict[str, list[str]]:
    """Type name -> cells of the library that place it."""
    found: dict[str, list[str]] = {name: [] for name in TYPES}
    for name in list_cells():
        for _, placed in load(name).placements():
            if name not in found[placed.type]:
                found[placed.type].append(name)
    return found


def mechanisms() -> Iterator[str]:
    """Every type of the registry: docstring, what it moves, options, parameters, who uses it."""
    used = users()
    for name in TYPES:
        kind = mechanism_class(name)
        yield f"### {name}"
        yield ""
        yield docstring(kind)
        yield ""
        yield from facts(kind, used[name])
        yield from table(
            ["Parameter", "Unit", "Default", "Allowed", "What it is", "Source"],
            [parameter_row(kind, p) for p in kind.parameters().values()],
        )


def facts(kind: type[Mechanism], used: list[str]) -> Iterator[str]:
    """Lines on what a mechanism moves and how it may be placed."""
    options = kind.declared_options()
    if isinstance(inspect.getattr_static(kind, "moves"), property):
        yield "- Moves what its options name."
    else:
        yield f"- Moves {stoichiometry(kind.moves)} (positive is into the inside compartment)."
    if kind.reacts:
        yield f"- Reacts: {stoichiometry(kind.reacts)}."
    for o in options.values():
        yield f"- Option `{o.name}`: {plain(o.doc)}{' (may be left out)' if o.optional else ''}."
    if kind.states:
        yield f"- States: {', '.join(f'`{s}`' for s in kind.states)}."
    if kind.empirical:
        yield f"- Not bound by the second law: {plain(kind.empirical)}."
    if kind.basis:
        yield f"- Its rate is per {kind.basis}, always."
    yield f"- Used in {', '.join(f'[{c}](cells.md#{c.lower()})' for c in used)}." if used else "- In no library cell yet."
    yield ""


def stoichiometry(moved: dict[Any, int]) -> str:
    """`3 Na out` style: `Na -3, K +2`."""
    return ", ".join(f"{species} {n:+d}" for species, n in moved.items())


def parameter_row(kind: type[Mechanism], p: Parameter) -> list[object]:
    """One line of the table of parameters."""
    bases = (kind.basis,) if kind.basis else BASES
    units = list(dict.fromkeys(p.unit_for(b) for b in bases))
    default = "" if p.default is None else number(p.default)
    unit = ", ".join("" if u == "1" else u for u in units)
    return [f"`{p.name}`", unit, default or "none", span(*p.range), p.doc, p.source]


# Cells


def cells() -> Iterator[str]:
    """Every cell of the library: its README, its numbers, its sources."""
    for name in list_cells():
        cell = load(name)
        yield f"## {name}"
        yield ""
        yield f"**{plain(cell.title)}**"
        yield ""
        yield plain(cell.notes)
        yield ""
        readme = LIBRARY / name / "README.md"
        if readme.is_file():
            yield demoted(readme.read_text(encoding="utf-8"))
            yield ""
        for deviation in cell.deviations:
            yield f"- Deviation `{deviation.id}`: {plain(deviation.what)}"
        yield ""
        yield from numbers_of(cell)


def demoted(text: str) -> str:
    """A README under a heading of level 2: its title goes, its other headings move down by one level."""
    lines, fenced = [], False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("# "):
            continue
        lines.append(f"#{line}" if not fenced and re.match(r"#+ ", line) else line)
    return "\n".join(lines).strip()


def numbers_of(cell: Cell) -> Iterator[str]:
    """Numbers with their sources, and the sources."""
    yield "??? note \"Every number and its source\""
    yield ""
    rows: list[list[object]] = []
    for path, n in cell.numbers.items():
        shown = n.text or f"{to(n.value, n.unit):.9g} {'' if n.unit == '1' else n.unit}"
        rows.append([f"`{path}`", shown, n.source])
    lines = list(table(["Path", "Value", "Source"], rows))
    lines += [f"- `{s.key}`: {plain(s.cite)}{memory(s.memory)}{doi(s.doi)}" for s in cell.sources]
    yield from (f"    {line}" for line in lines)
    yield ""


def memory(confidence: str) -> str:
    """Say that a number was quoted from memory."""
    return f" (from memory, confidence {confidence})" if confidence else ""


def doi(text: str) -> str:
    """A link, or nothing."""
    return f", [doi:{text}](https://doi.org/{text})" if text else ""


# Interventions


def interventions_table() -> Iterator[str]:
    """Every intervention: what it is, what it acts on, its law, its source."""
    rows: list[list[object]] = []
    for one in interventions.all():
        names = ", ".join(f"`{n}`" for n in (one.name, *one.aliases))
        spread = f"; reported {one.range[0]} to {one.range[1]}" if one.range else ""
        source = one.source + ("; written from memory" if one.memory else "")
        targets = " ".join(f"`{t}`" for t in one.targets)
        rows.append([names, f"{one.what} {one.species}".strip(), targets, one.law.formula + spread, source])
    yield from table(["Name", "What it is", "Acts on", "Law (c: dose)", "Source"], rows)


def known_laws() -> Iterator[str]:
    """The counts in words, so that a reader sees how much there is."""
    yield f"{len(TYPES)} types of mechanism, {len(list_cells())} cells, {len(interventions.all())} interventions."


WRITERS: dict[str, Callable[[], Iterator[str]]] = {
    "mechanisms": mechanisms,
    "cells": cells,
    "interventions": interventions_table,
    "counts": known_laws,
}
