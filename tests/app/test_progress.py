"""Progress: on stderr, patient, and silent where nobody looks."""

import sys
import time

import pytest

from ionostat.app import progress
from ionostat.app.progress import Progress, mode


def test_who_sees_what(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False)
    assert [mode(None), mode(None, verbose=True), mode(True), mode(False), mode(None, quiet=True)] == [
        "off", "lines", "bar", "off", "off",
    ]  # fmt: skip
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert [mode(None), mode(False), mode(None, quiet=True)] == ["bar", "off", "off"]


def test_quick_work_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("bar", "quick") as report:
        report(1.0, 2.0)
    assert capsys.readouterr() == ("", "")


def test_a_bar_shows_the_model_time(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.01)
    monkeypatch.setenv("COLUMNS", "120")
    with Progress("bar", "slow") as report:
        for minutes in range(3):
            time.sleep(0.1)
            report(6e4 * minutes, 3.6e6)
        assert report.bar.tasks[0].fields["reached"].startswith("2 min of 1 h")
    assert capsys.readouterr().out == ""


def test_lines_without_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY", 0.0)
    with Progress("lines", "slow") as report:
        report(6e4, 3.6e6)
    assert capsys.readouterr().err.startswith("slow: 1 min of 1 h, ")
