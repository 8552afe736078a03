"""What the law tests run over: every cell of the library under both closures, and what each is expected to be.

A new cell in the library fails `test_coverage.py` until it has its line in `EXPECTED`.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from ionostat import Cell, RestingState, list_cells, load, rest
from ionostat.cell.equations import Equations, equations
from ionostat.cell.feasible import random_state
from ionostat.cell.start import Start
from ionostat.cell.start import start as start_of

LIBRARY = sorted(list_cells())
CLOSURES = ("capacitive", "electroneutral")


@dataclass(frozen=True)
class Expected:
    """What is known of a cell before any computation."""

    without_pump: str
    """Verdict with the pump at 0: "stable" (a Donnan state) or "none" (swells without limit)."""
    linear: bool = False
    """Every conductance is constant, so the jump on block is I_p/g."""
    swells: bool = True
    """Water moves, so that impermeants set the volume."""


EXPECTED = {
    "Dijkstra2016_neuron": Expected("stable"),
    "Dusterwald2018_neuron": Expected("stable", linear=True),
    "HodgkinHuxley1952_axon": Expected("stable", swells=False),
    "Huebel2016_neuron": Expected("stable"),
    "Kay2017_cell": Expected("none", linear=True),
    "KeenerSneyd_cell": Expected("none", linear=True),
}


@cache
def cell(name: str, closure: str = "capacitive") -> Cell:
    return load(name).with_(closure=closure)


@cache
def rest_of(name: str, closure: str = "capacitive") -> RestingState:
    return rest(cell(name, closure))


@cache
def all_rests(name: str, closure: str = "capacitive") -> list[RestingState]:
    return rest(cell(name, closure), find="all")


@cache
def traced(name: str, closure: str = "capacitive") -> tuple[Equations, Start]:
    made = cell(name, closure)
    return equations(made), start_of(equations(made), made)


@cache
def points(name: str, closure: str = "capacitive", n: int = 50, seed: int = 3) -> np.ndarray:
    """Random feasible states, one a row."""
    eq, start = traced(name, closure)
    rng = np.random.default_rng(seed)
    return np.array([random_state(eq, start, rng) for _ in range(n)])


def pump_off(name: str, closure: str = "capacitive") -> Cell:
    return cell(name, closure).with_({"plasma.nka.scale": 0})
