"""What came out of an ensemble, in two small tables: quantiles of every quantity, and the share of every outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.studies.ensemble.optional import need
from ionostat.studies.ensemble.outcome import SENTENCES
from ionostat.studies.ensemble.shards import SAMPLE
from ionostat.studies.whole_file import whole_file

if TYPE_CHECKING:
    import pandas

    from ionostat.studies.ensemble.result import Ensemble

Array = np.ndarray
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}


def summary(found: Ensemble) -> pandas.DataFrame:
    """One row per sampled parameter and recorded quantity, a series at its last time.

    `members` says how many have a value: what a member did not reach is left out of the other columns.
    """
    names = [SAMPLE + path for path in found.study.samples.paths] + found.names
    rows = [{"quantity": n, "unit": found.units[n], **statistics(found.columns.last(n))} for n in names]
    return need("pandas").DataFrame(rows)


def statistics(values: Array) -> dict[str, Any]:
    """Count, mean, sd (of the sample), extremes and quantiles of what is known.

    >>> statistics(np.array([1.0, 2.0, 3.0, np.nan]))["mean"]
    2.0
    """
    known = values[np.isfinite(values)]
    keys = ("mean", "sd", "min", *QUANTILES, "max")
    if not known.size:
        return {"members": 0, **dict.fromkeys(keys, float("nan"))}
    sd = known.std(ddof=1) if known.size > 1 else float("nan")
    quantiles = np.quantile(known, list(QUANTILES.values()))
    numbers = (known.mean(), sd, known.min(), *quantiles, known.max())
    return {"members": int(known.size), **{k: float(v) for k, v in zip(keys, numbers, strict=True)}}


def shares(found: Ensemble) -> pandas.DataFrame:
    """One row per way to end that occurred: members, share, and what it means."""
    total = max(len(found), 1)
    rows = [
        {"outcome": name, "members": count, "share": count / total, "meaning": SENTENCES[name]}
        for name, count in found.outcomes.items()
    ]
    return need("pandas").DataFrame(rows)


def write_summary(found: Ensemble, folder: Path) -> list[Path]:
    """Write both tables as CSV, and as parquet where pyarrow is there; equal results give equal files."""
    written = []
    for name, table in (("summary", found.summary()), ("outcomes", found.shares())):
        written.append(_whole(folder / f"{name}.csv", lambda part, table=table: table.to_csv(part, index=False)))
        if _has_pyarrow():
            path = folder / f"{name}.parquet"
            written.append(_whole(path, lambda part, table=table: table.to_parquet(part, index=False)))
    return written


def _whole(path: Path, write: Any) -> Path:
    """A file that appears only when it is whole."""
    with whole_file(path) as part:
        write(part)
    return path


def _has_pyarrow() -> bool:
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


def text(found: Ensemble) -> str:
    """An ensemble in a few lines."""
    job = found.study.job
    what = "resting states" if job.protocol is None else str(job.protocol)
    here = f"{len(found):,} members" if len(found) == found.n else f"{len(found):,} of {found.n:,} members"
    lines = [f"{job.cell.name} ({job.cell.closure}): {what}; {here}"]
    lines += [f"  varied: {', '.join(found.study.samples.paths)}"]
    lines += [f"  {name:<16}{count:>10,}  {count / len(found):.1%}" for name, count in found.outcomes.items()]
    lines += [_line(found, name) for name in found.names]
    lines += [f"  {note}" for note in found.notes]
    return "\n".join(lines)


def _line(found: Ensemble, name: str) -> str:
    values = found.columns.last(name)
    known: Sequence[float] = values[np.isfinite(values)]
    if not len(known):
        return f"  {name:<22} no member has a value"
    low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
    return f"  {name:<22}{middle:>12.5g} {found.units[name]}  (5 % to 95 %: {low:.5g} to {high:.5g})"
