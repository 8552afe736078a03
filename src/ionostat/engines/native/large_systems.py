"""The same sparse LU as loops over tables, for systems too large to be written out.

Written out, 26 full states take 1.5 s to compile and 40 take 6 s; as loops over tables of places 0.3 s and 0.7 s,
and a step takes about a fifth longer (8 lanes). The plan (pivots, fill-in, places) is that of `linear_algebra`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ionostat.engines.native.builder import Function, Value
from ionostat.engines.native.layout import Frame, Layout
from ionostat.engines.native.linear_algebra import Elimination
from ionostat.engines.native.system import System

WRITTEN_OUT = 1000
"""Up to this many multiplications in the elimination, it is written out."""


def is_large(elimination: Elimination) -> bool:
    """Whether the elimination is better done in loops."""
    steps = zip(elimination.lower, elimination.upper, strict=True)
    return sum(len(below) * len(beside) for below, beside in steps) > WRITTEN_OUT


@dataclass
class Tables:
    """Lists of places, which become constants of the module; `first_x[t]` is where pivot t's part of x begins."""

    entries: dict[str, list[int]] = field(default_factory=dict)

    def add(self, name: str, *values: int) -> None:
        """Append to a list."""
        self.entries.setdefault(name, []).extend(values)

    def constants(self) -> list[str]:
        """The lists as IR."""
        return [
            f"@table.{name} = internal constant [{len(v)} x i64] [{', '.join(f'i64 {x}' for x in v)}]"
            for name, v in self.entries.items()
        ]


def make_tables(system: System, elimination: Elimination) -> Tables:
    """Every place that the loops visit, in the order of their visits."""
    slots, shared = elimination.slots, len(elimination.slots)
    tables = Tables()
    for name in ("multiplier", "changed", "left", "above", "row", "lower", "column", "upper", "diagonal"):
        tables.add(name)
    tables.add("entry", *(slots[e] for e in system.jacobian.pattern))
    tables.add("diagonal", *(slots[i, i] for i, m in enumerate(system.mass) if m and (i, i) in slots))
    for (i, j), below, beside in zip(elimination.pivots, elimination.lower, elimination.upper, strict=True):
        _mark(tables, {"multipliers": "multiplier", "changes": "changed", "rows": "row", "columns": "column"})
        tables.add("pivot", slots.get((i, j), shared))
        tables.add("pivot_row", i)
        tables.add("pivot_column", j)
        for r in below:
            tables.add("multiplier", slots[r, j])
            tables.add("row", r)
            tables.add("lower", slots[r, j])
            for k in beside:
                tables.add("changed", slots[r, k])
                tables.add("left", slots[r, j])
                tables.add("above", slots[i, k])
        for k in beside:
            tables.add("column", k)
            tables.add("upper", slots[i, k])
    _mark(tables, {"multipliers": "multiplier", "changes": "changed", "rows": "row", "columns": "column"})
    return tables


def _mark(tables: Tables, lists: dict[str, str]) -> None:
    for name, source in lists.items():
        tables.add(f"first_{name}", len(tables.entries[source]))


def write_large_linear_algebra(
    system: System, elimination: Elimination, gamma: float, layout: Layout
) -> tuple[list[Function], list[str]]:
    """`factor(s)` and `solve(s, out)` as in `step.write_linear_algebra`, and the tables that they read."""
    tables = make_tables(system, elimination)
    functions = [_factor(elimination, tables, gamma, layout), _solve(elimination, layout)]
    return functions, tables.constants()


def _read(f: Function, name: str, index: Value) -> Value:
    return f.load(f.offset(Value(f, f"@table.{name}", "ptr"), 0, index), "i64")


def _part(f: Function, name: str, pivot: Value) -> tuple[Value, Value]:
    """Where the pivot's part of a list begins, and how long it is."""
    begin = _read(f, f"first_{name}", pivot)
    return begin, _read(f, f"first_{name}", pivot + 1) - begin


def _factor(elimination: Elimination, tables: Tables, gamma: float, layout: Layout) -> Function:
    f = Function("factor", [("ptr", "s")], layout.lanes)
    frame = Frame(f, layout)
    shared = len(elimination.slots)
    reciprocal_c = frame.get("used") * gamma
    c = 1.0 / reciprocal_c
    with f.loop(shared) as slot:
        frame.set("factors", f.number(0.0), slot)
    frame.set("factors", reciprocal_c, shared)  # the reciprocal of every pivot that is just c
    frame.set("poison", f.number(0.0))
    with f.loop(len(tables.entries["entry"])) as index:
        value = frame.get("jacobian", index)
        frame.set("factors", -value, _read(f, "entry", index))
        frame.set("poison", frame.get("poison") + value * 0.0)
    with f.loop(len(tables.entries["diagonal"])) as index:
        slot = _read(f, "diagonal", index)
        frame.set("factors", frame.get("factors", slot) + c, slot)
    with f.loop(elimination.n) as pivot:
        slot = _read(f, "pivot", pivot)
        with f.when(slot.differs(shared)):
            frame.set("factors", 1.0 / frame.get("factors", slot), slot)
        inverse = frame.get("factors", slot)
        begin, count = _part(f, "multipliers", pivot)
        with f.loop(count) as index:
            place = _read(f, "multiplier", begin + index)
            frame.set("factors", frame.get("factors", place) * inverse, place)
        begin, count = _part(f, "changes", pivot)
        with f.loop(count) as index:
            place, left, above = (_read(f, name, begin + index) for name in ("changed", "left", "above"))
            change = frame.get("factors", left) * frame.get("factors", above)
            frame.set("factors", frame.get("factors", place) - change, place)
    f.finish()
    return f


def _solve(elimination: Elimination, layout: Layout) -> Function:
    f = Function("solve", [("ptr", "s"), ("ptr", "out")], layout.lanes)
    frame = Frame(f, layout)

    def out(index: Value) -> Value:
        return f.offset(f.argument("out"), 0, index, layout.stride)

    with f.loop(elimination.n) as pivot:
        y = frame.get("b", _read(f, "pivot_row", pivot))
        begin, count = _part(f, "rows", pivot)
        with f.loop(count) as index:
            row, slot = _read(f, "row", begin + index), _read(f, "lower", begin + index)
            frame.set("b", frame.get("b", row) - frame.get("factors", slot) * y, row)
    with f.loop(elimination.n) as step:
        pivot = (elimination.n - 1) - step
        total = frame.address("b", _read(f, "pivot_row", pivot))
        begin, count = _part(f, "columns", pivot)
        with f.loop(count) as index:
            x = f.load(out(_read(f, "column", begin + index)), f.real)
            product = frame.get("factors", _read(f, "upper", begin + index)) * x
            f.store(f.load(total, f.real) - product, total)
        inverse = frame.get("factors", _read(f, "pivot", pivot))
        f.store(f.load(total, f.real) * inverse, out(_read(f, "pivot_column", pivot)))
    f.finish()
    return f
