"""What the native engine integrates: M y' = f(y, p) as straight-line programs. It knows nothing of cells."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from ionostat.cell.program import Derivative, Program
from ionostat.engines.watched import NOTHING, Watched


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
