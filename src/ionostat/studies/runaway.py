"""Why there is no rest: a certificate for a volume that swells or shrinks without limit, or an amount that runs out.

A pump-less cell comes ever closer to a rest without reaching one: the more dilute its impermeants, the slower it
swells, and a naive Newton calls it stable at 10^18 um3. So d ln W/dt is judged instead. The volume is held, all else is
brought to rest, and the rate of water entry is computed over many decades of volume. If it has one sign everywhere, and
its product with the volume (the unbalanced osmoles) tends to a constant as the cell becomes infinitely dilute, no
volume is a rest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ionostat.cell.feasible import charge_per_mV, positives
from ionostat.cell.observables import observables
from ionostat.constants import N_A
from ionostat.numerics.pseudo_transient import Fixed
from ionostat.studies.resting_state import RestingState

if TYPE_CHECKING:
    from ionostat.studies.rest import Search

Array = np.ndarray
SUSPECT = 10.0
"""A volume that the search changed by this factor may be running away, and is scanned."""
SWOLLEN_SURELY = 1e3
"""In a search that ran away, a volume that has grown by this factor is what runs away: amounts only follow it."""
HOPELESS = 3
"""A scan is given up when none of the first volumes has a rest of its own."""
DECADES_BELOW, DECADES_ABOVE, PER_DECADE = 3, 8, 3
"""Range and density of the scan."""


@dataclass(frozen=True)
class HeldVolume:
    """The cell at rest with one volume held: water entry and unbalanced osmoles at each volume (NaN: no such rest)."""

    volumes: Array
    rates: Array
    """d ln W/dt, 1/ms."""
    osmoles: Array
    """(Osm inside - Osm outside) x W, amol."""
    states: list[Array | None]


def explain(search: Search, ended: Fixed) -> RestingState:
    """The verdict for a search that did not converge; a rest that the volume scan uncovers is returned instead."""
    suspects = _swelling(search, ended)
    scan = held_volume(search, suspects[0], ended.y) if suspects else None
    if scan is not None:
        for x in crossings(scan):
            again = search.fixed(x)
            if again.outcome == "converged":
                return search.judged(again)
        reason, certificate = scan_words(suspects[0], scan)
        if reason:
            return _none(search, ended, reason, certificate)
    return _none(search, ended, *_otherwise(search, ended))


def _swelling(search: Search, ended: Fixed) -> list[str]:
    """Volumes that are states and have changed tenfold, the one that changed most first."""
    now, then = positives(search.eq, ended.y, search.p), positives(search.eq, search.start.x, search.p)
    names = [s.name for s in search.eq.states if s.kind == "volume"]
    change = {n: abs(np.log(float(now[n]) / float(then[n]))) for n in names}
    return sorted((n for n in names if change[n] > np.log(SUSPECT)), key=lambda n: -change[n])


def held_volume(search: Search, name: str, near: Array) -> HeldVolume:
    """Scan the volume `name` over eleven decades around the file's start, everything else at rest."""
    index = search.eq.index[name]
    first = float(search.start.x[index])
    volumes = first * np.logspace(-DECADES_BELOW, DECADES_ABOVE, PER_DECADE * (DECADES_BELOW + DECADES_ABOVE) + 1)
    order = np.argsort(np.abs(np.log(volumes / first)))
    states: list[Array | None] = [None] * len(volumes)
    for tried, i in enumerate(order):
        if tried == HOPELESS and not any(x is not None for x in states):
            break
        neighbours = [j for j in (i - 1, i + 1) if 0 <= j < len(volumes) and states[j] is not None]
        bases = [x for j in neighbours if (x := states[j]) is not None] + [near, search.start.x, *search.random[:3]]
        states[i] = _first_rest(search, index, bases, name, float(volumes[i]))
    rates = np.array([search.engine.rhs(x, search.p)[index] / x[index] if x is not None else np.nan for x in states])
    return HeldVolume(volumes, rates, np.array([_unbalanced(search, x, name) for x in states]), states)


def _first_rest(search: Search, index: int, bases: list[Array], name: str, volume: float) -> Array | None:
    """A rest at the held volume from the first base that leads to one, its amounts scaled with the volume or left."""
    for base in bases:
        plain = np.array(base)
        plain[index] = volume
        for x0 in (_scaled(search, base, name, volume), plain):
            found = _rest_at(search, index, x0)
            if found is not None:
                return found
    return None


def _scaled(search: Search, x: Array, name: str, volume: float) -> Array:
    """The state with one volume changed, the amounts of its compartment changed with it, and the potentials kept."""
    x = np.array(x)
    index = search.eq.index[name]
    ratio = volume / x[index]
    compartment = name.split(".")[0]
    for i, s in enumerate(search.eq.states):
        if s.kind == "amount" and s.name.split(".")[0] == compartment:
            x[i] *= ratio
    before = charge_per_mV(search.eq, x, search.p)
    x[index] = volume
    after = charge_per_mV(search.eq, x, search.p)
    for i, s in enumerate(search.eq.states):
        if s.kind == "charge":
            x[i] *= after[i] / before[i]
    return x


