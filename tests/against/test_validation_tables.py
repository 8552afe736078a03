"""Published cells against tables that other people's programs computed, at equal times or equal parameters.

Each table in `data/` says in its first line which program made it. The tolerances are those that were set for each
table before it was compared.
"""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ionostat import Trajectory, load, rest, simulate
from ionostat.studies.reported import load_reported

DATA = Path(__file__).parent / "data"
MS = 1000.0
"""Milliseconds in a second."""
UM3 = 1e15
"""Cubic micrometres in a litre."""

Array = np.ndarray


def table(name: str) -> dict[str, Array]:
    """Column -> numbers of a table; its first line is a comment."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()[1:]
    rows = list(csv.DictReader(lines))
    return {column: np.array([float(row[column]) for row in rows]) for column in rows[0]}


def at(run: Trajectory, times: Array, path: str) -> Array:
    """A quantity at times (ms) at which the run was recorded."""
    found = np.searchsorted(run.time, times)
    np.testing.assert_allclose(run.time[found], times, rtol=1e-12)
    return run[path][found]


def run_of(cell: str, protocol: str, times: Array, changes: Mapping[str, Any] | None = None, **how: Any) -> Trajectory:
    """A run recorded at these times (ms), from the file's start."""
    found = simulate(load(cell).with_(changes), protocol, start="file", save=np.unique(times), **how)
    assert found.status == "ok", found.sentence
    return found


@pytest.fixture(scope="module")
def kay() -> tuple[dict[str, Array], Trajectory]:
    """The table, and the same run here with water that equilibrates at once as in the program."""
    reference = table("kay2017_pump_on_then_off.csv")
    protocol = "rest 10000 s; plasma.nka.scale = 0 for 20000 s"
    return reference, run_of("Kay2017_cell", protocol, reference["t [s]"] * MS, {"plasma.water.Pf": "1000 um/ms"})


class TestKay2017:
    """Pump on until 10,000 s from the program's start, then off: steady 0.01 mV and 1e-4, elsewhere 0.5 percent."""

    COLUMNS = {"Na_i [mM]": "cytosol.Na", "K_i [mM]": "cytosol.K", "Cl_i [mM]": "cytosol.Cl", "X_i [mM]": "cytosol.X"}

    def test_at_equal_times(self, kay: tuple[dict[str, Array], Trajectory]) -> None:
        reference, run = kay
        t = reference["t [s]"] * MS
        later = t > 0  # at the start V is 0 but for the program's rounding
        for column, path in self.COLUMNS.items():
            np.testing.assert_allclose(at(run, t, path), reference[column], rtol=0.005, err_msg=path)
        np.testing.assert_allclose(at(run, t, "cytosol.volume"), reference["volume [L]"] * UM3, rtol=0.005)
        np.testing.assert_allclose(at(run, t, "plasma.V")[later], reference["V [mV]"][later], rtol=0.005)

    def test_steady_state_with_the_pump(self, kay: tuple[dict[str, Array], Trajectory]) -> None:
        reference, run = kay
        t = reference["t [s]"] * MS
        steady = t == 10000 * MS
        assert steady.any()
        for column, path in self.COLUMNS.items():
            np.testing.assert_allclose(at(run, t, path)[steady], reference[column][steady], rtol=1e-4, err_msg=path)
        np.testing.assert_allclose(at(run, t, "plasma.V")[steady], reference["V [mV]"][steady], atol=0.01, rtol=0)


