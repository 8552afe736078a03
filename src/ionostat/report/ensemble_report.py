"""The report of an ensemble: how members ended, what they have in common, and the files of a finished study."""

from __future__ import annotations

import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ionostat.report.ensemble_figures import save_figure
from ionostat.report.numbers import plain, pretty
from ionostat.report.palette import OTHER
from ionostat.report.records import clean
from ionostat.report.tables import grid, lines, section
from ionostat.report.words import counted
from ionostat.studies.ensemble.outcome import SENTENCES
from ionostat.studies.ensemble.result import Ensemble
from ionostat.studies.ensemble.shards import SAMPLE
from ionostat.studies.ensemble.summary import write_summary
from ionostat.studies.text import duration

GOOD = ("ok", "stable")
SMALL = 10_000
"""Studies with at most so many members also get a table of members."""
REASONS = 5
"""How many kinds of reasons the report shows."""
NUMBER = re.compile(r"-?\d[\d.]*(?:e[-+]?\d+)?")


def ensemble_report(found: Ensemble) -> Group:
    """An ensemble on one page."""
    parts: list[Any] = [_head(found), section("How members ended", _outcomes(found))]
    reasons = reasons_in_words(found)
    if reasons:
        parts.append(section("Why", lines(reasons)))
    rows = found.summary().to_dict("records")
    end = "" if found.time is None else f" at {duration(float(found.time[-1]))}"
    parts.append(section("Sampled parameters", _quantiles([r for r in rows if r["quantity"].startswith(SAMPLE)])))
    parts.append(section(f"Quantities{end}", _quantiles([r for r in rows if not r["quantity"].startswith(SAMPLE)])))
    if found.notes:
        parts.append(section("Notes", lines(found.notes)))
    return Group(*parts)


def _head(found: Ensemble) -> Group:
    job, samples = found.study.job, found.study.samples
    how = "given by a table" if not samples.distributions else f"{samples.design} design, seed {samples.seed}"
    here = f"{found.n:,} members" if len(found) == found.n else f"{len(found):,} of {found.n:,} members"
    what = "resting states" if job.protocol is None else str(job.protocol)
    return Group(
        Text.assemble((job.cell.name, "bold"), f"  {what}"),
        Text.assemble((here, "bold"), f", {how}, {job.cell.closure} closure, rtol {job.rtol:g}"),
    )


def _outcomes(found: Ensemble) -> Table:
    table = grid("", "members", "share", "")
    widest = [0, len("members"), len("share")]
    for name, count in found.outcomes.items():
        style = "green" if name in GOOD else "bold red"
        share = f"{100 * count / len(found):.3g} %"
        table.add_row(Text(name, style=style), f"{count:,}", share, Text(SENTENCES[name], style=OTHER))
        widest = [max(w, len(text)) for w, text in zip(widest, (name, f"{count:,}", share), strict=True)]
    for column, width in zip(table.columns, widest, strict=False):  # the counts are the result: only sentences fold
        column.min_width = width
    table.columns[3].justify, table.columns[3].no_wrap = "left", False
    return table


def reasons_in_words(found: Ensemble) -> list[str]:
    """The most frequent kinds of sentences, which may differ in their numbers; each with one member to look at."""
    kinds: dict[str, list[int]] = {}
    for member, text in found.reasons.items():
        kinds.setdefault(NUMBER.sub("#", text), []).append(member)
    order = sorted(kinds.values(), key=len, reverse=True)
    shown = [f"{len(members):,} x {found.reasons[members[0]]} (member {members[0]})" for members in order[:REASONS]]
    left = len(order) - len(shown)
    return [*shown, f"and {counted(left, 'other kind')}"] if left > 0 else shown


def _quantiles(rows: list[dict[str, Any]]) -> Table:
    table = grid("", "5 %", "median", "95 %", "mean", "sd", "unit")
    for row in rows:
        numbers = [plain(row[k], 4) for k in ("q05", "median", "q95", "mean", "sd")]
        table.add_row(row["quantity"].removeprefix(SAMPLE), *numbers, pretty(row["unit"]))
    table.columns[6].justify = "left"
    return table


def ensemble_record(found: Ensemble) -> dict[str, Any]:
    """An ensemble as plain data: outcomes, and the summary of every quantity with its unit."""
    job, samples = found.study.job, found.study.samples
    rows = found.summary().to_dict("records")
    tables: dict[str, dict[str, Any]] = {"samples": {}, "quantities": {}}
    for row in rows:
        name = row.pop("quantity")
        tables["samples" if name.startswith(SAMPLE) else "quantities"][name.removeprefix(SAMPLE)] = row
    record: dict[str, Any] = clean(
        {
            "schema": "ionostat/ensemble@1",
            "version": version("ionostat"),
            "cell": job.cell.name,
            "closure": job.cell.closure,
            "protocol": None if job.protocol is None else str(job.protocol),
            "status": "ok" if found.complete else "incomplete",
            "n": found.n,
            "members": len(found),
            "design": samples.design if samples.distributions else "table",
            "seed": samples.seed if samples.distributions else None,
            "rtol": job.rtol,
            "outcomes": found.outcomes,
            "reasons": reasons_in_words(found),
            **tables,
            "time": None if found.time is None else {"value": found.time.tolist(), "unit": "ms"},
            "deviations": [{"id": d.id, "what": d.what} for d in job.cell.deviations],
            "notes": list(found.notes),
            "key": found.study.key if found.folder is not None else None,
            "folder": None if found.folder is None else str(found.folder),
        }
    )
    return record


def write_results(found: Ensemble) -> list[Path]:
    """What stands beside the shards of a finished study: summary, outcomes, figure, and members where they are few."""
    assert found.folder is not None
    written = write_summary(found, found.folder)
    if found.n <= SMALL:
        written.append(found.save(found.folder / "members.csv"))
    written.append(save_figure(found, found.folder / "distributions.svg"))
    return written


def missing_in_words(found: Ensemble) -> str:
    """Which members of the study are not here; empty where all are."""
    here = np.zeros(found.n, dtype=bool)
    here[found.members] = True
    if here.all():
        return ""
    edges = np.flatnonzero(np.diff(np.concatenate([[True], here, [True]]).astype(np.int8)))
    spans = [f"{a:,} to {b - 1:,}" for a, b in edges.reshape(-1, 2)]
    more = f" and {len(spans) - 5} more stretches" if len(spans) > 5 else ""
    return f"{int((~here).sum()):,} of {found.n:,} members are missing: {', '.join(spans[:5])}{more}"
