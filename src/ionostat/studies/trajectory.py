"""The result of a run: labelled series with units, a status, statistics and the audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.cell.description import Cell
from ionostat.cell.equations import equations
from ionostat.cell.observables import observables
from ionostat.engines.engine import Solved
from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.activity import Activity
from ionostat.studies.audit import Audit
from ionostat.studies.conditions import Crossing
from ionostat.studies.plausibility import warnings
from ionostat.studies.text import duration
from ionostat.units import quantity

if TYPE_CHECKING:
    import xarray

Array = np.ndarray
OFTEN = 3
"""A condition that happened more often is counted, not told one by one."""


@dataclass
class Statistics:
    """What the solver did: accepted and rejected steps, evaluations, restarts, wall time in s."""

    steps: int = 0
    rejected: int = 0
    evaluations: int = 0
    restarts: int = 0
    seconds: float = 0.0

    def add(self, solved: Solved) -> None:
        """Count one stretch."""
        self.steps += solved.steps
        self.rejected += solved.rejected
        self.evaluations += solved.evaluations
        self.restarts += 1


@dataclass(frozen=True)
class Trajectory:
    """A run: `run["plasma.V"]` is an array over `run.time` (ms), `run.at("30 min")` all values at one time.

    `status` is "ok" or says why the run ended early (`sentence` in words); values past that point are NaN.
    `audit` holds the charge, mass and water residuals. `run.to_xarray()` gives the labelled data set,
    `run.save("x.nc")` a file.
    """

    cell: Cell
    protocol: str
    time: Array
    x: Array
    p: Array
    status: str
    sentence: str
    events: tuple[tuple[float, str], ...]
    audit: Audit
    statistics: Statistics
    activity: dict[str, Activity]
    """Extremes of V and action potentials of each membrane, watched between the recorded points too."""
    crossings: tuple[Crossing, ...] = ()
    """The conditions (`events` and `stop`) that happened, in order of time."""
    ended: float = float("nan")
    """When the run ended (ms), whatever ended it."""
    notes: tuple[str, ...] = ()
    engine: str = "native"
    rtol: float = float("nan")
    provenance: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def _values(self) -> dict[str, Array]:
        return observables(equations(self.cell)).evaluate(self.x, self.p)

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What nature would not allow, over the recorded points."""
        return warnings(self.cell, self._values, self.time)

    @property
    def names(self) -> list[str]:
        """All recorded quantities, by path."""
        return list(self.units)

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of every quantity."""
        return observables(equations(self.cell)).units

    def __getitem__(self, name: str) -> Array:
        """Series of a quantity over `time`, in `units[name]`."""
        if name not in self._values:
            raise UnknownNameError("quantity", name, self._values)
        return self._values[name]

    def crossings_in_words(self) -> list[str]:
        """A sentence for each condition that happened; for one that did so more than thrice how often."""
        told: list[str] = []
        for condition in dict.fromkeys(c.condition for c in self.crossings):
            mine = [c for c in self.crossings if c.condition == condition]
            start = float(self[condition.name][0])
            if len(mine) <= OFTEN:
                told += [c.in_words(start) for c in mine]
            else:
                first, last = duration(mine[0].time), duration(mine[-1].time)
                told.append(f"{condition.in_words()} {len(mine)} times, the first at {first}, the last at {last}")
        return told

    @property
    def end(self) -> int:
        """Index of the last recorded point that is known."""
        known = np.flatnonzero(np.all(np.isfinite(self.x), axis=1))
        return int(known[-1]) if len(known) else 0

    def at(self, when: str | float) -> dict[str, float]:
        """All values at a time ("30 min", or ms), interpolated between the recorded points.

        At the very time of a change the values before it are given.
        """
        t = quantity(when, "ms", field="time", bare=True)
        if not self.time[0] <= t <= self.time[self.end]:
            raise InputError(
                f"the run goes from 0 to {self.time[self.end]:.6g} ms; {t:.6g} ms lies outside", field="time"
            )
        return {n: float(np.interp(t, self.time, v)) for n, v in self._values.items()}

    def to_xarray(self) -> xarray.Dataset:
        """The run as a data set over `time` (ms), units in the attributes."""
        from ionostat.studies.dataset import dataset

        return dataset(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: time and series with units; null where a value is not known."""
        from ionostat.studies.dataset import record

        return record(self)

    def save(self, path: str | Path) -> Path:
        """Write the run to a .nc (NetCDF), .csv or .json file."""
        from ionostat.studies.dataset import save

        return save(self, Path(path))

    def __repr__(self) -> str:
        from ionostat.studies.text import trajectory_text

        return trajectory_text(self)

    def _repr_html_(self) -> str:
        from ionostat.studies.text import as_html

        return as_html(repr(self))
