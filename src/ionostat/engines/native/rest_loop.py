"""The batch loop of the search: one cell per lane, a lane that ends takes the next cell at once."""

from __future__ import annotations

import math

from ionostat.engines.native import rest_status as status
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.lanes import LANE, fill_lanes, run_lanes
from ionostat.engines.native.layout import Frame
from ionostat.engines.native.rest_layout import RestLayout
from ionostat.engines.native.rest_system import RestSystem


def write_rest_loop(rest: RestSystem, layout: RestLayout) -> list[Function]:
    """The functions `fill`, `end_lane` and `rest_batch`."""
    return [_fill(rest, layout), _end_lane(rest, layout), _rest_batch(layout)]


def _fill(rest: RestSystem, layout: RestLayout) -> Function:
    """Give the next cell to a lane; when none is left, the lane idles on the last one."""
    f = Function("fill", LANE, layout.lanes)
    frame = Frame(f, layout)
    lane, batch = f.argument("lane"), frame.argument("batch")
    following = frame.counter("next_cell")
    available = following < batch
    cell = f.select(available, following, batch - 1)
    count = f.convert("zext", available, "i64")
    frame.set_counter("next_cell", following + count)
    frame.set_counter("alive", frame.counter("alive") + count)
    frame.set_counter("filled", 1)
    system = rest.system
    for source, target, length in (("x0", "y", system.n_states), ("parameters", "p", system.n_parameters)):
        row = f.offset(frame.argument(source), 0, cell * length)
        with f.loop(length) as i:
            frame.set_lane(target, lane, f.load(f.offset(row, 0, i), "double"), i)
    numbers: dict[str, Value | float] = {
        "cell": cell, "active": count, "new": 1, "used": frame.argument("h0"), "best": math.inf, "size": math.inf,
        "iterations": 0, "refused": 0, "idle": 0, "code": 0,
    }  # fmt: skip
    for name, value in numbers.items():
        frame.set_lane(name, lane, value)
    f.finish()
    return f


def _end_lane(rest: RestSystem, layout: RestLayout) -> Function:
    """Write what became of the cell of a lane."""
    f = Function("end_lane", LANE, layout.lanes)
    frame = Frame(f, layout)
    lane, n = f.argument("lane"), rest.system.n_states
    cell = frame.get_lane("cell", lane)
    row = f.offset(frame.argument("y_end"), 0, cell * n)
    with f.loop(n) as j:
        f.store(frame.get_lane("y", lane, j), f.offset(row, 0, j))
    results = {
        "status": frame.get_lane("code", lane) - 1,
        "iterations": frame.get_lane("iterations", lane),
        "last_change": frame.get_lane("size", lane),
    }
    for name, value in results.items():
        f.store(value, f.offset(frame.argument(name), 0, cell))
    frame.set_counter("alive", frame.counter("alive") - 1)
    done = frame.argument("done")
    f.store(f.load(done, "i64") + 1, done, volatile=True)
    f.finish()
    return f


def _rest_batch(layout: RestLayout) -> Function:
    """`rest_batch(a, s)`: search for the fixed points of all cells of the batch."""
    f = Function("rest_batch", LANE[:2], layout.lanes)
    frame = Frame(f, layout)
    frame.set_counter("next_cell", 0)
    fill_lanes(frame)
    run_lanes(frame, "attempt", status.CANCELLED)
    f.finish()
    return f
