"""What a command writes: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import click

from ionostat.errors import InputError

PLAIN_WIDTH = 100
"""Columns of a report that does not go to a terminal."""


def print_json(record: Any) -> None:
    """One JSON object on stdout; NaN would be a fault and is refused."""
    sys.stdout.write(json.dumps(record, allow_nan=False, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def print_report(report: Any) -> None:
    """A rich report on stdout: with colour on a terminal, as plain text elsewhere."""
    from rich.console import Console

    console = Console(highlight=False)
    if console.is_terminal:
        console.print(report)
        return
    plain = Console(highlight=False, width=int(os.environ.get("COLUMNS", PLAIN_WIDTH)), color_system=None)
    with plain.capture() as captured:
        plain.print(report)
    sys.stdout.write("\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n")
    sys.stdout.flush()


def remark(text: str, *, quiet: bool = False) -> None:
    """A remark on stderr."""
    if not quiet:
        click.echo(text, err=True)


def check_target(path: str | None, endings: tuple[str, ...], what: str) -> Path | None:
    """The path of a file to be written, refused before any work is done if it cannot be."""
    if path is None:
        return None
    target = Path(path)
    if target.suffix not in endings:
        raise InputError(
            f"cannot {what} as '{target.suffix or target.name}'", hint=f"use {' or '.join(endings)}", field=path
        )
    if target.is_dir():
        raise InputError(f"'{path}' is a folder", field=path)
    folder = target.parent
    if not folder.is_dir():
        raise InputError(f"the folder '{folder}' does not exist", hint=f"mkdir -p {folder}", field=path)
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(f"cannot write to the folder '{folder}': {error.strerror}", field=path) from None
    return target
