"""Protocols as text, Python and JSON are the same protocols."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protocols.bench_cell import CELL

from ionostat import interventions
from ionostat.protocols import Protocol
from ionostat.protocols.changes import Add, Dose, Scale, Set, Toward
from ionostat.protocols.quantities import TIMES, Quantity, write_time
from ionostat.protocols.steps import Apply, At, Pulse, Ramp, Rest, Until, Wash
from ionostat.units import factor, mM


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("hold 10min", "rest 10 min"),
        ("run for 0.5 h", "rest 30 min"),
        ("wait 1 h 30 min", "rest 90 min"),
        ("run until 2 h", "until 2 h"),
        ("washout for 1 h", "wash 1 h"),
        ("wash out 1 h", "wash 1 h"),
        ("wash out; rest 1 s", "wash; rest 1 s"),
        ("OUABAIN 1 mM for 2 h", "ouabain 1 mM for 2 h"),
        ("tetrodotoxin 1 µM for 2 h", "TTX 1 µM for 2 h"),
        ("apply ouabain 1 mM for 2 h", "ouabain 1 mM for 2 h"),
        ("set bath.K=8mM for 30min;", "bath.K = 8 mM for 30 min"),
        ("pump_stop for 5 min", "pump_stop for 5 min"),
        ("plasma.nka.scale*0.5 for 1 d", "plasma.nka.scale x 0.5 for 1 d"),
        ("plasma.nka.scale × 50% for 1 h", "plasma.nka.scale x 0.5 for 1 h"),
        ("bath.K → 12 mM over 10 min", "ramp bath.K -> 12 mM over 10 min"),
        ("ramp bath.K to 12 mM over 10 min", "ramp bath.K -> 12 mM over 10 min"),
        ("bath.K from 3 mM to 12 mM over 1 s", "ramp bath.K from 3 mM to 12 mM over 1 s"),
        ("bath.K -> 12 mM, bath.Na -> 136 mM over 1 s", "ramp bath.K -> 12 mM, bath.Na -> 136 mM over 1 s"),
        ("pulse plasma.stim.I = −20 pA for 1 ms", "plasma.stim.I = -20 pA for 1 ms"),
        (
            "plasma.stim.I = 20 pA for 1 ms, every 10 ms 20 times",
            "pulse plasma.stim.I = 20 pA for 1 ms every 10 ms, 20 times",
        ),
        ("add 5 mM cytosol.Na", "add cytosol.Na 5 mM"),
        ("add 5 mM to cytosol.Na", "add cytosol.Na 5 mM"),
        ("at 0 s: pump_stop for 1 s", "at 0 s: pump_stop for 1 s"),
        ("a.b.rate = 5 1/ms for 1 s", "a.b.rate = 5 1/ms for 1 s"),
        ("rest 1 s # a comment; wash 1 h\n\n  wash 2 s\n", "rest 1 s; wash 2 s"),
    ],
)
def test_many_ways_to_say_it(text: str, canonical: str) -> None:
    protocol = Protocol.parse(text)
    assert str(protocol) == canonical
    assert Protocol.parse(canonical) == protocol


def test_the_builder_says_the_same() -> None:
    built = (
        Protocol()
        .rest("10 min")
        .apply("ouabain", "1 mM", "2 h")
        .apply("pump_stop", for_="5 min")
        .set("bath.K", 8 * mM, for_="30 min")
        .scale("plasma.nka.scale", 0.5)
        .change("bath.K = 8 mM", Scale("plasma.nka.scale", 0.5), for_="1 s")
        .ramp("bath.K", "12 mM", "10 min", start="3 mM")
        .pulse("plasma.stim.I", "20 pA", "1 ms", "10 ms", 20)
        .add("cytosol.Na", "5 mM")
        .at("5 min", "pump_stop for 1 min")
        .until("5 h")
        .wash("1 h")
        .wash()
    )
    assert built == Protocol.parse(
        "rest 10 min; ouabain 1 mM for 2 h; pump_stop for 5 min; bath.K = 8 mM for 30 min; plasma.nka.scale x 0.5;"
        "bath.K = 8 mM, plasma.nka.scale x 0.5 for 1 s; ramp bath.K from 3 mM to 12 mM over 10 min;"
        "pulse plasma.stim.I = 20 pA for 1 ms every 10 ms, 20 times; add cytosol.Na 5 mM;"
        "at 5 min: pump_stop for 1 min; until 5 h; wash 1 h; wash"
    )
    assert built.compile(CELL).duration == built.duration == 6 * 3_600_000.0


def test_a_builder_never_changes_its_protocol() -> None:
    start = Protocol()
    start.rest("1 s")
    assert start == Protocol()
    assert Protocol.parse("rest 1 s") + Protocol.parse("wash 1 s") == Protocol.parse("rest 1 s; wash 1 s")


def test_the_units_of_time_are_those_of_the_package() -> None:
    assert {unit: factor(unit) for unit in TIMES} == TIMES


DURATION = st.one_of(
    st.sampled_from([1e-3, 1.0, 1500.0, 60_000.0, 5.4e6, 7.2e6, 8.64e7]),
    st.floats(1e-9, 1e12, allow_subnormal=False),
)
NUMBER = st.floats(-1e30, 1e30)
QUANTITY = st.builds(Quantity, NUMBER, st.sampled_from(["mM", "mV", "uA/cm2", "1/ms", "nS um-2", "", "%", "degC"]))
PATH = st.sampled_from(["bath.K", "plasma.nka.scale", "rest", "a.b.c.d_1", "add", "x1"])
DOSED = [one for one in interventions.all() if one.dose_unit is not None]
DOSES = st.one_of(
    st.just(Dose("pump_stop")),
    st.builds(
        lambda one, x: Dose(one.name, Quantity(x, one.dose_unit.replace("1", ""))),
        st.sampled_from(DOSED),
        st.floats(0, 1),
    ),
)
SETTINGS = st.one_of(st.builds(Set, PATH, QUANTITY), st.builds(Scale, PATH, NUMBER), DOSES)
CHANGES = st.lists(SETTINGS, min_size=1, max_size=3).map(tuple)
TOWARD = st.lists(st.builds(Toward, PATH, QUANTITY, st.none() | QUANTITY), min_size=1, max_size=3).map(tuple)


@st.composite
def pulses(draw: Any) -> Pulse:
    period = draw(DURATION)
    width = draw(st.sampled_from([period, period / 2, period / 7]))
    return Pulse(draw(CHANGES), width, period, draw(st.integers(1, 1_000_000)))


CHANGING = st.one_of(
    st.builds(Apply, CHANGES, st.none() | DURATION),
    st.builds(Apply, st.builds(Add, PATH, QUANTITY).map(lambda add: (add,))),
    st.builds(Ramp, TOWARD, DURATION),
    pulses(),
)
STEP = st.one_of(
    st.builds(Rest, DURATION),
    st.builds(Wash, st.none() | DURATION),
    CHANGING,
    st.builds(At, st.just(0.0) | DURATION, CHANGING),
)


@given(st.lists(STEP, min_size=1, max_size=5).map(tuple), st.floats(1e20, 1e25))
def test_text_and_json_read_back_to_an_equal_protocol(steps: tuple[Any, ...], end: float) -> None:
    protocol = Protocol((*steps, Until(end)))
    assert Protocol.parse(str(protocol)) == protocol
    assert Protocol.from_json(json.loads(json.dumps(protocol.to_json()))) == protocol


@given(st.floats(1e-300, 1e300))
def test_times_are_written_exactly(ms: float) -> None:
    assert Quantity.of(write_time(ms)).into("ms", "a time") == ms
