"""The electricity of small cells: components, references, open and clamped baths, floating spaces, on both engines."""

import numpy as np
import pytest
from cell.small import epithelium, exchanged, one_node, tissue, two_nodes

from ionostat import rest, simulate
from ionostat.cell.description import Cell
from ionostat.cell.electrics import components
from ionostat.cell.equations import equations
from ionostat.cell.evaluate import follow_currents, settle_potentials
from ionostat.cell.load import load_text
from ionostat.cell.start import start
from ionostat.constants import F
from ionostat.errors import CellError, NumericalError

ENGINES = ("native", "reference")


def parts(text: str) -> list[tuple[tuple[str, ...], str, tuple[str, ...], bool]]:
    return [(p.members, p.reference, p.charged, p.floating) for p in components(load_text(text))]


def test_one_node_hangs_on_its_bath() -> None:
    assert parts(one_node()) == [(("bath", "cytosol"), "bath", ("cytosol",), False)]


def test_without_capacitors_every_compartment_is_alone() -> None:
    assert parts(one_node("electroneutral")) == [
        (("bath",), "bath", (), False),
        (("cytosol",), "cytosol", (), True),
    ]


def test_a_junction_joins_no_component() -> None:
    """Soma and dendrite are joined by the bath they share, not by their axis."""
    assert parts(two_nodes()) == [(("bath", "soma", "dendrite"), "bath", ("soma", "dendrite"), False)]
    assert parts(tissue()) == [(("bath",), "bath", (), False), (("ecs", "cytosol"), "ecs", ("cytosol",), True)]


def test_an_open_bath_carries_charge_and_a_grounded_or_clamped_one_does_not() -> None:
    assert parts(epithelium()) == [(("bath", "serosa", "cytosol"), "bath", ("serosa", "cytosol"), False)]
    for far in ("ground", "clamp"):
        assert parts(epithelium(far=far)) == [(("bath", "serosa", "cytosol"), "bath", ("cytosol",), False)]


def test_two_closed_grounds_in_one_component_are_refused() -> None:
    text = exchanged().replace("  cytosol:\n", "  cytosol:\n    potential: ground\n", 1)
    with pytest.raises(CellError, match="only one of ecs, cytosol can be the ground"):
        components(load_text(text))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("closure", ["capacitive", "electroneutral"])
def test_no_net_current_at_rest(engine: str, closure: str) -> None:
    """Into every compartment: its membranes and junctions together, open bath included."""
    for text in (one_node, two_nodes, epithelium, tissue):
        made = load_text(text(closure))
        at = rest(made, engine=engine)
        assert at.verdict == "stable"
        size = sum(abs(at[n]) for n in at.units if n.endswith(".I"))
        for c in made.compartments:
            if c.potential != "ground":
                into = [(e, -1 if e.inside == c.name else 1) for e in made.edges if c.name in (e.inside, e.outside)]
                assert abs(sum(s * at[f"{e.name}.I_ionic"] for e, s in into)) < 1e-9 * size, c.name


@pytest.mark.parametrize("engine", ENGINES)
def test_potentials_add_up_around_the_epithelium(engine: str) -> None:
    """What crosses the cell comes back through the tight junction; each membrane carries the same."""
    at = rest(load_text(epithelium()), engine=engine)
    assert at["tight.I_ionic"] == pytest.approx(-at["basal.I_ionic"], rel=1e-8)
    assert at["apical.I_ionic"] == pytest.approx(-at["basal.I_ionic"], rel=1e-8)
    assert abs(at["apical.V"] - at["basal.V"]) > 10


def test_a_clamp_holds_the_difference_and_draws_current() -> None:
    at = rest(load_text(epithelium(far="clamp")))
    assert at["apical.V"] - at["basal.V"] == pytest.approx(20.0, abs=1e-9)
    assert abs(at["apical.I_ionic"] + at["tight.I_ionic"]) > 0.1


def test_a_floating_space_follows_the_path_that_fixes_it() -> None:
    """The gap between ecs and bath conducts well, so ecs sits near the bath."""
    made = load_text(tissue())
    at = rest(made)
    assert equations(made).states[-1].kind == "potential"
    assert abs(at.x[-1]) < 0.5
    assert at["plasma.V"] < -60


@pytest.mark.parametrize("closure", ["capacitive", "electroneutral"])
def test_charge_of_each_compartment_is_what_its_ions_carry(closure: str) -> None:
    for text in (one_node, two_nodes, epithelium, tissue):
        eq = equations(made := load_text(text(closure)))
        first = start(eq, made)
        values = dict(zip(eq.parameters, first.p, strict=True))
        held = {s.name: x for s, x in zip(eq.states, first.x, strict=True)}
        for c in made.compartments:
            if c.kind == "bath":
                continue
            z = dict(made.species)
            ions = sum(z[i] * first.amounts[f"{c.name}.{i}"] for i in c.ions)
            fixed = sum(values[f"{c.name}.{x}.z"] * first.amounts[f"{c.name}.{x}"] for x in c.impermeants)
            charge = held.get(f"{c.name}.charge")
            if charge is None:
                charge = -sum(v for n, v in held.items() if n.endswith(".charge")) if c.name == "ecs" else 0.0
            assert F * (ions + fixed) == pytest.approx(charge, abs=1e-6)


@pytest.mark.parametrize("engine", ["native", pytest.param("reference", marks=pytest.mark.slow)])
@pytest.mark.parametrize("make", [two_nodes, epithelium, tissue])
def test_the_closures_run_alike(make: object, engine: str) -> None:
    """After the milliseconds of the capacitors the DAE without them says the same, to the charge C V."""
    protocol = "bath.K = 8 mM for 1 min; rest 1 min"
    runs = [simulate(load_text(make(c)), protocol, engine=engine, points=20) for c in ("capacitive", "electroneutral")]
    name = runs[0].cell.membranes[0].name
    assert all(run.status == "ok" for run in runs)
    assert runs[0][f"{name}.V"][-1] == pytest.approx(runs[1][f"{name}.V"][-1], abs=0.02)
    assert max(run.audit.worst for run in runs) < 1e-12


def test_potentials_settle_past_a_hump() -> None:
    """dI/dV changes sign on the way: plain Newton jumps to and fro, the current leads to the zero that it points at."""

    def current(x: np.ndarray) -> np.ndarray:
        return -(x**3 - 1200 * x + 4000)  # three zeros; the middle one repels

    def slope(x: np.ndarray) -> np.ndarray:
        return np.diag(-(3 * x**2 - 1200))

    low, middle, high = sorted(np.roots([1, 0, -1200, 4000]).real)
    for begin, end in ((middle - 0.3, low), (middle + 0.3, high), (100.0, high), (-80.0, low)):
        x = np.array([begin])
        assert follow_currents(x, [0], current, slope)
        assert x[0] == pytest.approx(end, abs=1e-9)


def test_a_compartment_that_no_current_reaches_is_refused() -> None:
    made = load_text(tissue())
    eq = equations(made)
    first = start(eq, made)
    p = np.array(first.p)
    for flow in eq.traced.flows:
        if flow.edge.name == "gap":
            p[eq.parameter_index[f"{flow.name}.scale"]] = 0.0
    with pytest.raises(NumericalError, match="no potential makes the net current"):
        settle_potentials(eq, first.x, p)


def test_cells_without_floating_parts_need_no_settling() -> None:
    made: Cell = load_text(one_node())
    eq = equations(made)
    first = start(eq, made)
    np.testing.assert_array_equal(settle_potentials(eq, first.x, first.p), first.x)
