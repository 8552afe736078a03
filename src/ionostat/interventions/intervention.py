"""An intervention: a name that an experimenter would use, what it acts on, and the law from dose to effect."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from ionostat.errors import InputError
from ionostat.interventions.effect import Effect
from ionostat.interventions.laws import Law
from ionostat.interventions.resolver import Resolver
from ionostat.units import dimension, quantity


@dataclass(frozen=True)
class Intervention:
    """A drug, toxin or medium as data.

    `targets` are patterns of parameter paths (`*.nka.scale`). `dose_unit` is None for one that takes no dose.
    `only` keeps those targets that have the dimension of this unit. `range` is what the source reports, `memory`
    says that the number was written from memory and wants checking.
    """

    name: str
    what: str
    targets: tuple[str, ...]
    law: Law
    source: str
    dose_unit: str | None = "mM"
    example: str = ""
    species: str = ""
    aliases: tuple[str, ...] = ()
    range: tuple[str, str] | None = None
    memory: bool = False
    only: str | None = None

    @property
    def half(self) -> str | None:
        """The concentration of half effect with its unit, for an intervention that has one."""
        return getattr(self.law, "half", None)

    def dose(self, given: Any = None) -> float:
        """The dose in coherent units (0 for an intervention without dose); refused when missing or absurd."""
        if self.dose_unit is None:
            if given is not None:
                raise InputError(
                    f"{self.name} takes no dose; got '{given}'", hint=f"write '{self.name}'", field=self.name
                )
            return 0.0
        if given is None:
            raise InputError(f"{self.name} needs a dose", hint=f"write '{self.name} {self.example}'", field=self.name)
        dose = quantity(given, self.dose_unit, field=f"the dose of {self.name}")
        if dose < 0:
            raise InputError(f"the dose of {self.name} cannot be negative; got '{given}'", field=self.name)
        return dose

    def matches(self, resolve: Resolver) -> list[str]:
        """The parameters of this cell that the intervention acts on; an error when it has none."""
        paths = resolve.paths()
        found = [
            p for p in paths if any(fnmatchcase(p, target) for target in self.targets) and not resolve.is_amount(p)
        ]
        if self.only is not None:
            found = [p for p in found if dimension(resolve.unit(p)) == dimension(self.only)]
        if not found:
            raise InputError(
                f"{self.name} acts on {' or '.join(self.targets)}; this cell has no such parameter",
                hint=_what_there_is(self.targets, paths),
                field=self.name,
            )
        return found

    def effects(self, dose: Any, resolve: Resolver) -> dict[str, Effect]:
        """What this dose does to each parameter it acts on."""
        amount = self.dose(dose)
        return {path: self.law.effect(amount, resolve.value(path)) for path in self.matches(resolve)}

    def changes(self, dose: Any, resolve: Resolver) -> dict[str, float]:
        """The new value of each parameter it acts on, from its start value, in coherent units."""
        return {path: effect(resolve.value(path)) for path, effect in self.effects(dose, resolve).items()}


def _what_there_is(targets: tuple[str, ...], paths: list[str]) -> str:
    """The parameters nearest to the targets: those of the same mechanism, else every scale of the cell."""
    parts = {part.strip("*") for target in targets for part in target.split(".")} - {"", "scale"}
    near = [p for p in paths if parts & set(p.split("."))] or [p for p in paths if p.endswith(".scale")]
    return f"this cell has {', '.join(near[:8])}" if near else "this cell has no mechanism with a scale"
