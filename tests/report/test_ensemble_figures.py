"""Figures of an ensemble: every panel, also where members failed or all are the same."""

from pathlib import Path

import pytest

from ionostat import Ensemble, ensemble
from ionostat.errors import InputError
from ionostat.report.ensemble_figures import figure, save_figure
from ionostat.report.ensemble_report import reasons_in_words

SAMPLES = {"plasma.nka.scale": {"loguniform": {"low": 0.01, "high": 10}}}
PROTOCOL = "rest 10 min"


@pytest.fixture(scope="module")
def ends() -> Ensemble:
    return ensemble("Kay2017_cell", SAMPLES, PROTOCOL, n=60, start="file")


def test_panels_have_titles_and_show_every_member(ends: Ensemble) -> None:
    made = figure(ends)
    titles = [ax.get_title("left") for ax in made.axes]
    assert titles == ["How members ended", "varied: plasma.nka.scale", *(f"{n} ({u})" for n, u in [
        ("plasma.V", "mV"), ("cytosol.Na", "mM"), ("cytosol.K", "mM"), ("cytosol.Cl", "mM"), ("cytosol.volume", "µm³"),
    ])]  # fmt: skip
    assert made.axes[1].get_xscale() == "log"
    assert sum(patch.get_height() for patch in made.axes[1].patches) == 60


def test_series_are_bands() -> None:
    found = ensemble("Kay2017_cell", SAMPLES, PROTOCOL, n=20, start="file", times=["1 s", "1 min", "10 min"])
    panel = figure(found).axes[2]
    assert panel.get_xlabel().startswith("time (min)")
    assert len(panel.collections) == 2


def test_members_that_failed_leave_empty_panels() -> None:
    found = ensemble("Kay2017_cell", SAMPLES, PROTOCOL, n=20, start="file", max_steps=3)
    assert found.outcomes == {"step_limit": 20}
    assert figure(found).axes[2].texts[0].get_text() == "no member has a value"
    assert reasons_in_words(found)[0].startswith("20 x ")


def test_equal_members_are_drawn() -> None:
    found = ensemble("Kay2017_cell", {"bath.K": [3.0, 3.0]}, PROTOCOL, start="file")
    assert figure(found).axes[2].patches


@pytest.mark.parametrize("ending", ["svg", "png", "pdf"])
def test_equal_results_give_equal_files(ends: Ensemble, tmp_path: Path, ending: str) -> None:
    first, second = (save_figure(ends, tmp_path / f"{k}.{ending}").read_bytes() for k in "ab")
    assert first == second
    assert len(first) > 5000


def test_other_endings_are_refused(ends: Ensemble, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="svg"):
        save_figure(ends, tmp_path / "figure.gif")
