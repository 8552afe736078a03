"""What a run may never do: lose charge, ions or water; move an amount that nothing moved; miss a change."""

from functools import cache

import numpy as np
import pytest
from cell.small import exchanged
from laws.cases import EXPECTED, LIBRARY, cell, pump_off, rest_of, traced

from ionostat import Trajectory, rest, simulate
from ionostat.cell.feasible import positives, scales
from ionostat.cell.load import load_text
from ionostat.constants import F
from ionostat.errors import InputError
from ionostat.species import ATP


@cache
def block(name: str) -> Trajectory:
    """The pump stopped for an hour and started again."""
    return simulate(
        cell(name), "rest 1 min; pump_stop for 1 h; rest 1 h", start=rest_of(name), max_step="inf", points=400
    )


@pytest.mark.parametrize("name", LIBRARY)
def test_charge_ions_and_water_are_kept(name: str) -> None:
    """The eliminated amounts, integrated on their own, agree with the balance: 1e-12 of all charge, ion or water."""
    run = block(name)
    assert run.status == "ok"
    assert run.audit.charge
    assert run.audit.worst < 1e-12, run.audit
    if name == "Huebel2016_neuron":
        assert set(run.audit.mass) == {"Na", "K", "Cl"}
        assert set(run.audit.water) == {"ecs"}
    assert not run.audit.lost_charge


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in LIBRARY if cell(n).excitable])
def test_charge_ions_and_water_are_kept_over_millions_of_steps(name: str) -> None:
    """With the step limit of an excitable cell; plain sums of so many small steps would be off by 1e-10."""
    run = simulate(cell(name), "pump_stop for 20 min; rest 20 min", start=rest_of(name), points=100)
    assert run.statistics.steps > 2_000_000
    assert run.audit.worst < 1e-12, run.audit


@pytest.mark.parametrize("name", LIBRARY)
def test_amounts_and_volumes_stay_positive(name: str) -> None:
    eq, _ = traced(name)
    run = block(name)
    for path, values in positives(eq, run.x, run.p).items():
        assert np.all(values > 0), path


@pytest.mark.parametrize("name", LIBRARY)
def test_closed_totals_never_move(name: str) -> None:
    run, made = block(name), cell(name)
    for ion, _ in made.conserved:
        total = sum(run[f"{c.name}.{ion}"] * run[f"{c.name}.volume"] for c in made.compartments if ion in c.ions)
        np.testing.assert_allclose(total, total[0], rtol=1e-12)


@pytest.mark.parametrize("name", [n for n in LIBRARY if EXPECTED[n].linear])
def test_blocking_the_pump_moves_v_by_pump_current_over_conductance(name: str) -> None:
    """dV = I_p/g within 2 percent, ten time constants after the block, in cells of constant conductances."""
    at = rest_of(name)
    made = cell(name)
    area = 2 * np.sqrt(np.pi * made["plasma.length"] * at["cytosol.volume"]) if "plasma.length" in made.numbers else 0
    area = area or made["plasma.area"]
    g = sum(made[f"plasma.{ion}_leak.g"] for ion in ("na", "k", "cl"))
    tau = made["plasma.capacitance"] / g
    run = simulate(made, f"pump_stop for {10 * tau} ms", start=at)
    assert run["plasma.V"][-1] - run["plasma.V"][0] == pytest.approx(at["plasma.nka.I"] / area / g, rel=0.02)


def test_without_a_chloride_path_the_volume_stays() -> None:
    """Anions govern volume (Huebel & Ullah 2016): with the pump off and g_Cl = 0 it moves by less than 0.02 percent."""
    made = pump_off("Huebel2016_neuron").with_({"plasma.cl_leak.scale": 0})
    run = simulate(made, duration="200 h", start=rest_of("Huebel2016_neuron"), max_step="inf")
    assert np.max(np.abs(run["cytosol.volume"] / run["cytosol.volume"][0] - 1)) < 2e-4
    chloride = run["cytosol.Cl"] * run["cytosol.volume"]
    np.testing.assert_allclose(chloride, chloride[0], rtol=1e-12)
    assert run["plasma.E_K"][-1] == pytest.approx(run["plasma.E_Na"][-1], abs=1e-3)
    at = rest(made)
    assert (at.verdict, at.conserved) == ("neutral", ("cytosol.Cl",))


@pytest.mark.parametrize("name", LIBRARY)
def test_a_pulse_of_a_microsecond_in_two_hours_is_hit(name: str) -> None:
    """The whole pulse acts: a leak of 1000-fold strength for 1 us moves the charge that its current carries."""
    leak = next(p for e, p in cell(name).placements() if p.mechanism.charge and ATP not in p.mechanism.reacts)
    path = f"plasma.{leak.name}.scale"
    times = [3.6e6, 3.6e6 + 1e-3]
    run = simulate(
        cell(name), f"until 1 h; {path} x 1000 for 1 us; until 2 h", start=rest_of(name), max_step="inf", save=times
    )
    assert run.status == "ok"
    before, after = (int(np.flatnonzero(run.time == t)[0]) for t in times)
    dV = run["plasma.V"][after] - run["plasma.V"][before]
    eq, _ = traced(name)
    C = scales(eq, run.x[before], run.p[before])[eq.index["cytosol.charge"]]
    at_rest = rest_of(name)[f"plasma.{leak.name}.I"]
    assert dV == pytest.approx(-999 * at_rest * 1e-3 / C, rel=0.03)


