"""Cases `scale` and `compile`: a thousand to a million rundowns in one call, its memory, and CPU time to machine code.

`python -m benchmarks.scale MEMBERS THREADS` is the process whose memory is measured; it prints one JSON object.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.problems import rundown
from benchmarks.rows import OURS, Row
from ionostat.engines.native import System
from ionostat.engines.native_engine import NativeEngine

RTOL = 1e-6
MEMBERS = (1_000, 10_000, 100_000, 1_000_000)
COMPILE = """
import time
{make}
began = time.process_time()
kernel.code(16, 1e-6)
print(time.process_time() - began)
"""
FOUR = """
from ionostat import load
from ionostat.cell.equations import equations
from ionostat.engines.native_engine import NativeEngine
kernel = NativeEngine(equations(load("Kay2017_cell")).system()).kernel
"""
LARGE = """
from benchmarks.scale import coupled
from ionostat.engines.native import compile_system
kernel = compile_system(coupled(6))
"""


def run(members: int, threads: int) -> dict[str, float]:
    """Seconds of the quickest of several calls (CPU for one thread, else on the wall), and largest memory (GB)."""
    clock = time.process_time if threads == 1 else time.perf_counter
    problem = rundown(members)
    kernel = NativeEngine(problem.system).kernel
    atol = problem.atol(RTOL)
    times = []
    for _ in range(max(3, min(20, 300_000 // members))):
        began = clock()
        solved = kernel.solve(problem.y0, problem.p, 0.0, problem.duration, None, RTOL, atol, threads=threads)
        times.append(clock() - began)
    failed = int((solved.status != 0).sum())
    return {"seconds": min(times), "failed": failed, "gigabytes": peak_memory() / 1e9}


def peak_memory() -> int:
    """Bytes of memory that this process had at most; `ru_maxrss` would count its parent's, before it became itself."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])


def coupled(axons: int) -> System:
    """Axons of Hodgkin and Huxley in a ring, with two pools that the first one fills: 4 states each and 2 more."""
    import sympy

    from benchmarks.delayed_hopf import axon
    from ionostat.cell.program import differentiate, straight_line

    single = axon()
    V, m, h, n, current = single.inputs[:5]
    known: dict[object, object] = {}
    for symbol, expression in single.rhs.steps:
        known[symbol] = expression.xreplace(known)
    rates = [r.xreplace(known) for r in single.rhs.outputs]
    names = [sympy.symbols(f"V{i} m{i} h{i} n{i}", real=True) for i in range(axons)]
    pools = sympy.symbols("pool0 pool1", real=True)
    gap, drive = sympy.symbols("gap drive", real=True)
    rows = []
    for i, own in enumerate(names):
        here = dict(zip((V, m, h, n, current), (*own, drive + pools[0] - pools[1]), strict=True))
        left, right = names[i - 1][0], names[(i + 1) % axons][0]
        first, *gates = (r.xreplace(here) for r in rates[:4])
        rows += [first + gap * (left + right - 2 * own[0]), *gates]
    first_axon = names[0]
    rows += [1e-3 * (first_axon[3] - pools[0]), 1e-3 * (first_axon[2] - pools[1])]
    states = [s for own in names for s in own] + list(pools)
    program = straight_line([*states, gap, drive], rows)
    size = len(states)
    jacobian = differentiate(program, states)
    return System((*states, gap, drive), size, (1,) * size, program, jacobian)


def measure_scale(quick: bool) -> Iterator[Row]:
    """Each number of members and threads in a process of its own."""
    for members in MEMBERS[:2] if quick else MEMBERS:
        for threads in (1, 2):
            command = [sys.executable, "-m", "benchmarks.scale", str(members), str(threads)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            yield Row(
                case="scale",
                engine=OURS,
                us_per_cell=1e6 * found["seconds"] / members,
                rel_error=0.0,
                cells_per_s=members / found["seconds"],
                threads=threads,
                rtol=RTOL,
                members=members,
                failed=found["failed"],
                what="rundowns in one call, end states kept",
                note=f"{found['gigabytes']:.2f} GB",
                gigabytes=found["gigabytes"],
            )


def measure_compile() -> Iterator[Row]:
    """Programs to machine code in a new process with an empty cache; tracing and derivatives are not in it."""
    for what, make in (("4 states", FOUR), ("26 states", LARGE)):
        times = []
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                environment = {**os.environ, "IONOSTAT_CACHE": folder}
                command = [sys.executable, "-c", COMPILE.format(make=make)]
                done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
                times.append(float(done.stdout))
        seconds = min(times)
        yield Row("compile", OURS, 1e6 * seconds, 0.0, 1 / seconds, cold_s=seconds, what=what)


if __name__ == "__main__":
    print(json.dumps(run(int(sys.argv[1]), int(sys.argv[2]))))
