"""What can go wrong on the command line, said once: which exit code, and what is shown where.

People get a sentence on stderr; with `--json` programs get `{"error": {kind, field, message, hint}}` on stdout.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from enum import IntEnum
from math import isfinite
from typing import Any

import click

from ionostat.errors import (
    CellError,
    CellFileError,
    InputError,
    IonostatError,
    ProtocolError,
    UnitError,
    UnknownNameError,
)


class Exit(IntEnum):
    """Exit codes of every command."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    REFUSED = 3
    STOPPED = 4
    CHECK_FAILED = 5
    INTERRUPTED = 130


KINDS: tuple[tuple[type[Exception], str], ...] = (
    (CellFileError, "cell_file"),
    (CellError, "cell"),
    (ProtocolError, "protocol"),
    (UnitError, "unit"),
    (UnknownNameError, "unknown_name"),
    (InputError, "input"),
)
"""Error class -> its kind in JSON, the most special first."""


def guarded(cli: click.Command, arguments: list[str]) -> int:
    """Run a click command; turn whatever it raises into a message and an exit code."""
    as_json = "--json" in arguments
    command = next((a for a in arguments if not a.startswith("-")), "ionostat")
    try:
        code = cli.main(args=arguments, prog_name="ionostat", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        return _usage(error, command, as_json)
    except (KeyboardInterrupt, click.Abort):
        return _tell(as_json, command, "interrupted", "interrupted", Exit.INTERRUPTED)
    except BrokenPipeError:  # whoever read the output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.DONE
    except InputError as error:
        return _refused(error, command, as_json)
    except IonostatError as error:
        return _tell(as_json, command, "numerical", str(error), Exit.STOPPED)
    except OSError as error:
        what = f"{error.strerror or error}: '{error.filename}'" if error.filename else str(error)
        return _tell(as_json, command, "file", what, Exit.REFUSED, field=str(error.filename or ""))
    except Exception as error:
        verbose = not {"-v", "--verbose"}.isdisjoint(arguments)
        return _internal(error, command, as_json, verbose)
    return int(code) if isinstance(code, int) else Exit.DONE


def _usage(error: click.ClickException, command: str, as_json: bool) -> int:
    if as_json:
        name = getattr(getattr(error, "param", None), "name", None) or getattr(error, "option_name", None) or ""
        return _tell(
            True, command, "usage", error.format_message(), Exit.USAGE, field=name, hint=f"ionostat {command} --help"
        )
    error.show(file=sys.stderr)
    return Exit.USAGE


def _refused(error: InputError, command: str, as_json: bool) -> int:
    kind = next(kind for family, kind in KINDS if isinstance(error, family))
    place = {"file": error.file, "line": error.line, "column": error.column} if isinstance(error, CellFileError) else {}
    message = str(error.args[0]).removesuffix(f"\n  hint: {error.hint}") if error.hint else error.message
    return _tell(as_json, command, kind, message, Exit.REFUSED, field=error.field, hint=error.hint, **place)


def _internal(error: Exception, command: str, as_json: bool, verbose: bool) -> int:
    """A fault of our own: one sentence; with -v also where it happened."""
    import traceback

    if verbose and not as_json:
        traceback.print_exc()
    hint = "this is a fault of ionostat: please report it with the command and what it says with -v"
    return _tell(as_json, command, "internal", f"{type(error).__name__}: {error}", Exit.INTERNAL, hint=hint)


def _tell(
    as_json: bool, command: str, kind: str, message: str, code: Exit, *, field: str = "", hint: str = "", **more: Any
) -> int:
    """Say what went wrong, and give back the exit code."""
    if as_json:
        from ionostat.app.output import print_json

        print_json(error_object(command, kind, message, field=field, hint=hint, **more))
    else:
        styled = click.style("interrupted" if kind == "interrupted" else "error:", fg="red", bold=True)
        text = styled if kind == "interrupted" else f"{styled} {message}"
        click.echo(text + (f"\n  hint: {hint}" if hint else ""), err=True, color=None if colour_wanted() else False)
    return code


def error_object(
    command: str, kind: str, message: str, *, field: str = "", hint: str = "", **more: Any
) -> dict[str, Any]:
    """The JSON of a command that gave no result."""
    error = {"kind": kind, "field": field, "message": message, "hint": hint, **more}
    return {"schema": f"ionostat/{command}@1", "status": "error", "error": error}


def colour_wanted() -> bool:
    """Colour only on a terminal, and never with NO_COLOR."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")


class FiniteFloat(click.types.FloatParamType):
    """A number, not infinite and not NaN."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number, or a usage error."""
        number = float(super().convert(value, param, ctx))
        if not isfinite(number):
            self.fail(f"{value!r} is not a finite number.", param, ctx)
        return number


def choices(values: Sequence[str]) -> click.Choice[str]:
    """A choice among words, in capitals or not."""
    return click.Choice(list(values), case_sensitive=False)
