"""Many cells started at once are what each of them is alone, and one that cannot start does not stop the others."""

import numpy as np
import pytest
from cell.small import exchanged, one_node
from laws.cases import LIBRARY, cell

from ionostat import load
from ionostat.cell.description import Cell
from ionostat.cell.equations import equations
from ionostat.cell.feasible import scales
from ionostat.cell.load import load_text
from ionostat.cell.paths import balanced
from ionostat.cell.refusals import Noted
from ionostat.cell.start import start, start_many
from ionostat.errors import InputError

ROWS = 16


def numbers(made: Cell, table: dict[str, np.ndarray], noted: Noted) -> dict[str, object]:
    values = {path: n.value for path, n in made.numbers.items()}
    return {**values, **balanced(made, values, table, noted)}


@pytest.mark.parametrize("name", LIBRARY)  # floating potentials of many: tests/studies/ensemble
def test_each_starts_as_it_does_alone(name: str) -> None:
    made = cell(name)
    eq = equations(made)
    rng = np.random.default_rng(3)
    free = [
        "cytosol.Na",
        "cytosol.Cl",
        "temperature",
        *(p for p in ("bath.K", "plasma.capacitance") if p in made.numbers),
    ]
    table = {path: made[path] * rng.uniform(0.98, 1.02, ROWS) for path in free}
    noted = Noted(ROWS)
    many = start_many(eq, made, numbers(made, table, noted), (ROWS,), noted)
    assert np.all(noted.fine)
    sizes = scales(eq, many.x, many.p)
    for row in range(ROWS):
        alone = start(eq, made.with_({path: float(column[row]) for path, column in table.items()}))
        np.testing.assert_allclose(many.p[row], alone.p, rtol=1e-14)
        np.testing.assert_allclose(many.x[row], alone.x, rtol=1e-11, atol=1e-9)
        np.testing.assert_allclose(sizes[row], scales(eq, alone.x, alone.p), rtol=1e-6)


@pytest.mark.parametrize("closes", ["K", "X.n", "X.z"])
def test_whatever_closes_closes_many(closes: str) -> None:
    text = one_node().replace("closes: X.z", f"closes: {closes}")
    text = text.replace(
        "concentration: 151 mM}", "z: -0.85}" if closes == "X.n" else "concentration: 151 mM, z: -0.85}"
    )
    made = load_text(text)
    eq = equations(made)
    table = {"cytosol.Na": np.array([14.0, 10.0, 20.0])}
    many = start_many(eq, made, numbers(made, table, Noted(3)), (3,), Noted(3))
    for row, Na in enumerate(table["cytosol.Na"]):
        alone = start(eq, made.with_({"cytosol.Na": Na}))
        np.testing.assert_allclose(many.x[row], alone.x, rtol=1e-13)
        np.testing.assert_allclose(many.p[row], alone.p, rtol=1e-13)


def test_one_that_cannot_start_says_why_and_the_others_go_on() -> None:
    made = load("Dusterwald2018_neuron")
    eq = equations(made)
    table = {"cytosol.X.z": np.array([-0.85, 2.0, np.nan, -0.8])}
    noted = Noted(4)
    start_many(eq, made, numbers(made, table, noted), (4,), noted)
    assert noted.fine.tolist() == [True, False, False, True]
    with pytest.raises(InputError) as alone:
        start(eq, made.with_({"cytosol.X.z": 2.0}))
    assert noted.sentences[1] == alone.value.message
    assert "cannot be closed in double precision: nan amol" in noted.sentences[2]


def test_no_room_is_refused_for_one_and_for_many() -> None:
    made = load_text(exchanged())
    eq = equations(made)
    with pytest.raises(InputError, match=r"leaves -400 um3 for ecs beside cytosol"):
        start(eq, made.with_({"cytosol.volume": 3000.0}))
    noted = Noted(2)
    start_many(eq, made, numbers(made, {"cytosol.volume": np.array([3000.0, 2000.0])}, noted), (2,), noted)
    assert noted.fine.tolist() == [False, True]


def test_an_impermeant_that_is_not_there_cannot_close() -> None:
    made = load_text(one_node()).with_({"cytosol.X": 0.0})
    with pytest.raises(InputError, match="carries no charge and cannot close"):
        start(equations(made), made)
