"""`ionostat rest`: the certified resting state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ionostat.app import options
from ionostat.app.failures import Exit, error_object
from ionostat.app.output import print_json, print_report, remark

if TYPE_CHECKING:
    from ionostat.cell.description import Closure
    from ionostat.engines.engine import EngineName
    from ionostat.studies.resting_state import RestingState


@click.command("rest")
@options.cell_options
@click.option("--all", "find_all", is_flag=True, help="Every rest that can be found, labelled.")
@options.engine_option
@options.progress_option
@options.json_option
@options.quiet_option
@options.verbose_option
def command(
    cell: str,
    changes: tuple[str, ...],
    closure: Closure | None,
    find_all: bool,
    engine: EngineName,
    progress: bool | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """The certified resting state of CELL, a library name or a cell file.

    The verdict is stable, unstable, neutral (a quantity is conserved by value) or none (something runs away; exit
    code 4).

    \b
    Examples:
      ionostat rest Kay2017_cell
      ionostat rest Dijkstra2016_neuron --set plasma.nka.scale=0.5 --all
      ionostat rest my_cell.yaml --closure electroneutral --json
    """  # noqa: D301
    from ionostat.app.progress import Progress, mode
    from ionostat.studies.rest import rest

    chosen = options.read_cell(cell, changes, closure, quiet=quiet)
    with Progress(mode(progress, verbose=verbose, quiet=quiet), f"resting state of {chosen.name}"):
        found = rest(chosen, find="all", engine=engine) if find_all else [rest(chosen, engine=engine)]
    _show(found, find_all, as_json, quiet, verbose)
    return Exit.DONE if found[0].found else Exit.STOPPED


def _show(found: list[RestingState], find_all: bool, as_json: bool, quiet: bool, verbose: bool) -> None:
    first = found[0]
    if as_json:
        from ionostat.report.records import rest_record, rests_record

        record = rests_record(found) if find_all else rest_record(first)
        if not first.found:
            hint = "give the cell its pump back, or follow what it does with 'ionostat run'"
            record |= {"error": error_object("rest", "no_rest", first.reason, hint=hint)["error"]}
        print_json(record)
        return
    from ionostat.report.rest_report import rest_report, rests_report, short_rest_report

    if find_all and first.found:
        print_report(rests_report(found))
        return
    print_report(short_rest_report(first) if quiet else rest_report(first, verbose=verbose))
    if not first.found:
        remark("no resting state (exit code 4); -v shows the certificate", quiet=quiet or verbose)
