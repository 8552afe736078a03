"""Resting states of many members against the single-cell search, member by member."""

import threading
from functools import cache

import numpy as np
import pytest

from ionostat import list_cells, load, rest
from ionostat.cell.equations import equations
from ionostat.cell.feasible import positives
from ionostat.cell.start import Start
from ionostat.cell.start import start as start_of
from ionostat.errors import InputError
from ionostat.studies import rest_batch as code
from ionostat.studies import rest_many as module
from ionostat.studies.rest import Search
from ionostat.studies.rest_many import member_cell, rest_many

Array = np.ndarray
LIBRARY = sorted(list_cells())
STRENGTHS = ("g", "P", "L", "density", "scale")


@cache
def base(name: str, closure: str = "capacitive") -> Search:
    return Search(load(name).with_(closure=closure))


def members(search: Search, count: int, spread: float, seed: int, zeros: float = 0.0) -> Array:
    """Parameters with lognormal strengths; with `zeros`, pumps between 0 and 1 and paths that are shut."""
    rng = np.random.default_rng(seed)
    p = np.tile(search.p, (count, 1))
    for i, name in enumerate(search.eq.parameters):
        if name.split(".")[-1] in STRENGTHS:
            p[:, i] *= rng.lognormal(0.0, spread, count)
    if zeros:
        p[:, search.eq.parameter_index["plasma.nka.scale"]] = rng.uniform(0.0, 1.0, count)
        for i in (i for i, name in enumerate(search.eq.parameters) if name.endswith(".scale")):
            p[rng.random(count) < zeros, i] = 0.0
    return p


def alone(search: Search, p: Array, x0: Array):
    """The single-cell search of a member, with its slow NumPy iteration."""
    cell = member_cell(search.cell, search.eq.parameters, p)
    return Search(cell, start=Start(x0, p, {})).nearest(x0)


def agree(search: Search, p: Array) -> np.ndarray:
    """Assert that every member has the verdict, the words and the values of the single-cell search."""
    found = rest_many(search.cell, p=p)
    for i in range(len(p)):
        one = alone(search, p[i], search.start.x)
        verdict = "none" if found.verdict[i] == code.NOT_FOUND else code.VERDICTS[found.verdict[i]]
        assert verdict == one.verdict, (i, found.sentence(i), one.status)
        missed = "0.0e+00 +- 0e+00" in one.reason  # a conserved state that the member's own random states did not show
        if not missed:  # of an undecided mode, the size is round-off
            assert found.sentence(i).partition(" (-")[0] == one.status.partition(" (-")[0]
        assert found.found[i] == one.found
        if one.found:
            np.testing.assert_allclose(found.x[i], one.x, rtol=1e-9, atol=1e-12)
            lead, other = found.eigenvalues[i, 0], one.eigenvalues[0]  # of a pair, either partner may come first
            assert missed or abs(complex(lead.real, abs(lead.imag)) - complex(other.real, abs(other.imag))) <= (
                1e-6 * abs(other) + 1e-15
            )
        else:
            assert np.isnan(found.x[i]).all()
    return found.verdict


def test_members_near_a_published_cell_have_its_verdict() -> None:
    search = base("Kay2017_cell")
    assert set(agree(search, members(search, 25, 0.3, 1))) == {code.STABLE}


def test_members_with_weak_pumps_and_shut_paths_have_the_verdict_of_rest() -> None:
    search = base("Kay2017_cell")
    verdicts = agree(search, members(search, 15, 0.3, 2, zeros=0.09))
    assert {code.STABLE, code.NEUTRAL, code.NONE} <= set(verdicts)


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARY)
def test_hundreds_of_members_of_every_cell_have_the_verdict_of_rest(name: str) -> None:
    search = base(name)
    agree(search, members(search, 200, 0.3, 3))
    agree(search, members(search, 100, 0.3, 4, zeros=0.03))


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARY)
def test_electroneutral_cells_with_algebraic_potentials_too(name: str) -> None:
    search = base(name, "electroneutral")
    agree(search, members(search, 40, 0.2, 5))
    agree(search, members(search, 25, 0.2, 6, zeros=0.03))


@pytest.mark.slow
def test_one_member_is_what_rest_gives() -> None:
    for name in LIBRARY:
        cell = load(name)
        found, one = rest_many(cell), rest(cell)
        assert found.sentence(0) == one.status == "stable"
        np.testing.assert_allclose(found.x[0], one.x, rtol=1e-10)
        np.testing.assert_allclose(found.eigenvalues[0].real, one.eigenvalues.real, rtol=1e-6)


def test_an_unstable_rest_is_left_on_the_side_of_the_start() -> None:
    """Excitable members whose search passes an unstable rest; those that begin on one stay there."""
    search = base("HodgkinHuxley1952_axon")
    p = members(search, 4000, 0.35, 8)
    quick = rest_many(search.cell, p=p, careful=False)
    unstable = np.flatnonzero(quick.verdict == code.UNSTABLE)[:5]
    assert len(unstable) >= 2
    agree(search, p[unstable])
    on_it = rest_many(search.cell, quick.x[unstable], p[unstable])
    assert set(on_it.verdict) == {code.UNSTABLE}
    assert all("grows with a time constant of" in on_it.sentence(i) for i in range(len(unstable)))


