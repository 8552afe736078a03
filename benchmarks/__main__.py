"""`python -m benchmarks [--quick] [--json]`: one row per case and engine, with the ratio to our engine in this run.

Errors are against a native run at rtol 1e-11. Machines are shared and noisy: quote the ratios, never the times.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

from benchmarks.cases import Case, cases
from benchmarks.runners import RUNNERS, native
from ionostat import load, rest

RTOL = 1e-6


def measure(case: Case, quick: bool) -> list[dict[str, Any]]:
    """All engines on one case; SciPy is left out of the spiking case in quick mode (minutes)."""
    _, truth = native(case, 1e-11)
    rows = []
    for name, runner in RUNNERS.items():
        if name.startswith("SciPy") and case.name == "spiking" and (quick or name != "SciPy LSODA"):
            continue
        seconds, end = runner(case, RTOL)
        error = float(np.max(np.abs(end - truth) / np.maximum(np.abs(truth), 1e-3 * case.scale)))
        rows.append(
            {"case": case.name, "what": case.what, "engine": name, "us_per_cell": 1e6 * seconds, "rel_error": error}
        )
    ours = rows[0]["us_per_cell"]
    for row in rows:
        row["ratio_to_native"] = row["us_per_cell"] / ours
    return rows


def measure_rest() -> list[dict[str, Any]]:
    """The certified rest against the same answer by long integration with the native engine."""
    from ionostat import simulate

    rows = []
    for name, hours in (("Kay2017_cell", 3000), ("Dusterwald2018_neuron", 1000)):
        rest(name)
        began = time.perf_counter()
        found = rest(name)
        ours = time.perf_counter() - began
        began = time.perf_counter()
        run = simulate(name, duration=f"{hours} h", start="file", points=2)
        theirs = time.perf_counter() - began
        error = abs(found["plasma.V"] - run["plasma.V"][-1]) / abs(found["plasma.V"])
        rows.append(
            {
                "case": "rest",
                "what": name,
                "engine": "native",
                "us_per_cell": 1e6 * ours,
                "rel_error": 0.0,
                "ratio_to_native": 1.0,
            }
        )
        rows.append(
            {
                "case": "rest",
                "what": name,
                "engine": f"integration over {hours} h",
                "us_per_cell": 1e6 * theirs,
                "rel_error": error,
                "ratio_to_native": theirs / ours,
            }
        )
    return rows


def main() -> None:
    """Run the benchmarks and print them."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a minute instead of several")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    arguments = parser.parse_args()
    load("Kay2017_cell")
    rows = [row for case in cases(arguments.quick) for row in measure(case, arguments.quick)] + measure_rest()
    if arguments.json:
        for row in rows:
            print(json.dumps(row))
        return
    print(f"{'case':<16}{'engine':<26}{'us per cell':>14}{'x native':>11}{'rel. error':>12}")
    for row in rows:
        print(
            f"{row['case']:<16}{row['engine']:<26}{row['us_per_cell']:>14.1f}{row['ratio_to_native']:>11.2f}{row['rel_error']:>12.1e}"
        )


if __name__ == "__main__":
    main()
