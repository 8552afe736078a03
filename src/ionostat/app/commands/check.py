"""`ionostat check`: whether a cell file is sound."""

from __future__ import annotations

from typing import Any

import click

from ionostat.app import options
from ionostat.app.failures import Exit, error_object
from ionostat.app.output import print_json, print_report
from ionostat.errors import CellError, InputError


@click.command("check")
@click.argument("file", metavar="FILE")
@options.json_option
@options.quiet_option
def command(file: str, as_json: bool, quiet: bool) -> int:
    """Validate a cell FILE (or library name): schema, units, sources, balance, second law.

    Exit code 5 if it fails, 3 if there is no such file.
    """
    from ionostat.cell.load import find_cell, load

    path = find_cell(file)
    try:
        cell = load(path)
    except CellError as error:
        return _failed_to_load(error, str(path), as_json)
    from ionostat.cell.checks import check

    findings = [{"law": f.law, "ok": bool(f.ok), "message": f.message, "deviation": f.deviation} for f in check(cell)]
    sound = all(f["ok"] for f in findings)
    if as_json:
        print_json(_record(str(path), cell.name, findings, sound))
    else:
        _print(cell.name, findings, sound, quiet)
    return Exit.DONE if sound else Exit.CHECK_FAILED


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
