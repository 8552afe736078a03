"""The report of a resting state: potentials, what is where, currents, energy, stability, remarks on the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ionostat.cell.description import Junction, Membrane
from ionostat.report.energy import energy
from ionostat.report.numbers import plain, shown, with_unit
from ionostat.report.outline import closed, headline, mechanisms
from ionostat.report.tables import about_model, grid, ion_text, lines, quantity_columns, section, warning_lines
from ionostat.report.words import counted
from ionostat.studies.resting_state import RestingState
from ionostat.studies.text import duration

VERDICT_STYLE = {"stable": "bold green", "neutral": "bold yellow", "unstable": "bold yellow", "none": "bold red"}


def rest_report(rest: RestingState, *, verbose: bool = False) -> Group:
    """Everything about a rest on one page; `verbose` adds eigenvalues, residual and iterations."""
    parts: list[Any] = [_head(rest)]
    if rest.found:
        parts += [section(_edge_title(rest, m), _sides(rest, m)) for m in rest.cell.membranes]
        parts += [
            section("Volumes", _volumes(rest)),
            section("Mechanisms", _mechanisms(rest)),
            *([section("Gates", _gates(rest))] if any(m.gates for m in mechanisms(rest.cell)) else []),
            section("Energy", _energy(rest)),
            section("Return to rest", _modes(rest, verbose)),
        ]
    elif verbose:
        parts.append(section("Certificate", _certificate(rest)))
    parts += about_model(rest.cell, rest.notes)
    if verbose:
        solver = f"{rest.iterations} iterations, {rest.engine} engine, residual {rest.residual:.1e} (relative, per ms)"
        parts.append(section("Solver", lines([solver])))
    return Group(*parts)


def short_rest_report(rest: RestingState) -> Group:
    """The verdict and the main quantities."""
    table = grid("", "", "")
    if rest.found:
        for name in headline(rest.cell):
            table.add_row(name, *quantity_columns(rest[name], rest.units[name], 6))
    return Group(_verdict(rest), *warning_lines(rest.warnings), *([table] if rest.found else []))


def rests_report(rests: Sequence[RestingState]) -> Group:
    """Several rests of one cell side by side."""
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("")
    for r in rests:
        table.add_column(r.label, justify="right")
    table.add_row("verdict", *(Text(r.verdict, style=VERDICT_STYLE[r.verdict]) for r in rests))
    for name in headline(rests[0].cell):
        if all(r.found for r in rests):
            unit = rests[0].units[name]
            table.add_row(name, *(with_unit(r[name], unit) for r in rests))
    if all(r.found for r in rests):
        table.add_row("leading mode", *(_leading(r) for r in rests))
    found = "one resting state" if len(rests) == 1 else f"{len(rests)} resting states"
    told = [f"{r.label}: {text}" for r in rests for text in r.warnings]
    return Group(Text(f"{rests[0].cell.name}: {found} found", style="bold"), *warning_lines(told), Text(), table)


def _leading(rest: RestingState) -> str:
    known = rest.time_constants
    return duration(float(known[0])) if len(known) and np.isfinite(known[0]) else "does not decay"


def _head(rest: RestingState) -> Group:
    return Group(
        Text.assemble((rest.cell.name, "bold"), "  ", (rest.cell.title, "dim")),
        _verdict(rest),
        *warning_lines(rest.warnings),
    )


def _verdict(rest: RestingState) -> Text:
    word = "no rest" if rest.verdict == "none" else f"{rest.verdict} rest"
    text = Text.assemble((word, VERDICT_STYLE[rest.verdict]))
    if rest.warnings:
        text.append(f", DOUBTFUL: {counted(len(rest.warnings), 'warning')}", "bold red")
    text.append(f" ({rest.cell.closure} closure)")
    return text.append(f": {rest.reason}") if rest.reason else text


def _edge_title(rest: RestingState, edge: Membrane | Junction) -> str:
    return f"{edge.name}: V = {with_unit(rest[f'{edge.name}.V'], 'mV', 6)}"


def _sides(rest: RestingState, edge: Membrane) -> Table:
    """What is on the two sides of a membrane, with each ion's Nernst potential and driving force."""
    cell = rest.cell
    table = grid("mM", edge.inside, edge.outside, "E (mV)", "V - E (mV)")
    V = rest[f"{edge.name}.V"]
    names = dict.fromkeys((*cell.compartment(edge.inside).ions, *cell.compartment(edge.outside).ions))
    for ion in names:
        E = rest.quantities.get(f"{edge.name}.E_{ion}")
        force = "" if E is None else plain(V - E)
        cells = [_concentration(rest, c, ion) for c in (edge.inside, edge.outside)]
        table.add_row(ion_text(ion), *cells, "" if E is None else plain(E), force)
    fixed = dict.fromkeys((*cell.compartment(edge.inside).impermeants, *cell.compartment(edge.outside).impermeants))
    for x in fixed:
        cells = [_concentration(rest, c, x) for c in (edge.inside, edge.outside)]
        table.add_row(ion_text(x, f"{x} (fixed)"), *cells)
    table.add_row(
        Text("all solutes", style="dim"), *(_concentration(rest, c, "osmolarity") for c in (edge.inside, edge.outside))
    )
    return table


