"""Options and yardstick of our own history."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.peers.scipy_lsoda import SciPy
from benchmarks.problems import rundown
from benchmarks.table import RESULTS

BASELINE = RESULTS / "baseline.json"
WORSE = 1.5
"""A ratio this many times the baseline's is a failure: machines are shared, and noise of a third is common."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--save-baseline", action="store_true", help="keep the ratios of this run as the new baseline")


def yardstick() -> float:
    """CPU seconds in which SciPy's LSODA runs one cell down for ten hours, the least of twenty."""
    runner = SciPy(rundown(1))
    return min(runner.run(range(1), 1e-6).cpu for _ in range(20))


@pytest.fixture
def compared(request: pytest.FixtureRequest, benchmark: Any) -> Callable[[Callable[[], object], int], None]:
    """Measure a function that handles so many cells; its time per cell, in yardsticks of the same moment, is compared
    with the baseline.
    """

    def measure(work: Callable[[], object], cells: int) -> None:
        work()
        before = yardstick()

        def timed() -> float:
            began = time.process_time()
            work()
            return time.process_time() - began

        seconds = min(timed() for _ in range(7))
        ratio = seconds / cells / min(before, yardstick())
        benchmark.extra_info["yardsticks_per_cell"] = ratio
        benchmark(work)
        name = request.node.name
        known = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
        if request.config.getoption("--save-baseline"):
            BASELINE.write_text(json.dumps({**known, name: ratio}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        elif name in known:
            assert ratio < WORSE * known[name], f"{name}: {ratio:.2e} yardsticks per cell, baseline {known[name]:.2e}"

    return measure
