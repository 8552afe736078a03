"""Programs and expressions evaluated with NumPy: slow and obvious, the oracle of every other engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.cell.equations import Equations, System
from ionostat.errors import NumericalError

if TYPE_CHECKING:
    from ionostat.cell.program import Program

Function = Callable[..., list[Any]]
Field = Callable[[np.ndarray], np.ndarray]


def compile_program(program: Program) -> Function:
    """A Python function of the program's inputs (floats or arrays) that returns its outputs as a list."""
    from ionostat.cell.numpy_source import numpy_source

    return compile_source(numpy_source(program))


def compile_source(source: str) -> Function:
    """The function in a module that `numpy_source` wrote."""
    namespace: dict[str, Any] = {}
    exec(compile(source, "<equations>", "exec"), namespace)
    function: Function = namespace["function"]
    return function


class NumPyFunctions:
    """Right-hand side and Jacobian of a system on arrays: x has shape (..., n), p has shape (..., m)."""

    def __init__(self, system: System) -> None:
        self.system = system
        self._rhs = compile_source(_kept_source(system, "rhs"))
        self._jacobian = compile_source(_kept_source(system, "jacobian"))

    def rhs(self, x: np.ndarray, p: np.ndarray) -> np.ndarray:
        """M dy/dt, shape (..., n)."""
        return _stack(self._rhs(*_columns(x, p)), np.broadcast_shapes(x.shape[:-1], p.shape[:-1]))

    def jacobian(self, x: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Dense Jacobian, shape (..., n, n)."""
        lead = np.broadcast_shapes(x.shape[:-1], p.shape[:-1])
        n = self.system.n_states
        dense = np.zeros((*lead, n, n))
        if self.system.pattern:
            rows, columns = np.array(self.system.pattern).T
            dense[..., rows, columns] = _stack(self._jacobian(*_columns(x, p)), lead)
        return dense


def _kept_source(system: System, what: str) -> str:
    def write() -> str:
        from ionostat.cell.numpy_source import numpy_source

        return numpy_source(system.rhs if what == "rhs" else system.jacobian.program)

    source: str = system.eq.record.recall(f"{what} of {system.name}", write)
    return source


def _columns(x: np.ndarray, p: np.ndarray) -> list[Any]:
    return [*np.moveaxis(x, -1, 0), *np.moveaxis(p, -1, 0)]


def _stack(values: Sequence[Any], lead: tuple[int, ...]) -> np.ndarray:
    if not lead:
        return np.array(values, dtype=float)
    return np.stack([np.broadcast_to(np.asarray(v, dtype=float), lead) for v in values], axis=-1)


class Expressions:
    """Named expressions in the states and parameters of a cell, evaluated together on arrays."""

    def __init__(self, eq: Equations, named: Mapping[str, Any]) -> None:
        self.names = list(named)
        self._function = compile_source(_source(eq, named.values()))

    @classmethod
    def from_source(cls, names: Iterable[str], source: str) -> Expressions:
        """Expressions that were written out before."""
        made = cls.__new__(cls)
        made.names, made._function = list(names), compile_source(source)
        return made

    def __call__(self, x: np.ndarray, p: np.ndarray) -> dict[str, np.ndarray]:
        """Values by name; x (..., n) and p (..., m) give values of shape (...)."""
        lead = np.broadcast_shapes(x.shape[:-1], p.shape[:-1])
        with np.errstate(all="ignore"):
            values = self._function(*_columns(x, p))
        return {n: np.broadcast_to(np.asarray(v, dtype=float), lead) for n, v in zip(self.names, values, strict=True)}


def expressions(eq: Equations, name: str, make: Callable[[], Mapping[str, Any]]) -> Expressions:
    """Named expressions of a cell that every process needs: from its record, else traced by `make` and kept.

    `name` stands for what `make` returns, which may depend on the structure of the cell alone.
    """

    def write() -> dict[str, Any]:
        named = make()
        return {"names": list(named), "source": _source(eq, named.values())}

    kept = eq.record.recall(f"expressions {name}", write)
    return Expressions.from_source(kept["names"], kept["source"])


def _source(eq: Equations, values: Iterable[Any]) -> str:
    from ionostat.cell.balance import symbol
    from ionostat.cell.numpy_source import numpy_source
    from ionostat.cell.program import straight_line

    inputs = (*(s.symbol for s in eq.states), *(symbol(p) for p in eq.parameters))
    return numpy_source(straight_line(inputs, list(values)))


@lru_cache(maxsize=32)
def functions(eq: Equations, ramps: tuple[str, ...] = (), *, audit: bool = False) -> NumPyFunctions:
    """The NumPy functions of a cell's equations."""
    return NumPyFunctions(eq.system(ramps, audit=audit))


def settle_potentials(eq: Equations, x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The state with every algebraic potential set so that its net current vanishes."""
    algebraic = [i for i, m in enumerate(eq.mass) if not m]
    x = np.array(x, dtype=float)
    if not algebraic:
        return x
    f = functions(eq)
    square = np.ix_(algebraic, algebraic)
    if follow_currents(x, algebraic, lambda x: f.rhs(x, p)[algebraic], lambda x: f.jacobian(x, p)[square]):
        return x
    raise NumericalError("no potential makes the net current into a floating compartment vanish")


def follow_currents(x: np.ndarray, algebraic: Any, current: Field, slope: Field, h: float = 0.1) -> bool:
    """Move the algebraic potentials of `x`, in place, to where their net currents vanish; False where that fails.

    Each step solves (1/h - dI/dV) dV = I, the linearised implicit Euler step of a membrane with a little capacitance,
    with h growing from the given one to infinity (Newton). So of several zeros it finds the one that the currents lead
    to, also where the current-voltage curve has a hump and plain Newton jumps to and fro.
    """
    for _ in range(500):
        with np.errstate(all="ignore"):
            inward, bend = current(x), slope(x)
        if not (np.all(np.isfinite(inward)) and np.all(np.isfinite(bend))):
            return False
        rising = float(np.max(np.linalg.eigvals(bend).real))
        hold = max(float(np.max(np.abs(np.diag(bend)))) / h, 2 * rising)
        try:
            step = np.linalg.solve(hold * np.eye(len(inward)) - bend, inward)
        except np.linalg.LinAlgError:
            return False
        size = float(np.max(np.abs(step)))
        reach = 20.0 + 0.3 * float(np.max(np.abs(x[algebraic])))  # mV; volts away, the stride may be longer
        if not size < reach:
            h *= 0.1
            continue
        x[algebraic] += step
        if size < 1e-7 and (h > 1e12 or not np.any(inward)):
            return True  # Newton converges quadratically: the next step would be round-off
        h = min(h * min(max(0.1 * reach / max(size, 1e-300), 0.5), 100.0), 1e15)
    return False


@lru_cache(maxsize=32)
def _steady_gates(eq: Equations) -> Expressions:
    def make() -> dict[str, Any]:
        return {f"{flow.name}.{g}": e for flow in eq.traced.flows for g, e in flow.steady_states.items()}

    return expressions(eq, "steady gates", make)


def settle_gates(eq: Equations, x: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The state with every gate at its steady value for the present potentials."""
    x = np.array(x, dtype=float)
    for name, value in _steady_gates(eq)(x, p).items():
        x[..., eq.index[name]] = value
    return x
