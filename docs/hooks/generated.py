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
    yield (
        f"- Used in {', '.join(f'[{c}](cells.md#{c.lower()})' for c in used)}." if used else "- In no library cell yet."
    )
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
        readme = LIBRARY / name / "README.md"
        yield demoted(readme.read_text(encoding="utf-8")) if readme.is_file() else plain(cell.notes)
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
    yield '??? note "Every number and its source"'
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


# Reported results


def validation() -> Iterator[str]:
    """Every reported result computed again, but for what takes long. A miss that nobody explained stops the build."""
    from ionostat.studies.reported import load_reported

    lines: list[str] = []
    met = total = 0
    for name in list_cells():
        lines += [f"## {name}", ""]
        for result in load_reported(name):
            lines += [f"**{result.id.replace('_', ' ')}.** {plain(result.says)} *(source: {plain(result.source)})*", ""]
            if result.slow:
                lines += ["Takes long, so it is computed by `make test` only.", ""]
                continue
            outcomes = check(result)
            met, total = met + sum(o.ok for o in outcomes), total + len(outcomes)
            lines += table(
                ["Quantity", "Reported", "Computed", "Within", ""],
                [[o.what, o.expected, o.got, o.tolerance, "" if o.ok else "not met"] for o in outcomes],
            )
            if result.unreached:
                lines += [f"Not reached: {plain(result.unreached)}", ""]
    if not total:
        raise PluginError("no reported result was computed")
    yield f"**{met} of {total} expectations are met.** The others are listed with the reason.\n"
    yield from lines


def check(result: Any) -> list[Any]:
    """Outcomes of a reported result; a miss that nobody has explained stops the build."""
    from ionostat.studies.reported import check as compute

    outcomes = compute(result)
    missed = [str(o) for o in outcomes if not o.ok]
    if missed and not result.unreached:
        raise PluginError(f"{result.cell}: {result.id}: {missed[0]}")
    return outcomes


# The command line


def command_line() -> Iterator[str]:
    """The help of every command, as the terminal shows it."""
    import click

    from ionostat.app.cli import cli

    top = click.Context(cli, info_name="ionostat")
    for name in cli.list_commands(top):
        command = cli.get_command(top, name)
        if command is None:
            raise PluginError(f"the command {name} cannot be loaded")
        yield f"## ionostat {name}\n"
        yield f"```text\n{command.get_help(click.Context(command, info_name=name, parent=top))}\n```\n"


WRITERS: dict[str, Callable[[], Iterator[str]]] = {
    "mechanisms": mechanisms,
    "cells": cells,
    "interventions": interventions_table,
    "validation": validation,
    "command-line": command_line,
}
