"""The result of an ensemble: labelled arrays with units, a status and a reason for every member, and its origin."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.cell.equations import equations
from ionostat.cell.observables import observables
from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.ensemble import folder as folders
from ionostat.studies.ensemble.columns import Columns, OnDisk
from ionostat.studies.ensemble.outcome import STATUSES
from ionostat.studies.ensemble.shards import SAMPLE, SOLVER
from ionostat.studies.ensemble.study import Study, study_of

if TYPE_CHECKING:
    import pandas
    import xarray

Array = np.ndarray


@dataclass(frozen=True)
class Ensemble:
    """Many members of one study: `found["plasma.V"]` is an array over `found.members`, or (members, times) of a series.

    `found.status` numbers `STATUSES`, `found.outcomes` counts them, `found.reasons` holds a sentence for every member
    that is not plainly fine; values are NaN where a member did not come so far. `found.samples` are the parameters that
    differ, in the units of `found.units`. Members that were not computed (another part of a job array, or stopped
    before they began) are not in it: `complete` says whether all are. With a folder the values stay on disk until they
    are asked for.
    """

    study: Study
    columns: Columns
    folder: Path | None = None
    notes: tuple[str, ...] = ()

    @classmethod
    def open(cls, folder: str | Path) -> Ensemble:
        """The members that a study's folder holds; damaged shards are left out, and a note says so."""
        path = Path(folder)
        return opened(path, study_of(folders.read_description(path)["study"]))

    def __len__(self) -> int:
        return len(self.members)

    @property
    def n(self) -> int:
        """How many members the study has."""
        return self.study.n

    @property
    def complete(self) -> bool:
        """Whether all members of the study are here, and none was stopped."""
        return len(self) == self.n and "cancelled" not in self.outcomes

    @property
    def members(self) -> Array:
        """Index of every member that is here, 0 to n - 1."""
        return self.columns.members

    @property
    def time(self) -> Array | None:
        """Record times in ms; None for end states and rests."""
        return self.study.job.times

    @property
    def names(self) -> list[str]:
        """The recorded quantities."""
        return list(self.study.job.record)

    @cached_property
    def units(self) -> dict[str, str]:
        """Unit of every recorded quantity and sampled parameter."""
        return units_of(self.study)

    def __getitem__(self, name: str) -> Array:
        """A recorded quantity, a sampled parameter (`sample.bath.K`), a statistic (`solver.steps`), `status` or `x`."""
        if name not in self.columns.shapes:
            raise UnknownNameError("quantity", name, self.columns.shapes)
        return self.columns.read([name])[name]

    @cached_property
    def status(self) -> Array:
        """How every member ended, as an index of `STATUSES`."""
        return self["status"]

    @cached_property
    def outcomes(self) -> dict[str, int]:
        """How many members ended in each way."""
        counts = np.bincount(self.status, minlength=len(STATUSES))
        return {name: int(k) for name, k in zip(STATUSES, counts, strict=True) if k}

    @property
    def reasons(self) -> Mapping[int, str]:
        """Member -> a sentence, for every one that is not plainly fine."""
        return self.columns.reasons

    @cached_property
    def samples(self) -> dict[str, Array]:
        """The parameters in which members differ, in the unit of `units`."""
        found = self.columns.read([SAMPLE + path for path in self.study.samples.paths])
        return {name.removeprefix(SAMPLE): values for name, values in found.items()}

    @cached_property
    def statistics(self) -> dict[str, Array]:
        """What the solver did, per member."""
        names = [n for n in self.columns.shapes if n.startswith(SOLVER)]
        return {n.removeprefix(SOLVER): v for n, v in self.columns.read(names).items()}

    @property
    def x(self) -> Array:
        """The state in which every member ended, (members, states)."""
        return self["x"]

    @property
    def provenance(self) -> dict[str, Any]:
        """Definition, versions, parameters and their sources."""
        if self.folder is not None:
            return folders.read_description(self.folder)
        return folders.description(self.study)

    def summary(self) -> pandas.DataFrame:
        """One row per sampled parameter and recorded quantity (at the end): count, mean, sd, quantiles."""
        from ionostat.studies.ensemble.summary import summary

        return summary(self)

    def shares(self) -> pandas.DataFrame:
        """One row per outcome: how many members, and which share."""
        from ionostat.studies.ensemble.summary import shares

        return shares(self)

    def to_xarray(self) -> xarray.Dataset:
        """All in one labelled data set over `member` (and `time`), read into memory."""
        from ionostat.studies.ensemble.save import dataset

        return dataset(self)

    def to_frame(self) -> pandas.DataFrame:
        """One row per member: samples, status, reason, recorded quantities (at the end of a series), statistics."""
        from ionostat.studies.ensemble.save import frame

        return frame(self, self.columns)

    def save(self, path: str | Path) -> Path:
        """Write all members to a .nc, .csv or .parquet file; the latter two hold the end of a series."""
        from ionostat.studies.ensemble.save import save

        return save(self, Path(path))

    def __repr__(self) -> str:
        from ionostat.studies.ensemble.summary import text

        return text(self)

    def _repr_html_(self) -> str:
        from ionostat.studies.text import as_html

        return as_html(repr(self))


def units_of(study: Study) -> dict[str, str]:
    """Units of what a study records, and of its samples under `sample.PATH`."""
    known = observables(equations(study.job.cell)).units
    samples = {SAMPLE + path: study.job.cell.number(path).unit for path in study.samples.paths}
    return {**{name: known[name] for name in study.job.record}, **samples}


def opened(folder: Path, study: Study, notes: tuple[str, ...] = ()) -> Ensemble:
    """What the folder of a study holds of it."""
    state = folders.look(folder, study, study.ranges)
    notes = (*study.notes, *notes)
    if not state.whole:
        raise InputError(f"'{folder}' holds no member yet", hint="resume the study", field=str(folder))
    if state.damaged:
        notes = (*notes, f"{len(state.damaged)} damaged shards are left out; resume computes them again")
    return Ensemble(study, OnDisk(state.whole), folder, notes)
