"""`ionostat run`: a cell through a protocol."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ionostat.app import options
from ionostat.app.failures import Exit, choices, error_object
from ionostat.app.output import check_target, print_json, print_report, remark

if TYPE_CHECKING:
    from ionostat.cell.description import Cell, Closure
    from ionostat.engines.engine import EngineName
    from ionostat.studies.trajectory import Trajectory

DATA = (".nc", ".csv", ".json")
PICTURES = (".svg", ".png", ".pdf")
COMPLETE = ("ok", "stopped")
"""Ends that were asked for."""


@click.command("run")
@options.cell_options
@click.option("--protocol", required=True, metavar="TEXT", help='What is done: "rest 10 min; ouabain 1 mM for 2 h".')
@click.option(
    "--start", type=choices(("rest", "file")), default="rest", show_default=True, help="The rest, or the file's values."
)
@click.option("--save", metavar="FILE", help="Write the run to a .nc, .csv or .json file.")
@click.option("--plot", metavar="FILE", help="Draw the run into a .svg, .png or .pdf file.")
@click.option("--points", type=click.IntRange(min=2), default=300, show_default=True, help="Points to record.")
@click.option(
    "--spacing",
    type=choices(("log", "linear")),
    default="log",
    show_default=True,
    help="Record from 1 us after every change, or evenly.",
)
@click.option("--rtol", type=float, default=1e-7, show_default=True, help="Relative tolerance, 1e-14 to 1e-4.")
@click.option("--max-step", metavar="TIME", help="Largest step, e.g. 1ms (default: 1 ms for an excitable cell).")
@click.option(
    "--stop", multiple=True, metavar="CONDITION", help='End there, e.g. "cytosol.volume > 150 %". May be repeated.'
)
@click.option(
    "--event",
    "events",
    multiple=True,
    metavar="CONDITION",
    help='Tell each time of e.g. "plasma.V > 0 mV". Repeatable.',
)
@options.engine_option
@options.progress_option
@options.json_option
@options.quiet_option
@options.verbose_option
def command(
    cell: str,
    changes: tuple[str, ...],
    closure: Closure | None,
    protocol: str,
    start: str,
    save: str | None,
    plot: str | None,
    points: int,
    spacing: str,
    rtol: float,
    max_step: str | None,
    stop: tuple[str, ...],
    events: tuple[str, ...],
    engine: EngineName,
    progress: bool | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Follow CELL, a library name or a cell file, through a protocol.

    A run that stops early or is interrupted (Ctrl-C) still shows and writes what it has reached. A condition compares
    any quantity of the run with a level, in its unit or in percent of the start: > when it rises above, < when it
    falls below.

    \b
    Examples:
      ionostat run Dusterwald2018_neuron --protocol "rest 10 min; ouabain 1 mM for 2 h; wash 1 h" --plot run.svg
      ionostat run Kay2017_cell --protocol "bath.K = 8 mM for 30 min" --save run.nc
      ionostat run Huebel2016_neuron --protocol "pump_stop for 5 min" --start file --json
      ionostat run Kay2017_cell --protocol "pump_stop for 10 h" --stop "cytosol.volume > 150 %"
    """  # noqa: D301
    from ionostat.app.interrupt import cancel_on_interrupt
    from ionostat.app.progress import Progress, mode
    from ionostat.protocols import Protocol
    from ionostat.studies.simulate import simulate

    steps = Protocol.parse(protocol)
    data, picture = check_target(save, DATA, "save a run"), check_target(plot, PICTURES, "draw a figure")
    chosen = options.read_cell(cell, changes, closure, quiet=quiet)
    _echo_step(max_step, quiet)
    how = mode(progress, verbose=verbose, quiet=quiet)
    with cancel_on_interrupt() as cancel, Progress(how, chosen.name) as reached:
        run = simulate(
            chosen,
            steps,
            start=start,
            save=spacing,
            points=points,
            engine=engine,
            rtol=rtol,
            max_step=max_step,
            progress=reached,
            cancel=cancel,
            events=events,
            stop=stop,
        )
    _write(run, data, picture, quiet)
    _show(run, as_json, quiet, verbose)
    return {"ok": Exit.DONE, "stopped": Exit.DONE, "cancelled": Exit.INTERRUPTED}.get(run.status, Exit.STOPPED)


def _echo_step(max_step: str | None, quiet: bool) -> None:
    if max_step is not None and options.is_bare(max_step):
        remark(f"--max-step {max_step} read as {max_step} ms", quiet=quiet)


def _write(run: Trajectory, data: Path | None, picture: Path | None, quiet: bool) -> None:
    part = "" if run.status in COMPLETE else " (what was reached)"
    if data is not None:
        run.save(data)
        remark(f"wrote {data}{part}", quiet=quiet)
    if picture is not None:
        from ionostat.report.figures import save_figure

        save_figure(run, picture)
        remark(f"wrote {picture}{part}", quiet=quiet)


def _show(run: Trajectory, as_json: bool, quiet: bool, verbose: bool) -> None:
    if as_json:
        from ionostat.report.records import run_record

        record = run_record(run)
        if run.status not in COMPLETE:
            kind = "interrupted" if run.status == "cancelled" else run.status
            record |= {"error": error_object("run", kind, run.sentence, hint=_advice(run.cell, run.status))["error"]}
        print_json(record)
        return
    from ionostat.report.run_report import run_report, short_run_report

    print_report(short_run_report(run) if quiet else run_report(run, verbose=verbose))
    if run.status not in COMPLETE:
        remark(f"{run.sentence}\n  hint: {_advice(run.cell, run.status)}", quiet=False)


def _advice(cell: Cell, status: str) -> str:
    """What to try when a run did not reach its end."""
    if status == "cancelled":
        return "the values up to there are kept"
    if status == "step_limit":
        return "shorten the protocol, or allow a larger --max-step"
    if cell.excitable:
        return "look at the last values: an ion or the volume may have run out; or try --engine reference"
    return "look at the last values: an ion or the volume may have run out; or try a smaller --rtol"
