"""What the native engine integrates: M y' = f(y, p) as straight-line programs. It knows nothing of cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ionostat.engines.watched import NOTHING, Watched, WatchedOutline

if TYPE_CHECKING:
    import sympy

    from ionostat.cell.program import Derivative, Pattern, Program


@dataclass(frozen=True)
class System:
    """M y' = f(y, p) with M = diag(mass).

    `inputs` are the states and then the parameters. `mass` has 1 for a differential and 0 for an algebraic
    row (0 = f_i, index 1: the block of the algebraic rows and states must be regular). `rhs` gives the
    `n_states` values of f, `jacobian` the entries of df/dy that are not structurally zero. `watched` is looked at
    after every step.
    """

    inputs: tuple[sympy.Symbol, ...]
    n_states: int
    mass: tuple[int, ...]
    rhs: Program
    jacobian: Derivative
    watched: Watched = NOTHING

    @property
    def n_parameters(self) -> int:
        """Number of parameters."""
        return len(self.inputs) - self.n_states

    @property
    def pattern(self) -> Pattern:
        """The entries (row, column) of the Jacobian."""
        return self.jacobian.pattern

    @property
    def key(self) -> str:
        """Programs that were given have no name under which their code could be kept."""
        return ""

    def written(self) -> System:
        """The system with its programs."""
        return self


@dataclass(frozen=True)
class Outline:
    """A system known by its sizes and by the name of its programs: enough to run code that was compiled before."""

    n_states: int
    n_parameters: int
    mass: tuple[int, ...]
    pattern: Pattern
    key: str
    """Equal keys mean equal programs and equal functions to watch, in every process."""
    write: Callable[[], System] = field(compare=False, repr=False)
    watched: Watched | WatchedOutline = NOTHING

    def written(self) -> System:
        """The system with its programs, written now."""
        return self.write()
