"""What the search for a fixed point needs besides the equations: quantities to watch, and variables that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ionostat.engines.native.inputs import check_system
from ionostat.engines.native.system import System
from ionostat.errors import InputError

if TYPE_CHECKING:
    from ionostat.cell.program import Pattern, Program


@dataclass(frozen=True)
class RestSystem:
    """M y' = f(y, p) with what a search for f = 0 has to respect.

    `guards` gives, from the inputs of the system, `n_positive` quantities that have to stay positive and then
    potentials. `followers` are states that take the values of `steady` after every step (gates): their rows must have
    the value of `steady` as their zero, and the guards must not depend on them.
    """

    system: System
    guards: Program
    n_positive: int
    followers: tuple[int, ...] = ()
    steady: Program | None = None

    @property
    def n_states(self) -> int:
        """Number of states."""
        return self.system.n_states

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return self.system.n_parameters

    @property
    def pattern(self) -> Pattern:
        """The entries (row, column) of the Jacobian."""
        return self.system.pattern

    @property
    def key(self) -> str:
        """Programs that were given have no name under which their code could be kept."""
        return ""

    def written(self) -> RestSystem:
        """The search with its programs."""
        return self

    @property
    def n_guards(self) -> int:
        """Number of quantities watched."""
        return len(self.guards.outputs)

    @property
    def floating(self) -> tuple[int, ...]:
        """Algebraic states, which get an inertia in the search."""
        return tuple(i for i, m in enumerate(self.system.mass) if not m)


@dataclass(frozen=True)
class RestOutline:
    """A search known by its sizes and by the name of its programs: enough to run code that was compiled before."""

    n_states: int
    n_parameters: int
    pattern: Pattern
    n_guards: int
    n_positive: int
    key: str
    """Equal keys mean equal programs, in every process."""
    write: Callable[[], RestSystem] = field(compare=False, repr=False)

    def written(self) -> RestSystem:
        """The search with its programs, written now."""
        return self.write()


def check_rest_system(rest: RestSystem) -> None:
    """Refuse a system whose parts do not fit together."""
    check_system(rest.system)
    steady = rest.steady.outputs if rest.steady is not None else ()
    if len(steady) != len(rest.followers) or not 0 <= rest.n_positive <= rest.n_guards or not rest.n_guards:
        raise InputError(
            f"{len(rest.followers)} followers need as many steady values ({len(steady)}), and of {rest.n_guards} "
            f"guards {rest.n_positive} are said to be positive"
        )
    following = {rest.system.inputs[i] for i in rest.followers}
    used = {s for e in (*(e for _, e in rest.guards.steps), *rest.guards.outputs) for s in e.free_symbols}
    if following & used:
        raise InputError(f"a guard depends on {sorted(map(str, following & used))}, which only follow the other states")
