"""A protocol: what the experimenter does, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ionostat.errors import ProtocolError
from ionostat.interventions import Resolver
from ionostat.protocols.changes import Add, Change, Dose, Scale, Set, Toward
from ionostat.protocols.compile import compile_steps
from ionostat.protocols.grammar import parse, parse_step
from ionostat.protocols.quantities import Quantity, duration, moment
from ionostat.protocols.records import from_record, to_record
from ionostat.protocols.steps import Apply, At, Pulse, Ramp, Rest, Step, Until, Wash, end_of
from ionostat.protocols.timeline import Timeline


@dataclass(frozen=True)
class Protocol:
    """An ordered set of changes of parameters over time; each method returns a new protocol.

    `str` gives the text that `parse` reads back. Times are in ms inside; every time and value given has its unit.

        >>> given = Protocol().rest("10 min").apply("ouabain", "1 mM", "2 h").wash("1 h")
        >>> str(given)
        'rest 10 min; ouabain 1 mM for 2 h; wash 1 h'
        >>> given == Protocol.parse("rest 600 s; ouabain 1 mM for 120 min; wash 1 h")
        True
    """

    steps: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "steps", tuple(self.steps))
        clock = 0.0
        for step in self.steps:
            clock = end_of(step, clock)

    @classmethod
    def parse(cls, text: str) -> Protocol:
        """The protocol that a text describes; the grammar is in `ionostat.protocols.grammar`."""
        return cls(parse(text))

    def __str__(self) -> str:
        return "; ".join(str(step) for step in self.steps)

    def __add__(self, other: Protocol) -> Protocol:
        return Protocol((*self.steps, *other.steps))

    @property
    def duration(self) -> float:
        """How long it lasts, ms."""
        clock = end = 0.0
        for step in self.steps:
            clock = end_of(step, clock)
            if isinstance(step, At):
                end = max(end, end_of(step.step, step.time))
        return max(clock, end)

    # Builders

    def rest(self, for_: Any) -> Protocol:
        """Nothing changes for a while."""
        return self._then(Rest(duration(for_)))

    def until(self, time: Any) -> Protocol:
        """Run on to a time counted from the start."""
        return self._then(Until(duration(time, "the time to run to")))

    def wash(self, for_: Any = None) -> Protocol:
        """Undo every change still in force, and run on."""
        return self._then(Wash(None if for_ is None else duration(for_)))

    def apply(self, name: str, dose: Any = None, for_: Any = None) -> Protocol:
        """An intervention by name: with `for_` it ends then, without it stays until a wash."""
        return self._apply(Dose(name, None if dose is None else Quantity.of(dose)), for_)

    def set(self, path: str, value: Any, for_: Any = None) -> Protocol:
        """A parameter gets a new value, for a while or until it is changed or washed."""
        return self._apply(Set(path, Quantity.of(value)), for_)

    def scale(self, path: str, factor: float, for_: Any = None) -> Protocol:
        """A parameter is multiplied, for a while or until it is changed or washed."""
        return self._apply(Scale(path, Quantity.of(factor).into("1", f"the factor of {path}")), for_)

    def change(self, *changes: str | Change, for_: Any = None) -> Protocol:
        """Several changes at once: `change("bath.K = 8 mM", "pump_stop", for_="30 min")`."""
        step = parse_step(", ".join(str(change) for change in changes))
        if not isinstance(step, Apply) or step.duration is not None:
            raise ProtocolError(f"'{step}' is not a list of changes", hint="give the duration as for_='30 min'")
        return self._then(Apply(step.changes, None if for_ is None else duration(for_)))

    def add(self, path: str, amount: Any) -> Protocol:
        """An amount goes into a compartment, as a concentration there ("5 mM") or an amount ("2 fmol")."""
        return self._apply(Add(path, Quantity.of(amount)), None)

    def ramp(self, path: str, to: Any, over: Any, start: Any = None) -> Protocol:
        """A parameter moves linearly to a new value and stays there."""
        first = None if start is None else Quantity.of(start)
        return self._then(Ramp((Toward(path, Quantity.of(to), first),), duration(over)))

    def pulse(self, path: str, value: Any, width: Any, every: Any, times: int) -> Protocol:
        """A train of equal pulses, one at the start of each period; lasts `times` whole periods."""
        train = Pulse((Set(path, Quantity.of(value)),), duration(width), duration(every), times)
        return self._then(train)

    def at(self, time: Any, step: str | Apply | Ramp | Pulse) -> Protocol:
        """Changes at a time counted from the start, beside the sequence: `at("5 min", "pump_stop for 1 min")`."""
        change = parse_step(step) if isinstance(step, str) else step
        return self._then(At(moment(time), change))  # type: ignore[arg-type]  # At refuses what is no change

    def _apply(self, change: Change, for_: Any) -> Protocol:
        return self._then(Apply((change,), None if for_ is None else duration(for_)))

    def _then(self, step: Step) -> Protocol:
        return Protocol((*self.steps, step))

    # Other forms

    def to_json(self) -> dict[str, Any]:
        """The protocol as plain dictionaries and lists."""
        return to_record(self.steps)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Protocol:
        """The protocol that `to_json` wrote."""
        return cls(from_record(record))

    def compile(self, resolve: Resolver) -> Timeline:
        """What it comes to for one cell: segments with plain numbers, every change at the start of one."""
        written = all(step.place is not None for step in self.steps)
        steps = self.steps if written else parse(str(self))  # so that every complaint can show the place
        return compile_steps(steps, resolve)
