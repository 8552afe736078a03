"""An equation sheet as Markdown and as LaTeX."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ionostat.cell.description import Cell, Source
    from ionostat.report.equation_sheet import Section, Sheet

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "µ": r"\textmu{}",
}


def escaped(text: str) -> str:
    r"""Text with every character that LaTeX would act on made harmless.

    >>> escaped("na_leak: 5 %")
    'na\\_leak: 5 \\%'
    """
    return "".join(_SPECIAL.get(c, c) for c in text)


def sources_used(sheet: Sheet) -> list[tuple[str, str]]:
    """Sources that are not declared in the file (those of defaults), each with a number: (mark, text)."""
    declared = {s.key for s in sheet.cell.sources}
    texts = dict.fromkeys(r.source for s in sheet.sections for r in s.rows if r.source and r.source not in declared)
    return [(f"[{i}]", text) for i, text in enumerate(texts, 1)]


def to_markdown(sheet: Sheet) -> str:
    """Markdown with `$$` mathematics, as GitHub, MkDocs, Jupyter and Pandoc read it."""
    cell = sheet.cell
    marks = {text: mark for mark, text in sources_used(sheet)}
    out = [f"# {cell.name}", ""]
    out += [cell.title, ""] if cell.title else []
    out += [_paragraph(cell.notes), ""] if cell.notes else []
    for section in sheet.sections:
        out += [f"## {section.title}", ""]
        for entry in section.entries:
            out += [f"$$\n{entry.latex}\n$$", ""] if entry.latex else [_prose(entry.text), ""]
        if section.rows:
            out += ["| Symbol | Path | Value | Source |", "|---|---|---|---|"]
            for row in section.rows:
                source = marks.get(row.source, row.source)
                out.append(f"| ${row.symbol}$ | `{row.path}` | {_cell(row.value)} | {_cell(source)} |")
            out.append("")
    out += ["## Sources", ""]
    out += [f"- **{s.key}**: {_source(s)}" for s in cell.sources]
    out += [f"- {mark} {text}" for text, mark in marks.items()]
    return "\n".join(out) + "\n"


def _source(source: Source) -> str:
    link = f" <https://doi.org/{source.doi}>" if source.doi else ""
    return f"{_paragraph(source.cite)}{link}{_memory(source)}"


def _memory(source: Source) -> str:
    return f" (quoted from memory, confidence {source.memory}: to be checked)" if source.memory else ""


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _prose(text: str) -> str:
    """A sentence in Markdown: an underscore outside code keeps its meaning there."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(p if p.startswith("`") else p.replace("_", r"\_") for p in parts)


def _cell(text: str) -> str:
    return _paragraph(text).replace("|", r"\|")


def to_latex(sheet: Sheet) -> str:
    """A LaTeX document that compiles with amsmath, longtable and hyperref."""
    cell = sheet.cell
    marks = {text: mark for mark, text in sources_used(sheet)}
    out = [
        r"\documentclass[a4paper]{article}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage[utf8]{inputenc}",
        r"\usepackage{amsmath,textcomp,longtable,array}",
        r"\usepackage[margin=2.2cm]{geometry}",
        r"\usepackage[hidelinks]{hyperref}",
        r"\allowdisplaybreaks",
        r"\setlength{\parindent}{0pt}",
        r"\begin{document}",
        rf"\section*{{{escaped(cell.name)}}}",
        escaped(cell.title),
        "",
        escaped(_paragraph(cell.notes)),
        "",
    ]
    for section in sheet.sections:
        out += _latex_section(section, marks)
    out += [
        r"\subsection*{Sources}",
        r"\begin{itemize}",
        *_latex_sources(cell, marks),
        r"\end{itemize}",
        r"\end{document}",
    ]
    return "\n".join(out) + "\n"


def _latex_section(section: Section, marks: dict[str, str]) -> list[str]:
    out = [rf"\subsection*{{{escaped(section.title)}}}"]
    for entry in section.entries:
        out += (
            [r"\begin{equation*}", entry.latex, r"\end{equation*}"] if entry.latex else [_latex_prose(entry.text), ""]
        )
    if section.rows:
        out += [r"\begin{longtable}{@{}l>{\raggedright}p{4.6cm}>{\raggedright}p{3.4cm}p{4.2cm}@{}}"]
        out += [r"Symbol & Path & Value & Source \\ \hline \endhead"]
        for row in section.rows:
            source = marks.get(row.source, row.source)
            out.append(
                rf"${row.symbol}$ & \texttt{{{escaped(row.path)}}} & {escaped(row.value)} & {escaped(source)} \\"
            )
        out += [r"\end{longtable}"]
    return out


def _latex_prose(text: str) -> str:
    """A sentence: **bold** and `code` as LaTeX commands, everything else escaped."""
    parts = re.split(r"(\*\*[^*]*\*\*|`[^`]*`)", text)
    return "".join(
        rf"\textbf{{{escaped(p[2:-2])}}}"
        if p.startswith("**")
        else rf"\texttt{{{escaped(p[1:-1])}}}"
        if p.startswith("`")
        else escaped(p)
        for p in parts
    )


def _latex_sources(cell: Cell, marks: dict[str, str]) -> list[str]:
    found = []
    for s in cell.sources:
        link = rf" \url{{https://doi.org/{s.doi}}}" if s.doi else ""
        found.append(rf"\item \textbf{{{escaped(s.key)}}}: {escaped(_paragraph(s.cite))}{link}{escaped(_memory(s))}")
    return found + [rf"\item {{{escaped(mark)}}} {escaped(text)}" for text, mark in marks.items()]
