"""Exact elimination: closed systems have redundant rows, and an impossible choice is refused by name."""

from fractions import Fraction

import pytest
import sympy

from ionostat.cell.elimination import Row, eliminate
from ionostat.errors import CellError

Z = {"Na": 1, "K": 1, "Cl": -1}


def charge(compartment: str, solve_for: str | None = None, constant: object = 0) -> Row:
    row = {(compartment, ion): z for ion, z in Z.items()}
    return Row(f"charge of {compartment}", row, constant, (compartment, solve_for) if solve_for else None)


def total(ion: str, where: list[str], absorber: str, constant: object = 0) -> Row:
    return Row(f"total of {ion}", {(c, ion): 1 for c in where}, constant, (absorber, ion))


def test_one_charge_row() -> None:
    q = sympy.Symbol("q")
    found = eliminate([charge("cell", "K", q)])
    kept, constant = found.solved["cell", "K"]
    assert kept == {("cell", "Na"): -1, ("cell", "Cl"): 1}
    assert constant == q
    assert (found.rank, found.redundant) == (1, ())


def test_five_rows_of_rank_four() -> None:
    """A cell and its closed surroundings (Huebel & Ullah 2016): both charges and three totals depend on each other."""
    names = sympy.symbols("q_in q_out n_Na n_K n_Cl")
    q_in, q_out, Na, K, Cl = names
    where = ["in", "out"]
    totals = [total(ion, where, "out", n) for ion, n in (("Na", Na), ("K", K), ("Cl", Cl))]
    found = eliminate([charge("in", "Na", q_in), *totals, charge("out", None, q_out)])
    assert found.rank == 4
    assert set(found.solved) == {("in", "Na"), ("out", "Na"), ("out", "K"), ("out", "Cl")}
    ((name, residual),) = found.redundant
    assert name == "charge of out"
    assert sympy.expand(residual - (q_out + q_in - Na - K + Cl)) == 0


def test_eight_rows_of_rank_seven() -> None:
    """Neuron and extracellular space, each in two layers (EDPR): four charges and four totals less one."""
    layers = ["sn", "se", "dn", "de"]
    ions = {"Na": 1, "K": 1, "Cl": -1, "Ca": 2}
    rows = [
        Row(
            f"charge of {c}",
            {(c, ion): z for ion, z in ions.items()},
            sympy.Symbol(f"q_{c}"),
            (c, pick) if pick else None,
        )
        for c, pick in (("sn", "K"), ("se", "Na"), ("dn", "K"), ("de", None))
    ]
    totals = [total(ion, layers, "de", sympy.Symbol(f"n_{ion}")) for ion in ions]
    found = eliminate([*rows[:3], *totals, rows[3]])
    assert found.rank == 7
    ((name, residual),) = found.redundant
    assert name == "charge of de"
    assert {s.name for s in residual.free_symbols} == {*(f"q_{c}" for c in layers), *(f"n_{ion}" for ion in ions)}


def test_the_solution_satisfies_every_row() -> None:
    where = ["in", "out"]
    rows = [
        charge("in", "Na", sympy.Symbol("q")),
        *(total(ion, where, "out", sympy.Symbol(f"n_{ion}")) for ion in Z),
    ]
    found = eliminate(rows)
    symbols = {(c, ion): sympy.Symbol(f"{c}_{ion}") for c in where for ion in Z}
    values = {k: found.expression(k, symbols) if k in found.solved else s for k, s in symbols.items()}
    for row in rows:
        left = sum(v * values[column] for column, v in row.coefficients.items())
        assert sympy.expand(left - row.constant) == 0


def test_fractions_stay_exact() -> None:
    found = eliminate([Row("r", {("c", "Ca"): 2, ("c", "Cl"): -1}, sympy.Symbol("q"), ("c", "Ca"))])
    assert found.solved["c", "Ca"][0] == {("c", "Cl"): Fraction(1, 2)}


def test_an_amount_that_is_gone_already_is_refused_with_what_is_left() -> None:
    rows = [total("Na", ["in", "out"], "in"), charge("in", "Na")]
    with pytest.raises(CellError, match="charge of in cannot eliminate in") as refused:
        eliminate(rows)
    assert "in.K" in refused.value.hint


def test_a_row_that_is_not_redundant_has_to_name_an_amount() -> None:
    with pytest.raises(CellError, match="names no amount to eliminate"):
        eliminate([charge("in")])
