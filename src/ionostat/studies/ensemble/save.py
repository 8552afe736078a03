"""An ensemble as xarray, as a table of members, and as NetCDF, CSV and parquet files.

Files of members are written block by block, so that memory stays bounded (NetCDF apart, which is made in memory).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.errors import InputError
from ionostat.studies.ensemble.columns import Columns
from ionostat.studies.ensemble.optional import need
from ionostat.studies.ensemble.outcome import STATUSES
from ionostat.studies.ensemble.shards import SAMPLE, SOLVER
from ionostat.studies.whole_file import whole_file

if TYPE_CHECKING:
    import pandas
    import xarray

    from ionostat.studies.ensemble.result import Ensemble

ENDINGS = (".nc", ".csv", ".parquet")


def dataset(found: Ensemble) -> xarray.Dataset:
    """All columns over `member` and `time` (ms), units in the attributes; status, reasons and provenance as JSON."""
    import xarray as xr

    variables: dict[str, Any] = {}
    for name, values in found.columns.read(found.columns.shapes).items():
        dims = ("member", "state" if name == "x" else "time")[: values.ndim]
        variables[name] = (dims, values, {"units": found.units[name]} if name in found.units else {})
    coordinates: dict[str, Any] = {"member": found.members}
    if found.time is not None:
        coordinates["time"] = ("time", found.time, {"units": "ms"})
    attributes = {
        "title": f"{found.study.job.cell.name}: {found.study.job.protocol or 'resting states'}",
        "statuses": json.dumps(STATUSES),
        "reasons": json.dumps({str(member): text for member, text in found.reasons.items()}),
        "provenance": json.dumps(found.provenance),
    }
    return xr.Dataset(variables, coords=coordinates, attrs=attributes)


def frame(found: Ensemble, columns: Columns) -> pandas.DataFrame:
    """One row per member of some columns; headings give the units."""
    names = [SAMPLE + path for path in found.study.samples.paths] + found.names
    status = np.array(STATUSES, dtype=object)[columns.read(["status"])["status"]]
    reasons = [columns.reasons.get(int(member), "") for member in columns.members]
    solver = columns.read([n for n in columns.shapes if n.startswith(SOLVER)])
    return need("pandas").DataFrame(
        {
            "member": columns.members,
            "status": status,
            "reason": reasons,
            **{f"{n} ({found.units[n]})": columns.last(n) for n in names},
            **solver,
        }
    )


def save(found: Ensemble, path: Path) -> Path:
    """Write by the file's ending. The file appears only when it is whole."""
    writers: dict[str, Callable[[Ensemble, Path], None]] = {".nc": _netcdf, ".csv": _csv, ".parquet": _parquet}
    if path.suffix not in writers:
        hint = f"use {', '.join(ENDINGS)}"
        raise InputError(f"cannot save members as '{path.suffix or path.name}'", hint=hint, field=str(path))
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist", field=str(path))
    with whole_file(path) as part:
        writers[path.suffix](found, part)
    return path


def _netcdf(found: Ensemble, path: Path) -> None:
    made = dataset(found)
    narrow = {n: v.astype("int32") for n, v in made.variables.items() if v.dtype.kind in "iub"}  # NetCDF 3 has no wider
    made.assign({n: v for n, v in narrow.items() if n != "member"}).assign_coords(
        member=made["member"].astype("int32")
    ).to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def _csv(found: Ensemble, path: Path) -> None:
    for i, block in enumerate(found.columns.blocks()):
        frame(found, block).to_csv(path, mode="a" if i else "w", header=i == 0, index=False)


def _parquet(found: Ensemble, path: Path) -> None:
    need("pyarrow")
    import pyarrow
    import pyarrow.parquet

    writer = None
    try:
        for block in found.columns.blocks():
            table = pyarrow.Table.from_pandas(frame(found, block), preserve_index=False)
            writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
