"""All interventions by name."""

from __future__ import annotations

from functools import cache

from ionostat.errors import UnknownNameError
from ionostat.interventions.channels import CHANNEL_INTERVENTIONS
from ionostat.interventions.intervention import Intervention
from ionostat.interventions.media import MEDIA_INTERVENTIONS
from ionostat.interventions.pump import PUMP_INTERVENTIONS
from ionostat.interventions.transporters import TRANSPORTER_INTERVENTIONS


@cache
def _by_name() -> dict[str, Intervention]:
    """Names and aliases in lower case."""
    everything = PUMP_INTERVENTIONS + TRANSPORTER_INTERVENTIONS + CHANNEL_INTERVENTIONS + MEDIA_INTERVENTIONS
    return {name.lower(): one for one in everything for name in (one.name, *one.aliases)}


def all() -> tuple[Intervention, ...]:
    """Every intervention, sorted by name."""
    return tuple(sorted(set(_by_name().values()), key=lambda one: one.name.lower()))


def names() -> list[str]:
    """Every name under which an intervention can be called, aliases included, sorted."""
    return sorted((name for one in all() for name in (one.name, *one.aliases)), key=str.lower)


def get(name: str) -> Intervention:
    """The intervention called `name` (or an alias of it), in capitals or not.

    >>> get("tetrodotoxin").name
    'TTX'
    >>> get("oubain")
    Traceback (most recent call last):
    ...
    ionostat.errors.UnknownNameError: unknown intervention 'oubain'
      hint: did you mean 'ouabain'?
    """
    found = _by_name().get(name.lower())
    if found is None:
        raise UnknownNameError("intervention", name, names())
    return found
