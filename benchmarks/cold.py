"""Case `cold`: the first result in a new process, from its start: ours with an empty and a full cache, and others."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from benchmarks.peers.engine import Engine
from benchmarks.peers.exported import export
from benchmarks.problems import HOUR, rundown
from benchmarks.rows import Row

CELLS = ("Kay2017_cell", "Dijkstra2016_neuron")
SCRIPTS = {
    "libRoadRunner": (
        "import roadrunner; r = roadrunner.RoadRunner({file!r}); r.integrator.stiff = True; "
        "r.integrator.maximum_num_steps = 10**8; r.simulate(0, {end}, 2)"
    ),
    "COPASI LSODA": (
        "import basico; basico.load_model({file!r}); "
        "basico.run_time_course(duration={end}, intervals=1, max_steps=10**8)"
    ),
}
"""The shortest script of a user: import, load the SBML, run ten hours."""


def seconds(arguments: list[str], cache: Path | None = None, times: int = 3) -> float:
    """Least wall time of a new process; with `cache`, Ionostat keeps its compiled code there and nowhere else."""
    environment = dict(os.environ)
    if cache is not None:
        environment |= {"IONOSTAT_CACHE": str(cache), "XDG_CACHE_HOME": str(cache)}
    found = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, *arguments], env=environment, check=True, capture_output=True)
        found.append(time.perf_counter() - began)
    return min(found)


LLVMLITE = f"llvmlite {version('llvmlite')}"


def measure_cold(engines: list[Engine]) -> Iterator[Row]:
    """Seconds to the first result; `us_per_cell` holds the same in microseconds."""
    names = [e.name for e in engines]
    if "native" in names:
        yield _row("native", "import ionostat", seconds(["-c", "import ionostat"]), LLVMLITE)
        yield _row("native", "python -c pass", seconds(["-c", "pass"]), "")
        for cell in CELLS:
            command = ["-m", "ionostat", "rest", cell]
            empty = []
            for _ in range(3):
                with tempfile.TemporaryDirectory() as folder:
                    empty.append(seconds(command, Path(folder), times=1))
            with tempfile.TemporaryDirectory() as folder:
                seconds(command, Path(folder), times=1)
                full = seconds(command, Path(folder))
            yield _row("native", f"ionostat rest {cell}, empty cache", min(empty), LLVMLITE)
            yield _row("native", f"ionostat rest {cell}, full cache", full, LLVMLITE)
    for engine in engines:
        if engine.name in SCRIPTS:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "cell.xml"
                file.write_text(export(rundown(1)).text, encoding="utf-8")
                script = SCRIPTS[engine.name].format(file=str(file), end=10 * HOUR)
                what = "import, load the SBML of Kay2017_cell, run 10 h"
                yield _row(engine.name, what, seconds(["-c", script]), engine.version())


def _row(engine: str, what: str, cold: float, packages: str) -> Row:
    return Row("cold", engine, 1e6 * cold, 0.0, 1.0 / cold, cold_s=cold, what=what, version=packages)
