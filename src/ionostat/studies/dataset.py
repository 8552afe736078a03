"""A run as xarray, NetCDF, CSV and JSON."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.errors import InputError
from ionostat.studies.whole_file import whole_file

if TYPE_CHECKING:
    import xarray

    from ionostat.studies.trajectory import Trajectory


def provenance(run: Trajectory) -> dict[str, Any]:
    """Where a result comes from: versions, cell, protocol, tolerances, engine."""
    from importlib.metadata import version

    packages = ("numpy", "scipy", "sympy", "llvmlite")
    return {
        "ionostat": version("ionostat"),
        "packages": {name: version(name) for name in packages},
        "cell": run.cell.name,
        "closure": run.cell.closure,
        "protocol": run.protocol,
        "engine": run.engine,
        "rtol": run.rtol,
        "deviations": [d.id for d in run.cell.deviations],
        "parameters": {
            path: {"value": n.value, "unit": n.unit, "source": n.source} for path, n in run.cell.numbers.items()
        },
    }


def dataset(run: Trajectory) -> xarray.Dataset:
    """Series over time with units; status, audit, statistics and provenance in the attributes (as JSON text)."""
    import xarray as xr

    series = {n: ("time", run[n], {"units": run.units[n]}) for n in run.names}
    attributes = {
        "title": f"{run.cell.name}: {run.protocol}",
        "status": run.status,
        "status_sentence": run.sentence,
        "ended_ms": run.ended,
        "events": json.dumps([{"time_ms": t, "what": what} for t, what in run.events]),
        "crossings": json.dumps([crossing.to_dict() for crossing in run.crossings]),
        "audit": json.dumps(run.audit.to_dict()),
        "statistics": json.dumps(vars(run.statistics)),
        "activity": json.dumps({name: seen.to_dict() for name, seen in run.activity.items()}),
        "warnings": json.dumps(list(run.warnings)),
        "notes": json.dumps(list(run.notes)),
        "provenance": json.dumps(provenance(run)),
    }
    return xr.Dataset(series, coords={"time": ("time", run.time, {"units": "ms"})}, attrs=attributes)


def record(run: Trajectory) -> dict[str, Any]:
    """Plain data: `time` and `quantities` with units, NaN as null."""
    return {
        "cell": run.cell.name,
        "closure": run.cell.closure,
        "protocol": run.protocol,
        "status": run.status,
        "reason": run.sentence,
        "ended": {"value": run.ended, "unit": "ms"},
        "time": {"value": run.time.tolist(), "unit": "ms"},
        "quantities": {n: {"value": _plain(run[n]), "unit": run.units[n]} for n in run.names},
        "events": [{"time": {"value": t, "unit": "ms"}, "what": what} for t, what in run.events],
        "crossings": [crossing.to_dict() for crossing in run.crossings],
        "audit": run.audit.to_dict(),
        "statistics": vars(run.statistics),
        "deviations": [{"id": d.id, "what": d.what} for d in run.cell.deviations],
        "activity": {name: seen.to_dict() for name, seen in run.activity.items()},
        "warnings": list(run.warnings),
        "notes": list(run.notes),
        "provenance": provenance(run),
    }


def _plain(values: np.ndarray) -> list[float | None]:
    return [float(v) if np.isfinite(v) else None for v in values]


def save(run: Trajectory, path: Path) -> Path:
    """Write by the file's ending: .nc, .csv or .json. The file appears only when it is whole."""
    writers = {".nc": _netcdf, ".csv": _csv, ".json": _json}
    if path.suffix not in writers:
        raise InputError(
            f"cannot save a run as '{path.suffix or path.name}'", hint="use .nc, .csv or .json", field=str(path)
        )
    if not path.parent.is_dir():
        raise InputError(f"the folder '{path.parent}' does not exist", field=str(path))
    with whole_file(path) as part:
        writers[path.suffix](run, part)
    return path


def _netcdf(run: Trajectory, path: Path) -> None:
    dataset(run).to_netcdf(path, engine="scipy", format="NETCDF3_64BIT")


def _csv(run: Trajectory, path: Path) -> None:
    """One row per time; the header gives each name with its unit."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["time (ms)", *(f"{n} ({run.units[n]})" for n in run.names)])
        columns = [run.time, *(run[n] for n in run.names)]
        writer.writerows(
            [[repr(float(v)) if np.isfinite(v) else "" for v in row] for row in zip(*columns, strict=True)]
        )


def _json(run: Trajectory, path: Path) -> None:
    marked = {"schema": "ionostat/trajectory@1", **record(run)}
    path.write_text(json.dumps(marked, allow_nan=False), encoding="utf-8")
