"""A study as a YAML file, with every complaint at its line.

    cell: Kay2017_cell                # a library cell, or a cell file beside this one
    changes: {plasma.nka.scale: 0.9}  # for all members
    protocol: ouabain 1 mM for 10 h   # or none: resting states
    n: 10000
    seed: 1
    design: sobol                     # random, latin or sobol
    samples:
      plasma.na_leak.g: {lognormal: {cv: 20 %}}
      bath.K: {normal: {mean: 3 mM, sd: 0.3 mM}}
    correlations:
      - [plasma.na_leak.g, bath.K, 0.5]
    record: [plasma.V, cytosol.volume]
    times: [1 h, 10 h]

`table: members.csv` (or .parquet) stands in place of `samples`, `n`, `seed`, `design` and `correlations`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from ionostat.cell.description import Cell, Closure
from ionostat.cell.load import load
from ionostat.cell.yaml_nodes import Node, read_yaml
from ionostat.errors import CellFileError, InputError, UnknownNameError
from ionostat.protocols import Protocol
from ionostat.studies.ensemble.designs import Design, check_design
from ionostat.studies.ensemble.distributions import (
    KEYS,
    Distribution,
    distribution_of,
    read_number,
)
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.plan import plan_of
from ionostat.studies.ensemble.run import read_times
from ionostat.studies.ensemble.samples import Samples, read_correlations
from ionostat.studies.ensemble.study import Study, default_chunk
from ionostat.studies.ensemble.tables import read_table

T = TypeVar("T")
DRAWN = ("n", "seed", "design", "samples", "correlations")
CELL = ("cell", "changes", "closure")
JOB = ("protocol", "start", "record", "times", "rtol", "max_step", "max_steps")
NAMES = (*CELL, *DRAWN, "table", *JOB, "chunk")
"""Every key of a study file."""


def read_study(path: str | Path) -> Study:
    """The study that a file describes."""
    file = Path(path)
    if not file.is_file():
        raise InputError(f"no such file: '{file}'", field=str(path))
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"'{file}' is not a text file", hint="a study is YAML in UTF-8", field=str(path)) from None
    return read_study_text(text, str(file), file.parent)


def read_study_text(text: str, file: str = "<text>", folder: Path | None = None) -> Study:
    r"""The study of a text; `file` is the name that errors show, `folder` where it looks for a cell or a table.

    >>> study = read_study_text("cell: Kay2017_cell\nn: 9\nsamples: {bath.K: {uniform: {within: 10 %}}}")
    >>> study.n, study.job.protocol
    (9, None)
    """
    root = read_yaml(text, file, what="a study file")
    root.only(NAMES, "a study file")
    cell = _cell(root, folder)
    samples = _samples(root, cell, folder)
    job = _job(root, cell)
    chunk = _whole(root, "chunk", default_chunk(job, samples))
    return Study(job, samples, chunk)


def _at(node: Node, read: Callable[[], T]) -> T:
    """What `read` gives; a complaint of it points at the node."""
    try:
        return read()
    except CellFileError:
        raise
    except InputError as error:
        raise node.mark.wrap(error) from None


def _cell(root: Node, folder: Path | None) -> Cell:
    node = root.need("cell", "a study file", hint="a library cell's name, or a cell file")
    beside = (folder or Path()) / node.text
    cell = _at(node, lambda: load(beside if beside.exists() and node.text.endswith((".yaml", ".yml")) else node.text))
    closure = root.get("closure")
    word = closure.one_of(("capacitive", "electroneutral"), "closure") if closure else None
    changes = root.get("changes")
    if changes is None:
        return cell.with_(closure=cast(Closure | None, word))
    for path, value in changes.entries.items():
        _known(cell, path, value)
        _at(value, lambda path=path, value=value: quantity_of(cell, path, value))  # type: ignore[misc]
    pairs = {path: value.text for path, value in changes.entries.items()}
    return _at(changes, lambda: cell.with_(pairs, closure=cast(Closure | None, word)))


def quantity_of(cell: Cell, path: str, node: Node) -> float:
    """The value of one change, in its range."""
    from ionostat.cell.paths import parse_value

    return parse_value(cell, path, node.text)


def _known(cell: Cell, path: str, node: Node) -> None:
    """Refuse a path that the cell does not have, at its key."""
    if path not in cell.numbers:
        raise node.key.wrap(UnknownNameError("parameter path", path, cell.numbers))


def _samples(root: Node, cell: Cell, folder: Path | None) -> Samples:
    table = root.get("table")
    if table is not None:
        for key in DRAWN:
            if (node := root.get(key)) is not None:
                raise node.key.error(f"'{key}' has no place beside a table", hint="a table lists every member")
        columns = _at(table, lambda: read_table(cell, (folder or Path()) / table.text))
        return Samples(len(next(iter(columns.values()))), table=columns)
    node = root.need("samples", "a study file", hint="bath.K: {uniform: {within: 10 %}}; or 'table: members.csv'")
    if not node.entries:
        raise node.mark.error("no parameter is sampled", hint="bath.K: {uniform: {within: 10 %}}")
    distributions = {path: _distribution(cell, path, one) for path, one in node.entries.items()}
    root.need("n", "a study file", hint="how many members")
    n, seed = _whole(root, "n", 1), _whole(root, "seed", 0, least=0)
    given = root.get("design")
    design = given.one_of(("random", "latin", "sobol"), "design") if given else "random"
    if given is not None:
        _at(given, lambda: check_design(design, n))
    pairs = root.get("correlations")
    rows = [(row, [part.text for part in row.items]) for row in pairs.items] if pairs else []
    for row, parts in rows:
        _at(row, lambda parts=parts: read_correlations(tuple(distributions), [parts]))  # type: ignore[misc]
    at = pairs or node
    found = _at(at, lambda: read_correlations(tuple(distributions), [parts for _, parts in rows]))
    return _at(at, lambda: Samples(n, distributions, cast(Design, design), seed, found))


def _distribution(cell: Cell, path: str, node: Node) -> Distribution:
    _known(cell, path, node)
    kinds = node.only(KEYS, f"the distribution of {path}")
    if len(kinds) != 1:
        raise node.mark.error(f"{path} needs one distribution", hint=f"one of {', '.join(KEYS)}")
    kind, numbers = next(iter(kinds.items()))
    entries = numbers.only(KEYS[kind], kind) if numbers.content is not None else {}
    read = {
        key: _at(one, lambda key=key, one=one: read_number(cell, path, kind, key, one.text))  # type: ignore[misc]
        for key, one in entries.items()
    }
    return _at(numbers, lambda: distribution_of(cell, path, kind, read))


def _job(root: Node, cell: Cell) -> Job:
    """What is done with every member; complaints about it point at the key they are about."""
    given = {key: node for key in JOB if (node := root.get(key)) is not None}
    options: dict[str, Any] = {}
    if (node := given.get("protocol")) is not None and not node.is_none and node.text != "rest":
        options["protocol"] = _at(node, lambda node=node: Protocol.parse(node.text))  # type: ignore[misc]
    if (node := given.get("record")) is not None:
        options["record"] = tuple(item.text for item in node.items)
    if (node := given.get("times")) is not None:
        options["times"] = _at(node, lambda node=node: read_times([i.text for i in node.items]))  # type: ignore[misc]
    if (node := given.get("start")) is not None:
        options["start"] = node.one_of(("rest", "file"), "start")
    if (node := given.get("max_step")) is not None:
        options["max_step"] = node.text
    if (node := given.get("rtol")) is not None:
        options["rtol"] = _number(node)
    if "max_steps" in given:
        options["max_steps"] = _whole(root, "max_steps", 1)
    try:
        job = Job(cell=cell, **options)
        plan_of(job)  # the protocol has to suit the cell, and the times the protocol
        return job
    except InputError as error:
        place = given.get(error.field) or _recorded(given, error.field) or given.get("protocol") or root
        raise place.mark.wrap(error) from None


def _recorded(given: dict[str, Node], name: str) -> Node | None:
    """The item of `record` that a complaint is about."""
    items = given["record"].items if "record" in given else []
    return next((item for item in items if item.text == name), None)


def _number(node: Node) -> float:
    try:
        return float(node.text)
    except ValueError:
        raise node.mark.error(f"'{node.text}' is not a number") from None


def _whole(root: Node, key: str, default: int, *, least: int = 1) -> int:
    """A whole number; thousands may be marked as in 10_000."""
    node = root.get(key)
    if node is None:
        return default
    try:
        value = int(node.text)
    except ValueError:
        raise node.mark.error(f"{key} is a whole number; got '{node.text}'", hint=f"{key}: 1000") from None
    if value < least:
        raise node.mark.error(f"{key} must be at least {least}; got {value}")
    return value
