"""Numbers out of all reason: every member ends with a status and a sentence, in bounded time, without a warning."""

import numpy as np
import pytest
from laws.cases import cell

from ionostat.cell.description import Cell
from ionostat.cell.start import closing_numbers
from ionostat.protocols import Protocol
from ionostat.studies.ensemble.block import compute
from ionostat.studies.ensemble.job import Job
from ionostat.studies.ensemble.outcome import STATUSES, Outcome

CASES = [
    ("Kay2017_cell", "capacitive", "ouabain 1 mM for 1 h; wash 10 min"),
    ("Kay2017_cell", "electroneutral", "bath.K -> 20 mM over 10 min; rest 10 min"),
    ("Dusterwald2018_neuron", "capacitive", ""),
    ("Huebel2016_neuron", "capacitive", "pump_stop for 200 ms"),
    ("HodgkinHuxley1952_axon", "electroneutral", ""),
]


def wild(made: Cell, members: int) -> dict[str, np.ndarray]:
    """Ten decades for one number in seven, any temperature for one member in twenty, zeros, signs, NaN, infinities."""
    rng = np.random.default_rng(17)
    giving = {f"{c.name}.{c.balance}" for c in made.compartments if c.balance}
    table = {}
    closing = closing_numbers(made)  # overwritten by the start, so refused in a table
    for path, number in made.numbers.items():
        if path in closing:
            continue
        column = np.full(members, number.value, dtype=float)
        far = rng.random(members) < 1 / 7
        column[far] *= 10 ** rng.uniform(-5, 5, int(far.sum()))
        kind = rng.integers(0, 400, members)
        column[kind == 0] = 0.0
        column[kind == 1] *= -1.0
        column[kind == 2] = rng.choice([np.nan, np.inf, -np.inf, 1e300, -1e300, 5e-324])
        if path not in giving:
            table[path] = column
    absurd = rng.random(members) < 0.05
    table["temperature"] = np.where(absurd, 10 ** rng.uniform(-3, 6, members), made["temperature"])
    return table


def check(found: Outcome, members: int) -> None:
    assert len(found) == members
    assert np.all(found.status < len(STATUSES))
    fine = np.isin(found.status, [STATUSES.index(s) for s in ("ok", "stable")])
    told = np.isin(np.arange(members), list(found.reasons))
    assert np.all(fine | told), "every member that is not fine has its sentence"
    assert all(text.strip() for text in found.reasons.values())
    known = np.isin(found.status, [STATUSES.index(s) for s in ("ok", "stable", "unstable", "neutral")])
    for name, values in found.values.items():
        assert np.all(np.isfinite(values[known])), f"{name} of a member that reached its end"
        assert np.all(np.isnan(values[~known])), f"{name} of a member that did not"
    assert fine.any()
    assert not fine.all()


def run(name: str, closure: str, text: str, members: int) -> None:
    made = cell(name, "capacitive").with_(closure=closure)  # type: ignore[arg-type]
    job = Job(made, Protocol.parse(text) if text else None, max_steps=20_000)
    check(compute(job, wild(made, members), threads=2), members)


@pytest.mark.parametrize(("name", "closure", "text"), CASES)
def test_wild_members_end_with_a_status_each(name: str, closure: str, text: str) -> None:
    run(name, closure, text, 60)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "closure", "text"), CASES[:1])
def test_ten_thousand_wild_members_end_with_a_status_each(name: str, closure: str, text: str) -> None:
    run(name, closure, text, 10_000)
