"""`python -m benchmarks.table`: writes what was measured into `docs/explanations/benchmarks.md`.

The results, in `benchmarks/results/`, are what the benchmarks print:

    python -m benchmarks.peers --json > benchmarks/results/peers.json
    python -m benchmarks.delayed_hopf --json > benchmarks/results/delayed_hopf.json
    python -m benchmarks.spreading_depolarisation --json > benchmarks/results/spreading_depolarisation.json
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from math import isfinite
from pathlib import Path
from typing import Any

from benchmarks.report import less_accurate, number, ratio_text, targets
from benchmarks.rows import GOALS, OURS, Row, cheapest, of, ratio_at_goal

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results"
PAGE = ROOT / "docs" / "explanations" / "benchmarks.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
TITLES = {
    "rundown": "Rundown",
    "rundown_neuron": "Rundown of a neuron",
    "rest": "Resting states",
    "single": "One rundown",
    "single_spiking": "One minute of spikes",
    "spiking": "Neurons that fire for a minute",
    "rundown_threads": "Rundown on two threads",
    "rundown_neuron_threads": "Rundown of a neuron on two threads",
    "spiking_threads": "Neurons that fire, on two threads",
    "cold": "The first result in a new process",
    "scale": "From a thousand to a million",
    "compile": "Programs to machine code",
    "reference": "How sure the reference is",
}


def rows_of(file: Path) -> list[Row]:
    """The rows that `python -m benchmarks.peers --json` printed."""
    return [Row.from_json(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def objects_of(file: Path) -> list[dict[str, Any]]:
    """One object per line."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def shown(rows: Sequence[Row], case: str) -> list[Row]:
    """Of every engine: rtol 1e-6, the cheapest that errs no more than the goal, the first that matches ours at 1e-6."""
    mine = of(rows, case, OURS, None)
    nominal = next((r for r in mine if r.rtol == 1e-6), None)
    kept = []
    for r in of(rows, case, threads=None):
        decade = isfinite(r.rtol) and f"{r.rtol:e}".startswith("1.0")
        found = of(rows, case, r.engine, r.threads)
        reasons = [
            not isfinite(r.rtol),
            r.engine == OURS and decade and (r.threads == 1 or r.rtol == 1e-6),
            r.rtol == 1e-6,
            r == cheapest(found, GOALS[r.error_unit]),
            nominal is not None and r == next((q for q in found if q.rel_error <= nominal.rel_error), None),
        ]
        if any(reasons):
            kept.append(r)
    return kept