@pytest.mark.parametrize("name", LIBRARY)
def test_what_is_added_and_taken_back_leaves_no_trace(name: str) -> None:
    """Salt added and the same salt taken, in amol so that the volume plays no part: every amount is what it was."""
    made, at = cell(name), rest_of(name)
    dose = 1e-3 * at["cytosol.Na"] * at["cytosol.volume"]
    run = simulate(
        made.with_({f"plasma.{p.name}.scale": 0 for _, p in made.placements()}),
        f"rest 1 ms; add cytosol.Na {dose} amol; add cytosol.Cl {dose} amol; rest 1 ms; "
        f"add cytosol.Na -{dose} amol; add cytosol.Cl -{dose} amol; rest 1 ms",
        start=at,
        max_step="inf",
        save="linear",
        points=4,
    )
    for ion in ("Na", "K", "Cl"):
        series = run[f"cytosol.{ion}"] * run["cytosol.volume"]
        np.testing.assert_allclose(series[-1], series[0], rtol=1e-12)
    assert np.max(run["cytosol.Na"]) == pytest.approx(1.001 * at["cytosol.Na"], rel=1e-12)
    assert run["plasma.V"][-1] == pytest.approx(run["plasma.V"][0], abs=1e-5)


@pytest.mark.parametrize("name", [n for n in LIBRARY if n != "Huebel2016_neuron"])
def test_a_change_of_the_mean_charge_moves_no_ion(name: str) -> None:
    """V takes up the charge at once; every amount stays. (The eliminated ion must not give way silently.)"""
    at = rest_of(name)
    eq, _ = traced(name)
    z = float(at.p[eq.parameter_index["cytosol.X.z"]])
    run = simulate(cell(name), f"rest 1 ms; cytosol.X.z = {z * (1 + 1e-6)!r}; rest 1 ns", start=at, max_step="inf")
    jump = run["plasma.V"][-1] - run["plasma.V"][0]
    amount = at["cytosol.X"] * at["cytosol.volume"]
    C = scales(eq, at.x, at.p)[eq.index["cytosol.charge"]]
    assert jump == pytest.approx(F * z * 1e-6 * amount / C, rel=1e-3)
    for ion in ("Na", "K", "Cl"):
        assert run[f"cytosol.{ion}"][-1] == pytest.approx(at[f"cytosol.{ion}"], rel=1e-9)


def test_a_closed_system_cannot_be_given_charge() -> None:
    """Between a cell and its closed surroundings the charges of the impermeants belong together."""
    with pytest.raises(InputError, match="leaves ecs with"):
        simulate(cell("Huebel2016_neuron"), "cytosol.X.z = -0.9 for 1 s; rest 1 s", start=rest_of("Huebel2016_neuron"))


@pytest.mark.parametrize("name", [n for n in LIBRARY if n != "Huebel2016_neuron"])
def test_a_ramp_is_a_straight_line_and_the_bath_stays_neutral_on_it(name: str) -> None:
    made = cell(name)
    end = 2 * made["bath.K"]
    run = simulate(
        made, f"rest 1 s; ramp bath.K -> {end} mM over 10 s; rest 1 s", start=rest_of(name), save="linear", points=49
    )
    expected = np.interp(run.time, [0, 1e3, 11e3, 12e3], [made["bath.K"], made["bath.K"], end, end])
    np.testing.assert_allclose(run["bath.K"], expected, rtol=1e-9)
    sum_of = run["bath.K"] + run["bath.Na"]
    np.testing.assert_allclose(sum_of, sum_of[0], rtol=1e-12)
    assert run.audit.worst < 1e-12


def test_an_exchange_with_counter_ion_loses_no_charge() -> None:
    run = simulate(load_text(exchanged("Cl")), "rest 1 min; bath.K = 8 mM for 10 min; rest 10 min")
    assert run.status == "ok"
    assert not run.audit.lost_charge
    assert run.audit.worst < 1e-12


def test_an_exchange_without_counter_ion_reports_the_charge_it_lost() -> None:
    """The ghost is what the ion left behind: F times the potassium that came in since the file's start, in fC."""
    made = load_text(exchanged(""))
    run = simulate(made, "rest 1 min; bath.K = 8 mM for 10 min; rest 10 min", start="file")
    K = sum(run[f"{c}.K"] * run[f"{c}.volume"] for c in ("ecs", "cytosol"))
    came_in = F * (K[-1] - K[0])
    assert abs(came_in) > 1e4
    assert run.audit.lost_charge == {"ecs": pytest.approx(came_in, rel=1e-9)}
    assert run.audit.to_dict()["lost_charge"]["ecs"]["unit"] == "fC"
    assert run.audit.worst < 1e-12  # the books balance with the ghost in them
