"""Conditions: read from text, found at their instant, recorded, and ending a run."""

import json

import numpy as np
import pytest
import xarray

from ionostat import load, simulate
from ionostat.cell.load import load_text
from ionostat.errors import InputError
from ionostat.studies.conditions import condition

UNITS = {"cytosol.volume": "um3", "plasma.V": "mV", "plasma.nka.efficiency": "1", "cytosol.Na": "mM"}
OUABAIN = "rest 1 min; ouabain 1 mM for 10 h"
STIMULUS = "rest 20 ms; plasma.stim.I = 10 uA/cm2 for 100 ms; rest 20 ms"


@pytest.mark.parametrize(
    ("text", "name", "rising", "level"),
    [
        ("cytosol.volume > 3 pL", "cytosol.volume", True, 3000.0),
        ("  plasma.V<-80mV ", "plasma.V", False, -80.0),
        ("plasma.V >= −0.02 V", "plasma.V", True, -20.0),
        ("plasma.nka.efficiency < 0.4", "plasma.nka.efficiency", False, 0.4),
    ],
)
def test_conditions_are_read_with_their_units(text, name, rising, level):
    read = condition(text, UNITS)
    assert (read.name, read.rising, read.part) == (name, rising, None)
    assert read.level == pytest.approx(level)


def test_percent_is_relative_to_the_start():
    read = condition("cytosol.volume > 150 %", UNITS)
    assert read.part == 1.5
    assert read.from_start(2000.0).level == 3000.0
    with pytest.raises(InputError, match="ambiguous"):
        condition("plasma.V > 50 %", UNITS).from_start(-70.0)


@pytest.mark.parametrize(
    ("text", "complaint", "hint", "marked"),
    [
        ("cytosol.volum > 3 pL", "unknown quantity 'cytosol.volum'", "did you mean 'cytosol.volume'", "cytosol.volum"),
        ("plasma.V > 3 mM", "plasma.V is a voltage", "did you mean '3 mV'", "3 mM"),
        ("plasma.V > 3", "'3' has no unit", "write '3 mV'", "3"),
        ("plasma.V > 3 mVV", "unknown unit 'mVV'", "did you mean 'mV'", "mVV"),
        ("plasma.V > high", "needs a number", "conditions look like", "high"),
        ("plasma.V = 3 mV", "has one '>' or '<'", "conditions look like", "plasma.V = 3 mV"),
        ("1 mV < plasma.V < 3 mV", "has one '>' or '<'", "conditions look like", "<"),
        ("> 3 mV", "what is to be above", "conditions look like", ">"),
        ("", "has one '>' or '<'", "conditions look like", ""),
    ],
)
def test_refusals_say_what_is_wrong_and_show_where(text, complaint, hint, marked):
    with pytest.raises(InputError) as caught:
        condition(text, UNITS)
    message = str(caught.value)
    assert complaint in message
    assert hint in message
    lines = message.splitlines()
    caret = next(line for line in lines if set(line.strip()) == {"^"})
    shown = lines[lines.index(caret) - 1]
    assert shown[caret.index("^") :].startswith(marked.strip())


def test_something_else_than_text_is_refused():
    with pytest.raises(InputError, match="a condition is text"):
        simulate("Kay2017_cell", duration="1 s", events=[3])


def test_a_condition_to_stop_ends_the_run_at_its_instant():
    run = simulate("Kay2017_cell", OUABAIN, stop="cytosol.volume > 150 %", events="cytosol.Na > 100 mM")
    assert run.status == "stopped"
    sodium, swollen = run.crossings
    assert run.time[run.end] == swollen.time
    assert run["cytosol.volume"][run.end] == pytest.approx(1.5 * run["cytosol.volume"][0], rel=1e-12)
    assert np.all(np.isnan(run["plasma.V"][run.end + 1 :]))
    assert np.all(np.diff(run.time) > 0)
    assert sodium.value == pytest.approx(100.0, rel=1e-9)
    assert sodium.time < swollen.time
    exact = simulate("Kay2017_cell", OUABAIN, stop="cytosol.volume > 150 %", rtol=1e-11)
    assert swollen.time == pytest.approx(exact.crossings[0].time, rel=1e-6)
    assert run.audit.worst < 1e-12


def test_the_sentence_says_how_large_a_volume_is():
    run = simulate("Kay2017_cell", OUABAIN, stop="cytosol.volume > 300 fL")
    assert run.sentence == "cytosol.volume rose above 300 fL (1.675 times the volume at the start) at 41.9 min"
    assert f"stopped: {run.sentence}" in repr(run)


@pytest.mark.parametrize("closure", ["capacitive", "electroneutral"])
def test_both_engines_find_the_same_instants(closure):
    wanted = ("plasma.V > -40 mV", "cytosol.Na > 60 mM", "plasma.E_K > -70 mV", "cytosol.Cl > 20 mM")
    runs = [
        simulate("Kay2017_cell", "rest 10 s; ouabain 1 mM for 1 h", engine=e, closure=closure, events=wanted, rtol=1e-9)
        for e in ("native", "reference")
    ]
    native, reference = ([(c.condition.text, c.time) for c in run.crossings] for run in runs)
    assert [text for text, _ in native] == [text for text, _ in reference]
    assert {text for text, _ in native} == set(wanted)
    np.testing.assert_allclose([t for _, t in native], [t for _, t in reference], rtol=1e-6)


