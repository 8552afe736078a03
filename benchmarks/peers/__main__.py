"""`python -m benchmarks.peers`: every case on every engine; what is not installed is skipped and named."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from benchmarks import problems
from benchmarks.cold import measure_cold
from benchmarks.errors import truth
from benchmarks.measure import measure
from benchmarks.peers.engine import Engine
from benchmarks.peers.registry import ENGINES, chosen
from benchmarks.reference import cross_check
from benchmarks.report import print_table
from benchmarks.resting import measure_rest
from benchmarks.rows import Row
from benchmarks.scale import measure_compile, measure_scale
from benchmarks.single import measure_single

Case = Callable[[list[Engine], bool], Iterator[Row]]


def _ensemble(make: Callable[[int], problems.Problem], many: int, few: int) -> Case:
    def run(engines: list[Engine], quick: bool) -> Iterator[Row]:
        answer = truth(make(few if quick else many))
        yield from measure(answer, engines, 0.5 if quick else 3.0)
        yield from cross_check(answer, engines)

    return run


def _spiking(engines: list[Engine], quick: bool) -> Iterator[Row]:
    answer = truth(problems.spiking(16, 2.0) if quick else problems.spiking(64))
    yield from measure(answer, engines, 0.5 if quick else 10.0)
    yield from cross_check(answer, engines)


def _rest(engines: list[Engine], quick: bool) -> Iterator[Row]:
    yield from measure_rest(truth(problems.rests(256 if quick else 4096)), engines)


def _single(engines: list[Engine], quick: bool) -> Iterator[Row]:
    yield from measure_single(problems.rundown(1), engines)
    yield from measure_single(problems.spiking(1, 2.0 if quick else 60.0), engines)


CASES: dict[str, Case] = {
    "rundown": _ensemble(problems.rundown, 4096, 256),
    "rundown_neuron": _ensemble(problems.rundown_neuron, 4096, 256),
    "rest": _rest,
    "single": _single,
    "spiking": _spiking,
    "cold": lambda engines, quick: measure_cold(engines),
    "scale": lambda engines, quick: measure_scale(quick),
    "compile": lambda engines, quick: measure_compile(),
}


def main(arguments: list[str] | None = None) -> None:
    """Run what was asked for and print it: JSON row by row as it is measured, or a table at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer cells, 2 s of spikes: about a minute")
    parser.add_argument("--json", action="store_true", help="one JSON object per case, engine and tolerance")
    parser.add_argument("--case", action="append", choices=list(CASES), default=[], help="only this case (repeatable)")
    parser.add_argument(
        "--engine", action="append", choices=list(ENGINES), default=[], help="only this engine and ours"
    )
    given = parser.parse_args(arguments)
    wanted = list(dict.fromkeys(["native", *given.engine])) if given.engine else []
    engines, missing = chosen(wanted)
    for sentence in missing:
        print(sentence, file=sys.stderr)
    rows = []
    for name in given.case or CASES:
        for row in CASES[name](engines, given.quick):
            rows.append(row)
            if given.json:
                print(row.to_json(), flush=True)
            elif sys.stderr.isatty():
                print(f"\r{row.case}: {row.engine:<40}", end="", file=sys.stderr, flush=True)
    if not given.json:
        print_table(rows)


if __name__ == "__main__":
    main()
