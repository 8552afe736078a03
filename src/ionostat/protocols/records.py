"""A protocol as plain dictionaries, for JSON; quantities and times stay in words, with their unit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ionostat.errors import InputError, ProtocolError, did_you_mean
from ionostat.protocols.changes import Add, Change, Dose, Scale, Set, Toward
from ionostat.protocols.quantities import Quantity, duration, moment, write_time
from ionostat.protocols.steps import Apply, At, Pulse, Ramp, Rest, Step, Until, Wash

SCHEMA = "ionostat/protocol@1"
Record = dict[str, Any]


def to_record(steps: tuple[Step, ...]) -> Record:
    """The steps as a dictionary.

    >>> to_record((Rest(1000.0),))
    {'schema': 'ionostat/protocol@1', 'steps': [{'do': 'rest', 'for': '1 s'}]}
    """
    return {"schema": SCHEMA, "steps": [_write(step) for step in steps]}


def from_record(record: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps that `to_record` wrote; says which one cannot be read."""
    if record.get("schema") != SCHEMA:
        given = record.get("schema")
        raise ProtocolError(f"not a protocol of the form {SCHEMA}; got {given!r}", field="schema")
    steps = []
    for number, entry in enumerate(record.get("steps", ())):
        field = f"steps[{number}]"
        try:
            steps.append(_read(entry))
        except KeyError as error:
            raise ProtocolError(f"{field} has no {error}; got {entry!r}", field=field) from error
        except (AttributeError, TypeError, ValueError) as error:
            raise ProtocolError(f"{field} cannot be read; got {entry!r}", field=field) from error
        except InputError as error:
            raise ProtocolError(f"{field}: {error.message}", hint=error.hint, field=field) from error
    return tuple(steps)


def _write(step: Step) -> Record:
    match step:
        case Rest():
            return {"do": "rest", "for": write_time(step.duration)}
        case Until():
            return {"do": "until", "time": write_time(step.time)}
        case Wash():
            return {"do": "wash", **_optional("for", step.duration)}
        case Apply():
            return {
                "do": "apply",
                "changes": [_write_change(c) for c in step.changes],
                **_optional("for", step.duration),
            }
        case Ramp():
            return {
                "do": "ramp",
                "changes": [_write_change(c) for c in step.changes],
                "over": write_time(step.duration),
            }
        case Pulse():
            timing = {"for": write_time(step.width), "every": write_time(step.period), "times": step.times}
            return {"do": "pulse", "changes": [_write_change(c) for c in step.changes], **timing}
        case At():
            return {"do": "at", "time": write_time(step.time), "step": _write(step.step)}


def _write_change(change: Change | Toward) -> Record:
    match change:
        case Set():
            return {"set": change.path, "to": str(change.value)}
        case Scale():
            return {"multiply": change.path, "by": change.factor}
        case Dose():
            return {"intervention": change.name} | ({} if change.dose is None else {"dose": str(change.dose)})
        case Add():
            return {"add": change.path, "amount": str(change.amount)}
        case Toward():
            start = {} if change.start is None else {"from": str(change.start)}
            return {"ramp": change.path, **start, "to": str(change.value)}


def _optional(key: str, time: float | None) -> Record:
    return {} if time is None else {key: write_time(time)}


def _read(entry: Record) -> Step:
    kind = entry["do"]
    if kind not in _READERS:
        raise ProtocolError(f"unknown step '{kind}'", hint=did_you_mean(str(kind), _READERS))
    return _READERS[kind](entry)


def _read_at(entry: Record) -> At:
    return At(moment(entry["time"]), _read(entry["step"]))  # type: ignore[arg-type]  # At refuses what is no change


def _time(entry: Record) -> float | None:
    return duration(entry["for"]) if "for" in entry else None


def _read_change(entry: Record) -> Any:
    if "set" in entry:
        return Set(entry["set"], Quantity.of(entry["to"]))
    if "multiply" in entry:
        return Scale(entry["multiply"], Quantity.of(entry["by"]).into("1", "the factor"))
    if "intervention" in entry:
        return Dose(entry["intervention"], Quantity.of(entry["dose"]) if "dose" in entry else None)
    if "add" in entry:
        return Add(entry["add"], Quantity.of(entry["amount"]))
    if "ramp" in entry:
        return Toward(entry["ramp"], Quantity.of(entry["to"]), Quantity.of(entry["from"]) if "from" in entry else None)
    raise ProtocolError(f"no known change in {entry!r}", hint="one of: set, multiply, intervention, add, ramp")


def _changes(entry: Record) -> tuple[Any, ...]:
    return tuple(_read_change(change) for change in entry["changes"])


_READERS: dict[str, Callable[[Record], Step]] = {
    "rest": lambda entry: Rest(duration(entry["for"])),
    "until": lambda entry: Until(duration(entry["time"])),
    "wash": lambda entry: Wash(_time(entry)),
    "apply": lambda entry: Apply(_changes(entry), _time(entry)),
    "ramp": lambda entry: Ramp(_changes(entry), duration(entry["over"])),
    "pulse": lambda entry: Pulse(_changes(entry), duration(entry["for"]), duration(entry["every"]), entry["times"]),
    "at": _read_at,
}
