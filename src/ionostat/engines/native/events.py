"""Events and extremes: what is looked at after every accepted step, and where inside the step it happened.

After a step the functions of `Watched` are evaluated once, at the new states, and compared with what they were before.
Only where a sign has changed is the zero sought (`zeros`), in all lanes at once. What a lane does depends on that lane
alone. A module without events has none of this.

`seen` holds the functions at the end of the last step, `now` at the end of this one: first the events g, then the
values w, then their slopes dw/dt, from the slopes of the dense output. A slope that changes its sign is a turning
point: it can be an extreme, or hide two crossings.
"""

from __future__ import annotations

import math

from ionostat.cell.program import Program, differentiate, straight_line
from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.expressions import write_program
from ionostat.engines.native.lanes import LANE
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.system import System
from ionostat.engines.native.tableau import Method
from ionostat.engines.native.zeros import bracket, write_find
from ionostat.engines.watched import Watched

NOTABLE = 0.1
"""A turning point that beats the record by less than this part of the relative tolerance is not sought."""

UNSOUGHT = 2.0
"""Marks in `root` an event whose time is not known yet."""


class Watch:
    """The functions to look at, as programs: events and values, and the gradients of the values."""

    def __init__(self, system: System) -> None:
        watched, n = system.watched, system.n_states
        self.n_events, self.n_values = len(watched.events), len(watched.values)
        self.ties = watched.ties
        self.functions: Program = straight_line(system.inputs, [*watched.events, *watched.values])
        self.gradients = differentiate(straight_line(system.inputs, watched.values), system.inputs[:n])
        self.moving = sorted({j for _, j in self.gradients.pattern})
        """The states whose slopes are needed."""

    @property
    def size(self) -> int:
        """How many numbers are looked at."""
        return self.n_events + 2 * self.n_values

    def sizes(self, n_states: int) -> dict[str, int]:
        """Further vectors of the scratch block."""
        m, q = self.n_events, self.n_values
        if not m and not q:
            return {}
        each = dict.fromkeys(("seen", "now", "value"), self.size)
        once = dict.fromkeys(("low_end", "high_end", "low_g", "high_g", "stride", "sought"), 1)
        record = dict.fromkeys(("lowest", "lowest_time", "highest", "highest_time"), q)
        log = {"root": m + len(self.ties), "best": 1, "which": 1, "stopped": 1, "cut": 1, "stop": n_states}
        return {"rate": n_states, **each, **once, **record, **log}


def write_events(system: System, method: Method, layout: Layout, watch: Watch) -> list[Function]:
    """The functions of this file, or none where nothing is watched."""
    if not system.watched:
        return []
    functions = [
        _watch(system, watch, layout.lanes),
        _inside(system, method, watch, layout),
        write_find(layout),
        _look(system, method, watch, layout),
    ]
    if watch.n_events:
        functions += [_locate(watch, layout), _log(watch, layout)]
    if watch.n_values:
        functions += [_turn(watch, layout)]
    return functions + ([_graze(watch, layout)] if watch.ties else [])


def look(frame: Frame, accept: Value) -> None:
    """The call from `judge`, while the old states are still there: `reached` becomes the time of a terminal event."""
    f = frame.function
    frame.set("code", accept)
    f.call("look", f.argument("a"), f.argument("s"))


def end_there(frame: Frame, n: int) -> Value:
    """The lanes that a terminal event ends; their new states become those at the event."""
    f = frame.function
    stopped = frame.get("stopped").differs(0.0)
    with f.when(f.any(stopped)):
        for j in range(n):
            frame.set("Y", f.select(stopped, frame.get("stop", j), frame.get("Y", j)), j)
            frame.set("Carry", f.select(stopped, 0.0, frame.get("Carry", j)), j)
    return stopped


def begin_records(frame: Frame, lane: Value, n_values: int) -> None:
    """No extreme is known of the cell that a lane begins."""
    for i in range(n_values):
        for name, value in (("lowest", math.inf), ("highest", -math.inf)):
            frame.set_lane(name, lane, value, i)
            frame.set_lane(f"{name}_time", lane, math.nan, i)


def write_records(frame: Frame, lane: Value, cell: Value, n_values: int) -> None:
    """Lowest value, its time, highest value, its time: a row of `extremes` for every function."""
    if not n_values:
        return
    f = frame.function
    row = f.offset(frame.argument("extremes"), 0, cell * (4 * n_values))
    for i in range(n_values):
        for place, name in enumerate(("lowest", "lowest_time", "highest", "highest_time")):
            f.store(frame.get_lane(name, lane, i), f.offset(row, 8 * (4 * i + place)))


def has_room(frame: Frame, watched: Watched) -> Value:
    """Whether the log can take every event of another step of all lanes."""
    most = frame.layout.lanes * (len(watched.events) + len(watched.ties))
    return (frame.counter("logged") + most) <= frame.argument("log_room")


