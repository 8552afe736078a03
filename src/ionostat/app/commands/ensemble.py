"""`ionostat ensemble`: a study of many members, from a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ionostat.app import options
from ionostat.app.failures import Exit, error_object
from ionostat.app.output import check_target, print_json, remark

if TYPE_CHECKING:
    from ionostat.studies.ensemble.result import Ensemble

MEMBERS = (".nc", ".csv", ".parquet")
PICTURES = (".svg", ".png", ".pdf")
PATIENCE = "10s"
"""How long to try to reach a Dask scheduler."""


@click.command("ensemble")
@click.argument("study", metavar="STUDY.yaml")
@click.option("--out", metavar="DIR", help="Folder for shards, summary and figures; needed for large studies.")
@click.option("--resume", is_flag=True, help="Go on with a stopped study; damaged shards are computed again.")
@click.option("--shard", metavar="I/N", help="Compute one part of N, for job arrays; then `ionostat merge DIR`.")
@click.option("--threads", type=click.IntRange(min=1), help="Threads of this process (default: all cores).")
@click.option("--dask", metavar="ADDRESS", help="Compute on the workers of a Dask scheduler, tcp://host:port.")
@click.option("--save", metavar="FILE", help="Write all members to a .nc, .csv or .parquet file.")
@click.option("--plot", metavar="FILE", help="Draw the distributions into a .svg, .png or .pdf file.")
@options.progress_option
@options.json_option
@options.quiet_option
@options.verbose_option
def command(
    study: str,
    out: str | None,
    resume: bool,
    shard: str | None,
    threads: int | None,
    dask: str | None,
    save: str | None,
    plot: str | None,
    progress: bool | None,
    as_json: bool,
    quiet: bool,
    verbose: bool,
) -> int:
    """Compute the members that STUDY.yaml describes: resting states, or runs of a protocol.

    With --out every piece of the study is kept as it is done: stop it (Ctrl-C) or lose it, and --resume goes on.

    \b
    Examples:
      ionostat ensemble study.yaml
      ionostat ensemble study.yaml --out results --threads 8
      ionostat ensemble study.yaml --out results --shard 3/20
    """  # noqa: D301
    from ionostat.app.interrupt import cancel_on_interrupt
    from ionostat.app.progress import Progress, members, mode
    from ionostat.studies.ensemble.run import compute_study, read_shard
    from ionostat.studies.ensemble.study_file import read_study

    table, picture = check_target(save, MEMBERS, "save members"), check_target(plot, PICTURES, "draw a figure")
    part = read_shard(shard)
    if out is None and (resume or part):
        raise click.UsageError(f"{'--resume' if resume else '--shard'} needs --out DIR")
    described = read_study(study)
    if part and (nothing := described.empty_part(*part)):
        return _empty(described.n, nothing, as_json)
    how = mode(progress, verbose=verbose, quiet=quiet)
    with (
        _executor(dask) as executor,
        cancel_on_interrupt() as cancel,
        Progress(how, described.job.cell.name, members) as reached,
    ):
        found = compute_study(
            described,
            out=None if out is None else Path(out),
            resume=resume,
            shard=part,
            executor=executor,
            threads=threads,
            progress=reached,
            cancel=cancel,
        )
    stopped = cancel.is_set() and not found.complete
    written = _write(found, table, picture, whole=part is None and not stopped)
    for path in written:
        remark(f"wrote {path}", quiet=quiet or as_json)
    _show(found, as_json, stopped)
    return Exit.INTERRUPTED if stopped else Exit.DONE


def _empty(n: int, sentence: str, as_json: bool) -> int:
    """A part of a job array without members: nothing is wrong, and nothing is written."""
    if as_json:
        print_json({"schema": "ionostat/ensemble@1", "status": "empty", "n": n, "members": 0, "notes": [sentence]})
    else:
        remark(sentence, quiet=False)
    return Exit.DONE


@contextmanager
def _executor(address: str | None) -> Iterator[Any]:
    """A Dask client for an address, None without one."""
    if address is None:
        yield None
        return
    from ionostat.errors import InputError
    from ionostat.studies.ensemble.optional import need

    try:
        client = need("distributed").Client(address, timeout=PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise InputError(f"cannot reach a Dask scheduler at '{address}': {error}", field="--dask") from None
    with client:
        yield client


def _write(found: Ensemble, table: Path | None, picture: Path | None, *, whole: bool) -> list[Path]:
    """The files that were asked for, and those of a finished study's folder."""
    from ionostat.report.ensemble_figures import save_figure
    from ionostat.report.ensemble_report import write_results

    written = write_results(found) if whole and found.complete and found.folder is not None else []
    if table is not None:
        written.append(found.save(table))
    if picture is not None:
        written.append(save_figure(found, picture))
    return written


def _show(found: Ensemble, as_json: bool, stopped: bool) -> None:
    advice = "go on with --resume" if found.folder else "give --out DIR to be able to go on"
    if as_json:
        from ionostat.report.ensemble_report import ensemble_record

        record = ensemble_record(found)
        if stopped:
            record |= {"error": error_object("ensemble", "interrupted", "stopped", hint=advice)["error"]}
        print_json(record)
        return
    from ionostat.app.output import print_report
    from ionostat.report.ensemble_report import ensemble_report

    print_report(ensemble_report(found))
    if stopped:
        remark(f"stopped; {len(found):,} of {found.n:,} members are kept\n  hint: {advice}", quiet=False)
