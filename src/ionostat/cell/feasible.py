"""The feasible set of a cell (positive amounts and volumes, exact charge), its natural scales, random points in it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ionostat.cell.equations import Equations
from ionostat.cell.evaluate import Expressions, expressions, settle_potentials
from ionostat.cell.observables import observables
from ionostat.cell.start import Start
from ionostat.errors import NumericalError

Array = np.ndarray


def positive_expressions(eq: Equations) -> dict[str, Any]:
    """What has to stay positive, as expressions in states and parameters: amounts (amol), then volumes (um3)."""
    named = {f"{c}.{ion}": e for (c, ion), e in eq.traced.amounts.items()}
    return named | {f"{c}.volume": v for c, v in eq.traced.volumes.items()}


@lru_cache(maxsize=32)
def _positives(eq: Equations) -> Expressions:
    return expressions(eq, "positives", lambda: positive_expressions(eq))


def positive_names(eq: Equations) -> tuple[str, ...]:
    """Names of what has to stay positive, in the order of `positive_expressions`; nothing is traced for them."""
    return tuple(_positives(eq).names)


def node_potential_names(eq: Equations) -> tuple[str, ...]:
    """The compartments in the order of `node_potentials`."""
    return tuple(_node_potentials(eq).names)


def amounts(eq: Equations, x: Array, p: Array) -> dict[str, Array]:
    """Amount of every ion in every closed compartment, the eliminated too, by path; amol."""
    return {n: v for n, v in positives(eq, x, p).items() if not n.endswith(".volume")}


def volumes(eq: Equations, x: Array, p: Array) -> dict[str, Array]:
    """Volume of every closed compartment, by its name; um3."""
    return {n.removesuffix(".volume"): v for n, v in positives(eq, x, p).items() if n.endswith(".volume")}


def positives(eq: Equations, x: Array, p: Array) -> dict[str, Array]:
    """Every quantity that has to stay positive: all amounts (the eliminated too) and volumes, by path."""
    return _positives(eq)(x, p)


def node_potentials(eq: Equations, x: Array, p: Array) -> dict[str, Array]:
    """Potential of every compartment, mV."""
    return _node_potentials(eq)(x, p)


def feasible(eq: Equations, x: Array, p: Array) -> bool:
    """Whether every amount and volume is positive and every gate lies in 0..1."""
    gates = [x[i] for i, s in enumerate(eq.states) if s.kind == "gate"]
    return all(float(v) > 0 for v in positives(eq, x, p).values()) and all(-1e-9 <= g <= 1 + 1e-9 for g in gates)


def scales(eq: Equations, x: Array, p: Array) -> Array:
    """Natural size of each state: 1 mV of charge, the compartment's osmoles, its volume, 1 for a gate, 1 mV.

    `x` and `p` may be those of many cells, (cells, n); so is the result then.
    """
    values = observables(eq).evaluate(np.asarray(x), np.asarray(p))
    size = charge_per_mV(eq, x, p)
    for i, s in enumerate(eq.states):
        compartment = s.name.split(".")[0]
        if s.kind in ("amount", "ghost"):
            size[..., i] = values[f"{compartment}.osmolarity"] * values[f"{compartment}.volume"]
        elif s.kind == "volume":
            size[..., i] = values[s.name]
    return size


def charge_per_mV(eq: Equations, x: Array, p: Array) -> Array:
    """Charge that moves the potential of each charged compartment by 1 mV (others held); 1 for the other states."""
    unit = np.ones_like(np.asarray(x, dtype=float))
    charged = [i for i, s in enumerate(eq.states) if s.kind == "charge"]
    if not charged:
        return unit
    here = _node_potentials(eq)(x, p)
    for i in charged:
        moved = np.array(x, dtype=float)
        moved[..., i] += 1.0
        name = eq.states[i].name.removesuffix(".charge")
        change = _node_potentials(eq)(moved, p)[name] - here[name]
        unit[..., i] = 1.0 / (change if np.ndim(change) else float(change))
    return unit


@lru_cache(maxsize=32)
def _node_potentials(eq: Equations) -> Expressions:
    return expressions(eq, "node potentials", lambda: eq.traced.potentials)


def random_state(
    eq: Equations, start: Start, rng: np.random.Generator, spread: float = 0.7, tries: int = 10_000
) -> Array:
    """A random feasible state: amounts and volumes lognormal around the start, V in -100..40 mV, gates in 0..1.

    Charge and totals hold exactly, as in every state; draws that would leave some eliminated amount or volume negative
    are drawn again. `spread` is the standard deviation of ln(amount).
    """
    unit = scales(eq, start.x, start.p)
    names = [s.name for s in eq.states]
    for _ in range(tries):
        x = np.array(start.x)
        for i, s in enumerate(eq.states):
            if s.kind == "charge":
                x[i] = unit[i] * rng.uniform(-100.0, 40.0)
            elif s.kind == "amount":
                x[i] *= np.exp(rng.normal(0.0, spread))
            elif s.kind == "volume":
                x[i] *= np.exp(rng.normal(0.0, spread / 2))
            elif s.kind == "gate":
                x[i] = rng.uniform(0.0, 1.0)
        if not feasible(eq, x, start.p):
            continue
        try:
            return settle_potentials(eq, x, start.p)
        except NumericalError:
            continue
    raise NumericalError(f"no feasible state found around the start ({', '.join(names)})")
