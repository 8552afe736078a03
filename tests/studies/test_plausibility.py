"""Results outside nature's range say so; runs that cannot go on keep what they have."""

import json

import numpy as np
import pytest

from ionostat import InputError, list_cells, load, rest, simulate
from ionostat.errors import NumericalError
from ionostat.studies.running import Run


def test_a_published_rest_has_nothing_to_warn_of() -> None:
    for name in list_cells():
        assert rest(name).warnings == (), name


def test_a_pump_beyond_the_free_energy_of_atp_is_named_with_the_time() -> None:
    """Two hours of ouabain fill the neuron with sodium; its cubic pump has no ceiling when the drug is washed out."""
    run = simulate("Dusterwald2018_neuron", "ouabain 1 mM for 2 h; wash 1 h")
    assert run.status == "ok"
    pump, potential = run.warnings
    assert "plasma.nka asks for 11" in pump
    assert "nka_cubic" in pump
    assert "at 7200" in pump
    assert "plasma.V is -6" in potential
    assert json.loads(json.dumps(run.to_dict()))["warnings"] == list(run.warnings)
    assert "warning: plasma.nka" in repr(run)


def test_a_rest_beyond_the_free_energy_of_atp_is_named() -> None:
    (warning,) = rest(load("Kay2017_cell").with_({"plasma.nka.I_max": "1.5 uA/cm2"})).warnings
    assert "2.31 times" in warning
    assert "nka_constant" in warning


def test_a_rest_with_less_than_one_ion_says_so() -> None:
    found = rest(load("Kay2017_cell").with_({"plasma.nka.scale": 5}))
    assert found.verdict == "stable"
    assert "less than one ion is left of cytosol.Na" in found.status


def test_a_changed_temperature_is_remarked() -> None:
    (warning,) = rest(load("Dijkstra2016_neuron").with_({"temperature": "20 degC"})).warnings
    assert "rates and gates do not" in warning


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bath.K": "0 mM"}, "leaves no K"),
        ({"bath.K": "150 mM"}, "keeping bath neutral"),
        ({"temperature": "500 degC"}, "outside its range"),
        ({"plasma.area": "0 um2"}, "must be positive"),
        ({"cytosol.volume": "0 um3"}, "must be positive"),
        ({"plasma.capacitance": "0 uF/cm2"}, "must be positive"),
        ({"plasma.nka.scale": "1e400"}, "has to be finite"),
    ],
)
def test_what_no_cell_could_have_is_refused(changes: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        load("Kay2017_cell").with_(changes)


@pytest.mark.parametrize(
    ("cell", "protocol"),
    [
        ("Kay2017_cell", "ramp cytosol.X.z to -2 over 10 min"),
        ("Huebel2016_neuron", "ramp ecs.X.z to -0.2 over 10 s"),
        ("Huebel2016_neuron", "ramp ecs.total_volume to 3000 um3 over 10 s"),
        ("Dijkstra2016_neuron", "ramp bath.X.z to -0.5 over 1 s, bath.X to 40 mM over 1 s"),
    ],
)
def test_ramps_that_belong_to_no_flux_are_refused(cell: str, protocol: str) -> None:
    """Their charge or water would appear from nowhere, and the audit would be off."""
    with pytest.raises(InputError):
        simulate(cell, protocol)


def test_numbers_beyond_double_precision_are_an_error_in_words() -> None:
    with pytest.raises(NumericalError, match="double precision"):
        rest(load("Kay2017_cell").with_({"cytosol.Na": "1e200 mM"}))


def test_a_start_and_a_record_have_a_least_size() -> None:
    with pytest.raises(InputError, match="state vector or a rest"):
        rest("Kay2017_cell", start="random")  # type: ignore[call-overload]
    with pytest.raises(InputError, match="at least 2 points"):
        simulate("Kay2017_cell", "rest 1 s", points=0)


def test_the_closure_may_be_given_with_the_verb() -> None:
    assert rest("Dusterwald2018_neuron", closure="electroneutral")["cytosol.K"] == pytest.approx(122.877, abs=1e-3)
    run = simulate("Kay2017_cell", "rest 1 s", closure="electroneutral")
    assert run.cell.closure == "electroneutral"


def test_a_volume_that_would_vanish_is_refused() -> None:
    with pytest.raises(InputError, match="volume of -160"):
        simulate("Huebel2016_neuron", "ecs.total_volume = 2000 um3 for 1 s")


def test_an_interrupt_between_stretches_keeps_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    inner, count = Run.segment, iter(range(1000))

    def segment(self: Run, *arguments: object) -> None:
        if next(count) == 3:
            raise KeyboardInterrupt
        inner(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "segment", segment)
    run = simulate("Kay2017_cell", "pulse bath.K = 8 mM for 1 s every 2 s, 10 times")
    assert run.status == "cancelled"
    assert run.time[-1] == pytest.approx(3000.0)
    assert np.all(np.isfinite(run["plasma.V"]))


def test_nothing_past_the_end_of_a_failed_run_reads_as_data() -> None:
    """Not even what depends on parameters alone, such as the rate of a constant pump."""
    run = simulate("KeenerSneyd_cell", "plasma.nka.scale = 30 for 30 min; rest 1 h")
    assert run.status == "non_finite"
    lost = ~np.all(np.isfinite(run.x), axis=1)
    assert np.any(lost)
    for name in run.names:
        assert np.all(np.isnan(run[name][lost])), name


def test_the_step_limit_holds_for_the_whole_run() -> None:
    run = simulate("Kay2017_cell", "pulse bath.K = 8 mM for 1 s every 2 s, 40 times", max_steps=60)
    assert run.status == "step_limit"
    assert run.statistics.steps + run.statistics.rejected <= 61


@pytest.mark.parametrize("scale", [0.1, 0.05, 10.0])
def test_the_closures_agree_on_the_rest_of_an_excitable_cell(scale: float) -> None:
    """Floating potentials have inertia in the search; without it a fold of the current-voltage curve stops it."""
    cell = load("Dijkstra2016_neuron").with_({"plasma.nka.scale": scale})
    one, other = rest(cell), rest(cell.with_(closure="electroneutral"))
    assert one.verdict == other.verdict == "stable"
    assert one["plasma.V"] == pytest.approx(other["plasma.V"], abs=0.05)


def test_a_mode_of_a_million_years_is_told_from_none() -> None:
    """The slowest eigenvalue follows the leak that sets it over thirteen decades: no noise of the fast modes in it."""
    cell = load("Huebel2016_neuron").with_({"plasma.nka.scale": 0})
    slow = [rest(cell.with_({"plasma.cl_leak.scale": s})).eigenvalues[0].real / s for s in (1e-6, 1e-9, 1e-13)]
    assert slow[0] < 0
    assert slow[1:] == pytest.approx([slow[0]] * 2, rel=1e-3)
