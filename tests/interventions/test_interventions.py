"""Interventions: data that say where they come from, and laws that do what pharmacology says."""

import subprocess
import sys

import pytest
from protocols.bench_cell import CELL, BenchCell

from ionostat import interventions
from ionostat.errors import InputError, UnknownNameError
from ionostat.interventions import Effect, Intervention
from ionostat.units import quantity

EVERY = interventions.all()


def name(one: Intervention) -> str:
    return one.name


def left(agent: str, dose: str) -> dict[str, float]:
    return interventions.get(agent).changes(dose, CELL)


def test_the_promised_ones_are_there_in_order() -> None:
    names = [one.name for one in EVERY]
    assert names == sorted(names, key=str.lower)
    assert {"ouabain", "ouabain_rat", "digoxin", "vanadate", "pump_stop", "TTX", "TEA", "bumetanide"} <= set(names)
    assert {"furosemide", "VU0463271", "high_potassium", "low_potassium", "hypoosmotic", "hyperosmotic"} <= set(names)


def test_names_are_unique() -> None:
    names = [n.lower() for n in interventions.names()]
    assert len(names) == len(set(names)) == sum(1 + len(one.aliases) for one in EVERY)


@pytest.mark.parametrize("one", EVERY, ids=name)
def test_each_says_what_it_does_on_what_and_who_says_so(one: Intervention) -> None:
    assert one.what.endswith(".")
    assert one.source
    assert one.law.formula
    assert one.targets
    assert one.name.isidentifier()
    if one.dose_unit is not None:
        assert one.dose(one.example) > 0
    if one.range is not None and one.half is not None:
        low, high = (quantity(limit, "mM") for limit in one.range)
        assert low <= quantity(one.half, "mM") <= high


@pytest.mark.parametrize("one", [one for one in EVERY if one.half], ids=name)
def test_a_block_halves_at_its_half_concentration(one: Intervention) -> None:
    half = quantity(one.half, "mM")
    assert one.law.effect(half, 1.0)(1.0) == 0.5
    assert one.law.effect(0.0, 1.0)(1.0) == 1.0
    shares = [one.law.effect(half * 10.0**k, 1.0)(1.0) for k in range(-6, 7)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 < share < 1 for share in shares)


def test_ouabain_on_human_and_rat_pumps() -> None:
    """Practice problem 26: 20 nM occupies half of the human pumps and 4.2e-4 of the rat's."""
    assert left("ouabain", "20 nM") == {"plasma.nka.scale": 0.5}
    assert 1 - left("ouabain_rat", "20 nM")["plasma.nka.scale"] == pytest.approx(4.2e-4, rel=0.01)


def test_a_block_multiplies_the_start_value() -> None:
    assert left("VU0463271", "60 nM") == {"plasma.kcc2.scale": 1.0}
    assert left("furosemide", "30 uM") == {"plasma.kcc2.scale": 1.0, "plasma.nkcc1.scale": 0.5}
    assert interventions.get("pump_stop").changes(None, CELL) == {"plasma.nka.scale": 0.0}


def test_media() -> None:
    assert left("high_potassium", "8 mM") == {"bath.K": 8.0}
    assert left("low_potassium", "2 mM") == {"bath.K": 2.0}
    for agent, factor in (("hypoosmotic", 0.75), ("hyperosmotic", 1.25)):
        assert left(agent, "25 %") == {p: CELL.value(p) * factor for p in ("bath.K", "bath.Na", "bath.Cl")}


@pytest.mark.parametrize(
    ("agent", "dose", "message"),
    [
        ("ouabain", None, "ouabain needs a dose\n  hint: write 'ouabain 1 mM'"),
        ("ouabain", "1 mV", "is a concentration"),
        ("ouabain", "-1 mM", "cannot be negative"),
        ("ouabain", 1, "has no unit"),
        ("pump_stop", "1 mM", "takes no dose"),
        ("TEA", "1 mM", r"acts on \*.kv\*.scale; this cell has no such parameter\n  hint: this cell has plasma.nav"),
        ("high_potassium", "3 mM", "must be above the start value 3; got 3"),
        ("low_potassium", "8 mM", "must be below"),
        ("hypoosmotic", "100 %", "less than 100 %"),
    ],
)
def test_what_is_refused(agent: str, dose: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        interventions.get(agent).changes(dose, CELL)


def test_a_missing_pump_is_answered_with_what_the_pump_offers() -> None:
    class NoScale:
        def paths(self) -> list[str]:
            return ["bath.K", "plasma.nka.density"]

    with pytest.raises(InputError, match=r"ouabain acts on \*.nka.scale.*\n  hint: this cell has plasma.nka.density"):
        interventions.get("ouabain").matches(NoScale())  # type: ignore[arg-type]


def test_a_state_is_no_target() -> None:
    """In a closed extracellular space K is a state: no intervention may set it."""

    class Closed(BenchCell):
        def is_amount(self, path: str) -> bool:
            return path.startswith(("cytosol.", "bath."))

    with pytest.raises(InputError, match=r"high_potassium acts on bath.K; this cell has no such parameter"):
        interventions.get("high_potassium").changes("8 mM", Closed())


def test_an_unknown_name() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'ouabain'"):
        interventions.get("oubain")


def test_aliases_and_capitals() -> None:
    assert interventions.get("ttx") is interventions.get("Tetrodotoxin")


def test_effects() -> None:
    assert Effect()(5.0) == 5.0
    assert Effect.to(2.0)(5.0) == 2.0
    assert Effect.times(2.0)(5.0) == 10.0


def test_importing_loads_nothing_heavy() -> None:
    heavy = "{'pint', 'numpy', 'sympy', 'scipy', 'xarray', 'ruamel'}"
    code = f"import sys, ionostat.interventions, ionostat.protocols; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
