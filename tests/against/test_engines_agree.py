"""The native engine against the reference engine: right-hand sides, Jacobians, rests and runs of every cell."""

from functools import cache

import numpy as np
import pytest
from cell.small import epithelium, exchanged, tissue, two_nodes
from laws.cases import CLOSURES, LIBRARY, all_rests, cell, rest_of, traced

from ionostat import Cell, RestingState, Trajectory, rest, simulate
from ionostat.cell.equations import equations
from ionostat.cell.feasible import random_state
from ionostat.cell.load import load_text
from ionostat.cell.start import start as start_of
from ionostat.engines.engine import engine
from ionostat.species import ATP

POINTS = 1000
SMALL = {
    f"{make.__name__}, {closure}": make(closure) for make in (two_nodes, epithelium, tissue) for closure in CLOSURES
} | {"exchanged": exchanged(), "exchanged, no counter-ion": exchanged("")}


@cache
def case(name: str, closure: str) -> Cell:
    return load_text(SMALL[name]) if name in SMALL else cell(name, closure)


EVERY = [(name, closure) for name in LIBRARY for closure in CLOSURES] + [(name, "") for name in SMALL]


def random_points(made: Cell, settled: int = 50) -> tuple[np.ndarray, np.ndarray]:
    """1,000 random feasible states, around `settled` of which algebraic potentials are scattered."""
    eq = equations(made)
    start = start_of(eq, made)
    rng = np.random.default_rng(8)
    floating = [i for i, m in enumerate(eq.mass) if not m]
    if not floating:
        return np.array([random_state(eq, start, rng) for _ in range(POINTS)]), start.p
    x = np.array([random_state(eq, start, rng) for _ in range(settled)])
    x = np.repeat(x, POINTS // settled, axis=0)
    x[:, floating] += rng.normal(0.0, 20.0, (POINTS, len(floating)))
    return x, start.p


@pytest.mark.parametrize(("name", "closure"), EVERY)
def test_right_hand_sides_and_jacobians_agree_at_a_thousand_points(name: str, closure: str) -> None:
    """1e-8 of the row's natural size: the median over the points for f, the largest entry of the row for J."""
    made = case(name, closure)
    system = equations(made).system(audit=True)
    quadratures = system.n_states - len(equations(made).states)
    x, p = random_points(made)
    differential = sum(equations(made).mass)
    x = np.concatenate([x[:, :differential], np.zeros((len(x), quadratures)), x[:, differential:]], axis=1)
    reference, native = engine("reference", system), engine("native", system)
    f, g = reference.rhs(x, p), native.rhs(x, p)
    assert np.all(np.isfinite(f))
    size = np.maximum(np.abs(f), np.median(np.abs(f), axis=0))
    assert np.max(np.abs(f - g) / np.where(size, size, 1.0)) < 1e-8
    J, K = reference.jacobian(x, p), native.jacobian(x, p)
    assert np.all(np.isfinite(J))
    row = np.max(np.abs(J), axis=2, keepdims=True)
    assert np.max(np.abs(J - K) / np.where(row, row, 1.0)) < 1e-8


def assert_same_rest(one: RestingState, other: RestingState) -> None:
    assert one.verdict == other.verdict
    for path, unit in one.units.items():
        if unit in ("mM", "um3", "mV"):
            assert other[path] == pytest.approx(one[path], rel=1e-8, abs=1e-8 if unit == "mV" else 0.0), path


@pytest.mark.parametrize(("name", "closure"), EVERY)
def test_rests_agree(name: str, closure: str) -> None:
    made = case(name, closure)
    assert_same_rest(rest(made, engine="reference"), rest(made))


@pytest.mark.slow
@pytest.mark.parametrize("name", LIBRARY)
def test_all_rests_agree(name: str) -> None:
    other = {r.label: r for r in rest(cell(name), find="all", engine="reference")}
    for one in all_rests(name):
        assert_same_rest(one, other[one.label])


def both(made: Cell, protocol: str, **options: object) -> tuple[Trajectory, Trajectory]:
    one, other = (simulate(made, protocol, engine=e, **options) for e in ("reference", "native"))  # type: ignore[arg-type]
    assert one.status == other.status == "ok"
    assert np.array_equal(one.time, other.time)
    return one, other


def assert_same_run(one: Trajectory, other: Trajectory, rtol: float, potential: float) -> None:
    """Concentrations and volumes to `rtol`, potentials to `potential` mV, at every saved time."""
    for path, unit in one.units.items():
        if unit in ("mM", "um3"):
            np.testing.assert_allclose(other[path], one[path], rtol=rtol, err_msg=path)
        elif path.endswith(".V"):
            np.testing.assert_allclose(other[path], one[path], atol=potential, rtol=0.0, err_msg=path)


QUIET = [n for n in LIBRARY if not cell(n).excitable]


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("name", QUIET)
def test_quiet_runs_agree(name: str, closure: str) -> None:
    """Two solvers at rtol 1e-8, a block of ten minutes: 2e-6 apart, 1e-4 mV."""
    protocol = "pump_stop for 10 min; bath.K = 8 mM for 1 min; rest 10 min"
    one, other = both(cell(name, closure), protocol, start=rest_of(name, closure), rtol=1e-8, points=60)
    assert_same_run(one, other, 2e-6, 1e-4)


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[] if n.startswith("Hodgkin") else pytest.mark.slow) for n in LIBRARY if n not in QUIET],
)
def test_excitable_cells_agree_below_threshold(name: str) -> None:
    """A tenth less pump for 5 s: gates and amounts drift, nothing fires."""
    one, other = both(
        cell(name),
        "rest 1 s; plasma.nka.scale x 0.9 for 5 s; rest 5 s",
        start=rest_of(name),
        rtol=1e-8,
        points=60,
        max_step="inf",
    )
    assert np.max(np.abs(one["plasma.V"] - one["plasma.V"][0])) < 5.0
    assert_same_run(one, other, 1e-6, 1e-3)


