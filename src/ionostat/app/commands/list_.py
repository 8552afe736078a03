"""`ionostat list`: what there is."""

from __future__ import annotations

from typing import Any

import click

from ionostat.app import options
from ionostat.app.failures import choices
from ionostat.app.output import print_json, print_report


@click.command("list")
@click.argument("what", type=choices(("cells", "mechanisms", "interventions")))
@options.json_option
def command(what: str, as_json: bool) -> None:
    """Library cells, mechanism types, or interventions."""
    from ionostat.report import catalogue

    entries: list[dict[str, Any]] = {
        "cells": catalogue.cells,
        "mechanisms": catalogue.mechanisms,
        "interventions": catalogue.interventions,
    }[what]()
    if as_json:
        from ionostat.report.records import clean

        print_json(clean({"schema": "ionostat/list@1", "status": "ok", "what": what, what: entries}))
        return
    print_report(catalogue.table(what, entries))
