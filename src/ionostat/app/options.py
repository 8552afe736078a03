"""The options that several commands share, and how what was typed becomes numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ionostat.app.failures import choices

if TYPE_CHECKING:
    from ionostat.cell.description import Cell, Closure

Command = TypeVar("Command", bound=Callable[..., Any])

cell_argument = click.argument("cell", metavar="CELL")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Only the result.")
verbose_option = click.option("-v", "--verbose", is_flag=True, help="More detail: eigenvalues, solver, audit.")
engine_option = click.option(
    "--engine", type=choices(("native", "reference")), default="native", show_default=True, help="What computes."
)
progress_option = click.option(
    "--progress/--no-progress", default=None, help="Progress on stderr (default: on a terminal, after half a second)."
)


def cell_options(command: Command) -> Command:
    """CELL, --set and --closure: which cell, with which numbers."""
    closure = click.option(
        "--closure", type=choices(("capacitive", "electroneutral")), help="Closure (default: the file's)."
    )
    numbers = click.option(
        "--set",
        "changes",
        multiple=True,
        metavar="PATH=VALUE",
        help="Change a number, e.g. plasma.nka.scale=0.5 or bath.K=8mM. May be repeated.",
    )
    return cell_argument(numbers(closure(command)))


def read_cell(name: str, changes: tuple[str, ...], closure: Closure | None, *, quiet: bool = False) -> Cell:
    """The cell that CELL, --set and --closure describe. A bare number means the declared unit and is echoed."""
    pairs = read_changes(changes)
    from ionostat.cell.load import load

    cell = load(name)
    changed = cell.with_(pairs, closure=closure) if pairs or closure else cell
    for path, given in pairs.items():
        unit = changed.number(path).unit
        if is_bare(given) and unit != "1" and not quiet:
            click.echo(f"{path} = {given} read as {given} {unit}", err=True)
    return changed


def read_changes(changes: tuple[str, ...]) -> dict[str, str]:
    """`PATH=VALUE` texts as a mapping; wrong usage where one is not of that form or comes twice."""
    pairs: dict[str, str] = {}
    for text in changes:
        path, sign, value = (part.strip() for part in text.partition("="))
        if not sign or not path or not value:
            raise click.BadParameter(f"'{text}' is not PATH=VALUE", param_hint="'--set'")
        if path in pairs:
            raise click.BadParameter(f"{path} is set twice", param_hint="'--set'")
        pairs[path] = value
    return pairs


def is_bare(text: str) -> bool:
    """Whether a number was given without a unit."""
    try:
        float(text.replace("−", "-"))
    except ValueError:
        return False
    return True


def concentration(text: str, field: str) -> float:
    """A concentration in mM; a bare number means mM."""
    from ionostat.units import quantity

    return quantity(text, "mM", field=field, bare=True)


def temperature(text: str) -> float:
    """A temperature in K; a bare number means degrees Celsius, as people say it."""
    from ionostat.units import quantity

    return quantity(f"{text} degC" if is_bare(text) else text, "K", field="--temp")
