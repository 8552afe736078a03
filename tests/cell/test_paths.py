"""Numbers by path: units at the door, ranges, and baths that stay neutral."""

import pytest

from ionostat import load
from ionostat.cell.paths import allowed_range, balanced
from ionostat.errors import InputError, UnitError, UnknownNameError
from ionostat.units import mM, registry

KAY = load("Kay2017_cell")


@pytest.mark.parametrize("given", ["8 mM", 8, 8.0, 8 * mM, "0.008 M", "8 mmol/l"])
def test_a_value_may_be_text_a_number_or_a_quantity(given: object) -> None:
    assert KAY.with_({"bath.K": given})["bath.K"] == pytest.approx(8.0)


def test_the_given_cell_is_left_alone() -> None:
    changed = KAY.with_({"plasma.nka.scale": 0.5})
    assert (KAY["plasma.nka.scale"], changed["plasma.nka.scale"]) == (1.0, 0.5)
    assert changed.number("plasma.nka.scale").source == "set by the user"


def test_the_balance_ion_gives_way() -> None:
    changed = KAY.with_({"bath.K": 8})
    assert changed["bath.Na"] == pytest.approx(142.0)
    assert changed.number("bath.Na").source == "follows to keep the bath neutral"


def test_ions_changed_together_need_no_balance() -> None:
    changed = KAY.with_({"bath.K": 8, "bath.Cl": 155})
    assert (changed["bath.Na"], changed["bath.Cl"]) == (147.0, 155.0)


def test_a_balance_ion_that_runs_out_is_refused() -> None:
    with pytest.raises(InputError, match="would need -50 mM Na") as refused:
        KAY.with_({"bath.K": 200})
    assert "147 mM Na to give way" in refused.value.hint


def test_a_balance_ion_that_is_changed_itself_has_to_leave_the_bath_neutral() -> None:
    with pytest.raises(InputError, match="leaves bath with"):
        KAY.with_({"bath.Na": 100})


def test_a_bath_that_does_not_say_how_refuses() -> None:
    from dataclasses import replace

    mute = replace(KAY, compartments=(replace(KAY.compartments[0], balance=None), KAY.compartments[1]))
    with pytest.raises(InputError, match="leaves bath with"):
        balanced(mute, {p: n.value for p, n in mute.numbers.items()}, {"bath.K": 8.0})


def test_wrong_units_unknown_paths_and_ranges_are_refused() -> None:
    with pytest.raises(UnitError, match="K is a concentration"):
        KAY.with_({"bath.K": "8 mV"})
    with pytest.raises(UnitError, match="K is a concentration"):
        KAY.with_({"bath.K": 8 * registry().mV})
    with pytest.raises(UnknownNameError, match="unknown parameter path") as refused:
        KAY.with_({"plasma.nak.scale": 0})
    assert "plasma.nka.scale" in refused.value.hint
    for path, value in (("plasma.nka.scale", -1), ("temperature", 0.0), ("cytosol.volume", -5), ("bath.K", -1)):
        with pytest.raises(InputError, match="outside its range"):
            KAY.with_({path: value})


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("plasma.nka.scale", (0.0, float("inf"))),
        ("cytosol.X.z", (-float("inf"), float("inf"))),
        ("energy.dG0", (-float("inf"), float("inf"))),
        ("temperature", (263.15, 333.15)),
        ("plasma.water.Vw", (1e-6, 1e-4)),
        ("bath.Na", (0.0, float("inf"))),
    ],
)
def test_ranges(path: str, expected: tuple[float, float]) -> None:
    assert allowed_range(KAY, path) == expected


def test_an_unknown_closure_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown closure"):
        KAY.with_(closure="neutral")  # type: ignore[arg-type]
