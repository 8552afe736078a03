"""`ionostat explain`: the equations of a cell."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ionostat.app import options
from ionostat.app.failures import choices
from ionostat.app.output import check_target, print_json, remark

if TYPE_CHECKING:
    from ionostat.cell.description import Closure

ENDINGS = {"md": (".md", ".markdown"), "latex": (".tex",)}


@click.command("explain")
@options.cell_options
@click.option("--format", "form", type=choices(("md", "latex")), default="md", show_default=True, help="What to write.")
@click.option("--out", metavar="FILE", help="Write to a file instead of stdout.")
@options.json_option
def command(
    cell: str, changes: tuple[str, ...], closure: Closure | None, form: str, out: str | None, as_json: bool
) -> None:
    """The equations of CELL, typeset, with every parameter, its unit and its source.

    Nothing is typed twice: each formula is what the mechanism's own code gives on symbols.

    \b
    Examples:
      ionostat explain Kay2017_cell
      ionostat explain Dijkstra2016_neuron --format latex --out dijkstra.tex
    """  # noqa: D301
    target = check_target(out, ENDINGS[form], f"write {form}")
    chosen = options.read_cell(cell, changes, closure)
    from ionostat.report.equation_sheet import latex, markdown

    text = markdown(chosen) if form == "md" else latex(chosen)
    if target is not None:
        target.write_text(text, encoding="utf-8")
        remark(f"wrote {target}")
    if as_json:
        print_json({"schema": "ionostat/explain@1", "status": "ok", "cell": chosen.name, "format": form, "text": text})
    elif target is None:
        sys.stdout.write(text)
