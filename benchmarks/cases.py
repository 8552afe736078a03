"""The cases: a published cell, a stretch of time, and the equations that every engine is given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ionostat import load, rest
from ionostat.cell.description import Cell
from ionostat.cell.equations import System, equations
from ionostat.cell.feasible import scales
from ionostat.cell.start import start

Array = np.ndarray


@dataclass(frozen=True)
class Case:
    """y0, p: start and parameters; t1: end in ms; scale: natural size of each state, for errors."""

    name: str
    what: str
    cell: Cell
    system: System
    y0: Array
    p: Array
    t1: float
    scale: Array
    h_max: float = float("inf")


def case(
    name: str, what: str, cell_name: str, change: dict[str, float], t1: float, h_max: float = float("inf")
) -> Case:
    """From the certified rest of a cell, change parameters and run on."""
    cell = load(cell_name)
    changed = cell.with_(change)
    eq = equations(changed)
    at_rest = rest(cell)
    p = start(eq, changed).p
    return Case(name, what, changed, eq.system(), at_rest.x, p, t1, scales(eq, at_rest.x, p), h_max)


def cases(quick: bool) -> list[Case]:
    """A silent rundown, the same in a neuron with KCC2, and a neuron that spikes as its pump stops."""
    hours = 3.6e6
    spiking = 2e3 if quick else 2e4
    pump_off = {"plasma.nka.scale": 0.0}
    return [
        case("rundown", "Kay2017_cell, 10 h after ouabain", "Kay2017_cell", pump_off, 10 * hours),
        case(
            "rundown_neuron", "Dusterwald2018_neuron, 10 h after ouabain", "Dusterwald2018_neuron", pump_off, 10 * hours
        ),
        case(
            "spiking",
            f"Huebel2016_neuron, {spiking / 1e3:g} s after its pump stops",
            "Huebel2016_neuron",
            pump_off,
            spiking,
            1.0,
        ),
    ]
