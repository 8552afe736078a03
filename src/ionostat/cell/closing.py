"""What a cell file leaves open so that charge balances: the open charge or amount of an impermeant, a neutral bath.

The small charge of the membrane (C V) is not in it: the balance laws close the rest when they know V.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import isnan

from ionostat.cell.description import Compartment
from ionostat.cell.draft import Draft

NEUTRAL = 1e-6
"""Largest charge of a bath relative to its ions: published concentrations are rounded, but not to this."""


def close_compartments(draft: Draft, compartments: tuple[Compartment, ...]) -> None:
    """Fill in every open impermeant and make every bath neutral that names how; refuse the others that are not."""
    for compartment in compartments:
        volume = starting_volume(draft, compartment)
        _fill_open(draft, compartment, volume)
        if compartment.kind == "bath":
            _close_bath(draft, compartment)


def starting_volume(draft: Draft, compartment: Compartment) -> float:
    """Volume at the start, um3; 1 for a bath, which has none."""
    name = compartment.name
    if compartment.kind == "bath":
        return 1.0
    if compartment.kind != "extracellular":
        return draft.numbers[f"{name}.volume"].value
    total = draft.numbers[f"{name}.total_volume"].value
    taken = sum(draft.numbers[f"{other}.volume"].value for other in compartment.shares_volume_with)
    if total <= taken:
        sharing = ", ".join(compartment.shares_volume_with)
        message = f"the total volume of {total:.6g} um3 leaves nothing for '{name}': {sharing} take up {taken:.6g} um3"
        raise draft.marks[f"{name}.total_volume"].error(message, hint="it is the volume of all of them together")
    return total - taken


def charge(draft: Draft, compartment: Compartment, volume: float, *, without: str = "") -> float:
    """Sum of z n over ions and impermeants, amol (mM in a bath)."""
    name = compartment.name
    ions = sum(draft.species[ion].z * _amount(draft, f"{name}.{ion}", volume) for ion in compartment.ions)
    fixed: Iterable[str] = (x for x in compartment.impermeants if x != without)
    return ions + sum(_amount(draft, f"{name}.{x}", volume) * draft.numbers[f"{name}.{x}.z"].value for x in fixed)


def _amount(draft: Draft, path: str, volume: float) -> float:
    number = draft.numbers[path]
    return number.value * (volume if number.unit == "mM" else 1.0)


def _fill_open(draft: Draft, compartment: Compartment, volume: float) -> None:
    """Give the open charge or amount of an impermeant the value that makes the compartment neutral."""
    for x in compartment.impermeants:
        size, z = f"{compartment.name}.{x}", f"{compartment.name}.{x}.z"
        for path in (size, z):
            number = draft.numbers[path]
            if isnan(number.value):
                per_unit = _amount(draft, size, volume) if path == z else draft.numbers[z].value
                per_unit *= volume if path == size and number.unit == "mM" else 1.0
                _refuse_zero(draft, compartment, per_unit)
                value = -charge(draft, compartment, volume, without=x) / per_unit
                if path == size and value <= 0:
                    message = (
                        f"closing the charge of '{compartment.name}' would need {path} = {value:.6g} {number.unit}"
                    )
                    raise draft.marks[path].error(message, hint=f"check the sign of {z}")
                draft.numbers[path] = replace(number, value=value)


def _close_bath(draft: Draft, bath: Compartment) -> None:
    """Make a bath neutral by what it `closes`; one that names nothing has to be neutral as given."""
    left = charge(draft, bath, 1.0)
    total = sum(draft.numbers[f"{bath.name}.{ion}"].value for ion in bath.ions)
    if bath.closes is None:
        if abs(left) > NEUTRAL * total:
            message = f"'{bath.name}' is not neutral: its charges add up to {left:+.6g} mM"
            hint = "correct a concentration, or let one quantity follow, for example 'closes: X.z' or 'closes: Cl'"
            raise draft.marks[bath.name].error(message, hint=hint)
        return
    x, _, tail = bath.closes.partition(".")
    path = f"{bath.name}.{x}" if tail == "n" else f"{bath.name}.{bath.closes}"
    given = {"z": f"{bath.name}.{x}", "n": f"{bath.name}.{x}.z"}
    per = draft.numbers[given[tail]].value if tail else float(draft.species[x].z)
    _refuse_zero(draft, bath, per)
    old = draft.numbers[path]
    value = old.value - left / per
    if tail != "z" and value <= 0:
        raise draft.marks[path].error(f"closing the charge of '{bath.name}' would need {path} = {value:.6g} mM")
    draft.numbers[path] = replace(old, value=value)


def _refuse_zero(draft: Draft, compartment: Compartment, lever: float) -> None:
    if lever == 0:
        message = f"{compartment.closes} cannot close the charge of '{compartment.name}': it does not change it"
        raise draft.marks[compartment.name].error(message)
