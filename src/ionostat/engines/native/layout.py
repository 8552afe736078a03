"""Where everything lies: the arguments of a solve, and the scratch block of one group of lanes.

The scratch block is one piece of memory with constant offsets, so nothing can alias and its size is known
before the run: a few kilobytes, whatever the size of the batch. Values of lanes stand side by side.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping

from ionostat.engines.native.builder import Function, Value


class Arguments(ctypes.Structure):
    """What one call of the native solver reads and writes; times are counted from the start of the run."""

    _fields_ = [
        ("batch", ctypes.c_int64),
        ("x0", ctypes.c_void_p),
        ("parameters", ctypes.c_void_p),
        ("y_end", ctypes.c_void_p),
        ("t_end", ctypes.c_void_p),
        ("saved", ctypes.c_void_p),
        ("status", ctypes.c_void_p),
        ("steps", ctypes.c_void_p),
        ("rejected", ctypes.c_void_p),
        ("h_last", ctypes.c_void_p),
        ("save_times", ctypes.c_void_p),
        ("n_save", ctypes.c_int64),
        ("span", ctypes.c_double),
        ("h0", ctypes.c_double),
        ("h_max", ctypes.c_double),
        ("h_min", ctypes.c_double),
        ("rtol", ctypes.c_double),
        ("atol", ctypes.c_void_p),
        ("atol_stride", ctypes.c_int64),  # from the tolerances of one cell to those of the next; 0 if all share them
        ("share", ctypes.c_double),  # 1 / number of states under error control
        ("max_steps", ctypes.c_int64),
        ("cancel", ctypes.c_void_p),
        ("next_cell", ctypes.c_void_p),
        ("done", ctypes.c_void_p),
        ("direction", ctypes.c_void_p),  # of every event: 1 upwards, -1 downwards, 0 both
        ("terminal", ctypes.c_void_p),
        ("log_room", ctypes.c_int64),
        ("extremes", ctypes.c_void_p),
    ]


TYPES = {ctypes.c_int64: "i64", ctypes.c_double: "double", ctypes.c_void_p: "ptr"}

_REALS = ("tau", "h", "used", "reached", "limit", "error", "poison", "next_save")
_INTEGERS = ("active", "last", "code", "steps", "rejected", "cell", "save_index")
_COUNTERS = ("alive", "fresh", "event", "log", "logged", "paused")


class Layout:
    """Byte offsets in the scratch block.

    Per lane: the states `y`, their absolute tolerances `atol` and the `carry` that rounding left over, the parameters
    `p` and what follows from them, the
    point of a stage `Y` (in the end the new state, with its `Carry`), its slopes `b`, the slopes `f` at `y`, Jacobian,
    factors, stages `k`, weights `d` of the dense output; then time `tau` (since the start), step wanted `h` and `used`,
    time `reached`, growth `limit`, `error`,
    and counts. `poison` is 0, or NaN where the Jacobian is not finite.
    """

    arguments: type[ctypes.Structure] = Arguments
    reals: tuple[str, ...] = _REALS
    integers: tuple[str, ...] = _INTEGERS
    counters: tuple[str, ...] = _COUNTERS

    def __init__(self, lanes: int, sizes: Mapping[str, int]) -> None:
        self.lanes = lanes
        self.sizes = dict(sizes)
        self.states = sizes["y"]
        self.parameters = sizes["p"]
        self.stride = 8 * lanes
        self.offsets: dict[str, int] = {}
        end = 0
        for name, count in [*sizes.items(), *((n, 1) for n in (*self.reals, *self.integers))]:
            self.offsets[name] = end
            end += self.stride * count
        for name in self.counters:
            self.offsets[name] = end
            end += 8
        self.size = end


class Frame:
    """Access to the scratch block `s` and the arguments `a` from inside a function."""

    def __init__(self, function: Function, layout: Layout) -> None:
        self.function, self.layout = function, layout

    def argument(self, name: str) -> Value:
        """A field of the arguments."""
        f, fields = self.function, self.layout.arguments
        kind = next(k for n, k in fields._fields_ if n == name)  # type: ignore[misc]
        return f.load(f.offset(f.argument("a"), getattr(fields, name).offset), TYPES[kind])

    def argument_splat(self, name: str) -> Value:
        """A field of the arguments in every lane."""
        return self.function.splat(self.argument(name))

    def address(self, name: str, index: Value | int = 0) -> Value:
        """The address of the vector `name[index]`."""
        base, start, stride = self.function.argument("s"), self.layout.offsets[name], self.layout.stride
        if isinstance(index, Value):
            return self.function.offset(base, start, index, stride)
        return self.function.offset(base, start + index * stride)

    def get(self, name: str, index: Value | int = 0) -> Value:
        """The vector `name[index]`."""
        f = self.function
        return f.load(self.address(name, index), f.integer if name in self.layout.integers else f.real)

    def set(self, name: str, value: Value, index: Value | int = 0) -> None:
        """Change the vector `name[index]`; a mask is stored as 0 and -1."""
        f = self.function
        if value.type == f.mask:
            value = f.convert("sext", value, f.integer)
        f.store(value, self.address(name, index))

    def mask(self, name: str) -> Value:
        """A stored mask."""
        return self.get(name).differs(0)

    def lane_address(self, name: str, lane: Value, index: Value | int = 0) -> Value:
        """The address of one lane's element."""
        return self.function.offset(self.address(name, index), 0, lane)

    def get_lane(self, name: str, lane: Value, index: Value | int = 0) -> Value:
        """One lane's element of `name[index]`."""
        return self.function.load(
            self.lane_address(name, lane, index), "i64" if name in self.layout.integers else "double"
        )

    def set_lane(self, name: str, lane: Value, value: Value | float, index: Value | int = 0) -> None:
        """Change one lane's element of `name[index]`."""
        f = self.function
        if not isinstance(value, Value):
            value = f.constant(value, "i64" if name in self.layout.integers else "double")
        f.store(value, self.lane_address(name, lane, index))

    def counter(self, name: str) -> Value:
        """A whole number shared by all lanes."""
        return self.function.load(self.address(name), "i64")

    def set_counter(self, name: str, value: Value | int) -> None:
        """Change a whole number shared by all lanes."""
        f = self.function
        f.store(value if isinstance(value, Value) else f.constant(value, "i64"), self.address(name))