class TestDusterwald2018:
    """Runs: 1 percent at equal times, their ends 0.02 mV and 0.1 percent; the closed form 1e-6."""

    RUNS = {
        "default": ("rest 3600 s", {}),
        "init_cl_1mM": ("rest 3600 s", {"cytosol.Cl": "1 mM"}),
        "init_cl_50mM": ("rest 3600 s", {"cytosol.Cl": "50 mM"}),
        "no_kcc2": ("plasma.kcc2.scale = 0 for 10000 s", {}),
        "kcc2_x4": ("plasma.kcc2.scale = 4 for 10000 s", {}),
    }
    COLUMNS = {
        "Na_i [mM]": "cytosol.Na",
        "K_i [mM]": "cytosol.K",
        "Cl_i [mM]": "cytosol.Cl",
        "X_i [mM]": "cytosol.X",
        "volume [L]": "cytosol.volume",
    }

    @pytest.mark.parametrize("name", RUNS)
    def test_at_equal_times(self, name: str) -> None:
        reference = table(f"dusterwald2018_{name}.csv")
        protocol, changes = self.RUNS[name]
        t = reference["t [s]"] * MS
        run = run_of("Dusterwald2018_neuron", protocol, t, changes)
        V = at(run, t, "plasma.V")
        np.testing.assert_allclose(V, reference["Vm [mV]"], rtol=0.01)
        assert V[-1] == pytest.approx(reference["Vm [mV]"][-1], abs=0.02)
        for column, path in self.COLUMNS.items():
            wanted = reference[column] * (UM3 if column.endswith("[L]") else 1.0)
            got = at(run, t, path)
            np.testing.assert_allclose(got, wanted, rtol=0.01, err_msg=path)
            assert got[-1] == pytest.approx(wanted[-1], rel=0.001), path

    def test_closed_form_over_eight_decades_of_pump(self) -> None:
        reference = table("dusterwald2018_closed_form.csv")
        cell = load("Dusterwald2018_neuron")
        potentials = {
            "V [mV]": "plasma.V",
            "E_Na [mV]": "plasma.E_Na",
            "E_K [mV]": "plasma.E_K",
            "E_Cl [mV]": "plasma.E_Cl",
        }
        contents = {"Na [M]": "cytosol.Na", "K [M]": "cytosol.K", "Cl [M]": "cytosol.Cl", "X [M]": "cytosol.X"}
        for i, log_P in enumerate(reference["log10 P (pump constant, C/(dm2 s))"]):
            changes: dict[str, Any] = {"plasma.nka.I_max": f"{10**log_P * 1e4:.15g} uA/cm2"}  # 1 C/(dm2 s) = 1e4 uA/cm2
            if log_P > 2:  # so strong a pump at 14 mM sodium would put the start beyond any potential
                changes["cytosol.Na"] = "1 mM"
            found = rest(cell.with_(changes, closure="electroneutral"))
            assert found.verdict == "stable"
            for column, path in potentials.items():  # V passes through 0: there nine digits of a concentration decide
                assert found[path] == pytest.approx(reference[column][i], rel=1e-6, abs=1e-7), (log_P, path)
            for column, path in contents.items():
                assert found[path] == pytest.approx(reference[column][i] * 1000, rel=1e-6), (log_P, path)


@pytest.fixture(scope="module")
def huebel() -> tuple[dict[str, Array], Trajectory]:
    """The table and the same run here, recorded often around the onset."""
    reference = table("huebel2016_pump_off_at_50s.csv")
    times = np.concatenate([reference["t [s]"] * MS, np.arange(55e3, 65e3, 10.0)])
    return reference, run_of("Huebel2016_neuron", "rest 50 s; plasma.nka.scale = 0 for 950 s", times)


class TestHuebel2016:
    """Pump off at 50 s: rest 0.05 mV, end 0.1 mV, volumes 0.3 and concentrations 1 percent, onset 2 percent."""

    CONTENTS = {
        "K_i [mM]": "cytosol.K",
        "K_e [mM]": "ecs.K",
        "Na_i [mM]": "cytosol.Na",
        "Na_e [mM]": "ecs.Na",
        "Cl_i [mM]": "cytosol.Cl",
        "Cl_e [mM]": "ecs.Cl",
    }
    VOLUMES = {"vol_i [um3]": "cytosol.volume", "vol_e [um3]": "ecs.volume"}

    def test_before_the_pump_stops(self, huebel: tuple[dict[str, Array], Trajectory]) -> None:
        reference, run = huebel
        t = reference["t [s]"] * MS
        before = t <= 50 * MS
        np.testing.assert_allclose(at(run, t, "plasma.V")[before], reference["V [mV]"][before], atol=0.05, rtol=0)
        for column, path in {**self.CONTENTS, **self.VOLUMES}.items():
            np.testing.assert_allclose(at(run, t, path)[before], reference[column][before], rtol=1e-3, err_msg=path)

    def test_onset_of_the_depolarisation(self, huebel: tuple[dict[str, Array], Trajectory]) -> None:
        reference, run = huebel

        def crossing(t: Array, K: Array) -> float:
            i = int(np.argmax(K > 20))
            return float(np.interp(20, K[i - 1 : i + 1], t[i - 1 : i + 1]))

        expected = crossing(reference["t [s]"], reference["K_e [mM]"])
        assert crossing(run.time / MS, run["ecs.K"]) == pytest.approx(expected, rel=0.02)

    def test_potassium_outside_through_the_spikes(self, huebel: tuple[dict[str, Array], Trajectory]) -> None:
        reference, run = huebel
        np.testing.assert_allclose(at(run, reference["t [s]"] * MS, "ecs.K"), reference["K_e [mM]"], rtol=0.01)

    def test_after_the_depolarisation(self, huebel: tuple[dict[str, Array], Trajectory]) -> None:
        reference, run = huebel
        t = reference["t [s]"] * MS
        after = t > 62 * MS
        assert after.sum() > 20
        np.testing.assert_allclose(at(run, t, "plasma.V")[after], reference["V [mV]"][after], atol=0.1, rtol=0)
        for column, path in self.CONTENTS.items():
            np.testing.assert_allclose(at(run, t, path)[after], reference[column][after], rtol=0.01, err_msg=path)
        for column, path in self.VOLUMES.items():
            np.testing.assert_allclose(at(run, t, path)[after], reference[column][after], rtol=0.003, err_msg=path)


