"""`ionostat check`: whether a cell file is sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ionostat.app import options
from ionostat.app.failures import Exit, error_object
from ionostat.app.output import print_json, print_report
from ionostat.errors import CellError, InputError

if TYPE_CHECKING:
    from ionostat.cell.description import Cell

AT_REST = "second_law at rest"
ROUND_OFF = 1e-9


@click.command("check")
@click.argument("file", metavar="FILE")
@options.json_option
@options.quiet_option
def command(file: str, as_json: bool, quiet: bool) -> int:
    """Validate a cell FILE (or library name): schema, units, sources, balance, second law at the start and at rest.

    Exit code 5 if it fails, 3 if there is no such file.
    """
    from ionostat.cell.load import find_cell, load

    path = find_cell(file)
    try:
        cell = load(path)
    except CellError as error:
        return _failed_to_load(error, str(path), as_json)
    from ionostat.cell.checks import check

    judged = [{"law": f.law, "ok": bool(f.ok), "message": f.message, "deviation": f.deviation} for f in check(cell)]
    findings = [*(f for f in judged if not _is_memory(f)), *_at_rest(cell), *_from_memory(cell)]
    sound = all(f["ok"] for f in findings)
    if as_json:
        print_json(_record(str(path), cell.name, findings, sound))
    else:
        _print(cell.name, findings, sound, quiet)
    return Exit.DONE if sound else Exit.CHECK_FAILED


def _at_rest(cell: Cell) -> list[dict[str, Any]]:
    """The second law of the ATPases where the cell comes to rest, which may be far from where its file starts."""
    from ionostat.report.outline import mechanisms
    from ionostat.studies.rest import rest

    found = rest(cell)
    if not found.found:
        return [_finding(AT_REST, True, f"no rest, so nothing to judge there: {found.reason}")]
    pumps = {m.path: m.deviation or "" for m in mechanisms(cell) if m.uses_atp}
    efficiency = {path: found[f"{path}.efficiency"] for path in pumps if found[f"{path}.turnover"] > 0}
    waived = {d.id for d in cell.deviations if "second_law" in d.waives}
    beyond = [
        _finding(
            AT_REST,
            pumps[path] in waived,
            f"{path} would work with an efficiency of {100 * part:.4g} %: it needs more free energy than ATP gives",
            pumps[path] if pumps[path] in waived else "",
        )
        for path, part in efficiency.items()
        if part > 1 + ROUND_OFF
    ]
    if beyond:
        return beyond
    said = ", ".join(f"{path} works with {100 * part:.3g} %" for path, part in efficiency.items())
    return [_finding(AT_REST, True, f"no pump gives more than ATP supplies{': ' if said else ''}{said}")]


def _is_memory(finding: dict[str, Any]) -> bool:
    """Whether a finding is one of the notices about numbers from memory, one for each source."""
    return bool(finding["ok"] and finding["law"] == "sources" and "quoted from memory" in finding["message"])


def _from_memory(cell: Cell) -> list[dict[str, Any]]:
    """One notice for all numbers that were quoted from memory."""
    from ionostat.report.outline import quoted_from_memory

    found = quoted_from_memory(cell)
    paths = [path for group in found.values() for path in group]
    if not paths:
        return []
    how = ", ".join(f"{len(group)} with {word} confidence" for word, group in found.items())
    many = "1 number is" if len(paths) == 1 else f"{len(paths)} numbers are"
    return [_finding("sources", True, f"{many} quoted from memory ({how}): {', '.join(paths)}")]


def _finding(law: str, ok: bool, message: str, deviation: str = "") -> dict[str, Any]:
    return {"law": law, "ok": ok, "message": message, "deviation": deviation}


def _failed_to_load(error: InputError, path: str, as_json: bool) -> int:
    """A file that cannot be loaded has failed its check."""
    message = str(error).removesuffix(f"\n  hint: {error.hint}") if error.hint else str(error)
    if as_json:
        finding = {"law": "file", "ok": False, "message": message}
        record = _record(path, "", [finding], sound=False)
        record["error"] |= {"field": error.field, "hint": error.hint}
        print_json(record)
    else:
        click.echo(
            f"{click.style('failed', fg='red', bold=True)} {message}"
            + (f"\n  hint: {error.hint}" if error.hint else "")
        )
    return Exit.CHECK_FAILED


def _record(path: str, name: str, findings: list[dict[str, Any]], sound: bool) -> dict[str, Any]:
    record: dict[str, Any] = {
        "schema": "ionostat/check@1",
        "file": path,
        "cell": name,
        "status": "ok" if sound else "failed",
        "findings": findings,
    }
    if not sound:
        first = next(f for f in findings if not f["ok"])
        record["error"] = error_object("check", "check_failed", first["message"], field=first["law"])["error"]
    return record


def _print(name: str, findings: list[dict[str, Any]], sound: bool, quiet: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_row(Text("ok", style="green"), "file", "schema, units, sources and charges read without complaint")
    for f in findings:
        if not (quiet and f["ok"]):
            table.add_row(
                Text("ok", style="green") if f["ok"] else Text("failed", style="bold red"), f["law"], f["message"]
            )
    if not quiet or not sound:
        print_report(table)
    print_report(Text(f"{name}: {'sound' if sound else 'not sound'}", style="bold"))
