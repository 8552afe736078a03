"""What a paper reports about a cell of the library, computed again and judged: `reported.yaml`.

Each result is an experiment and what is expected of it:

    results:
      - id: pump_stop
        says: Stopping the pump moves V by I_p/g at once.
        source: kay                            # a key of `sources` here or in cell.yaml
        run: {protocol: "plasma.nka.scale = 0 for 0.1 s", start: rest}
        expect:
          - {of: plasma.V, change_from: 0 s, is: 0.980 mV, within: 2 %}

The experiment is one of `rest` (the resting state from the file's start), `all_rests` (every one that is found) and
`run` (`protocol`, `start`: rest or file, `max_step`, `every`: how often it is recorded). Each may `set` numbers of the
cell by path and choose a `closure`; `against: {set: ...}` gives the rest of a second variant, whose quantities are
called `other.plasma.V`.

An expectation is `{verdict: stable}`, `{reason: words}`, `{stable: 2}`, `{labels: [...]}` (of `all_rests`), or a
reading: `of` is arithmetic on quantities and numbers by path, compared with `is` (a quantity, or arithmetic at that
time) `within` a tolerance (`0.01 mV`, or `0.1 %` of what is expected), or with `above` and `below`. Of a run it is read
at the end, `at` a time, as `change_from` or `ratio_to` a time, as `take: highest | lowest | time_of_highest |
time_of_lowest`, as the first time at which it `rises_above` something, or as how often it does (`spikes_above`). In
`all_rests`, `in` names the rest. `slowest_rate` is the real part of a rest's eigenvalue nearest to zero.

`slow: true` marks what takes long; `unreached: reason` what is known not to be met. An unmet number is never loosened.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from ionostat.cell.description import Cell, Closure
from ionostat.cell.load import find_cell, load
from ionostat.cell.yaml_nodes import Node, read_yaml
from ionostat.engines.engine import EngineName
from ionostat.errors import InputError
from ionostat.protocols import Protocol
from ionostat.protocols.quantities import UNITS, Quantity, moment
from ionostat.studies.rest import rest
from ionostat.studies.resting_state import RestingState
from ionostat.studies.simulate import simulate
from ionostat.studies.trajectory import Trajectory
from ionostat.units import dimension, factor

Kind = Literal["rest", "all_rests", "run"]
Dimension = tuple[tuple[str, float], ...]
Measured = tuple[Any, Dimension]
"""A number (or a series) in coherent units, and its dimension."""
Look = Callable[[str], Measured]
Read = Callable[[str, Mapping[str, Any]], Measured]

_VARIANT = ("set", "closure")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "rest": _VARIANT,
    "all_rests": _VARIANT,
    "run": (*_VARIANT, "protocol", "start", "max_step", "every"),
}
_RESULT = ("id", "says", "source", *_OPTIONS, "against", "expect", "slow", "unreached")
_IN_TIME = ("at", "change_from", "ratio_to", "take", "rises_above", "spikes_above")
_EXPECT = ("verdict", "reason", "stable", "labels", "of", "is", "within", "above", "below", "in", *_IN_TIME)
_TAKES = ("highest", "lowest", "time_of_highest", "time_of_lowest")
_DEFAULT_POINTS = 400


@dataclass(frozen=True)
class Reported:
    """One result that a paper or its program reports, as an experiment on a cell of the library."""

    cell: str
    id: str
    says: str
    source: str
    kind: Kind
    options: Mapping[str, Any]
    expect: tuple[Mapping[str, Any], ...]
    against: Mapping[str, Any] | None = None
    slow: bool = False
    unreached: str = ""


@dataclass(frozen=True)
class Outcome:
    """One expectation and what was found, in words and numbers."""

    ok: bool
    what: str
    expected: str
    got: str
    tolerance: str = ""

    def __str__(self) -> str:
        within = f" within {self.tolerance}" if self.tolerance else ""
        return f"{'ok' if self.ok else 'NOT MET'}: {self.what}: expected {self.expected}{within}, got {self.got}"


def load_reported(cell_name: str) -> tuple[Reported, ...]:
    """The reported results of a library cell (or of the `reported.yaml` beside a cell file).

    >>> [r.id for r in load_reported("Kay2017_cell")][0]
    'resting_state'
    """
    path = find_cell(cell_name).parent / "reported.yaml"
    if not path.is_file():
        raise InputError(
            f"{path.parent.name} has no reported.yaml", hint="say what the paper reports; see CONTRIBUTING.md"
        )
    return _read(path.read_text(encoding="utf-8"), path, cell_name)


def check(result: Reported, *, engine: EngineName = "native") -> list[Outcome]:
    """Carry out the experiment and compare every expectation.

    >>> print(check(load_reported("Kay2017_cell")[0])[1])
    ok: plasma.V: expected -94.131619 mV within 0.01 mV, got -94.131619 mV
    """
    found = _experiment(result, engine)
    other = _rest(_variant(load(result.cell), result.against), engine) if result.against is not None else None
    outcomes = []
    if isinstance(found, Trajectory) and found.status != "ok":
        outcomes.append(Outcome(False, "status", "ok", f"{found.status}: {found.sentence}"))
    return outcomes + [_judge(found, other, given) for given in result.expect]


def table(cell_name: str, *, slow: bool = True) -> str:
    """Reported against computed, as a Markdown table; runs everything (without what is slow, if so asked)."""
    lines = ["| Result | Quantity | Reported | Computed | Within |", "|---|---|---|---|---|"]
    for result in load_reported(cell_name):
        if result.slow and not slow:
            continue
        for o in check(result):
            missed = "" if o.ok else " (not met)"
            lines.append(f"| {result.id} | {o.what} | {o.expected} | {o.got}{missed} | {o.tolerance} |")
    return "\n".join(lines)


# Experiments


def _variant(cell: Cell, options: Mapping[str, Any]) -> Cell:
    """The cell with the numbers and the closure of an experiment."""
    return cell.with_(options.get("set", {}), closure=cast(Closure | None, options.get("closure")))


@cache
def _rest(cell: Cell, engine: EngineName) -> RestingState:
    return rest(cell, engine=engine)


def _experiment(result: Reported, engine: EngineName) -> RestingState | list[RestingState] | Trajectory:
    cell = _variant(load(result.cell), result.options)
    if result.kind == "rest":
        return _rest(cell, engine)
    if result.kind == "all_rests":
        return rest(cell, find="all", engine=engine)
    protocol = Protocol.parse(result.options["protocol"])
    start = result.options.get("start", "rest")
    return simulate(
        cell,
        protocol,
        start=_rest(cell, engine) if start == "rest" else start,
        save=_save_times(result, protocol.duration),
        max_step=result.options.get("max_step"),
        engine=engine,
    )


def _save_times(result: Reported, duration: float) -> np.ndarray:
    """An even grid, and every time at which something is read."""
    every = result.options.get("every")
    step = moment(every) if every else duration / _DEFAULT_POINTS
    asked = [moment(given[k]) for given in result.expect for k in ("at", "change_from", "ratio_to") if k in given]
    return np.unique([*np.arange(0.0, duration, step), *asked, duration])


# Judging


def _judge(
    found: RestingState | list[RestingState] | Trajectory, other: RestingState | None, given: Mapping[str, Any]
) -> Outcome:
    """Compare one expectation."""
    if isinstance(found, list):
        if "stable" in given:
            count = sum(r.verdict == "stable" for r in found)
            return Outcome(count == int(given["stable"]), "number of stable rests", given["stable"], str(count))
        if "labels" in given:
            labels = [r.label for r in found]
            return Outcome(
                sorted(labels) == sorted(given["labels"]), "rests", ", ".join(given["labels"]), ", ".join(labels)
            )
        wanted = given.get("in", "physiological")
        named = [r for r in found if r.label == wanted]
        if not named:
            return Outcome(False, f"rest '{wanted}'", "found", ", ".join(r.label for r in found))
        found = named[0]
    if isinstance(found, RestingState):
        if "verdict" in given:
            return Outcome(found.verdict == given["verdict"], "verdict", given["verdict"], found.verdict)
        if "reason" in given:
            return Outcome(given["reason"] in found.reason, "reason", given["reason"], found.reason)
        if not found.found:
            return Outcome(False, given["of"], given.get("is", "a rest"), f"no rest ({found.reason})")
    return _compare(given, _reader(found, other))


def _reader(found: RestingState | Trajectory, other: RestingState | None) -> Read:
    """From an expression, and how it is to be read, to its value in this result."""

    def look(name: str) -> Measured:
        head, _, tail = name.partition(".")
        if head == "other" and other is not None:
            return _named(other, tail)
        return _named(found, name)

    if isinstance(found, RestingState):
        return lambda text, _: _evaluate(text, look)
    return lambda text, given: _at_time(found.time, _evaluate(text, look), given)


def _named(found: RestingState | Trajectory, name: str) -> Measured:
    """A quantity of a result, or else a number of its cell."""
    if isinstance(found, RestingState) and name == "slowest_rate":
        return float(found.eigenvalues[0].real), dimension("1/ms")
    if name not in found.units and name in found.cell.numbers:
        number = found.cell.number(name)
        return number.value, dimension(number.unit)
    return found[name], dimension(found.units.get(name, "1"))


def _at_time(time: np.ndarray, measured: Measured, given: Mapping[str, Any]) -> Measured:
    """One number from a series: at a time, a change, a ratio, an extreme, or a crossing."""
    series, unit = measured
    series = np.broadcast_to(np.asarray(series, dtype=float), time.shape)

    def at(key: str) -> float:
        return float(np.interp(moment(given[key]), time, series)) if key in given else float(series[-1])

    if "take" in given:
        best = int(np.nanargmax(series) if "highest" in given["take"] else np.nanargmin(series))
        return (time[best], dimension("ms")) if given["take"].startswith("time") else (float(series[best]), unit)
    if "change_from" in given:
        return at("at") - at("change_from"), unit
    if "ratio_to" in given:
        return at("at") / at("ratio_to"), ()
    for key in ("rises_above", "spikes_above"):
        if key in given:
            level = _quantity(given[key], unit, key)
            ups = np.flatnonzero((series[:-1] <= level) & (series[1:] > level))
            if key == "spikes_above":
                return len(ups), ()
            if not len(ups):
                return float("nan"), dimension("ms")
            i = int(ups[0])
            share = (level - series[i]) / (series[i + 1] - series[i])
            return float(time[i] + share * (time[i + 1] - time[i])), dimension("ms")
    return at("at"), unit


def _compare(given: Mapping[str, Any], read: Read) -> Outcome:
    value, unit = read(given["of"], given)
    what = given["of"] + "".join(f", {k.replace('_', ' ')} {given[k]}" for k in ("in", *_IN_TIME) if k in given)
    limits = [(word, given[word]) for word in ("above", "below") if word in given]
    shown = _unit_shown(given, unit)
    got = f"{float(value) / factor(shown):.8g} {shown}".strip()
    if limits:
        ok = all(value > _quantity(t, unit, w) if w == "above" else value < _quantity(t, unit, w) for w, t in limits)
        return Outcome(bool(ok), what, " and ".join(f"{w} {t}" for w, t in limits), got)
    wanted, text = _expected(given, unit, read)
    tolerance = Quantity.of(given["within"])
    allowed = (
        tolerance.number / 100 * abs(wanted) if tolerance.unit == "%" else _quantity(given["within"], unit, "within")
    )
    shown_tolerance = f"{tolerance.number:g} {tolerance.unit}".strip()
    return Outcome(bool(abs(value - wanted) <= allowed), what, text, got, shown_tolerance)


def _expected(given: Mapping[str, Any], unit: Dimension, read: Read) -> tuple[float, str]:
    """The expected value: a quantity, or arithmetic read at the same time."""
    text = given["is"]
    if _is_quantity(text):
        return _quantity(text, unit, "is"), text
    at_that_time = {k: v for k, v in given.items() if k in ("at", "in")}
    wanted, other = read(text, at_that_time)
    if other != unit:
        raise InputError(f"'{given['of']}' and '{text}' have different dimensions", field=text)
    return float(wanted), text


def _unit_shown(given: Mapping[str, Any], unit: Dimension) -> str:
    """The unit in which a value is shown: that of the expectation, else the coherent one of its dimension."""
    for key in ("is", "above", "below", "within"):
        text = given.get(key, "")
        if text and _is_quantity(text) and not (key == "within" and text.endswith("%")):
            shown = Quantity.of(text).unit
            if dimension(shown) != unit:
                message = f"{given['of']} has another dimension than {shown or 'a pure number'}"
                raise InputError(message, field=given["of"])
            return shown
    return next((u for u in UNITS if u != "%" and dimension(u) == unit and factor(u) == 1), "")


def _is_quantity(text: str) -> bool:
    try:
        Quantity.of(text)
    except InputError:
        return False
    return True


def _quantity(text: str, unit: Dimension, what: str) -> float:
    """A quantity in coherent units, of the dimension wanted."""
    read = Quantity.of(text)
    if dimension(read.unit) != unit:
        raise InputError(f"{what}: '{text}' has another dimension than what it is compared with", field=what)
    return read.number * factor(read.unit)


# Arithmetic on quantities


def _evaluate(text: str, look: Look) -> Measured:
    """The value of `plasma.nka.I / plasma.area`, dimensions and all."""
    return _value(_expression(text), look)


def _expression(text: str) -> ast.expr:
    try:
        return ast.parse(text, mode="eval").body
    except SyntaxError:
        raise InputError(f"cannot read '{text}'", hint="write paths, numbers and + - * /", field=text) from None


def _value(node: ast.expr, look: Look) -> Measured:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value), ()
    if isinstance(node, ast.Name | ast.Attribute):
        return look(ast.unparse(node))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value, unit = _value(node.operand, look)
        return -value, unit
    if isinstance(node, ast.BinOp):
        (a, of_a), (b, of_b) = _value(node.left, look), _value(node.right, look)
        if isinstance(node.op, ast.Add | ast.Sub):
            if of_a != of_b:
                raise InputError(f"'{ast.unparse(node)}' adds quantities of different dimensions")
            return (a + b if isinstance(node.op, ast.Add) else a - b), of_a
        if isinstance(node.op, ast.Mult):
            return a * b, _times(of_a, of_b, 1.0)
        if isinstance(node.op, ast.Div):
            return a / b, _times(of_a, of_b, -1.0)
    raise InputError(f"cannot use '{ast.unparse(node)}'", hint="write paths, numbers and + - * /")


def _times(a: Dimension, b: Dimension, power: float) -> Dimension:
    total = dict(a)
    for name, n in b:
        total[name] = total.get(name, 0.0) + power * n
    return tuple(sorted((name, n) for name, n in total.items() if n))


# Reading the file


def _read(text: str, path: Path, cell_name: str) -> tuple[Reported, ...]:
    root = read_yaml(text, str(path))
    root.only(("sources", "results"), "a file of reported results")
    sources = {s.key for s in load(cell_name).sources}
    own = root.get("sources")
    for key, node in own.entries.items() if own is not None else ():
        node.only(("cite", "doi", "memory"), f"source '{key}'")
        node.need("cite", f"source '{key}'")
        sources.add(key)
    results = tuple(
        _result(node, cell_name, sources) for node in root.need("results", "a file of reported results").items
    )
    names = [r.id for r in results]
    for node, name in zip(root.need("results", "").items, names, strict=True):
        if names.count(name) > 1:
            raise node.need("id", "").mark.error(f"two results are called '{name}'")
    return results


def _result(node: Node, cell_name: str, sources: set[str]) -> Reported:
    node.only(_RESULT, "a reported result")
    name = node.need("id", "a reported result").text
    what = f"result '{name}'"
    if node.source is None:
        raise node.key.error(f"{what} has no source", hint="write 'source: key'")
    kinds = [k for k in _OPTIONS if node.get(k) is not None]
    if len(kinds) != 1:
        raise node.key.error(f"{what} needs one experiment", hint=f"one of: {', '.join(_OPTIONS)}")
    against = node.get("against")
    unreached, slow = node.get("unreached"), node.get("slow")
    result = Reported(
        cell=cell_name,
        id=name,
        says=" ".join(node.need("says", what, hint="a sentence that says what is reported").text.split()),
        source=node.source.one_of(sources, "source"),
        kind=cast(Kind, kinds[0]),
        options=_options(node.need(kinds[0], what), _OPTIONS[kinds[0]], what),
        expect=tuple(_expectation(n, kinds[0]) for n in node.need("expect", what).items),
        unreached=unreached.text if unreached else "",
        slow=slow is not None and slow.one_of(("true", "false"), "truth value") == "true",
    )
    return replace(result, against=_options(against, _VARIANT, what)) if against is not None else result


def _options(node: Node, allowed: tuple[str, ...], what: str) -> dict[str, Any]:
    entries = node.only(allowed, what)
    found: dict[str, Any] = {k: v.text for k, v in entries.items() if k != "set"}
    if "set" in entries:
        found["set"] = {path: v.text for path, v in entries["set"].entries.items()}
    if "protocol" in allowed:
        node.need("protocol", what)
    if (start := entries.get("start")) is not None:
        start.one_of(("rest", "file"), "start")
    return found


def _expectation(node: Node, kind: str) -> dict[str, Any]:
    entries = node.only(_EXPECT, "an expectation")
    found: dict[str, Any] = {k: v.text for k, v in entries.items() if k != "labels"}
    if "labels" in entries:
        found["labels"] = tuple(n.text for n in entries["labels"].items)
    if not {"verdict", "reason", "stable", "labels", "of"} & set(found):
        raise node.mark.error("an expectation needs 'of', or a verdict, a reason, a number of stable rests or labels")
    if "of" in found:
        _check_reading(node, entries, kind)
    return found


def _check_reading(node: Node, entries: Mapping[str, Node], kind: str) -> None:
    if ("is" in entries) == bool({"above", "below"} & set(entries)):
        raise node.mark.error("a reading is compared with 'is', or with 'above' and 'below'")
    if ("within" in entries) != ("is" in entries):
        raise node.mark.error("'is' needs 'within'", hint="'within: 0.01 mV', or 'within: 0.1 %'")
    for key in _IN_TIME:
        if key in entries and kind != "run":
            raise entries[key].key.error(f"'{key}' belongs to a run")
    if "take" in entries:
        entries["take"].one_of(_TAKES, "way to take a value")
    try:
        _expression(entries["of"].text)
    except InputError as error:
        raise entries["of"].mark.wrap(error) from None
