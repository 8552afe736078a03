"""`ionostat export`: a cell in a format that other programs read."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ionostat.app import options
from ionostat.app.failures import choices
from ionostat.app.output import check_target, print_json, remark

if TYPE_CHECKING:
    from typing import Literal

    from ionostat.cell.description import Closure

ENDINGS = {"sbml": (".xml", ".sbml")}


@click.command("export")
@options.cell_options
@click.option("--to", "form", type=choices(tuple(ENDINGS)), required=True, help="The format.")
@click.option("--protocol", metavar="TEXT", help='What is done, as events: "rest 10 min; ouabain 1 mM for 2 h".')
@click.option(
    "--start", type=choices(("rest", "file")), default="rest", show_default=True, help="The rest, or the file's values."
)
@click.option("--out", metavar="FILE", help="Write to a file instead of stdout.")
@options.progress_option
@options.json_option
@options.quiet_option
@options.verbose_option
def command(
    cell: str,
    changes: tuple[str, ...],
    closure: Closure | None,
    form: str,
    protocol: str | None,
    start: Literal["rest", "file"],
    out: str | None,
    progress: bool | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> None:
    """CELL, a library name or a cell file, and what a protocol does to it, as a model for other simulators.

    \b
    Examples:
      ionostat export Kay2017_cell --to sbml --out kay.xml
      ionostat export Dusterwald2018_neuron --to sbml --protocol "rest 10 min; ouabain 1 mM for 2 h; wash 1 h"
    """  # noqa: D301
    from ionostat.app.progress import Progress, mode
    from ionostat.interop.sbml import sbml_model
    from ionostat.protocols import Protocol

    steps = None if protocol is None else Protocol.parse(protocol)
    target = check_target(out, ENDINGS[form], f"write {form}")
    chosen = options.read_cell(cell, changes, closure, quiet=quiet)
    with Progress(mode(progress, verbose=verbose, quiet=quiet), f"exporting {chosen.name}"):
        model = sbml_model(chosen, steps, start=start)
    text = model.text
    for note in model.remarks:
        remark(note, quiet=quiet)
    if target is not None:
        target.write_text(text, encoding="utf-8")
        remark(f"wrote {target}", quiet=quiet)
    if as_json:
        print_json({"schema": "ionostat/export@1", "status": "ok", "cell": chosen.name, "format": form, "text": text})
    elif target is None:
        sys.stdout.write(text)