def markdown(head: Sequence[str], table: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in table:
        yield f"| {' | '.join(cell or ' ' for cell in row)} |"
    yield ""


def case_lines(rows: Sequence[Row], case: str) -> Iterator[str]:
    """One case: what it is, its table."""
    listed = of(rows, case, threads=None)
    yield f"### {TITLES.get(case, case)}"
    yield ""
    if case == "scale":
        table = [
            [f"{r.members:,}", str(r.threads), number(r.us_per_cell), number(r.cells_per_s), f"{r.gigabytes:.2f}"]
            for r in listed
        ]
        yield from markdown(["cells", "threads", "us per cell", "cells per s", "GB of the process"], table)
        return
    if case in ("cold", "compile"):
        yield from markdown(["engine", "what", "s"], [[r.engine, r.what, f"{r.cold_s:.2f}"] for r in listed])
        return
    if case.endswith("_threads"):
        table = [
            [f"{r.threads}", f"{r.rtol:.0e}", number(r.us_per_cell), number(r.cells_per_s), f"{r.members:,}"]
            for r in listed
        ]
        yield from markdown(["threads", "rtol", "us per cell", "cells per s", "cells"], table)
        return
    if case == "reference":
        table = [[r.what, r.engine, f"{r.rel_error:.0e}" + (" ms" if r.error_unit == "ms" else "")] for r in listed]
        yield from markdown(["what", "solver", "largest difference"], table)
        return
    yield f"{listed[0].what}. {', '.join(_members(listed))}."
    yield ""
    unit = " ms" if listed[0].error_unit == "ms" else ""
    if case == "rest":
        table = [
            [r.engine, r.how, number(r.us_per_cell), number(r.cells_per_s), f"{r.rel_error:.0e}", str(r.failed)]
            for r in listed
        ]
        yield from markdown(["engine", "how", "us per cell", "cells per s", "error", "failed"], table)
        return
    table = [
        [
            r.engine + (f", {r.threads} threads" if r.threads > 1 else ""),
            f"{r.rtol:.0e}",
            number(r.us_per_cell),
            f"{r.rel_error:.1e}{unit}",
            ratio_text(r, rows),
            number(r.cold_s),
        ]
        for r in shown(rows, case)
    ]
    yield from markdown(["engine", "rtol", "us per cell", "error", "times ours", "first result, s"], table)
    goal = GOALS[listed[0].error_unit]
    peers = [e for e in dict.fromkeys(r.engine for r in listed) if e != OURS]
    found = {e: ratio_at_goal(rows, case, e) for e in peers}
    said = [f"{e} {number(q)}" for e, q in found.items() if isfinite(q)]
    if said:
        yield f"Each at its cheapest tolerance with an error of at most {goal:g}{unit}, times ours: {', '.join(said)}."
        yield ""


def _members(rows: Sequence[Row]) -> Iterator[str]:
    for engine in dict.fromkeys(r.engine for r in rows):
        most = max(r.members for r in rows if r.engine == engine)
        yield f"{engine} ran {most} cell{'s' if most > 1 else ''}"


def measured(rows: Sequence[Row], hopf: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]) -> str:
    """The measured part of the page."""
    return "\n".join([*_head(rows), *_cases(rows), *_hopf(hopf), *_events(events)])


def _head(rows: Sequence[Row]) -> Iterator[str]:
    yield f"Machine: {'; '.join(dict.fromkeys(r.machine for r in rows))}."
    versions = dict.fromkeys(v for r in rows for v in r.version.split(", ") if v)
    yield f"Versions: {', '.join(versions)}."
    yield ""
    yield "### Targets"
    yield ""
    yield from markdown(["what", "wanted", "measured", "verdict"], targets(rows))


def _cases(rows: Sequence[Row]) -> Iterator[str]:
    for case in dict.fromkeys(r.case for r in rows):
        yield from case_lines(rows, case)
    yield "### Who is less accurate at the same tolerance"
    yield ""
    yield from (f"- {sentence}" for sentence in less_accurate(rows))
    yield ""


def _hopf(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    ramps = list(dict.fromkeys(r["ramp"] for r in found))
    table = []
    for way in dict.fromkeys(r["way"] for r in found):
        line = [way]
        for ramp in ramps:
            row = next((r for r in found if r["way"] == way and r["ramp"] == ramp), None)
            at = "" if row is None else "never" if row["exit_ms"] is None else f"{row['exit_ms']:,.0f}"
            line.append(at + (f" ({row['steps']:,})" if row and row["steps"] else ""))
        table.append(line)
    yield "### The delayed Hopf bifurcation"
    yield ""
    yield "Exit time in ms, and in brackets the steps until then (of LSODA: the evaluations)."
    yield ""
    yield from markdown(["", *ramps], table)


def _events(found: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield "### Spreading depolarisation, again and again"
    yield ""
    yield "1,000 s in a bath of 20 mM of potassium."
    yield ""
    table = [
        [
            r["way"],
            str(len(r["events_s"])),
            ", ".join(f"{t:.1f}" for t in r["events_s"]),
            f"{r['steps']:,}" if r["steps"] else "",
        ]
        for r in found
    ]
    yield from markdown(["", "depolarisations", "at, s", "steps"], table)


def page(text: str) -> str:
    """The page with its measured part written anew."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    files = ("peers.json", "delayed_hopf.json", "spreading_depolarisation.json")
    peers, hopf, events = (RESULTS / name for name in files)
    part = measured(rows_of(peers), objects_of(hopf), objects_of(events))
    return f"{before}{BEGIN}\n\n{part.strip()}\n\n{END}{after}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