def _rest_at(search: Search, index: int, x0: Array) -> Array | None:
    """Everything but state `index` at rest, from x0; None where that fails."""
    if any(not v > 0 for v in positives(search.eq, x0, search.p).values()):
        return None
    ended = search.held(index, x0)
    return ended.y if ended.outcome == "converged" else None


def _unbalanced(search: Search, x: Array | None, name: str) -> float:
    if x is None:
        return float("nan")
    compartment = name.split(".")[0]
    values = observables(search.eq).evaluate(x, search.p)
    other = next(
        m.outside if m.inside == compartment else m.inside
        for m in search.cell.membranes
        if compartment in (m.inside, m.outside)
    )
    bath = search.cell.compartment(other)
    if bath.kind == "bath":
        outside = sum(search.cell[f"{other}.{n}"] for n in (*bath.ions, *bath.impermeants))
    else:
        outside = float(values[f"{other}.osmolarity"])
    return float((values[f"{compartment}.osmolarity"] - outside) * values[name])


def crossings(scan: HeldVolume) -> list[Array]:
    """States on either side of every change of sign of the water entry: a rest lies between."""
    found = []
    for i in range(len(scan.volumes) - 1):
        a, b = scan.rates[i], scan.rates[i + 1]
        if np.isfinite(a) and np.isfinite(b) and a * b < 0:
            found += [x for x in (scan.states[i], scan.states[i + 1]) if x is not None]
    return found


def scan_words(name: str, scan: HeldVolume) -> tuple[str, dict[str, Any]]:
    """Reason and certificate when water enters (or leaves) at every volume; "" when the scan does not show it."""
    known = np.isfinite(scan.rates)
    above = len(known) - int(np.argmin(known[::-1])) if not np.all(known) else 0
    below = int(np.argmin(known)) if not np.all(known) else len(known)
    middle = PER_DECADE * DECADES_BELOW
    signs = np.sign(scan.rates[known])
    if not known[middle]:
        return "", {}
    compartment = name.split(".")[0]
    certificate = {
        "judged": f"d ln({name})/dt with the volume held and all else at rest",
        "volume": {"value": scan.volumes[known].tolist(), "unit": "um3"},
        "rate": {"value": scan.rates[known].tolist(), "unit": "1/ms"},
        "unbalanced_osmoles": {"value": scan.osmoles[known].tolist(), "unit": "amol"},
    }
    low, high = scan.volumes[known][0], scan.volumes[known][-1]
    if np.all(signs > 0) and above <= middle:
        tail = scan.osmoles[known][-4:]
        limit = float(tail[-1])
        steady = bool(np.all(np.abs(tail / limit - 1) < 0.05)) if limit else False
        certificate["limit_of_infinite_dilution"] = {"value": limit, "unit": "amol", "reached": steady}
        where = f"water enters at every volume from {low:.3g} to {high:.3g} um3"
        limit_text = (
            f"; infinitely diluted it still holds {limit / 1000:.4g} fmol more osmoles than fit"
            if steady and limit > 0
            else ""
        )
        return f"{compartment} swells without limit ({where}{limit_text})", certificate
    if np.all(signs < 0) and below > middle:
        return (
            f"{compartment} shrinks without limit (water leaves at every volume from {high:.3g} down to {low:.3g} um3)",
            certificate,
        )
    return "", {}


def _otherwise(search: Search, ended: Fixed) -> tuple[str, dict[str, Any]]:
    """What can be said when no scan certifies a volume that runs away."""
    now, then = positives(search.eq, ended.y, search.p), positives(search.eq, search.start.x, search.p)
    ratio = {n: float(now[n]) / float(then[n]) for n in now}
    swollen = [n for n, r in ratio.items() if n.endswith(".volume") and r > SWOLLEN_SURELY]
    if ended.outcome == "bound" and swollen:
        name = swollen[0]
        reason = (
            f"{name.split('.')[0]} swells without limit (followed to {ratio[name]:.2g} times its volume, still growing)"
        )
        return reason, {"judged": name, "ratio_to_start": ratio[name]}
    gone = [n for n, v in now.items() if not n.endswith(".volume") and float(v) * N_A < 1]
    if gone:
        verb = "is" if len(gone) == 1 else "are"
        reason = f"{', '.join(gone)} {verb} exhausted (less than one ion is left, and more is still taken)"
        return reason, {"judged": gone, "ratio_to_start": [ratio[n] for n in gone]}
    if ended.outcome == "bound":
        what = "is exhausted" if ratio[ended.reason] < 1 else "grows without limit"
        return f"{ended.reason} {what}", {"judged": ended.reason, "ratio_to_start": ratio[ended.reason]}
    detail = f"the search ended after {ended.iterations} iterations: {ended.reason}"
    return f"no rest was found ({detail}); this is not a proof that there is none", {}


def _none(search: Search, ended: Fixed, reason: str, certificate: dict[str, Any]) -> RestingState:
    described = search.described(ended, "none", reason, np.zeros(0, complex), search.conserved_names())
    return replace(described, certificate=certificate, label="none")