class TestKeenerSneyd:
    """The closed form 1e-8; the scaled time course 1e-4."""

    def test_closed_form(self) -> None:
        reference = table("keener_sneyd_closed_form.csv")
        cell = load("KeenerSneyd_cell")
        paths = {"V [mV]": "plasma.V", "V_Na [mV]": "plasma.E_Na", "V_K [mV]": "plasma.E_K"}
        for i, P in enumerate(reference["p (scaled pump rate)"]):
            I_max = P * cell["plasma.na_leak.g"] * 25.8  # P = I_p/(g_Na RT/F)
            found = rest(cell.with_({"plasma.nka.I_max": I_max}, closure="electroneutral"))
            assert found.verdict == "stable"
            mu = found["bath.Cl"] / found["cytosol.X"]
            assert mu == pytest.approx(reference["mu (scaled volume)"][i], rel=1e-8), P
            for column, path in paths.items():
                assert found[path] == pytest.approx(reference[column][i], rel=1e-8), (P, path)

    def test_scaled_time_course(self) -> None:
        reference = table("keener_sneyd_scaled_time_course.csv")
        scaled = next(r for r in load_reported("KeenerSneyd_cell") if r.id == "scaled_time_course").options
        t = reference["t (scaled)"]  # 1 unit is 1000 s; t = 5 stands twice, before and after the bath is doubled
        keep = t != 5
        run = run_of("KeenerSneyd_cell", scaled["protocol"], t[keep] * 1e6, scaled["set"], rtol=1e-9)
        Ce = np.where(t[keep] > 5, 914.0, 457.0)
        got = {
            "mu": Ce / at(run, t[keep] * 1e6, "cytosol.X"),
            "Na/Ce": at(run, t[keep] * 1e6, "cytosol.Na") / Ce,
            "K/Ce": at(run, t[keep] * 1e6, "cytosol.K") / Ce,
            "Cl/Ce": at(run, t[keep] * 1e6, "cytosol.Cl") / Ce,
            "v=VF/RT": at(run, t[keep] * 1e6, "plasma.V") / 25.8,
        }
        for column, series in got.items():
            np.testing.assert_allclose(series, reference[column][keep], rtol=1e-4, err_msg=column)


def test_action_potential_of_hodgkin_and_huxley() -> None:
    """V within 0.1 mV (0.3 us on the upstroke) and gates within 0.001, for here the ions move."""
    reference = table("hodgkin_huxley_1952_action_potential.csv")
    same = next(r for r in load_reported("HodgkinHuxley1952_axon") if r.id == "action_potential").options
    t = reference["t [ms]"]
    run = run_of("HodgkinHuxley1952_axon", same["protocol"], t, same["set"])
    np.testing.assert_allclose(at(run, t, "plasma.V"), reference["V [mV]"] - 5, atol=0.1, rtol=0)
    for column, path in {"m": "plasma.nav.m", "h": "plasma.nav.h", "n": "plasma.kv.n"}.items():
        np.testing.assert_allclose(at(run, t, path), reference[column], atol=0.001, rtol=0, err_msg=path)
