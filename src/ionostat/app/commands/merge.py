"""`ionostat merge`: the parts of a study together."""

from __future__ import annotations

from pathlib import Path

import click

from ionostat.app import options
from ionostat.app.failures import Exit, error_object
from ionostat.app.output import check_target, print_json, print_report, remark


@click.command("merge")
@click.argument("folder", metavar="DIR")
@click.argument("others", metavar="[OTHER_DIR]...", nargs=-1)
@click.option("--save", metavar="FILE", help="Write all members to a .nc, .csv or .parquet file.")
@options.json_option
@options.quiet_option
def command(folder: str, others: tuple[str, ...], save: str | None, as_json: bool, quiet: bool) -> int:
    """Check every shard of the study in DIR, and write its summary and figures.

    Whole shards of the same study in other folders are copied into DIR first. The result does not depend on how the
    study was cut into parts.

    \b
    Examples:
      ionostat merge results
      ionostat merge results part-2 part-3 --save members.parquet
    """  # noqa: D301
    from ionostat.app.commands.ensemble import MEMBERS
    from ionostat.report.ensemble_report import ensemble_record, ensemble_report, missing_in_words, write_results
    from ionostat.studies.ensemble.folder import collect
    from ionostat.studies.ensemble.result import Ensemble

    table = check_target(save, MEMBERS, "save members")
    copied = collect(Path(folder), [Path(other) for other in others])
    found = Ensemble.open(folder)
    if others:
        remark(f"copied {copied} shards", quiet=quiet)
    missing = missing_in_words(found)
    if missing:
        hint = "resume the study, or merge the folder that holds them"
        if as_json:
            print_json(
                ensemble_record(found) | {"error": error_object("merge", "incomplete", missing, hint=hint)["error"]}
            )
        else:
            remark(f"{missing}\n  hint: {hint}", quiet=False)
        return Exit.CHECK_FAILED
    for path in [*write_results(found), *([found.save(table)] if table is not None else [])]:
        remark(f"wrote {path}", quiet=quiet or as_json)
    if as_json:
        print_json(ensemble_record(found))
    else:
        print_report(ensemble_report(found))
    return Exit.DONE