def _concentration(rest: RestingState, compartment: str, name: str) -> str:
    c = rest.cell.compartment(compartment)
    path = f"{compartment}.{name}"
    if path in rest.quantities:
        return plain(rest[path], 6)
    if name == "osmolarity":
        return plain(sum(rest.cell[f"{compartment}.{x}"] for x in (*c.ions, *c.impermeants)), 6)
    return plain(rest.cell[path], 6) if c.kind == "bath" and path in rest.cell.numbers else ""


def _volumes(rest: RestingState) -> Table:
    table = grid("", "", "")
    for c in closed(rest.cell):
        table.add_row(c.name, *quantity_columns(rest[f"{c.name}.volume"], "um3"))
    return table


def _mechanisms(rest: RestingState) -> Table:
    """Turnover, current and dissipation of every mechanism."""
    table = grid("", "turnover", "", "current (pA)", "dissipates (fW)")
    for m in mechanisms(rest.cell):
        turnover = quantity_columns(rest[f"{m.path}.turnover"], rest.units[f"{m.path}.turnover"])
        current = plain(rest[f"{m.path}.I"]) if m.charged else ""
        label = Text.assemble(m.path, (f"  {m.type}", "dim"))
        table.add_row(label, *turnover, current, plain(rest[f"{m.path}.dissipation"]))
    edges = [e.name for e in rest.cell.edges]
    for edge in edges:
        table.add_row(Text(f"{edge}, sum", style="dim"), "", "", plain(_near_zero(rest, edge)))
    return table


def _near_zero(rest: RestingState, edge: str) -> float:
    """The net current; 0 where it is round-off of the currents that make it up."""
    net = rest[f"{edge}.I_ionic"]
    largest = max(
        (abs(v) for n, v in rest.quantities.items() if n.startswith(f"{edge}.") and n.endswith(".I")), default=0.0
    )
    return 0.0 if abs(net) < 1e-9 * largest else net


def _gates(rest: RestingState) -> Table:
    table = grid("", "open fraction")
    for m in mechanisms(rest.cell):
        for gate in m.gates:
            table.add_row(f"{m.path}.{gate}", plain(rest[f"{m.path}.{gate}"]))
    return table


def _energy(rest: RestingState) -> Table:
    account = energy(rest.cell, rest.quantities)
    table = grid("", "", "", "")
    rows: list[tuple[str, float, str, str]] = [
        ("ATP use", account.ATP_use, "amol/ms", f"= {plain(account.molecules, 4)} molecules/s"),
        ("free energy of ATP", account.dG_ATP, "aJ/amol", "dG_ATP"),
        ("ATP gives", account.supply, "aJ/ms", ""),
        ("all mechanisms dissipate", account.total, "aJ/ms", ""),
    ]
    for name, value, unit, remark in rows:
        table.add_row(name, *quantity_columns(value, unit), remark)
    for pump, part in account.efficiency.items():
        work = shown(account.work[pump], "aJ/amol")
        table.add_row(
            f"efficiency of {pump}", plain(100 * part, 4), "%", f"work {plain(work[0], 4)} {work[1]} per cycle"
        )
    for column in table.columns[3:]:
        column.justify = "left"
    return table


def _modes(rest: RestingState, verbose: bool) -> Group:
    """The slowest time constants; with `verbose` all eigenvalues."""
    known = [t for t in rest.time_constants if np.isfinite(t)]
    text = ", ".join(duration(float(t)) for t in known[: None if verbose else 4])
    rest_of_them = "" if verbose or len(known) <= 4 else f" and {len(known) - 4} faster"
    found = [f"time constants {text}{rest_of_them}"] if known else ["no time constant is finite"]
    if rest.conserved:
        found.append(f"conserved: {', '.join(rest.conserved)}")
    if verbose:
        found += [f"eigenvalue {v.real:.6g} {v.imag:+.3g}i 1/ms" for v in rest.eigenvalues]
    return lines(found)


def _certificate(rest: RestingState) -> Group:
    certificate = rest.certificate
    found = []
    if "judged" in certificate:
        found.append(f"judged: {certificate['judged']}")
    if "volume" in certificate and "rate" in certificate:
        for W, rate in zip(certificate["volume"]["value"], certificate["rate"]["value"], strict=True):
            found.append(f"  at {plain(W, 4)} µm³: {plain(rate, 3)} 1/ms")
    return lines(found)
