"""The batch loop: one cell per lane, a lane that ends takes the next cell at once.

A lane has its own time, step and status, and every operation on it is independent of its neighbours, so the
digits of a cell do not depend on the order or size of the batch, nor on the number of threads: threads have a
scratch block each and take cells from one queue. The cancel flag is read before every step.
"""

from __future__ import annotations

import math
from contextlib import nullcontext

from ionostat.engines.native import events, status
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.control import GROW
from ionostat.engines.native.lanes import LANE, fill_lanes, next_save, run_lanes
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import Method


def write_loop(system: System, method: Method, layout: Layout) -> list[Function]:
    """The functions `fill`, `save`, `end_lane` and `solve_batch`."""
    return [
        _fill(system, layout),
        _save(system, method, layout),
        _end_lane(system, layout),
        _solve_batch(system, layout),
    ]


def _row(f: Function, base: Value, row: Value, length: int) -> Value:
    """The address of a row of a C-ordered array of doubles."""
    return f.offset(base, 0, row * length)


def _fill(system: System, layout: Layout) -> Function:
    """Give the next cell to a lane; when none is left, the lane idles on the last one."""
    f = Function("fill", LANE, layout.lanes)
    frame = Frame(f, layout)
    lane, batch = f.argument("lane"), frame.argument("batch")
    following = f.take_number(frame.argument("next_cell"))
    available = following < batch
    cell = f.select(available, following, batch - 1)
    count = f.convert("zext", available, "i64")
    frame.set_counter("alive", frame.counter("alive") + count)
    frame.set_counter("fresh", 1)
    rows = {
        "y": (_row(f, frame.argument("x0"), cell, system.n_states), system.n_states),
        "p": (_row(f, frame.argument("parameters"), cell, system.n_parameters), system.n_parameters),
        "atol": (f.offset(frame.argument("atol"), 0, cell * frame.argument("atol_stride")), system.n_states),
    }
    for target, (row, length) in rows.items():
        with f.loop(length) as i:
            frame.set_lane(target, lane, f.load(f.offset(row, 0, i), "double"), i)
    with f.loop(system.n_states) as i:
        frame.set_lane("carry", lane, 0.0, i)
    events.begin_records(frame, lane, len(system.watched.values))
    frame.set_lane("cell", lane, cell)
    frame.set_lane("active", lane, count)
    frame.set_lane("tau", lane, 0.0)
    frame.set_lane("h", lane, f.select(available, frame.argument("h0"), frame.argument("span")))
    frame.set_lane("limit", lane, GROW)
    frame.set_lane("steps", lane, 0)
    frame.set_lane("rejected", lane, 0)
    frame.set_lane("reached", lane, 0.0)
    frame.set_lane("save_index", lane, 0)
    frame.set_lane("next_save", lane, math.inf)
    with f.when(available & (frame.argument("n_save") > 0)):
        frame.set_lane("next_save", lane, f.load(frame.argument("save_times"), "double"))
    f.finish()
    return f


def _save(system: System, method: Method, layout: Layout) -> Function:
    """Write the states at all save times up to `reached`, interpolated inside the step just made."""
    f = Function("save", LANE, layout.lanes)
    frame = Frame(f, layout)
    lane, n = f.argument("lane"), system.n_states
    head, body, after = f.label("head"), f.label("body"), f.label("after")
    f.jump(head)
    f.begin(head)
    f.branch(frame.get_lane("next_save", lane) <= frame.get_lane("reached", lane), body, after)
    f.begin(body)
    index, count = frame.get_lane("save_index", lane), frame.argument("n_save")
    theta = (frame.get_lane("next_save", lane) - frame.get_lane("tau", lane)) / frame.get_lane("used", lane)
    rest = 1.0 - theta
    row = _row(f, frame.argument("saved"), frame.get_lane("cell", lane) * count + index, n)
    with f.loop(n) as j:
        inner = frame.get_lane("d", lane, j + (len(method.dense) - 1) * n)
        for r in reversed(range(len(method.dense) - 1)):
            inner = frame.get_lane("d", lane, j + r * n) + theta * inner
        old, new = frame.get_lane("y", lane, j), frame.get_lane("Y", lane, j)
        f.store(rest * old + theta * (new + rest * inner), f.offset(row, 0, j))
    next_save(frame, lane)
    f.jump(head)
    f.begin(after)
    f.finish()
    return f


def _end_lane(system: System, layout: Layout) -> Function:
    """Write what became of the cell of a lane."""
    f = Function("end_lane", LANE, layout.lanes)
    frame = Frame(f, layout)
    lane, n = f.argument("lane"), system.n_states
    cell = frame.get_lane("cell", lane)
    row = _row(f, frame.argument("y_end"), cell, n)
    with f.loop(n) as j:
        f.store(frame.get_lane("y", lane, j), f.offset(row, 0, j))
    state = frame.get_lane("code", lane) - 1
    fine = state.equals(status.OK) | state.equals(status.CANCELLED) | state.equals(status.STOPPED)
    h = f.select(fine, frame.get_lane("h", lane), frame.get_lane("used", lane))
    results = {
        "t_end": frame.get_lane("tau", lane),
        "status": state,
        "steps": frame.get_lane("steps", lane),
        "rejected": frame.get_lane("rejected", lane),
        "h_last": h,
    }
    for name, value in results.items():
        f.store(value, f.offset(frame.argument(name), 0, cell))
    events.write_records(frame, lane, cell, len(system.watched.values))
    frame.set_counter("alive", frame.counter("alive") - 1)
    f.take_number(frame.argument("done"))
    f.finish()
    return f


def _solve_batch(system: System, layout: Layout) -> Function:
    """`solve_batch(a, s)`: integrate all cells of the batch, or go on with them after the log was emptied."""
    f = Function("solve_batch", LANE[:2], layout.lanes)
    frame = Frame(f, layout)
    watched = system.watched.events

    def make_room() -> None:
        """With a full log, return to Python; the next call goes on from here."""
        full, room = f.label("full"), f.label("room")
        f.branch(events.has_room(frame, system.watched), room, full)
        f.begin(full)
        frame.set_counter("paused", 1)
        f.finish()
        f.begin(room)

    with f.when(frame.counter("paused").equals(0)) if watched else nullcontext():
        fill_lanes(frame)
    run_lanes(frame, "trial", status.CANCELLED, make_room if watched else lambda: None)
    frame.set_counter("paused", 0)
    f.finish()
    return f
