"""Species carry their charge; errors carry the fix."""

import pytest

from ionostat.errors import (
    CellError,
    CellFileError,
    InputError,
    IonostatError,
    NumericalError,
    ProtocolError,
    UnitError,
    UnknownNameError,
    closest,
    did_you_mean,
)
from ionostat.species import ATP, GHOST, IONS, METABOLITES, WATER, Species


def test_ions_have_their_charges() -> None:
    assert {n: s.z for n, s in IONS.items()} == {
        "Na": 1, "K": 1, "Cl": -1, "Ca": 2, "H": 1, "HCO3": -1, "Li": 1, "NH4": 1,
    }  # fmt: skip
    assert all(n == s.name == str(s) for n, s in {**IONS, **METABOLITES}.items())
    assert (WATER.z, GHOST.z, ATP.z) == (0, 1, -4)


def test_species_are_values() -> None:
    assert Species("Rb", 1) == Species("Rb", 1)
    assert len({Species("Rb", 1), Species("Rb", 1), Species("Rb", 2)}) == 2


def test_every_error_of_the_package_has_one_root() -> None:
    for kind in (InputError, UnitError, UnknownNameError, ProtocolError, CellError, CellFileError, NumericalError):
        assert issubclass(kind, IonostatError)
    for kind in (UnitError, UnknownNameError, ProtocolError, CellError, CellFileError):
        assert issubclass(kind, InputError)


def test_message_hint_and_field_are_kept_apart() -> None:
    error = InputError("it is wrong", hint="do it right", field="bath.K")
    assert (error.message, error.hint, error.field) == ("it is wrong", "do it right", "bath.K")
    assert str(error) == "it is wrong\n  hint: do it right"
    assert str(InputError("it is wrong")) == "it is wrong"


def test_an_unknown_name_knows_the_valid_ones() -> None:
    error = UnknownNameError("ion", "Kk", ["Na", "K"])
    assert error.valid == ["K", "Na"]
    assert "did you mean 'K'?" in str(error)


def test_a_file_error_shows_line_and_caret() -> None:
    error = CellFileError("bad", file="a.yaml", line=3, column=5, text="  K: 1 kg", hint="mM")
    assert str(error) == "a.yaml:3:5: bad\n  K: 1 kg\n    ^\n  hint: mM"
    assert (error.line, error.field) == (3, "a.yaml:3")


@pytest.mark.parametrize(
    ("name", "expected"), [("cytosl", "cytosol"), ("CYTOSOL", "cytosol"), ("bth", "bath"), ("xyzzy", None)]
)
def test_the_closest_name(name: str, expected: str | None) -> None:
    assert closest(name, ["cytosol", "bath", "plasma"]) == expected


def test_far_from_everything_the_list_is_shown_when_short() -> None:
    assert did_you_mean("xyzzy", ["a", "b"]) == "valid names: a, b"
    assert did_you_mean("xyzzy", [f"name{i}" for i in range(50)]) == ""
    assert did_you_mean("x", []) == ""
