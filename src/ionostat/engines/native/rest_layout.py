"""Where everything lies in the search for fixed points: its arguments, and the scratch block of one group of lanes."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from ionostat.engines.native.layout import Layout
from ionostat.engines.native.rest_system import RestSystem

if TYPE_CHECKING:
    from ionostat.engines.native.linear_algebra import Elimination
    from ionostat.engines.native.rest_programs import LeanPrograms


class RestArguments(ctypes.Structure):
    """What one call of the native search reads and writes."""

    _fields_ = [
        ("batch", ctypes.c_int64),
        ("x0", ctypes.c_void_p),
        ("parameters", ctypes.c_void_p),
        ("y_end", ctypes.c_void_p),
        ("status", ctypes.c_void_p),
        ("iterations", ctypes.c_void_p),
        ("last_change", ctypes.c_void_p),
        ("h0", ctypes.c_double),
        ("tolerance", ctypes.c_double),
        ("per_unit", ctypes.c_double),  # 1 / change of a potential that counts as 1
        ("most", ctypes.c_double),  # factor by which a positive quantity may grow, and
        ("least", ctypes.c_double),  # to which it may fall
        ("max_iterations", ctypes.c_int64),
        ("cancel", ctypes.c_void_p),
        ("done", ctypes.c_void_p),
    ]


class RestLayout(Layout):
    """Byte offsets in the scratch block of a search.

    Per lane: states `y`, parameters `p` and what follows from them, proposed states `Y`, right-hand side `f` at `y`,
    Jacobian, factors, `b` (first the right side of the linear system, then f at `Y`), the step `k`, guards at `y` and
    at `Y` (`guards`, `Guards`), bounds of the positive ones (`low`, `high`), `inertia` of floating potentials. `used`
    is the time step h, `best` the smallest Newton step so far, `poison` 0, or NaN where the Jacobian is not finite.
    `new` marks lanes whose cell has just come in.
    """

    arguments = RestArguments
    reals = ("used", "size", "best", "poison")
    integers = ("active", "new", "code", "cell", "iterations", "refused", "idle")
    counters = ("next_cell", "alive", "filled", "event")


def rest_layout(rest: RestSystem, lean: LeanPrograms, elimination: Elimination, lanes: int) -> RestLayout:
    """The scratch block of a system."""
    n = rest.system.n_states
    sizes = {
        "y": n,
        "p": lean.system.n_parameters,
        "Y": n,
        "f": n,
        "b": n,
        "k": n,
        "jacobian": len(rest.system.jacobian.pattern),
        "factors": elimination.size,
        "guards": rest.n_guards,
        "Guards": rest.n_guards,
        "low": rest.n_positive,
        "high": rest.n_positive,
        "inertia": len(rest.floating),
    }
    return RestLayout(lanes, sizes)
