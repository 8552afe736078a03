"""The public suite finds what is wrong: flawed mechanisms, each with its sentence; and flawed cells."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cell.small import exchanged, one_node

from ionostat import Mechanism, load, option, parameter
from ionostat.cell.checks import check
from ionostat.cell.description import Deviation, Number
from ionostat.cell.load import load_text
from ionostat.maths import exp, exprel, log
from ionostat.mechanisms.gates import Gate, OhmicGatedChannel, exponential, linoid
from ionostat.species import ATP, Cl, K, Na
from ionostat.testing import check_cell, check_mechanism


class Good(Mechanism):
    """A leak of potassium: J = -(g/F) (V - E_K). Author (2024)."""

    moves: Any = {K: 1}
    g = parameter("nS", range=(0.0, 1e6), doc="conductance", extensive=True)

    def rate(self, at: Any) -> Any:
        return at.ohmic_influx(K, self.g)


class NoFormula(Good):
    """A leak of potassium after Author (2024)."""


class NoSource(Good):
    """A leak of potassium: J = -(g/F) (V - E_K)."""


class NoDoc(Good):
    __doc__ = ""


class NoMeaning(Good):
    """J = g, Author (2024)."""

    extra = parameter("mV", 1.0, source="Author (2024)")


class NoSourceOfDefault(Good):
    """J = g, Author (2024)."""

    extra = parameter("mV", 1.0, doc="something")


class UnknownUnit(Good):
    """J = g, Author (2024)."""

    extra = parameter("flurb", 1.0, doc="something", source="Author (2024)")


class OutOfRange(Good):
    """J = g, Author (2024)."""

    extra = parameter("mV", 5.0, range=(0.0, 1.0), doc="something", source="Author (2024)")


class EmptyRange(Good):
    """J = g, Author (2024)."""

    extra = parameter("mV", 1.0, range=(1.0, 1.0), doc="something", source="Author (2024)")


class HalfAnIon(Good):
    """J = g, Author (2024)."""

    moves = {K: 0.5}


class ByName(Good):
    """J = g, Author (2024)."""

    moves = {"K": 1}


class Nothing(Good):
    """J = g, Author (2024)."""

    moves = {}


class HalfAnATP(Good):
    """J = g, Author (2024)."""

    reacts = {ATP: -0.5}


class ACurrent(Good):
    """I = g (V - E_K), Author (2024)."""

    def rate(self, at: Any) -> Any:
        return -self.g * (at.V - at.E(K))


class MixedDimensions(Good):
    """J = g (V - [K]), Author (2024)."""

    def rate(self, at: Any) -> Any:
        return -self.g * (at.V - at.inside.K) / at.F


class ExponentWithUnit(Good):
    """J = g exp(V), Author (2024)."""

    def rate(self, at: Any) -> Any:
        return at.ohmic_influx(K, self.g) * exp(at.V)


class WrongIon(Good):
    """J = g, Author (2024)."""

    def rate(self, at: Any) -> Any:
        return at.ohmic_influx(K, self.g) * at.inside.Kalium / at.outside.K


class ScaledTwice(Good):
    """J = scale g (V - E_K)/F, Author (2024)."""

    def rate(self, at: Any) -> Any:
        return self.scale * at.ohmic_influx(K, self.g)


class NotProportional(Good):
    """J = -(g/F) (V - E_K) (1 + g/g0), Author (2024)."""

    basis = "membrane"
    g0 = parameter("nS", 1.0, doc="reference", source="Author (2024)", range=(0.0, 1e6))

    def rate(self, at: Any) -> Any:
        return at.ohmic_influx(K, self.g) * (1 + self.g / self.g0)


class Hole(Good):
    """J = P u (c_out e^-u - c_in)/(1 - e^-u), written as it is printed: a hole at V = 0. Author (2024)."""

    P = parameter("um3/ms", doc="permeability", range=(0.0, 1e6), extensive=True)
    g = parameter("nS", 0.0, doc="unused", source="Author (2024)", extensive=True)

    def rate(self, at: Any) -> Any:
        u = at.V / at.U
        return self.P * u * (at.outside.K * exp(-u) - at.inside.K) / (1 - exp(-u))


class Kink(Good):
    """J = -(g/F) (V - E_K) (1 + |V|/U), Author (2024)."""

    def rate(self, at: Any) -> Any:
        return at.ohmic_influx(K, self.g) * (1 + abs(at.V) / at.U)


class Uphill(Good):
    """J = +(g/F) (V - E_K), Author (2024)."""

    def rate(self, at: Any) -> Any:
        return -at.ohmic_influx(K, self.g)


class WrongReversal(Good):
    """J = -(g/F) (V - E_Cl), Author (2024)."""

    def rate(self, at: Any) -> Any:
        return -self.g * (at.V - at.E(Cl)) / at.F


class OneGradient(Good):
    """J = g U/F ln([K]o/[K]i): cotransport that sees one of its two ions. Author (2024)."""

    moves = {K: 1, Cl: 1}

    def rate(self, at: Any) -> Any:
        return self.g * at.U / at.F * log(at.outside.K / at.inside.K)


class Counts(Good):
    """J = g, Author (2024)."""

    def rate(self, at: Any) -> Any:
        self.values["calls"] = self.values.get("calls", 0) + 1
        return at.ohmic_influx(K, self.g)


class Scribbles(Good):
    """J = g, Author (2024)."""

    def rate(self, at: Any) -> Any:
        if isinstance(at.inside.K, np.ndarray):
            at.inside.concentrations["K"] *= 1.0
            at.inside.concentrations["Li"][:] = 0.0
        return at.ohmic_influx(K, self.g)


class PythonBranch(Good):
    """J = g where V > 0, Author (2024)."""

    def rate(self, at: Any) -> Any:
        import math

        return at.ohmic_influx(K, self.g) * (1 + math.tanh(float(np.mean(np.asarray(at.inside.Na, dtype=float)))))


class Channel(OhmicGatedChannel):
    """I = g n (V - E), Author (2024)."""

    ion = Na
    n = Gate(linoid(0.1, -40, 10), exponential(0.1, -60, 20), "Author (2024)")

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        return gate["n"]


class LeavesTheRange(Channel):
    """I = g n (V - E), Author (2024)."""

    def state_rates(self, at: Any) -> dict[str, Any]:
        return {"n": self.speed * self.gates["n"].rates(self, at.V)[0]}


class NoRest(Channel):
    """I = g n (V - E), Author (2024)."""

    def initial_states(self, at: Any) -> dict[str, Any]:
        return {}


class FalseRest(Channel):
    """I = g n (V - E), Author (2024)."""

    def initial_states(self, at: Any) -> dict[str, Any]:
        return {"n": 0.5 + 0 * at.V / at.U}


class WrongTime(Channel):
    """I = g n (V - E), Author (2024)."""

    def state_rates(self, at: Any) -> dict[str, Any]:
        return {"n": 0 * at.V}


FLAWED = {
    NoFormula: "its docstring has no formula",
    NoSource: "its docstring has no source",
    NoDoc: "it has no docstring",
    NoMeaning: "parameter 'extra' does not say what it is",
    NoSourceOfDefault: "parameter 'extra' has a default without a source",
    UnknownUnit: "parameter 'extra': unknown unit",
    OutOfRange: "parameter 'extra' = 5 is outside its range, 0 to 1",
    EmptyRange: "parameter 'extra' has an empty range",
    HalfAnIon: "stoichiometry is in whole numbers",
    ByName: "`moves` names 'K', which is no Species",
    Nothing: "it moves nothing",
    HalfAnATP: "`reacts` has -0.5 of ATP",
    ACurrent: "the rate is a current density; expected a flux density",
    MixedDimensions: "the rate mixes dimensions",
    ExponentWithUnit: "the rate mixes dimensions",
    WrongIon: "has no Kalium",
    ScaledTwice: "`rate` uses `scale`",
    NotProportional: "its rate is not proportional to g, which",
    Hole: "its rate is not finite at V = 0 mV",
    Kink: "the slope of its rate jumps at V = 0",
    Uphill: "it runs uphill without ATP",
    WrongReversal: "it runs uphill without ATP",
    OneGradient: "it runs uphill without ATP",
    Counts: "`rate` changes the mechanism itself",
    LeavesTheRange: "state 'n' leaves the range 0..1",
    NoRest: "`initial_states` gives no value for 'n'",
    FalseRest: "state 'n' does not stand still",
    WrongTime: "the rate of change of state n is a voltage",
}


@pytest.mark.parametrize("kind", FLAWED, ids=lambda k: k.__name__)
def test_a_flaw_is_named_in_a_sentence(kind: type[Mechanism]) -> None:
    with np.errstate(all="ignore"), pytest.raises(AssertionError) as refused:
        check_mechanism(kind)
    assert str(refused.value).startswith(kind.__name__)
    assert FLAWED[kind] in str(refused.value)


def test_what_is_right_passes() -> None:
    check_mechanism(Good)
    check_mechanism(Good, g="0.3 mS/cm2")
    check_mechanism(Good({"g": 2.0}))
    check_mechanism(Channel, g="2 nS", speed=3.0)


def test_a_smooth_hole_passes() -> None:
    class Filled(Hole):
        """J = P (c_out/exprel(u) - c_in/exprel(-u)), Author (2024)."""

        def rate(self, at: Any) -> Any:
            u = at.V / at.U
            return self.P * (at.outside.K / exprel(u) - at.inside.K / exprel(-u))

    check_mechanism(Filled, P=1e-3)


def test_what_is_declared_empirical_is_not_held_to_the_second_law() -> None:
    class Declared(Uphill):
        """J = +(g/F) (V - E_K), Author (2024)."""

        empirical = "for a test"

    check_mechanism(Declared)


def test_a_side_effect_on_the_context_is_found() -> None:
    with pytest.raises(AssertionError, match="changes the concentrations"):
        check_mechanism(Scribbles)


def test_a_law_for_floats_only_is_refused() -> None:
    with pytest.raises((AssertionError, TypeError)):
        check_mechanism(PythonBranch)


def test_wrong_values_are_refused_at_the_door() -> None:
    with pytest.raises(AssertionError, match="it has no 'conductance'"):
        check_mechanism(Good, conductance=1.0)
    with pytest.raises(AssertionError, match="is a conductance density"):
        check_mechanism(Good, g="3 mM")


def test_options_default_to_potassium() -> None:
    class Any_(Good):
        """J = -(g/F) (V - E), Author (2024)."""

        ion: Any = option("ion", "the ion")

        @property
        def moves(self) -> Any:
            return {self.ion: 1}

        def rate(self, at: Any) -> Any:
            return at.ohmic_influx(self.ion, self.g)

    check_mechanism(Any_)
    check_mechanism(Any_, ion=Cl)


# Cells


def broken(cell: Any) -> dict[str, str]:
    return {f.law: f.message for f in check(cell) if not f.ok}


def test_a_bath_that_is_not_neutral_is_found() -> None:
    kay = load("Kay2017_cell")
    numbers = {**kay.numbers, "bath.Na": Number(150.0, "mM", "150 mM", "kay")}
    assert "bath is not neutral: its charges add up to +3 mM" in broken(replace(kay, numbers=numbers))["neutral_baths"]


def test_a_number_without_a_source_is_found() -> None:
    kay = load("Kay2017_cell")
    numbers = {**kay.numbers, "plasma.capacitance": Number(0.01, "pF/um2", "1 uF/cm2", "")}
    assert broken(replace(kay, numbers=numbers)) == {"sources": "no source for plasma.capacitance"}


def test_a_number_out_of_range_is_found() -> None:
    kay = load("Kay2017_cell")
    numbers = {**kay.numbers, "plasma.nka.scale": Number(-1.0, "1", "-1", "kay")}
    assert "plasma.nka.scale = -1 is outside its range" in broken(replace(kay, numbers=numbers))["ranges"]


def test_a_pump_that_needs_more_than_atp_gives_is_found() -> None:
    starved = load("Kay2017_cell").with_(
        {"energy.ATP": "1 uM", "energy.ADP": "3 mM", "cytosol.Na": 20, "cytosol.K": 130}
    )
    message = broken(starved)["second_law"]
    assert message.startswith("plasma.nka turns against its driving force: it needs")


def test_numbers_from_memory_are_a_notice() -> None:
    notices = [f for f in check(load("Dijkstra2016_neuron")) if "memory" in f.message]
    assert notices
    assert all(f.ok and f.law == "sources" for f in notices)


def test_a_deviation_excuses_its_law_and_nothing_else() -> None:
    lonely = load_text(exchanged(""))
    excused = [f for f in check(lonely) if f.deviation]
    assert [(f.law, f.ok, f.deviation) for f in excused] == [("charge", True, "no_counter_ion")]
    check_cell(lonely)
    other = replace(lonely, deviations=(Deviation("no_counter_ion", "", "test", ("mass",)),))
    assert "leaves charge behind" in broken(other)["charge"]
    assert "waives 'mass', which nothing breaks" in broken(other)["deviations"]


def test_a_deviation_from_a_law_that_does_not_exist_is_a_complaint() -> None:
    made = replace(load_text(one_node()), deviations=(Deviation("odd", "", "test", ("gravity",)),))
    assert "waives 'gravity', which is no law" in broken(made)["deviations"]
    with pytest.raises(AssertionError, match="one_node breaks 1 law"):
        check_cell(made)
