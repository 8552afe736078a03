"""Figures: every axis has unit and title, colours are the field's, styles stay inside, bad names are refused."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import ionostat
from ionostat.errors import InputError, UnknownNameError
from ionostat.report.figures import RUN_PANELS, figure, plot, save_figure, spread
from ionostat.report.palette import ION, VOLUME
from ionostat.report.time_axis import TimeAxis


@pytest.fixture(scope="module")
def run() -> ionostat.Trajectory:
    return ionostat.simulate("Dusterwald2018_neuron", "rest 10 min; ouabain 1 mM for 2 h")


@pytest.fixture(autouse=True)
def _close() -> object:
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_all_panels_have_titles_and_units(run: ionostat.Trajectory) -> None:
    axes = ionostat.plot(run)
    assert len(axes) == len(RUN_PANELS)
    for ax in axes:
        assert ax.get_title("left")
        assert ax.get_ylabel()
    assert axes[-1].get_xlabel() == "time after ouabain 1 mM (logarithmic)"
    assert axes[0].get_xscale() == "log"


@pytest.mark.parametrize("what", [*RUN_PANELS, "plasma.nka.I", "cytosol.Na"])
def test_one_panel_into_an_axes_of_ours(what: str, run: ionostat.Trajectory) -> None:
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    assert plot(run, what, ax=ax) is ax
    assert ax.get_title("left")
    assert ax.lines


def test_colours_are_the_same_everywhere(run: ionostat.Trajectory) -> None:
    ax = plot(run, "concentrations")
    used = {line.get_color() for line in ax.lines}
    assert {ION["Na"], ION["K"], ION["Cl"]} <= used
    assert plot(run, "volume").lines[0].get_color() == VOLUME
    assert plot(run, "potentials").lines[3].get_color() == "#000000"


def test_the_lead_in_is_the_value_before_the_change(run: ionostat.Trajectory) -> None:
    axis = TimeAxis.of(run)
    x, V = axis.series(run, "plasma.V")
    assert (axis.log, axis.since) == (True, 6e5)
    assert V[0] == V[1] == pytest.approx(-72.588, abs=1e-3)
    assert x[0] < x[1] == axis.left
    assert np.all(np.diff(x) >= 0)
    assert x[-1] == pytest.approx(7.2e6)
    assert V[-1] == run["plasma.V"][-1]


def test_short_runs_have_a_linear_axis() -> None:
    ax = plot(ionostat.simulate("Kay2017_cell", "rest 10 s; bath.K = 8 mM for 10 s"), "potentials")
    assert (ax.get_xscale(), ax.get_xlabel()) == ("linear", "time (s)")


def test_a_plot_draws_and_computes_nothing(run: ionostat.Trajectory) -> None:
    line = plot(run, "cytosol.Na", time="linear").lines[0]
    np.testing.assert_array_equal(line.get_ydata(), run["cytosol.Na"])


def test_no_global_style(run: ionostat.Trajectory) -> None:
    before = dict(mpl.rcParams)
    ionostat.plot(run)
    assert dict(mpl.rcParams) == before


def test_a_rest_can_be_drawn() -> None:
    rest = ionostat.rest("Kay2017_cell")
    axes = ionostat.plot(rest)
    assert [ax.get_title("left") for ax in axes] == [
        "Potentials of plasma (mV)",
        "Currents, outward positive (pA)",
        "Free energy dissipated (fW)",
    ]
    with pytest.raises(UnknownNameError, match="panel of a rest"):
        plot(rest, "volume")
    none = ionostat.rest(ionostat.load("Kay2017_cell").with_({"plasma.nka.scale": 0}))
    with pytest.raises(InputError, match="no rest to draw"):
        figure(none)


def test_unknown_names_are_refused(run: ionostat.Trajectory) -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean 'cytosol\.Na'"):
        plot(run, "cytosol.Naa")
    with pytest.raises(InputError, match=r"use \.svg"):
        save_figure(run, "run.bmp")


def test_equal_runs_give_equal_files(run: ionostat.Trajectory, tmp_path: Path) -> None:
    first, second = (save_figure(run, tmp_path / f"{n}.svg").read_bytes() for n in "ab")
    assert first == second


def test_a_part_of_a_run_can_be_drawn(tmp_path: Path) -> None:
    part = ionostat.simulate("Kay2017_cell", "rest 1 s; ouabain 1 mM for 20 h", max_steps=60)
    assert part.status == "step_limit"
    assert save_figure(part, tmp_path / "part.svg").exists()


def test_labels_move_apart_as_little_as_can_be() -> None:
    places = spread([0.0, 0.1, 0.2, 9.0], 1.0)
    assert np.all(np.diff(places) >= 1 - 1e-12)
    assert places[:3] == pytest.approx([-0.9, 0.1, 1.1])
    assert places[3] == 9.0


def test_logarithmic_time_begins_anew_at_every_change() -> None:
    run = ionostat.simulate("Kay2017_cell", "rest 1 min; ouabain 1 mM for 10 min; wash 10 min")
    axis = TimeAxis.of(run)
    assert [part.start for part in axis.parts] == [6e4, 6.6e5]
    x, Na = axis.series(run, "cytosol.Na")
    assert np.all(np.diff(x) >= 0)
    assert x[0] == axis.limits[0]
    assert x[-1] == pytest.approx(axis.limits[1])
    assert Na[-1] == run["cytosol.Na"][-1]
    peak = axis.parts[1].at  # where the first stretch ends and the lead-in of the second begins
    assert Na[np.searchsorted(x, peak)] == pytest.approx(run["cytosol.Na"].max(), rel=1e-3)
    assert axis.places(np.array([0.0, 6.6e5 + 1e3])) == pytest.approx([axis.parts[1].zero + 4])
    ax = plot(run, "cytosol.Na")
    assert ax.get_xlabel() == "time after each change (logarithmic)"
    assert [t.get_text().strip() for t in ax.texts] == ["before", "ouabain 1 mM", "wash"]


def test_many_changes_have_a_linear_axis() -> None:
    run = ionostat.simulate("Kay2017_cell", "; ".join(["ouabain 1 mM for 1 min; wash 1 min"] * 3))
    assert not TimeAxis.of(run).log
    assert TimeAxis.of(run, "log").log


def test_labels_of_changes_stay_inside_and_apart() -> None:
    run = ionostat.simulate("HodgkinHuxley1952_axon", "rest 5 ms; plasma.stim.I = 10 uA/cm2 for 20 ms; rest 1 ms")
    made = figure(run)
    made.canvas.draw()
    ax = made.axes[0]
    boxes = [t.get_window_extent() for t in ax.texts if "stim" in t.get_text()]
    assert len(boxes) == 2
    assert not boxes[0].overlaps(boxes[1])
    assert all(box.x1 <= ax.get_window_extent().x1 + 1 for box in boxes)


def test_action_potentials_are_drawn_where_they_were() -> None:
    run = ionostat.simulate("HodgkinHuxley1952_axon", "plasma.stim.I = 10 uA/cm2 for 100 ms")
    ax = plot(run, "potentials")
    bars = ax.collections[0].get_segments()
    assert [bar[0][0] for bar in bars] == pytest.approx(run.activity["plasma"].spikes.tolist())
    assert any("joins recorded points" in t.get_text() for t in ax.texts)
