"""Where a model comes from, as the notes and annotations of an SBML document."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib.metadata import version
from typing import Any

from ionostat.cell.description import Cell, Number, Source
from ionostat.interop.libraries import libsbml

XHTML = "http://www.w3.org/1999/xhtml"


def describe(model: Any, cell: Cell, protocol: str, remarks: Iterable[str]) -> None:
    """Title, notes, flaws, start, protocol and sources of a cell; its DOIs also in a form that programs read."""
    model.setName(cell.title or cell.name)
    body = [f"<p>{escape(cell.title or cell.name)}</p>"]
    body += [f"<p>{escape(' '.join(part.split()))}</p>" for part in cell.notes.split("\n\n") if part.strip()]
    body.append(_list("Flaws of the published model that are kept", (f"{d.id}: {d.what}" for d in cell.deviations)))
    body.append(f"<p>Closure: {cell.closure}. {escape(' '.join(f'{r}.' for r in remarks))}</p>")
    body.append(f"<p>Protocol: {escape(protocol) or 'none'}</p>")
    body.append(_list("Sources, by the key in the notes of each parameter", map(_cited, cell.sources)))
    body.append(
        f"<p>Written by Ionostat {version('ionostat')} from the equations of its cell {escape(cell.name)}. The name of "
        "each element is its path in Ionostat. Potentials are inside minus outside, currents are outward positive.</p>"
    )
    model.setNotes(f'<body xmlns="{XHTML}">{"".join(body)}</body>')
    _annotate(model, cell.sources)


def told(number: Number) -> str:
    """Where one number comes from: as given, and the key of its source."""
    said = [f"given as {number.text}" if number.text else "", f"source: {number.source}" if number.source else ""]
    text = "; ".join(part for part in said if part)
    return f'<p xmlns="{XHTML}">{escape(text)}</p>' if text else ""


def _cited(source: Source) -> str:
    doi = f" https://doi.org/{source.doi}" if source.doi else ""
    memory = f" (from memory, confidence {source.memory})" if source.memory else ""
    return f"{source.key}: {source.cite}{doi}{memory}"


def _list(head: str, items: Iterable[str]) -> str:
    found = "".join(f"<li>{escape(' '.join(item.split()))}</li>" for item in items)
    return f"<p>{head}:</p><ul>{found}</ul>" if found else ""


def _annotate(model: Any, sources: Iterable[Source]) -> None:
    """`is described by` each DOI, once."""
    library = libsbml()
    dois = dict.fromkeys(source.doi for source in sources if source.doi)
    if not dois:
        return
    model.setMetaId("model")
    term = library.CVTerm(library.MODEL_QUALIFIER)
    term.setModelQualifierType(library.BQM_IS_DESCRIBED_BY)
    for doi in dois:
        term.addResource(f"https://doi.org/{doi}")
    model.addCVTerm(term)
