"""What every batch loop does: fill the lanes, try and judge, hand out the next cells, obey the cancel flag.

The solver and the search for resting states differ in what a trial is; who waits for whom is the same.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from ionostat.engines.native.builder import Value
from ionostat.engines.native.layout import Frame

LANE = [("ptr", "a"), ("ptr", "s"), ("i64", "lane")]
"""Parameters of a function that serves one lane: arguments, scratch block, lane."""


def fill_lanes(frame: Frame) -> None:
    """Give every lane its first cell."""
    f = frame.function
    frame.set_counter("alive", 0)
    with f.loop(frame.layout.lanes) as lane:
        f.call("fill", f.argument("a"), f.argument("s"), lane)
    f.call("prepare", frame.address("p"))


def run_lanes(frame: Frame, attempt: str, cancelled: int, before: Callable[[], None] = lambda: None) -> None:
    """Call `attempt` and `judge` until no cell is left; a lane whose cell has ended writes it and takes the next.

    `cancelled` is the status of the cells that the cancel flag ends; `before` is written at the head of every trial.
    """
    f = frame.function
    a, s = f.argument("a"), f.argument("s")
    head, poll, go, event, stop, after = (f.label(h) for h in ("head", "poll", "go", "event", "stop", "after"))
    f.jump(head)
    f.begin(head)
    f.branch(frame.counter("alive") > 0, poll, after)
    f.begin(poll)
    f.branch(f.load(frame.argument("cancel"), "i64", volatile=True).differs(0), stop, go)
    f.begin(go)
    before()
    f.call(attempt, a, s)
    f.call("judge", a, s)
    f.branch(frame.counter("event").differs(0), event, head)
    f.begin(event)
    with f.loop(frame.layout.lanes) as lane, f.when(frame.get_lane("code", lane).differs(0)):
        f.call("end_lane", a, s, lane)
        f.call("fill", a, s, lane)
    f.call("prepare", frame.address("p"))
    f.jump(head)
    f.begin(stop)
    with f.loop(frame.layout.lanes) as lane, f.when(frame.get_lane("active", lane).differs(0)):
        frame.set_lane("code", lane, cancelled + 1)
        f.call("end_lane", a, s, lane)
    f.jump(after)
    f.begin(after)


def next_save(frame: Frame, lane: Value) -> None:
    """Go on to the lane's next save time; infinity behind the last."""
    f = frame.function
    following = frame.get_lane("save_index", lane) + 1
    frame.set_lane("save_index", lane, following)
    frame.set_lane("next_save", lane, math.inf)
    with f.when(following < frame.argument("n_save")):
        frame.set_lane("next_save", lane, f.load(f.offset(frame.argument("save_times"), 0, following), "double"))
