"""Every law of `cell.checks` on every cell; a law that a deviation waives has to fail without it (strict xfail)."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from laws.cases import CLOSURES, LIBRARY, cell, points, rest_of, traced

from ionostat.cell.checks import LAWS, Finding, check
from ionostat.cell.observables import observables
from ionostat.mechanisms.laws import obeys_second_law
from ionostat.testing import check_cell


def laws_of_cells() -> list[object]:
    found: list[object] = []
    for name in LIBRARY:
        for law in LAWS:
            why = [d.what for d in cell(name).deviations if law in d.waives]
            marks = [pytest.mark.xfail(strict=True, reason=why[0])] if why else []
            found.append(pytest.param(name, law, marks=marks))
    return found


@cache
def findings(name: str) -> list[Finding]:
    """What is found without any deviation to excuse it."""
    return check(replace(cell(name), deviations=()), rest_of(name).x)


@pytest.mark.parametrize(("name", "law"), laws_of_cells())
def test_the_law_holds_without_any_excuse(name: str, law: str) -> None:
    assert not [f.message for f in findings(name) if f.law == law and not f.ok]


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_nothing_is_broken_that_no_deviation_names(name: str, closure: str) -> None:
    check_cell(cell(name, closure))


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", LIBRARY)
def test_passive_paths_dissipate_in_every_state(name: str, closure: str) -> None:
    eq, start = traced(name, closure)
    values = observables(eq).evaluate(points(name, closure), start.p)
    for flow in eq.traced.flows:
        if obeys_second_law(flow.placed.mechanism):
            lost = values[f"{flow.name}.dissipation"]
            assert np.all(lost >= -1e-12 * np.max(np.abs(lost))), flow.name


@pytest.mark.parametrize("name", LIBRARY)
def test_scale_multiplies_the_turnover_and_zero_stops_it(name: str) -> None:
    eq, start = traced(name)
    x = points(name)
    whole = observables(eq).evaluate(x, start.p)
    for flow in eq.traced.flows:
        at = eq.parameter_index[f"{flow.name}.scale"]
        for scale in (0.0, 0.3):
            p = np.array(start.p)
            p[at] = scale
            turnover = observables(eq).evaluate(x, p)[f"{flow.name}.turnover"]
            np.testing.assert_allclose(turnover, scale * whole[f"{flow.name}.turnover"], rtol=1e-13, atol=0.0)


@pytest.mark.parametrize("name", LIBRARY)
def test_at_rest_every_pump_dissipates_and_the_whole_supply_is_dissipated(name: str) -> None:
    """The steady state is not equilibrium: ATP use x |dG_ATP| = all that is dissipated, and more than 0."""
    at_rest = rest_of(name)
    supply = -at_rest["energy.ATP_use"] * at_rest["energy.dG_ATP"]
    assert supply > 0
    assert at_rest["plasma.nka.dissipation"] > 0
    assert 0 < at_rest["plasma.nka.efficiency"] < 1
    assert at_rest["energy.dissipation"] == pytest.approx(supply, rel=1e-8)
