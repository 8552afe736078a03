"""`ionostat explain`: the equations of a cell, and the code that is made of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ionostat.app import options
from ionostat.app.failures import choices
from ionostat.app.output import check_target, print_json, remark

if TYPE_CHECKING:
    from ionostat.cell.description import Cell, Closure

ENDINGS = {"md": (".md", ".markdown"), "latex": (".tex",), "python": (".py",), "llvm": (".ll",)}
"""Formats, and how names of their files end."""


@click.command("explain")
@options.cell_options
@click.option("--format", "form", type=choices(tuple(ENDINGS)), default="md", show_default=True, help="What to write.")
@click.option("--out", metavar="FILE", help="Write to a file instead of stdout.")
@options.json_option
def command(
    cell: str, changes: tuple[str, ...], closure: Closure | None, form: str, out: str | None, as_json: bool
) -> None:
    """The equations of CELL, typeset, with every parameter, its unit and its source; or as code.

    Nothing is typed twice: each formula is what the mechanism's own code gives on symbols. The format `python` is a
    module with `rhs(x, p)` and `jacobian(x, p)` that needs NumPy only; `llvm` is what the native engine compiles, with
    the names of what it reads and writes.

    \b
    Examples:
      ionostat explain Kay2017_cell
      ionostat explain Dijkstra2016_neuron --format latex --out dijkstra.tex
      ionostat explain Kay2017_cell --format python --out kay.py
      ionostat explain Kay2017_cell --format llvm
    """  # noqa: D301
    target = check_target(out, ENDINGS[form], f"write {form}")
    chosen = options.read_cell(cell, changes, closure)
    text = _written(chosen, form)
    if target is not None:
        target.write_text(text, encoding="utf-8")
        remark(f"wrote {target}")
    if as_json:
        print_json({"schema": "ionostat/explain@1", "status": "ok", "cell": chosen.name, "format": form, "text": text})
    elif target is None:
        sys.stdout.write(text)


def _written(cell: Cell, form: str) -> str:
    """The cell in one of the formats."""
    if form == "python":
        from ionostat.report.python_module import python_module

        return python_module(cell)
    if form == "llvm":
        from ionostat.report.llvm_listing import llvm_listing

        return llvm_listing(cell)
    from ionostat.report.equation_sheet import latex, markdown

    return markdown(cell) if form == "md" else latex(cell)
