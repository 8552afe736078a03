"""Jumps do what a run does: the symbols of each, filled in at a state of a run, give the state after the change."""

import numpy as np
import pytest
from interop.cases import cell

from ionostat import Protocol
from ionostat.cell.equations import equations
from ionostat.cell.evaluate import functions
from ionostat.cell.feasible import random_state, volumes
from ionostat.cell.start import start as start_of
from ionostat.constants import F
from ionostat.errors import InputError
from ionostat.interop.changes import Course, course, slope
from ionostat.protocols import Timeline
from ionostat.studies.apply import CellResolver, Point, apply, parameters_after

KAY, NEURON, SHARED, AXON = "Kay2017_cell", "Dusterwald2018_neuron", "Huebel2016_neuron", "HodgkinHuxley1952_axon"


def compiled(name: str, closure: str, text: str) -> tuple[Timeline, Course]:
    made = cell(name, closure)
    eq = equations(made)
    start = start_of(eq, made)
    timeline = Protocol.parse(text).compile(CellResolver(eq, made, start.p))
    return timeline, course(eq, made, Point(start.x, start.p), timeline)


@pytest.mark.parametrize(
    ("name", "closure", "text"),
    [
        (KAY, "capacitive", "rest 1 s; bath.K = 8 mM for 1 s; rest 1 s"),
        (
            KAY,
            "capacitive",
            "rest 1 s; add cytosol.Na 5 mM; rest 1 s; add cytosol.K 2 fmol, add cytosol.X 1 mM; rest 1 s",
        ),
        (KAY, "electroneutral", "rest 1 s; add cytosol.Na 5 mM, add cytosol.Cl 5 mM; rest 1 s"),
        (
            NEURON,
            "capacitive",
            "rest 1 s; cytosol.X.z = -0.9, add cytosol.X 3 mM, bath.Cl = 100 mM; rest 1 s; wash 1 s",
        ),
        (
            SHARED,
            "capacitive",
            "run 1 s; add ecs.K 9 amol, add ecs.Cl 9 amol; wash 1 s; add ecs.K 9 amol, add cytosol.K -9 amol; run 1 s",
        ),
        (
            AXON,
            "capacitive",
            "rest 1 s; cytosol.volume x 1.1 for 1 s; temperature = 280 K, plasma.area x 2 for 1 s; rest 1 s",
        ),
        ("exchanged, no counter-ion", "capacitive", "rest 1 s; add ecs.Cl 1 mM, add ecs.Na 1 mM; rest 1 s"),
    ],
)
def test_jumps_are_those_of_a_run(name: str, closure: str, text: str) -> None:
    """From a random state on, change by change; amounts, charges and parameters to round-off."""
    made = cell(name, closure)
    eq = equations(made)
    timeline, found = compiled(name, closure, text)
    p = start_of(eq, made).p
    x = random_state(eq, start_of(eq, made), np.random.default_rng(2), spread=0.1)
    jumps = {jump.time: jump for jump in found.jumps}
    changes = 0
    for segment in timeline:
        if segment.t0 == 0:
            continue
        here = Point(x, p)
        after = apply(eq, here, parameters_after(eq, made, p, segment.sets), segment.adds)
        mine = {s.symbol.name: v for s, v in zip(eq.states, x, strict=True)} | dict(zip(eq.parameters, p, strict=True))
        before = mine | {f"{n}.volume": float(v) for n, v in volumes(eq, x, p).items()} | {"F": F}
        before |= {name: value for name, (value, _) in jumps[segment.t0].numbers.items()}
        for path, expression in jumps[segment.t0].values.items():
            mine[path] = float(expression.subs({s: before[s.name] for s in expression.free_symbols}))
            changes += 1
        theirs = {s.symbol.name: v for s, v in zip(eq.states, after.x, strict=True) if s.kind != "potential"}
        for path, value in (theirs | dict(zip(eq.parameters, after.p, strict=True))).items():
            # a charge is a small difference of large ones: F times the amounts, to round-off
            slack = 1e-13 * F * 1e6 if path.endswith(".charge") else 0.0
            assert mine[path] == pytest.approx(value, rel=1e-12, abs=slack), path
        x, p = after.x, after.p
    assert changes >= len(timeline) - 1


def test_changes_at_time_0_are_in_the_start() -> None:
    made = cell(KAY, "capacitive")
    eq = equations(made)
    _, found = compiled(KAY, "capacitive", "bath.K = 8 mM, add cytosol.Na 1 mM; rest 1 min")
    start = start_of(eq, made)
    assert not found.jumps
    assert found.p[eq.parameter_index["bath.K"]] == 8.0
    assert found.p[eq.parameter_index["bath.Na"]] == 142.0
    more = float(volumes(eq, start.x, start.p)["cytosol"])
    assert found.x[eq.index["cytosol.Na"]] == pytest.approx(start.x[eq.index["cytosol.Na"]] + more)
    assert found.x[eq.index["cytosol.charge"]] == pytest.approx(start.x[eq.index["cytosol.charge"]] + F * more)


def test_a_ramp_is_a_slope_with_an_exact_end() -> None:
    _, found = compiled(KAY, "capacitive", "rest 1 min; bath.K from 4 mM to 10 mM over 1 min; rest 1 min; wash 1 min")
    assert found.moving == {"bath.K": 0.0, "bath.Na": 0.0}
    first, second, third = found.jumps
    assert [jump.time for jump in found.jumps] == [6e4, 1.2e5, 1.8e5]
    assert first.values == {"bath.K": 4.0, "bath.Na": 146.0, slope("bath.K"): 1e-4, slope("bath.Na"): -1e-4}
    assert second.values == {"bath.K": 10.0, "bath.Na": 140.0, slope("bath.K"): 0.0, slope("bath.Na"): 0.0}
    assert third.values == {"bath.K": 3.0, "bath.Na": 147.0}


def test_a_ramp_at_either_end_begins_in_the_start_and_is_stopped() -> None:
    _, found = compiled(KAY, "capacitive", "bath.K -> 9 mM over 1 min")
    assert found.moving == {"bath.K": pytest.approx(1e-4), "bath.Na": pytest.approx(-1e-4)}
    (end,) = found.jumps
    assert (end.time, end.values["bath.K"], end.values[slope("bath.K")]) == (6e4, 9.0, 0.0)


def test_charge_that_has_nowhere_to_go_is_refused() -> None:
    with pytest.raises(InputError, match="nowhere to go"):
        compiled(KAY, "electroneutral", "rest 1 s; add cytosol.Na 1 mM; rest 1 s")


def test_a_ramp_that_a_run_refuses_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be ramped"):
        compiled(KAY, "capacitive", "rest 1 s; cytosol.X.z -> -1.2 over 1 min")


def test_no_protocol_is_the_start_alone() -> None:
    made = cell(KAY, "capacitive")
    eq = equations(made)
    start = start_of(eq, made)
    found = course(eq, made, Point(start.x, start.p), None)
    assert (found.jumps, found.moving) == ((), {})
    assert np.array_equal(functions(eq).rhs(found.x, found.p), functions(eq).rhs(start.x, start.p))
