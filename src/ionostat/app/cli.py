"""`ionostat`: the command line. Commands are imported when they are called, so that `--help` loads nothing heavy."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from ionostat.errors import did_you_mean

SUMMARIES = {
    "list": "Library cells, mechanism types, or interventions.",
    "rest": "The certified resting state of a cell.",
    "run": "Follow a cell through a protocol.",
    "ensemble": "A study of many members, from a file.",
    "merge": "Check and sum up a study computed in parts.",
    "explain": "The equations of a cell, typeset, with parameters, units and sources.",
    "export": "A cell and a protocol as a model for other simulators (SBML).",
    "check": "Validate a cell file: schema, units, balance, second law.",
    "nernst": "The Nernst potential of one ion.",
    "ghk": "The Goldman-Hodgkin-Katz potential of K, Na and Cl.",
    "donnan": "A Donnan equilibrium, against a bath or between closed chambers.",
}
"""Command -> its line in the help. The command `x` is `command` in `ionostat.app.commands.x` (`list_` for `list`)."""

MODULES = {"list": "list_"}

EPILOG = """\b
Examples:
  ionostat rest Kay2017_cell --set plasma.nka.scale=0.5
  ionostat run Dusterwald2018_neuron --protocol "rest 10 min; ouabain 1 mM for 2 h" --plot run.svg
  ionostat nernst K --in 140mM --out 4.5mM --temp 37C

\b
Results go to stdout, everything else to stderr. Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 input
refused, 4 no steady state or solver stopped, 5 check failed, 130 interrupted."""


class LazyGroup(click.Group):
    """A group that knows its commands by name and summary, and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the help."""
        return list(SUMMARIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself."""
        if cmd_name not in SUMMARIES:
            return None
        module = import_module(f"ionostat.app.commands.{MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name, or a complaint that names the closest one."""
        if args and not args[0].startswith("-") and args[0] not in SUMMARIES:
            hint = did_you_mean(args[0], SUMMARIES)
            raise click.UsageError(f"no command '{args[0]}'{'; ' + hint if hint else ''}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the summaries alone."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ionostat", prog_name="ionostat", message="%(prog)s %(version)s")
def cli() -> None:
    """How a living cell makes and keeps its electrical battery: potential, ions, water, pump and energy."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and exit with its code."""
    from ionostat.app.failures import guarded

    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    sys.exit(guarded(cli, given))
