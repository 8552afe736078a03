"""The problems that every engine is given: equations, starting states and parameters of many cells, a stretch of time.

An engine sees the states of the equations and nothing else, so all engines start from the same numbers and are judged
on the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from ionostat import load, rest
from ionostat.cell.description import Cell
from ionostat.cell.equations import Equations, System, equations
from ionostat.cell.feasible import scales
from ionostat.cell.load import LIBRARY, load_text
from ionostat.cell.start import start
from ionostat.engines.native.rest_kernel import Bounds
from ionostat.engines.native_rest import rest_kernel
from ionostat.studies.rest import EMPTY, SWOLLEN, WIDE

Array = np.ndarray
Measure = Literal["state", "phase"]

HOUR = 3.6e6
SPREAD = 0.2
LONG = 1e12
"""ms, thirty years: a cell that has a rest is there."""


@dataclass(frozen=True)
class Problem:
    """Cells to integrate from `y0` (members, states) with `p` (members, parameters) over `duration` ms.

    `scale` is the natural size of each state; absolute tolerances are `rtol` times a thousandth of it. `measure` says
    how an end state is judged: by its largest relative error, or, for a cell that fires, by its phase.
    """

    name: str
    what: str
    cell: Cell
    eq: Equations
    y0: Array
    p: Array
    duration: float
    scale: Array
    h_max: float = float("inf")
    measure: Measure = "state"
    period: float = float("nan")
    """A time (ms) within which every member fires again."""

    @cached_property
    def system(self) -> System:
        """The equations as straight-line programs."""
        return self.eq.system()

    @property
    def members(self) -> int:
        """How many cells there are."""
        return len(self.y0)

    def atol(self, rtol: float) -> Array:
        """Absolute tolerance of each state."""
        return rtol * 1e-3 * self.scale

    def repeated(self, times: int) -> Problem:
        """Every cell several times: a batch long enough for threads to matter."""
        return replace(self, y0=np.tile(self.y0, (times, 1)), p=np.tile(self.p, (times, 1)))

    def only(self, members: int) -> Problem:
        """The first few cells of this problem."""
        return replace(self, y0=self.y0[:members], p=self.p[:members])


def changed(p: Array, eq: Equations, path: str, value: Array | float) -> Array:
    """The parameters with another value at `path`, in coherent units."""
    result = np.array(p)
    result[:, eq.parameter_index[path]] = value
    return result


def spread(cell: Cell, paths: tuple[str, ...], members: int) -> tuple[Equations, Array, Array, Array]:
    """Equations, resting state of the cell itself, natural scales, and the parameters of its members.

    Every path is multiplied by its own lognormal factor with a standard deviation of 20 percent.
    """
    eq = equations(cell)
    first, at_rest = start(eq, cell), rest(cell).x
    p = np.tile(first.p, (members, 1))
    rng = np.random.default_rng(20170605)
    for path in paths:
        p[:, eq.parameter_index[path]] *= np.exp(SPREAD * rng.standard_normal(members))
    return eq, at_rest, scales(eq, at_rest, first.p), p


def own_rests(eq: Equations, at: Array, p: Array) -> Array:
    """The resting state of every member."""
    found = rest_kernel(eq, Bounds(SWOLLEN, EMPTY, WIDE)).solve(np.tile(at, (len(p), 1)), p)
    if not found.converged.all():
        raise RuntimeError(f"{np.count_nonzero(~found.converged)} of {len(p)} members found no rest")
    return found.x


KAY = ("plasma.nka.I_max", "plasma.na_leak.g", "plasma.k_leak.g", "plasma.cl_leak.g")
DUSTERWALD = (*KAY, "plasma.kcc2.g")


def _rundown(name: str, cell_name: str, paths: tuple[str, ...], members: int) -> Problem:
    cell = load(cell_name)
    eq, at_rest, scale, p = spread(cell, paths, members)
    y0 = own_rests(eq, at_rest, p)
    what = f"{cell_name}, 10 h after ouabain, each from its own rest"
    return Problem(name, what, cell, eq, y0, changed(p, eq, "plasma.nka.scale", 0.0), 10 * HOUR, scale)


def rundown(members: int) -> Problem:
    """Four states that run down for ten hours."""
    return _rundown("rundown", "Kay2017_cell", KAY, members)


def rundown_neuron(members: int) -> Problem:
    """The same with a cotransporter, a cubic pump and an area that moves."""
    return _rundown("rundown_neuron", "Dusterwald2018_neuron", DUSTERWALD, members)


def rests(members: int, cell_name: str = "Kay2017_cell") -> Problem:
    """The members of `rundown` before ouabain, all at the rest of the published cell: where does each one rest?"""
    cell = load(cell_name)
    eq, at_rest, scale, p = spread(cell, KAY if cell_name == "Kay2017_cell" else DUSTERWALD, members)
    what = f"resting states of {cell_name}, from the rest of the published cell"
    return Problem("rest", what, cell, eq, np.tile(at_rest, (members, 1)), p, LONG, scale)


def stimulated_neuron() -> Cell:
    """The Huebel neuron with an electrode: a current into the cell that potassium carries."""
    text = (LIBRARY / "Huebel2016_neuron" / "cell.yaml").read_text(encoding="utf-8").rstrip()
    return load_text(f"{text}\n      stim: {{type: stimulus, ion: K, I: 0 uA/cm2}}\n", "Huebel2016_neuron, stimulated")


def spiking(members: int, seconds: float = 60.0) -> Problem:
    """A neuron that fires all the time: 900 to 1,400 action potentials in a minute, by the strength of its stimulus.

    From 2 uA/cm2 it fires without end; from some 4 uA/cm2 potassium outside rises until the spikes fail. The members
    get 2.5 to 3.5 uA/cm2.
    """
    cell = stimulated_neuron()
    eq = equations(cell)
    first, at_rest = start(eq, cell), rest(cell).x
    unit = cell.with_({"plasma.stim.I": "1 uA/cm2"})["plasma.stim.I"]
    strength = unit * (np.linspace(2.5, 3.5, members) if members > 1 else np.array([3.0]))
    return Problem(
        "spiking",
        f"Huebel2016_neuron fires for {seconds:g} s, stimulus 2.5 to 3.5 uA/cm2 of K",
        cell,
        eq,
        np.tile(at_rest, (members, 1)),
        changed(np.tile(first.p, (members, 1)), eq, "plasma.stim.I", strength),
        seconds * 1e3,
        scales(eq, at_rest, first.p),
        h_max=1.0,
        measure="phase",
        period=150.0,
    )


PROBLEMS: dict[str, Callable[[int], Problem]] = {
    "rundown": rundown,
    "rundown_neuron": rundown_neuron,
    "rest": rests,
    "spiking": spiking,
}