def test_spikes_are_crossings_and_falls_are_not_rises():
    run = simulate("HodgkinHuxley1952_axon", STIMULUS, events=("plasma.V > 0 mV", "plasma.V < 0 mV"), points=10)
    up = [c.time for c in run.crossings if c.condition.rising]
    down = [c.time for c in run.crossings if not c.condition.rising]
    np.testing.assert_allclose(up, run.activity["plasma"].spikes, atol=1e-9)
    assert len(down) == len(up) == 7
    assert all(a < b for a, b in zip(up, down, strict=True))
    assert run.crossings_in_words()[0].startswith("plasma.V rose above 0 mV 7 times, the first at 21.9 ms")


def test_a_change_can_make_a_condition_true_at_once():
    protocol = "rest 1 s; bath.K = 20 mM for 1 s; rest 1 s"
    run = simulate("Kay2017_cell", protocol, events="bath.K > 10 mM", stop="bath.K < 10 mM")
    assert [c.time for c in run.crossings] == [1000.0, 2000.0]
    assert run.status == "stopped"
    assert run.time[-1] == 2000.0


def test_what_holds_from_the_start_counts_when_it_becomes_true_anew():
    run = simulate("Kay2017_cell", "rest 1 s", stop="plasma.V < -50 mV")
    assert run.status == "ok"
    assert run.crossings == ()
    assert "plasma.V < -50 mV: this holds from the start, and counts when it becomes true anew" in run.notes
    assert "plasma.V < -50 mV: this did not happen" in run.notes


def test_ramped_parameters_can_be_conditions():
    run = simulate("Kay2017_cell", "bath.K -> 25 mM over 100 s", events="bath.K > 10 mM")
    before = load("Kay2017_cell")["bath.K"]
    assert [c.time for c in run.crossings] == pytest.approx([1e5 * (10 - before) / (25 - before)], rel=1e-9)


def test_crossings_are_in_every_record(tmp_path):
    run = simulate("Kay2017_cell", OUABAIN, stop="cytosol.volume > 150 %")
    expected = {
        "condition": "cytosol.volume > 150 %",
        "name": "cytosol.volume",
        "direction": "up",
        "time": {"value": run.crossings[0].time, "unit": "ms"},
        "value": {"value": run.crossings[0].value, "unit": "um3"},
        "stops": True,
    }
    assert run.to_dict()["crossings"] == [expected]
    with xarray.open_dataset(run.save(tmp_path / "run.nc"), engine="scipy") as data:
        assert json.loads(data.attrs["crossings"]) == [expected]


GREEDY = """
cell: Greedy
title: A pump that takes sodium at a constant rate, and a leak that lets in less
sources: {choice: {cite: Choice of this file}}
source: choice
temperature: 37 degC
closure: capacitive
compartments:
  bath: {kind: bath, concentrations: {Na: 145 mM, K: 5 mM, Cl: 150 mM}}
  cytosol:
    kind: swelling
    volume: 2000 um3
    eliminate: K
    closes: X.z
    concentrations: {Na: 10 mM, K: 140 mM, Cl: 10 mM}
    impermeants: {X: {concentration: 140 mM}}
membranes:
  plasma:
    inside: cytosol
    outside: bath
    V: -70 mV
    area: 770 um2
    capacitance: 1 uF/cm2
    mechanisms:
      nka: {type: nka_constant, I_max: 8 uA/cm2}
      k_leak: {type: leak_ghk, ion: K, P: 1e-6 cm/s}
      na_leak: {type: leak_ghk, ion: Na, P: 1e-9 cm/s}
      cl_leak: {type: leak_ghk, ion: Cl, P: 4.5e-7 cm/s}
      water: {type: water, Pf: 0.01 cm/s}
"""


def test_what_runs_out_ends_the_run_at_that_instant():
    cell = load_text(GREEDY)
    few, many, exact, other = (
        simulate(cell, "rest 10 min", start="file", points=points, rtol=rtol, engine=engine)
        for points, rtol, engine in ((5, 1e-7, "native"), (300, 1e-7, "native"), (5, 1e-11, "native"),
                                     (20, 1e-9, "reference"))
    )  # fmt: skip
    for run in (few, many, exact, other):
        assert run.status == "exhausted"
        assert run.sentence == f"cytosol.Na was exhausted at {exact.ended / 1000:.6g} s"
        assert np.all(np.isnan(run["cytosol.Na"][run.time > run.ended]))
        assert np.all(run["cytosol.Na"][run.time < run.ended] > 0)
    assert few.ended == many.ended == pytest.approx(exact.ended, rel=1e-7)
    assert other.ended == pytest.approx(exact.ended, rel=1e-7)
