"""What can be changed: a parameter set, multiplied or ramped, an intervention applied, an amount added."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ionostat import interventions
from ionostat.errors import InputError, UnknownNameError
from ionostat.protocols.places import Place, refusal, refusal_from
from ionostat.protocols.quantities import Quantity, write_number

KEYWORDS = frozenset({"for", "over", "every", "times", "from", "to", "x", "until"})
"""Words of the grammar that can stand after a name, so that no parameter can be called that."""


@dataclass(frozen=True)
class Set:
    """A parameter gets a new value: `bath.K = 8 mM`."""

    path: str
    value: Quantity
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_path(self.path, self.place)

    def __str__(self) -> str:
        return f"{self.path} = {self.value}"


@dataclass(frozen=True)
class Scale:
    """A parameter is multiplied, whatever its value is then: `plasma.nka.scale x 0.5`."""

    path: str
    factor: float
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_path(self.path, self.place)
        if not math.isfinite(self.factor):
            raise refusal(f"{self.path} can only be multiplied by a finite number; got {self.factor}", self.place)

    def __str__(self) -> str:
        return f"{self.path} x {write_number(self.factor)}"


@dataclass(frozen=True)
class Dose:
    """An intervention by name, at a dose unless it takes none: `ouabain 1 mM`, `pump_stop`."""

    name: str
    dose: Quantity | None = None
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        try:
            known = interventions.get(self.name)
            known.dose(None if self.dose is None else str(self.dose))
        except UnknownNameError as error:
            raise refusal_from(error, self.place) from error
        except InputError as error:
            spot = self.dose.place if self.dose is not None and self.dose.place else self.place
            raise refusal_from(error, spot) from error
        object.__setattr__(self, "name", known.name)

    def __str__(self) -> str:
        return self.name if self.dose is None else f"{self.name} {self.dose}"


@dataclass(frozen=True)
class Add:
    """An amount goes into a compartment at once, or out of it: `add cytosol.Na 5 mM`."""

    path: str
    amount: Quantity
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_path(self.path, self.place)

    def __str__(self) -> str:
        return f"add {self.path} {self.amount}"


@dataclass(frozen=True)
class Toward:
    """A parameter moves linearly to a new value, from its present one unless `start` is given."""

    path: str
    value: Quantity
    start: Quantity | None = None
    place: Place | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        check_path(self.path, self.place)

    def __str__(self) -> str:
        return (
            f"{self.path} -> {self.value}" if self.start is None else f"{self.path} from {self.start} to {self.value}"
        )


Change = Set | Scale | Dose | Add
"""What happens in an instant; `Toward` takes its time."""


def check_path(path: str, place: Place | None = None) -> None:
    """Refuse what cannot be a parameter path, so that every protocol can be written as text."""
    if path.lower() in KEYWORDS or not all(part.isidentifier() for part in path.split(".")):
        hint = "paths look like bath.K or plasma.nka.scale"
        raise refusal(f"'{path}' is not a parameter path", place, hint=hint)
