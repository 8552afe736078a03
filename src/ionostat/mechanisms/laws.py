"""What a mechanism can be asked by itself, before it is placed in any cell: its dimensions, and the second law.

A mechanism is run in contexts made here: of floats, arrays, symbols or quantities, all of one set of numbers. The
quantities carry um, ms, ng, pA, amol and K, which are coherent, so their magnitudes are the floats.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from ionostat import constants
from ionostat.errors import IonostatError
from ionostat.maths import exp, log
from ionostat.mechanisms.local import Local, Side
from ionostat.mechanisms.mechanism import Basis, Mechanism, Parameter
from ionostat.species import IONS, METABOLITES, WATER
from ionostat.units import describe, dimension, registry

Array = np.ndarray
Give = Callable[[str, str], Any]
"""From a path ("inside.Na", "V", "s.m") and its unit to a float, array, symbol or quantity."""

_BASE = {
    "[length]": "um",
    "[time]": "ms",
    "[mass]": "ng",
    "[current]": "pA",
    "[substance]": "amol",
    "[temperature]": "K",
}


# Contexts


def species_of(mechanism: Mechanism, names: Iterable[str] = ()) -> tuple[str, ...]:
    """Every name that has a concentration in a context: the known ions and metabolites, `names`, what it moves."""
    moved = (s.name for s in mechanism.moves if s != WATER)
    return tuple(dict.fromkeys((*IONS, *METABOLITES, *names, *moved)))


def context(mechanism: Mechanism, give: Give, names: Iterable[str] = ()) -> Local:
    """What the mechanism sees when every value comes from `give`."""
    species = species_of(mechanism, names)
    inside, outside = (
        Side(
            side,
            {name: give(f"{side}.{name}", "mM") for name in species},
            give(f"{side}.osmolarity", "mM"),
            give(f"{side}.volume", "um3"),
        )
        for side in ("inside", "outside")
    )
    return Local(
        inside,
        outside,
        V=give("V", "mV"),
        T=give("T", "K"),
        R=give("R", "aJ/amol/K"),
        F=give("F", "fC/amol"),
        area=give("area", "um2"),
        s=SimpleNamespace(**{state: give(f"s.{state}", "1") for state in mechanism.states}),
    )


def random_numbers(
    mechanism: Mechanism, rng: np.random.Generator, n: int, names: Iterable[str] = ()
) -> dict[str, Array]:
    """`n` contexts drawn at random, by path: V in -120..60 mV, concentrations in 1..200 mM, states in 0..1."""
    numbers: dict[str, Array] = {
        "V": rng.uniform(-120.0, 60.0, n),
        "T": rng.uniform(279.0, 313.0, n),
        "R": np.full(n, constants.R),
        "F": np.full(n, constants.F),
        "area": rng.uniform(100.0, 2000.0, n),
    }
    for side in ("inside", "outside"):
        numbers |= {f"{side}.{s}": np.exp(rng.uniform(0.0, np.log(200.0), n)) for s in species_of(mechanism, names)}
        numbers[f"{side}.osmolarity"] = rng.uniform(200.0, 400.0, n)
        numbers[f"{side}.volume"] = rng.uniform(500.0, 5000.0, n)
    numbers |= {f"s.{state}": rng.uniform(0.0, 1.0, n) for state in mechanism.states}
    return numbers


def at_equilibrium(mechanism: Mechanism, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The same contexts with all that is moved at equilibrium: c_out = c_in exp(z F V/(R T)), equal osmolarity."""
    u = numbers["F"] * numbers["V"] / (numbers["R"] * numbers["T"])
    changed = dict(numbers)
    for species in mechanism.moves:
        if species == WATER:
            changed["outside.osmolarity"] = numbers["inside.osmolarity"]
        else:
            changed[f"outside.{species.name}"] = numbers[f"inside.{species.name}"] * exp(species.z * u)
    return changed


def plain(numbers: Mapping[str, Any]) -> Give:
    """Contexts of the numbers themselves."""
    return lambda path, unit: numbers[path]


def with_units(numbers: Mapping[str, Any]) -> Give:
    """Contexts of quantities."""
    return lambda path, unit: numbers[path] * unit_of(unit)


def symbols(numbers: Mapping[str, Any]) -> Give:
    """Contexts of symbols named by their paths."""
    import sympy

    return lambda path, unit: sympy.Symbol(path, real=True)


@cache
def unit_of(unit: str) -> Any:
    """A unit in the notation of this package as one of the units library, made of coherent base units."""
    made: Any = registry().Unit("")
    for base, power in dimension(unit):
        made = made * registry().Unit(_BASE[base]) ** power
    return made


# Dimensions


def rate_unit(mechanism: Mechanism, basis: Basis) -> str:
    """Unit of the turnover on a basis: amol/ms/um2, amol/ms, amol/ms/um3, with um3 in place of amol for water."""
    return Parameter("um3/ms" if mechanism.moves_water else "amol/ms", extensive=True).unit_for(basis)


