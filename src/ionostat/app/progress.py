"""Progress on stderr: a bar that shows the model time or the members reached, on a terminal and after half a second."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Literal

from ionostat.studies.text import duration

Mode = Literal["bar", "lines", "off"]
PATIENCE = 0.5
"""Nothing is shown for work that takes less than this, s."""
LINE_EVERY = 10.0
"""How often a line is written where there is no terminal, s."""


def mode(wanted: bool | None, *, verbose: bool = False, quiet: bool = False) -> Mode:
    """A bar on a terminal or where asked for; lines with -v elsewhere; nothing with -q or --no-progress."""
    if wanted is False or (quiet and not wanted):
        return "off"
    if wanted or sys.stderr.isatty():
        return "bar"
    return "lines" if verbose else "off"


Words = Callable[[float, float, float], str]
"""How far it is, in words: from what is reached, where it ends, and how much is done per second."""


def model_time(reached: float, end: float, rate: float) -> str:
    """Model time in ms."""
    return f"{duration(reached)} of {duration(end)}, {duration(rate)} per second"


def members(reached: float, end: float, rate: float) -> str:
    """Members of an ensemble, and the time left at this rate.

    >>> members(2e5, 1e6, 1e5)
    '200,000 of 1,000,000 members, 100,000 per second, 8 s left'
    """
    left = f"{duration(1e3 * (end - reached) / rate)} left" if rate else "time left unknown"
    return f"{reached:,.0f} of {end:,.0f} members, {rate:,.0f} per second, {left}"


class Progress:
    """Shows how far a piece of work is, while it runs: `with Progress("bar", "resting state") as report: ...`.

    `report(reached, end)` moves the bar, in the units of `words`; before the first report it only says that work goes
    on.
    """

    def __init__(self, how: Mode, what: str, words: Words = model_time) -> None:
        self.how, self.what, self.words = how, what, words
        self.began = self.last_line = time.monotonic()
        self.bar: Any = None
        self.task: Any = None
        self.timer: threading.Timer | None = None
        self.lock = threading.Lock()
        self.shown = False

    def __enter__(self) -> Progress:
        if self.how == "bar":
            self.bar = _bar()
            self.task = self.bar.add_task(self.what, total=None, reached="")
            self.timer = threading.Timer(PATIENCE, self._show)
            self.timer.daemon = True
            self.timer.start()
        return self

    def _show(self) -> None:
        with self.lock:
            if self.bar is not None:
                self.shown = True
                self.bar.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.timer is not None:
            self.timer.cancel()
        with self.lock:
            if self.bar is not None and self.shown:
                self.bar.stop()
            self.bar = None

    def __call__(self, reached: float, end: float) -> None:
        """How far the work is, and where it ends."""
        now = time.monotonic()
        text = self.words(reached, end, reached / max(now - self.began, 1e-3))
        if self.bar is not None:
            self.bar.update(self.task, completed=reached, total=end, reached=text)
        elif self.how == "lines" and now - self.last_line >= LINE_EVERY:
            self.last_line = now
            print(f"{self.what}: {text}", file=sys.stderr, flush=True)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(24),
        TextColumn("{task.fields[reached]}"),
        TimeElapsedColumn(),
    )
    return RichProgress(*columns, console=Console(stderr=True), transient=True)
