"""What the members of an ensemble differ in: distributions on parameter paths, or a table.

Correlations are those of the normal scores (a Gaussian copula): each parameter keeps its own distribution. In a Latin
hypercube or a Sobol design they mix dimensions, so that only the first of a correlated group stays evenly spread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any, cast

import numpy as np

from ionostat.cell.description import Cell
from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.ensemble.designs import Design, check_design, unit_points
from ionostat.studies.ensemble.distributions import Distribution, read_distribution

Array = np.ndarray
Pairs = tuple[tuple[str, str, float], ...]


@dataclass(frozen=True)
class Samples:
    """Distributions (coherent units) by path with a design and a seed, or a table of values by path.

    `draw(first, last)` gives the values of those members, the same however the members are cut. Of a stored table only
    the `digests` of its columns are known: its values travel beside the study.
    """

    n: int
    distributions: Mapping[str, Distribution] = field(default_factory=dict)
    design: Design = "random"
    seed: int = 0
    correlations: Pairs = ()
    table: Mapping[str, Array] | None = None
    digests: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if not self.n > 0:
            raise InputError(f"an ensemble needs at least one member; got n = {self.n}", field="n")
        check_design(self.design, self.n)
        self._cholesky  # noqa: B018  # refuses correlations that cannot be

    @property
    def paths(self) -> tuple[str, ...]:
        """The parameters that differ between members."""
        return tuple(self.table or self.digests or self.distributions)

    def draw(self, first: int, last: int) -> dict[str, Array]:
        """Values of members `first` to `last` (exclusive) by path, in coherent units."""
        if self.table is not None:
            return {path: values[first:last] for path, values in self.table.items()}
        if self.digests is not None:
            raise InputError("the table of this study is not stored with it", hint="give it again", field="samples")
        u = unit_points(self.design, self.seed, self.paths, self.n, first, last)
        columns = self._correlated([np.ascontiguousarray(u[:, j]) for j in range(u.shape[1])])
        return {path: d.values(u) for (path, d), u in zip(self.distributions.items(), columns, strict=True)}

    def _correlated(self, columns: list[Array]) -> list[Array]:
        """Columns with normal scores mixed by the Cholesky factor of their correlations.

        Sums are written out, column by column: a matrix product may round a row differently in another batch.
        """
        if not self.correlations:
            return columns
        from scipy.special import ndtr, ndtri

        scores = [ndtri(u) for u in columns]
        mixed = []
        for j, row in enumerate(self._cholesky):
            total = row[0] * scores[0]
            for k in range(1, j + 1):
                total = total + row[k] * scores[k]
            mixed.append(np.clip(ndtr(total), 0.5**53, 1 - 0.5**53))  # a score beyond 8 sd would be a sure event
        return mixed

    @cached_property
    def _cholesky(self) -> Array:
        matrix = np.eye(len(self.distributions))
        place = {path: j for j, path in enumerate(self.distributions)}
        for a, b, r in self.correlations:
            matrix[place[a], place[b]] = matrix[place[b], place[a]] = r
        try:
            return np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            least = float(np.linalg.eigvalsh(matrix)[0])
            message = f"these correlations contradict each other (smallest eigenvalue {least:.3g}; it must be positive)"
            raise InputError(message, field="correlations") from None

    def to_record(self) -> dict[str, Any]:
        """Plain data; of a table the digest of each column, for the values travel beside it.

        Pairs in lists rather than mappings: the order counts, it is that of the dimensions of a design.
        """
        digests = self.digests if self.table is None else {path: _digest(v) for path, v in self.table.items()}
        return {
            "n": self.n,
            "design": self.design,
            "seed": self.seed,
            "distributions": [[path, d.to_record()] for path, d in self.distributions.items()],
            "correlations": [list(pair) for pair in self.correlations],
            "table": None if digests is None else [list(pair) for pair in digests.items()],
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Samples:
        """What `to_record` wrote."""
        return cls(
            n=record["n"],
            distributions={path: Distribution.from_record(d) for path, d in record["distributions"]},
            design=record["design"],
            seed=record["seed"],
            correlations=tuple((a, b, r) for a, b, r in record["correlations"]),
            digests=None if record["table"] is None else dict(record["table"]),
        )


def _digest(values: Array) -> str:
    return sha256(np.ascontiguousarray(values, dtype="<f8").tobytes()).hexdigest()


def read_samples(
    cell: Cell,
    given: Any,
    *,
    n: int | None,
    design: str = "random",
    seed: int = 0,
    correlations: Any = None,
) -> Samples:
    """Samples from what a caller gives: distributions by path, or a table (mapping of arrays, DataFrame, file)."""
    if isinstance(given, Mapping) and given and all(isinstance(v, Mapping | Distribution) for v in given.values()):
        for path in given:
            if path not in cell.numbers:
                raise UnknownNameError("parameter path", path, cell.numbers)
        if n is None:
            raise InputError("say how many members: n=10_000", field="n")
        found = {path: read_distribution(cell, path, one) for path, one in given.items()}
        pairs = read_correlations(tuple(found), correlations)
        return Samples(int(n), found, cast(Design, design), int(seed), pairs)
    from ionostat.studies.ensemble.tables import read_table

    if correlations is not None:
        raise InputError("a table has its own correlations; give none", field="correlations")
    table = read_table(cell, given)
    rows = len(next(iter(table.values())))
    if n is not None and n != rows:
        raise InputError(f"the table has {rows} members, not n = {n}", field="n")
    return Samples(rows, table=table)


def read_correlations(paths: Sequence[str], given: Any) -> Pairs:
    """Correlations as `{(path, path): r}`, `[(path, path, r), ...]`, or a matrix in the order of the paths."""
    if given is None:
        return ()
    if isinstance(given, Mapping):
        rows = [(*pair, r) for pair, r in given.items()]
    elif isinstance(given, np.ndarray):
        d = len(paths)
        if given.shape != (d, d) or not np.array_equal(given, given.T) or not np.all(np.diag(given) == 1):
            raise InputError(f"expected a symmetric {d} by {d} matrix with ones", field="correlations")
        rows = [(paths[i], paths[j], given[i, j]) for i in range(d) for j in range(i) if given[i, j]]
    else:
        rows = [tuple(row) for row in given]
    pairs: list[tuple[str, str, float]] = []
    for row in rows:
        if len(row) != 3:
            raise InputError(f"a correlation is two paths and a number; got {row!r}", field="correlations")
        pairs.append(_pair(paths, *row))
    if len({frozenset(p[:2]) for p in pairs}) != len(pairs):
        raise InputError("a pair is given twice", field="correlations")
    return tuple(pairs)


def _pair(paths: Sequence[str], a: Any, b: Any, r: Any) -> tuple[str, str, float]:
    for path in (a, b):
        if path not in paths:
            raise UnknownNameError("sampled parameter", str(path), paths, field="correlations")
    if a == b:
        raise InputError(f"{a} is correlated with itself", field="correlations")
    try:
        value = float(r)
    except (TypeError, ValueError):
        raise InputError(f"{r!r} is not a correlation", field="correlations") from None
    if not -1 < value < 1:
        raise InputError(f"a correlation lies between -1 and 1; got {value:g}", field="correlations")
    return str(a), str(b), value