def _watch(system: System, watch: Watch, lanes: int) -> Function:
    """`watch(x, p, rate, out)`: all functions at one point per lane."""
    f = Function("watch", [("ptr", "x"), ("ptr", "p"), ("ptr", "rate"), ("ptr", "out")], lanes)
    n, inputs = system.n_states, {}
    for i, symbol in enumerate(system.inputs):
        base, place = ("x", i) if i < n else ("p", i - n)
        inputs[symbol] = f.load(f.offset(f.argument(base), place * 8 * lanes), f.real)
    results = write_program(f, watch.functions, inputs)
    entries = write_program(f, watch.gradients.program, inputs)
    slopes = [f.number(0.0)] * watch.n_values
    for (i, j), entry in zip(watch.gradients.pattern, entries, strict=True):
        slopes[i] = slopes[i] + entry * f.load(f.offset(f.argument("rate"), j * 8 * lanes), f.real)
    for i, value in enumerate([*results, *slopes]):
        f.store(value, f.offset(f.argument("out"), i * 8 * lanes))
    f.finish()
    return f


def _evaluate(frame: Frame, point: str, out: str) -> None:
    addresses = [frame.address(name) for name in (point, "p", "rate", out)]
    frame.function.call("watch", *addresses)


def _inside(system: System, method: Method, watch: Watch, layout: Layout) -> Function:
    """`inside(s)`: all functions at the part `theta` of the step, into `value`; needs the weights d."""
    f = Function("inside", [("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    n, last = layout.states, len(method.dense) - 1
    f.call("between", f.argument("s"))
    theta = frame.get("theta")
    rest = 1.0 - theta
    for j in watch.moving:
        inner = frame.get("d", j + last * n)
        slope = f.number(0.0)  # of inner
        for r in reversed(range(last)):
            slope = inner + theta * slope
            inner = frame.get("d", j + r * n) + theta * inner
        rate = (frame.get("Y", j) - frame.get("y", j)) + (rest - theta) * inner + theta * rest * slope
        frame.set("rate", rate / frame.get("used"), j)
    _evaluate(frame, "point", "value")
    f.finish()
    return f


def _look(system: System, method: Method, watch: Watch, layout: Layout) -> Function:
    """`look(a, s)`: what has happened in the accepted steps (`code`); ends lanes at terminal events."""
    f = Function("look", LANE[:2], layout.lanes)
    frame = Frame(f, layout)
    accept = frame.mask("code")
    first = accept & frame.get("steps").equals(0)
    with f.when(f.any(first)):
        _slopes(frame, method, watch, end=False)
        _evaluate(frame, "y", "value")
        for i in range(watch.size):
            frame.set("seen", f.select(first, frame.get("value", i), frame.get("seen", i)), i)
        for i in range(watch.n_values):
            _record(frame, i, first, frame.get("value", watch.n_events + i), frame.get("tau"))
    _slopes(frame, method, watch, end=True)
    _evaluate(frame, "Y", "now")
    frame.set("stopped", f.number(0.0))
    frame.set("cut", f.number(1.0))
    if watch.n_events:
        _happenings(frame, watch, accept)
    if watch.n_values:
        _extremes(frame, watch, accept)
    for i in range(watch.size):
        frame.set("seen", f.select(accept, frame.get("now", i), frame.get("seen", i)), i)
    f.finish()
    return f


def _slopes(frame: Frame, method: Method, watch: Watch, *, end: bool) -> None:
    """Slopes of the dense output at the start or the end of the step: (y_1 - y_0 + d_1)/h, (y_1 - y_0 - sum d_r)/h."""
    n = frame.layout.states
    weights = [-sum(column) for column in zip(*method.dense, strict=True)] if end else list(method.dense[0])
    for j in watch.moving:
        total = frame.get("Y", j) - frame.get("y", j)
        for stage, weight in enumerate(weights):
            if weight:
                total = total + frame.get("k", stage * n + j) * weight
        frame.set("rate", total / frame.get("used"), j)


def _happenings(frame: Frame, watch: Watch, accept: Value) -> None:
    """Mark in `root` the events whose sign has changed as wanted, and seek them."""
    f = frame.function
    some = None
    for k in range(watch.n_events):
        before, after = frame.get("seen", k), frame.get("now", k)
        wanted = f.splat(f.load(f.offset(frame.argument("direction"), 8 * k), "double"))
        up = (before <= 0.0) & (after > 0.0) & (wanted >= 0.0)
        down = (before >= 0.0) & (after < 0.0) & (wanted <= 0.0)
        fired = accept & (up | down)
        frame.set("root", f.select(fired, f.number(UNSOUGHT), math.inf), k)
        some = fired if some is None else some | fired
    assert some is not None
    for place, (k, i) in enumerate(watch.ties):
        some = some | _grazed(frame, watch, accept, place, k, i)
    with f.when(f.any(some)):
        f.call("locate", f.argument("a"), f.argument("s"))


def _locate(watch: Watch, layout: Layout) -> Function:
    """`locate(a, s)`: the times of the events marked in `root`, logged in order of time, up to a terminal one."""
    f = Function("locate", LANE[:2], layout.lanes)
    frame = Frame(f, layout)
    a, s = f.argument("a"), f.argument("s")
    f.call("dense", s)
    with f.loop(watch.n_events) as k:
        marked = frame.get("root", k).equals(UNSOUGHT)
        frame.set("sought", f.select(marked, f.number(1.0), 0.0))
        with f.when(f.any(marked)):
            bracket(frame, f.number(0.0), frame.get("seen", k), frame.get("cut"), frame.get("now", k))
            f.call("find", s, k)
            marked = frame.get("sought").differs(0.0)
            frame.set("root", f.select(marked, frame.get("high_end"), frame.get("root", k)), k)
    head, some, after = (f.label(name) for name in ("head", "some", "after"))
    f.jump(head)
    f.begin(head)
    frame.set("best", f.number(math.inf))
    with f.loop(watch.n_events + len(watch.ties)) as k:
        root, best = frame.get("root", k), frame.get("best")
        earlier = root < best
        frame.set("best", f.select(earlier, root, best))
        frame.set("which", f.select(earlier, f.splat(f.convert("sitofp", k, "double")), frame.get("which")))
    due = frame.mask("code") & (frame.get("best") <= frame.get("cut"))
    frame.set("sought", f.select(due, f.number(1.0), 0.0))
    f.branch(f.any(due), some, after)
    f.begin(some)
    frame.set("theta", f.select(frame.get("sought").differs(0.0), frame.get("best"), 0.0))
    f.call("inside", s)
    with f.loop(layout.lanes) as lane, f.when(frame.get_lane("sought", lane).differs(0.0)):
        f.call("log_event", a, s, lane)
    f.jump(head)
    f.begin(after)
    stopped = frame.get("stopped").differs(0.0)
    with f.when(f.any(stopped)):
        frame.set("theta", frame.get("cut"))
        f.call("inside", s)
        for i in range(watch.size):
            frame.set("now", f.select(stopped, frame.get("value", i), frame.get("now", i)), i)
    f.finish()
    return f


def _log(watch: Watch, layout: Layout) -> Function:
    """`log_event(a, s, lane)`: write the event `which` of one lane, at `point`: cell, which, time, states."""
    f = Function("log_event", LANE, layout.lanes)
    frame = Frame(f, layout)
    lane, n = f.argument("lane"), layout.states
    theta, place = frame.get_lane("theta", lane), f.convert("fptosi", frame.get_lane("which", lane), "i64")
    frame.set_lane("root", lane, math.inf, place)
    k = place
    for further, (event, _) in enumerate(watch.ties):
        k = f.select(place.equals(watch.n_events + further), f.constant(event, "i64"), k)
    end = frame.get_lane("reached", lane)
    time = frame.get_lane("tau", lane) + theta * frame.get_lane("used", lane)
    time = f.select(time < end, time, end)
    count = frame.counter("logged")
    row = f.offset(f.convert("inttoptr", frame.counter("log"), "ptr"), 0, count * (n + 3))
    cell, which = (f.convert("sitofp", number, "double") for number in (frame.get_lane("cell", lane), k))
    for column, value in enumerate((cell, which, time)):
        f.store(value, f.offset(row, 8 * column))
    with f.loop(n) as j:
        value = frame.get_lane("point", lane, j)
        f.store(value, f.offset(row, 24, j))
        frame.set_lane("stop", lane, value, j)
    frame.set_counter("logged", count + 1)
    terminal = f.load(f.offset(frame.argument("terminal"), 0, k), "i64").differs(0)
    with f.when(terminal):
        frame.set_lane("stopped", lane, 1.0)
        frame.set_lane("cut", lane, theta)  # what happens at the very same time is logged too
        frame.set_lane("reached", lane, time)
    f.finish()
    return f


def _record(frame: Frame, i: int, where: Value, value: Value, time: Value) -> None:
    """Keep a value that is lower or higher than all before."""
    f = frame.function
    for name, better in (("lowest", value < frame.get("lowest", i)), ("highest", value > frame.get("highest", i))):
        better = where & better
        frame.set(name, f.select(better, value, frame.get(name, i)), i)
        frame.set(f"{name}_time", f.select(better, time, frame.get(f"{name}_time", i)), i)


def _sway(frame: Frame, start: Value, end: Value) -> Value:
    """How far a function can stray beyond its values at the ends of the step, where it has these slopes.

    A cubic stays within 4/27 (|slope_0| + |slope_1|) h; a quarter is allowed, for the dense output of order 5 is a
    quartic.
    """
    f = frame.function
    return (f.intrinsic("fabs", start) + f.intrinsic("fabs", end)) * frame.get("used") * 0.25


def _grazed(frame: Frame, watch: Watch, accept: Value, place: int, k: int, i: int) -> Value:
    """The lanes in which event k, on one side at both ends of the step, may have been on the other in between."""
    f = frame.function
    before, after = frame.get("seen", k), frame.get("now", k)
    slope = watch.n_events + watch.n_values + i
    start, end = frame.get("seen", slope), frame.get("now", slope)
    sway = _sway(frame, start, end)
    peak = (start > 0.0) & (end < 0.0) & (before < 0.0) & (after < 0.0) & (f.larger(after, before) + sway > 0.0)
    dip = (start < 0.0) & (end > 0.0) & (before > 0.0) & (after > 0.0) & (f.smaller(after, before) - sway < 0.0)
    grazed = accept & (peak | dip)
    frame.set("root", f.number(math.inf), watch.n_events + place)
    with f.when(f.any(grazed)):
        frame.set("sought", f.select(grazed, f.number(1.0), 0.0))
        places = [f.constant(number, "i64") for number in (k, i, watch.n_events + place)]
        f.call("graze", f.argument("a"), f.argument("s"), *places)
    return grazed


def _graze(watch: Watch, layout: Layout) -> Function:
    """`graze(a, s, k, i, further)`: both crossings of event k around the turning point of value i, where they are.

    The first goes to `root[k]`, the second to `root[further]`, each if its direction is wanted.
    """
    f = Function("graze", [*LANE[:2], ("i64", "k"), ("i64", "i"), ("i64", "further")], layout.lanes)
    frame = Frame(f, layout)
    s, k = f.argument("s"), f.argument("k")
    f.call("turn", s, f.argument("i"))
    middle, between = frame.get("theta"), frame.get("value", k)
    before, after = frame.get("seen", k), frame.get("now", k)
    crossed = frame.get("sought").differs(0.0) & (before * between < 0.0)
    frame.set("sought", f.select(crossed, f.number(1.0), 0.0))
    wanted = f.splat(f.load(f.offset(frame.argument("direction"), 0, k), "double"))
    halves = (
        (k, f.number(0.0), before, middle, between),
        (f.argument("further"), middle, between, f.number(1.0), after),
    )
    for place, low, low_g, high, high_g in halves:
        bracket(frame, low, low_g, high, high_g)
        f.call("find", s, k)
        counts = crossed & (high_g * wanted >= 0.0)
        frame.set("root", f.select(counts, frame.get("high_end"), frame.get("root", place)), place)
    f.finish()
    return f


def _extremes(frame: Frame, watch: Watch, accept: Value) -> None:
    """Turning points inside the step where they can be records, then the value at its end."""
    f = frame.function
    m, q = watch.n_events, watch.n_values
    for i in range(q):
        before, after = frame.get("seen", m + i), frame.get("now", m + i)
        start, end = frame.get("seen", m + q + i), frame.get("now", m + q + i)
        sway = _sway(frame, start, end)
        margin = f.intrinsic("fabs", after) * frame.argument_splat("rtol") * NOTABLE
        top = f.larger(after, before) + sway > frame.get("highest", i) + margin
        bottom = f.smaller(after, before) - sway < frame.get("lowest", i) - margin
        turned = ((start > 0.0) & (end < 0.0) & top) | ((start < 0.0) & (end > 0.0) & bottom)
        sought = accept & turned
        with f.when(f.any(sought)):
            frame.set("sought", f.select(sought, f.number(1.0), 0.0))
            f.call("turn", f.argument("s"), f.constant(i, "i64"))
            value = frame.get("value", m + i)
            time = frame.get("tau") + frame.get("theta") * frame.get("used")
            _record(frame, i, frame.get("sought").differs(0.0), value, time)
        _record(frame, i, accept, frame.get("now", m + i), frame.get("reached"))


def _turn(watch: Watch, layout: Layout) -> Function:
    """`turn(s, i)`: function values at the turning point of value i, in the lanes `sought`."""
    f = Function("turn", [("ptr", "s"), ("i64", "i")], layout.lanes)
    frame = Frame(f, layout)
    s = f.argument("s")
    f.call("dense", s)
    slope = f.argument("i") + (watch.n_events + watch.n_values)
    bracket(frame, f.number(0.0), frame.get("seen", slope), frame.get("cut"), frame.get("now", slope))
    f.call("find", s, slope)
    frame.set("theta", frame.get("high_end"))
    f.call("inside", s)
    f.finish()
    return f
