"""What holds for every test: how Hypothesis searches, how figures are drawn, and what may not be skipped in CI."""

import atexit
import os
from collections.abc import Generator
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings

IN_CI = bool(os.environ.get("CI"))

os.environ.setdefault("MPLBACKEND", "Agg")  # figures go to files; no test opens a window

if "IONOSTAT_CACHE" not in os.environ:  # one cache for all processes of a run of the tests, gone with it
    _kept = TemporaryDirectory(prefix="ionostat-tests-")
    atexit.register(_kept.cleanup)
    os.environ["IONOSTAT_CACHE"] = _kept.name

# No deadline: the first example of a test may compile a kernel. In CI the search repeats exactly.
settings.register_profile("default", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "default")


def _lacks_something(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Return the reason of a skip that says "needs ..." or None."""
    if not report.skipped or hasattr(report, "wasxfail") or not isinstance(report.longrepr, tuple):
        return None
    reason = str(report.longrepr[2]).removeprefix("Skipped: ")
    return reason if reason.startswith("needs ") else None


def _fail_in_ci(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Fail a skip for lack of something: CI installs everything, so a lack there is a fault of the set-up."""
    reason = _lacks_something(report)
    if IN_CI and reason:
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where nothing may be lacking: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _fail_in_ci(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _fail_in_ci(report)
    return report