def dimension_faults(mechanism: Mechanism, basis: Basis, names: Iterable[str] = ()) -> tuple[str, ...]:
    """What is wrong with the dimensions of a mechanism's rates; empty when they are right.

    The rate is run on quantities, so every sum, exponent and logarithm inside it is judged too. Cached by class, basis
    and options.
    """
    kind: Any = type(mechanism)
    options = tuple(sorted(mechanism.options.items(), key=lambda item: item[0]))
    return _faults(kind, basis, options, tuple(names))


@lru_cache(maxsize=1024)
def _faults(
    kind: type[Mechanism], basis: Basis, options: tuple[tuple[str, Any], ...], names: tuple[str, ...]
) -> tuple[str, ...]:
    declared = kind.parameters()
    values = {n: typical(p) * unit_of(p.unit_for(basis)) for n, p in declared.items()}
    mechanism = kind(values, dict(options))
    numbers = {k: float(v[0]) for k, v in random_numbers(mechanism, np.random.default_rng(7), 1, names).items()}
    at = context(mechanism, with_units(numbers), names)
    faults = _judged("rate", lambda: {"": mechanism.rate(at)}, rate_unit(mechanism, basis))
    faults += _judged("rate of change of state", lambda: mechanism.state_rates(at), "1/ms")
    faults += _judged("resting value of state", lambda: mechanism.initial_states(at), "1")
    return tuple(faults)


def _judged(what: str, run: Callable[[], Mapping[str, Any]], wanted: str) -> list[str]:
    """Complaints about the values of one method."""
    try:
        values = run()
    except IonostatError as error:
        return [f"the {what} cannot be computed: {error}"]
    except Exception as error:  # whatever the author's formula raises is what is reported
        return [f"the {what} mixes dimensions: {error}"]
    found = []
    for name, value in values.items():
        got = describe(f"{value.units:~C}") if hasattr(value, "units") else "a pure number"
        if got != describe(wanted):
            found.append(f"the {what}{f' {name}' if name else ''} is {got}; expected {describe(wanted)} ({wanted})")
    return found


def typical(parameter: Parameter) -> float:
    """A value that a parameter may have: its default, or the number nearest to 1 in its range."""
    if parameter.default is not None:
        return parameter.default
    low, high = parameter.range
    return min(max(1.0, low), high)


# The second law


def driving_force(mechanism: Mechanism, at: Any) -> Any:
    """Free energy that one turnover sets free from what it moves, aJ/amol (aJ/um3 for water).

        A = -sum_s n_s (R T ln(c_in/c_out) + z F V),   for water R T (Osm_in - Osm_out)

    A passive flux J has the sign of A, so J A >= 0, and stands still where A = 0.
    """
    RT = at.R * at.T
    total: Any = 0.0
    for species, n in mechanism.moves.items():
        if species == WATER:
            total = total + n * RT * (at.inside.osmolarity - at.outside.osmolarity)
        else:
            ratio = at.inside[species] / at.outside[species]
            total = total - n * (RT * log(ratio) + species.z * at.F * at.V)
    return total


def obeys_second_law(mechanism: Mechanism) -> bool:
    """Whether thermodynamics binds it as a passive path: no ATP, and not declared empirical."""
    return not mechanism.empirical and not mechanism.reacts


def passive_faults(mechanism: Mechanism, names: Iterable[str] = (), n: int = 200) -> tuple[str, ...]:
    """How a passive mechanism breaks the second law in random contexts; empty when it does not."""
    if not obeys_second_law(mechanism):
        return ()
    numbers = random_numbers(mechanism, np.random.default_rng(11), n, names)
    at = context(mechanism, plain(numbers), names)
    rate = np.broadcast_to(np.asarray(mechanism.rate(at), dtype=float), (n,))
    force = np.broadcast_to(np.asarray(driving_force(mechanism, at), dtype=float), (n,))
    lost, size = rate * force, float(np.max(np.abs(rate)))
    faults = []
    uphill = int(np.argmin(lost))
    if not lost[uphill] >= -1e-12 * size * float(np.max(np.abs(force))):
        where = ", ".join(f"{s} {at.inside[s][uphill]:.3g}/{at.outside[s][uphill]:.3g} mM" for s in _solutes(mechanism))
        where = where or f"{at.inside.osmolarity[uphill]:.4g}/{at.outside.osmolarity[uphill]:.4g} mM"
        faults.append(f"it runs uphill without ATP (in/out {where} at {at.V[uphill]:.3g} mV)")
    still = context(mechanism, plain(at_equilibrium(mechanism, numbers)), names)
    left = float(np.max(np.abs(mechanism.rate(still))))
    if not left <= 1e-9 * size:
        faults.append("its flux does not vanish where what it moves is at equilibrium")
    return tuple(faults)


def _solutes(mechanism: Mechanism) -> list[Any]:
    return [s for s in mechanism.moves if s != WATER]