def test_without_careful_looks_the_fast_search_says_what_it_knows() -> None:
    search = base("Kay2017_cell")
    p = members(search, 30, 0.1, 3)
    p[::3, search.eq.parameter_index["plasma.nka.scale"]] = 0.0
    found = rest_many(search.cell, p=p, careful=False)
    assert not found.careful.any()
    assert set(found.verdict[::3]) == {code.NONE}
    assert found.sentence(0) == "none: cytosol.volume left every bound; not looked into"
    assert set(np.delete(found.verdict, np.s_[::3])) == {code.STABLE}


def test_a_volume_that_runs_away_has_the_words_of_its_certificate() -> None:
    search = base("KeenerSneyd_cell")
    p = members(search, 3, 0.2, 9)
    p[:, search.eq.parameter_index["plasma.nka.scale"]] = 0.0
    found = rest_many(search.cell, p=p)
    assert not found.careful.any()  # told in the lanes
    assert found.sentence(2) == alone(search, p[2], search.start.x).status
    assert "swells without limit (water enters at every volume" in found.sentence(2)


def test_a_member_below_one_ion_is_told() -> None:
    search = base("Kay2017_cell")
    p = np.tile(search.p, (2, 1))
    p[1, search.eq.parameter_index["plasma.na_leak.g"]] *= 1e-30
    found = rest_many(search.cell, p=p)
    one = alone(search, p[1], search.start.x)
    assert found.sentence(1) == one.status
    assert "less than one ion is left" in one.status


def same(a: code.RestBatch, b: code.RestBatch, rows) -> None:
    for name in ("x", "verdict", "reason", "detail", "eigenvalues", "iterations", "careful"):
        np.testing.assert_array_equal(getattr(a, name)[rows], getattr(b, name))
    places = np.arange(len(a.x))[rows]
    assert [a.sentence(int(i)) for i in places] == [b.sentence(i) for i in range(len(b.x))]


def test_a_member_does_not_depend_on_its_neighbours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: order, batch size, chunk and threads, with all kinds of members beside it."""
    search = base("Kay2017_cell")
    p = members(search, 150, 0.3, 5, zeros=0.05)
    whole = rest_many(search.cell, p=p)
    same(whole, rest_many(search.cell, p=p[::-1]), slice(None, None, -1))
    for i in (0, 7, 149):
        same(whole, rest_many(search.cell, p=p[i : i + 1]), slice(i, i + 1))
    monkeypatch.setattr(module, "CHUNK", 37)
    same(whole, rest_many(search.cell, p=p, threads=2), slice(None))


def test_wild_numbers_all_end_with_a_verdict() -> None:
    """Ten decades, zeros, absurd temperatures, NaN: no hang, no warning, nothing that is found and not finite."""
    search = base("KeenerSneyd_cell")
    rng = np.random.default_rng(5)
    p = search.p * 10 ** rng.uniform(-5, 5, (800, len(search.p)))
    p[rng.random(p.shape) < 0.05] = 0.0
    p[rng.random(p.shape) < 0.003] = np.nan
    p[:, search.eq.parameter_index["temperature"]] = rng.choice([0, 1e-300, 1, 310, 1e10, -5, np.inf], len(p))
    found = rest_many(search.cell, p=p, careful=False)
    assert np.all(found.verdict != code.CANCELLED)
    assert np.isfinite(found.x[found.found]).all()
    assert np.isnan(found.x[~found.found]).all()
    assert all(found.sentence(i) for i in range(len(p)))
    some = np.flatnonzero(found.verdict != code.NOT_FOUND)[:15]
    looked = rest_many(search.cell, p=p[some])
    assert np.isfinite(looked.x[looked.found]).all()
    for i in np.flatnonzero(looked.found):
        positive = positives(search.eq, looked.x[i], p[some[i]])
        assert all(v > 0 for v in positive.values())


def test_cancelled_members_say_so_and_progress_is_told() -> None:
    search = base("Kay2017_cell")
    p, cancel, seen = members(search, 50, 0.1, 1), threading.Event(), []
    rest_many(search.cell, p=p, progress=seen.append)
    assert seen[-1] == 1.0
    cancel.set()
    found = rest_many(search.cell, p=p, cancel=cancel)
    assert set(found.verdict) == {code.CANCELLED}
    assert found.sentence(3) == "cancelled"
    assert np.isnan(found.x).all()


def test_shapes_that_do_not_fit_are_refused() -> None:
    cell = load("Kay2017_cell")
    start = start_of(equations(cell), cell)
    assert len(rest_many(cell, np.tile(start.x, (3, 1))).x) == 3
    with pytest.raises(InputError, match="do not fit"):
        rest_many(cell, np.ones((2, 4)), np.tile(start.p, (3, 1)))
    with pytest.raises(InputError, match="threads"):
        rest_many(cell, threads=0)
