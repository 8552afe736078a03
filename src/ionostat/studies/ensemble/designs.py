"""Points in the unit cube for the members of an ensemble, each computable on its own.

    random   independent: member i takes draw i of a counter-based stream (Philox) whose key is (seed, path). So its
             values depend on (seed, i) alone: not on how members are cut into chunks, nor on n, nor on which other
             parameters are sampled.
    latin    a Latin hypercube: in each dimension every n-th part holds one member. It depends on n by nature; the
             permutation of each dimension is made whole once per process (8 n bytes), so n is at most ten million.
    sobol    scrambled Sobol points (SciPy), reached by `fast_forward`; best where n is a power of two.

>>> whole = unit_points("random", 1, ("a", "b"), 10, 0, 10)
>>> bool((unit_points("random", 1, ("a", "b"), 10, 7, 9) == whole[7:9]).all())
True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, get_args
from warnings import catch_warnings, filterwarnings

import numpy as np

from ionostat.errors import InputError, UnknownNameError

Array = np.ndarray
Design = Literal["random", "latin", "sobol"]
LARGEST_LATIN = 10_000_000
SOBOL_BITS = 30
LARGEST_SOBOL = 2**SOBOL_BITS


def check_design(design: str, n: int) -> None:
    """Refuse an unknown design, or more members than it can have."""
    if design not in get_args(Design):
        raise UnknownNameError("design", design, get_args(Design))
    if design == "latin" and n > LARGEST_LATIN:
        raise InputError(f"a Latin hypercube has at most {LARGEST_LATIN:,} members; got {n:,}", hint="use sobol")
    if design == "sobol" and n > LARGEST_SOBOL:
        raise InputError(f"a Sobol design has at most {LARGEST_SOBOL:,} members; got {n:,}", hint="use random")


def unit_points(design: str, seed: int, names: Sequence[str], n: int, first: int, last: int) -> Array:
    """Members `first` to `last` (exclusive) of n as points of the open unit cube, (last - first, dimensions)."""
    makers: dict[str, Callable[..., Array]] = {"random": _random, "latin": _latin, "sobol": _sobol}
    found: Array = makers[design](seed, tuple(names), n, first, last)
    return found


def _random(seed: int, names: tuple[str, ...], n: int, first: int, last: int) -> Array:
    return np.column_stack([_unit(_raw(seed, f"value {name}", first, last)) for name in names])


def _latin(seed: int, names: tuple[str, ...], n: int, first: int, last: int) -> Array:
    columns = [
        (_permutation(seed, name, n)[first:last] + _unit(_raw(seed, f"within {name}", first, last))) / n
        for name in names
    ]
    return np.asarray(np.clip(np.column_stack(columns), 0.5**53, 1 - 0.5**53))  # the sum may round up to n


@lru_cache(maxsize=64)
def _permutation(seed: int, name: str, n: int) -> Array:
    """A permutation of n as the order of n raw draws: NumPy guarantees the bits of a stream, not those of a shuffle."""
    return np.argsort(_raw(seed, f"order {name}", 0, n), kind="stable")


def _sobol(seed: int, names: tuple[str, ...], n: int, first: int, last: int) -> Array:
    from scipy.stats import qmc

    points = qmc.Sobol(len(names), scramble=True, bits=SOBOL_BITS, rng=_key(seed, "sobol"))
    if first:
        points.fast_forward(first)
    with catch_warnings():  # about chunks; whether the whole n is a power of two is said by the study
        filterwarnings("ignore", message="The balance properties", category=UserWarning)
        found: Array = points.random(last - first)
    return found + 0.5 ** (SOBOL_BITS + 1)  # the middle of the smallest interval: never 0, never 1


def _stream(seed: int, purpose: str) -> Any:
    """The Philox stream of a seed and a purpose."""
    return np.random.Philox(key=_key(seed, purpose))


def _key(seed: int, purpose: str) -> int:
    return int.from_bytes(sha256(f"{seed}:{purpose}".encode()).digest()[:16], "little")


def _raw(seed: int, purpose: str, first: int, last: int) -> Array:
    """Draws `first` to `last` (exclusive) of a stream as 64-bit integers; a step of its counter gives four."""
    stream = _stream(seed, purpose)
    stream.advance(first // 4)
    skipped = first % 4
    found: Array = stream.random_raw(skipped + last - first)
    return found[skipped:]


def _unit(raw: Array) -> Array:
    """Integers as numbers of the open interval (0, 1): the middles of 2^52 equal parts."""
    found: Array = ((raw >> np.uint64(12)).astype(float) + 0.5) * 0.5**52
    return found