@pytest.mark.parametrize("name", SMALL)
def test_floating_and_open_compartments_agree(name: str) -> None:
    one, other = both(case(name, ""), "rest 1 s; bath.K = 8 mM for 1 min; rest 1 min", rtol=1e-8, points=40)
    assert_same_run(one, other, 1e-6, 1e-4)


def spikes(run: Trajectory, threshold: float = -20.0) -> np.ndarray:
    """Times of upward crossings, by linear interpolation."""
    V, t = run["plasma.V"], run.time
    up = np.flatnonzero((V[:-1] < threshold) & (V[1:] >= threshold))
    return t[up] + (threshold - V[up]) / (V[up + 1] - V[up]) * (t[up + 1] - t[up])


@pytest.mark.parametrize(
    ("length", "count"), [pytest.param(6, 1, id="one"), pytest.param(60, 4, id="a train", marks=pytest.mark.slow)]
)
def test_spikes_of_the_squid_axon_agree(length: int, count: int) -> None:
    """A stimulus makes the axon fire: spike times to 1 us, V after it to 1 uV, amounts to 1e-9."""
    made = cell("HodgkinHuxley1952_axon")
    one, other = both(
        made,
        f"rest 1 ms; plasma.stim.I = 10 uA/cm2 for {length} ms; rest 5 ms",
        start=rest_of("HodgkinHuxley1952_axon"),
        rtol=1e-9,
        save="linear",
        points=100 * (length + 6) + 1,
    )
    first, second = spikes(one), spikes(other)
    assert len(first) >= count
    np.testing.assert_allclose(second, first, atol=1e-3)
    assert other["plasma.V"][-1] == pytest.approx(one["plasma.V"][-1], abs=1e-3)
    for ion in ("Na", "K", "Cl"):
        assert other[f"cytosol.{ion}"][-1] == pytest.approx(one[f"cytosol.{ion}"][-1], rel=1e-9)


@pytest.mark.slow
def test_a_pump_stop_with_spikes_agrees() -> None:
    """The Huebel neuron fires on its way down: spike times within 0.1 ms, and the state at the end."""
    made = cell("Huebel2016_neuron")
    one, other = both(
        made,
        "pump_stop for 7.6 s",
        start=rest_of("Huebel2016_neuron"),
        rtol=1e-8,
        save=np.arange(0.2, 7.6e3, 0.2),
        max_step="inf",
    )
    first, second = spikes(one), spikes(other)
    assert len(first) == len(second) > 15
    np.testing.assert_allclose(second, first, rtol=0.0, atol=0.1)
    assert other["plasma.V"][-1] == pytest.approx(one["plasma.V"][-1], abs=1e-2)
    for path in ("cytosol.Na", "cytosol.K", "cytosol.Cl", "cytosol.volume"):
        assert other[path][-1] == pytest.approx(one[path][-1], rel=1e-4)


@pytest.mark.parametrize("name", ["reference", "native"])
def test_results_do_not_depend_on_how_often_they_are_saved(name: str) -> None:
    """Saving is interpolation: the same steps, the same values at the same times."""
    made, at = cell("Dusterwald2018_neuron"), rest_of("Dusterwald2018_neuron")
    coarse = np.linspace(6e4, 6e5, 10)
    fine = np.unique(np.concatenate([coarse, np.linspace(1.0, 6e5, 700)]))
    few, many = (simulate(made, "pump_stop for 10 min", start=at, engine=name, save=t) for t in (coarse, fine))
    assert few.statistics.steps == many.statistics.steps
    here = np.searchsorted(many.time, few.time)
    np.testing.assert_array_equal(many.x[here], few.x)


def test_the_pump_is_what_the_engines_were_asked_about() -> None:
    """The comparison covers every law: gates, GHK, cotransport, water, pumps, exchange, several nodes."""
    found = {p.type for n in LIBRARY for _, p in cell(n).placements()}
    assert {
        "leak_ohmic",
        "leak_ghk",
        "kcc2_log",
        "kcc2_conductance",
        "water",
        "water_hydraulic",
        "water_relaxation",
    } <= found
    assert any(ATP in p.mechanism.reacts for n in LIBRARY for _, p in cell(n).placements())
    assert traced("Huebel2016_neuron")[0].quadratures
