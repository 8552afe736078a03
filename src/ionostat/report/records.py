"""Results as plain data for JSON: one schema string per kind, every value with its unit, never NaN.

Every record carries `schema`, `cell`, `closure`, `status`, `warnings`, `quantities`, `energy`, `deviations` and
`notes`; that of a run also `time`, with the quantities as series, and `activity`, watched between the recorded points.
What is not known is null, with a `reason` beside it. A record of something that went wrong carries `error`: {kind,
field, message, hint}.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from math import isfinite
from typing import Any

from ionostat.cell.description import Cell
from ionostat.report.energy import Energy, energy, energy_at, total_ATP
from ionostat.report.outline import changed_numbers, quoted_from_memory
from ionostat.report.summary import summary
from ionostat.report.words import end_in_words, meaning
from ionostat.studies.resting_state import RestingState
from ionostat.studies.trajectory import Trajectory
from ionostat.units import to

NOT_FINITE = "not a finite number"


def rest_record(rest: RestingState) -> dict[str, Any]:
    """A resting state, or the reason why there is none."""
    found = rest.to_dict()
    record: dict[str, Any] = clean(
        {
            "schema": "ionostat/rest@1",
            "version": version("ionostat"),
            "cell": rest.cell.name,
            "closure": rest.cell.closure,
            "changes": changed_numbers(rest.cell),
            "status": rest.status,
            "verdict": rest.verdict,
            "label": rest.label,
            "warnings": list(rest.warnings),
            "quantities": found["quantities"],
            "energy": energy_record(energy(rest.cell, rest.quantities)) if rest.found else None,
            "time_constants": [_quantity(float(to(t, "s")), "s", "does not decay") for t in rest.time_constants],
            "eigenvalues": found["eigenvalues"],
            "conserved": found["conserved"],
            "certificate": found["certificate"],
            **_about(rest.cell, rest.notes),
            "statistics": found["statistics"],
        }
    )
    return record


def rests_record(rests: Sequence[RestingState]) -> dict[str, Any]:
    """Every rest that was found; the first one's quantities also stand at the top."""
    return {**rest_record(rests[0]), "rests": [rest_record(r) for r in rests]}


def run_record(run: Trajectory) -> dict[str, Any]:
    """A run: time, series, what was done, what it comes to."""
    found = run.to_dict()
    note = {} if run.status == "ok" else {"reason": run.sentence}
    series = {
        name: {**entry, **(note if None in entry["value"] else {})} for name, entry in found["quantities"].items()
    }
    short = summary(run)
    record: dict[str, Any] = clean(
        {
            "schema": "ionostat/run@1",
            "version": version("ionostat"),
            "cell": run.cell.name,
            "closure": run.cell.closure,
            "changes": changed_numbers(run.cell),
            "protocol": run.protocol,
            "status": run.status,
            "reason": run.sentence,
            "ended": found["ended"],
            "warnings": list(run.warnings),
            "time": found["time"],
            "quantities": series,
            "events": found["events"],
            "crossings": found["crossings"],
            "activity": {name: one.to_dict() for name, one in run.activity.items()},
            "summary": {**short.to_dict(), "meaning": meaning(run, short), "end": end_in_words(run, short)},
            "energy": {
                "start": energy_record(energy_at(run, 0)),
                "end": energy_record(energy_at(run, run.end)),
                "ATP_used": {"value": total_ATP(run) / 1000, "unit": "fmol"},
            },
            "audit": found["audit"],
            **_about(run.cell, run.notes),
            "statistics": found["statistics"],
            "provenance": found["provenance"],
        }
    )
    return record


def energy_record(account: Energy) -> dict[str, Any]:
    """ATP use, free energy of ATP, dissipation by mechanism (fW = aJ/ms), efficiency of each ATPase."""
    return {
        "ATP_use": _quantity(float(to(account.ATP_use, "amol/s")), "amol/s"),
        "ATP_molecules": _quantity(account.molecules, "1/s"),
        "dG_ATP": _quantity(float(to(account.dG_ATP, "kJ/mol")), "kJ/mol"),
        "supply": _quantity(account.supply, "fW"),
        "dissipation": {
            "total": _quantity(account.total, "fW"),
            **{n: _quantity(v, "fW") for n, v in account.dissipation.items()},
        },
        "efficiency": {n: _quantity(v, "1") for n, v in account.efficiency.items()},
    }


def error_record(
    command: str, kind: str, message: str, *, field: str = "", hint: str = "", **more: Any
) -> dict[str, Any]:
    """A record of a command that gave no result."""
    error = {"kind": kind, "field": field, "message": message, "hint": hint, **more}
    record: dict[str, Any] = clean(
        {"schema": f"ionostat/{command}@1", "version": version("ionostat"), "status": "error", "error": error}
    )
    return record


def clean(value: Any) -> Any:
    """Plain JSON data: tuples as lists, NumPy numbers as numbers, and null for what is not finite.

    A `{"value": ..., "unit": ...}` that loses its value gets a `reason`.

    >>> clean({"value": float("nan"), "unit": "mV"})
    {'value': None, 'unit': 'mV', 'reason': 'not a finite number'}
    """
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        plain = {str(k): clean(v) for k, v in value.items()}
        if "unit" in plain and "value" in plain and _unknown(plain["value"]):
            plain.setdefault("reason", NOT_FINITE)
        return plain
    if isinstance(value, list | tuple):
        return [clean(v) for v in value]
    return value


def _unknown(value: Any) -> bool:
    return value is None or (isinstance(value, list) and None in value)


def _quantity(value: float, unit: str, reason: str = NOT_FINITE) -> dict[str, Any]:
    known = isfinite(value)
    return {"value": value, "unit": unit} if known else {"value": None, "unit": unit, "reason": reason}


def _about(cell: Cell, notes: Sequence[str]) -> dict[str, Any]:
    """What to know about the model behind a result."""
    return {
        "deviations": [{"id": d.id, "what": d.what, "waives": list(d.waives)} for d in cell.deviations],
        "notes": list(notes),
        "from_memory": quoted_from_memory(cell),
    }
