"""Equation sheets: they can be typeset, they hold every number, and their formulas compute what the engines compute."""

import re

import pytest
import sympy

import ionostat
from ionostat import maths
from ionostat.cell.balance import trace
from ionostat.cell.equations import equations
from ionostat.constants import F, R
from ionostat.report.equation_sheet import _Writer, latex, markdown, sheet
from ionostat.report.notation import FARADAY, GAS, ONE_LESS, POSITIVE_U, SMALL, TEMPERATURE, _Printer, tidied

CELLS = list(ionostat.list_cells())


@pytest.mark.parametrize("name", CELLS)
def test_the_mathematics_can_be_rendered(name: str) -> None:
    convert = pytest.importorskip("latex2mathml.converter", reason="needs latex2mathml").convert
    text = markdown(ionostat.load(name))
    blocks = re.findall(r"\$\$\n(.*?)\n\$\$", text, re.DOTALL)
    inline = re.findall(r"\| \$(.*?)\$ \|", text)
    assert blocks
    assert inline
    for formula in (*blocks, *inline):
        assert formula.count("{") == formula.count("}")
        assert convert(formula).startswith("<math")


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("closure", ["capacitive", "electroneutral"])
def test_the_latex_is_whole(name: str, closure: str) -> None:
    text = latex(ionostat.load(name).with_(closure=closure))  # type: ignore[arg-type]
    plain = text.replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for c in plain:
        depth += {"{": 1, "}": -1}.get(c, 0)
        assert depth >= 0
    assert depth == 0
    for kind in ("equation*", "longtable", "itemize", "document"):
        assert text.count(rf"\begin{{{kind}}}") == text.count(rf"\end{{{kind}}}") > 0
    outside = re.sub(
        r"\\begin\{equation\*\}.*?\\end\{equation\*\}|(?<!\\)\$.*?(?<!\\)\$|\\url\{.*?\}", "", text, flags=re.DOTALL
    )
    assert not re.search(r"(?<!\\)[_^]", outside), "a bare underscore or power outside mathematics"
    assert len(re.findall(r"(?<!\\)\$", text)) % 2 == 0


@pytest.mark.parametrize("name", CELLS)
def test_every_number_and_source_is_there(name: str) -> None:
    cell = ionostat.load(name)
    text = markdown(cell)
    for path, number in cell.numbers.items():
        if not (path.endswith(".scale") and number.value == 1):
            assert f"`{path}` | {number.text}" in text
    for source in cell.sources:
        assert f"**{source.key}**" in text
        assert source.doi in text
    for deviation in cell.deviations:
        assert deviation.what in text
    for _, placed in cell.placements():
        assert f"`{placed.type}`" in text


@pytest.mark.parametrize("name", CELLS)
def test_the_formulas_are_those_that_are_solved(name: str) -> None:
    """Each typeset flux, with numbers for its symbols, equals the traced flux at the resting state."""
    cell = ionostat.load(name)
    rest = ionostat.rest(cell)
    writer = _Writer(cell)
    names = writer.names
    eq_values = dict(zip((s.name for s in equations(cell).states), rest.x, strict=True))
    values = {sympy.Symbol(p, real=True): cell[p] for p in cell.numbers}
    values |= {GAS: R, FARADAY: F, TEMPERATURE: cell["temperature"]}
    for e in cell.edges:
        values |= {names.nernst(e, ion): rest.quantities.get(f"{e.name}.E_{ion}", 0.0) for ion, _ in cell.species}
        values[names.potential(e)] = rest.quantities.get(f"{e.name}.V", 0.0)
    for c in cell.compartments:
        for ion in c.ions:
            values[names.concentration(c.name, ion)] = rest[f"{c.name}.{ion}"]
        held = (*c.ions, *c.impermeants)
        osmolarity = rest.quantities.get(f"{c.name}.osmolarity") or sum(cell[f"{c.name}.{x}"] for x in held)
        values[names.osmolarity(c.name)] = osmolarity
        values[names.volume(c.name)] = rest.quantities.get(f"{c.name}.volume", 1.0)
    traced = trace(cell)
    for edge in traced.areas:
        area = traced.areas[edge].subs(
            {
                s: eq_values.get(s.name, cell.numbers[s.name].value if s.name in cell.numbers else 0)
                for s in traced.areas[edge].free_symbols
            }
        )
        values[names.area(edge)] = float(area)
    for edge, placed in cell.placements():
        for gate in placed.mechanism.states:
            values[names.gate(edge, placed, gate)] = rest[f"{edge.name}.{placed.name}.{gate}"]
        V = values[names.potential(edge)]
        for gate, law in getattr(placed.mechanism, "gates", {}).items():
            if law.instantaneous:
                channel = placed.mechanism.with_values(
                    {n: cell[f"{edge.name}.{placed.name}.{n}"] for n in placed.mechanism.parameters()}
                )
                values[names.gate(edge, placed, gate, steady=True)] = float(law.steady(channel, V))
        formula, u = tidied(writer._rate(edge, placed), names.potential(edge))
        if u is not None:
            number = float(u.subs(values))
            formula = formula.subs({POSITIVE_U: number, SMALL: sympy.exp(-number), ONE_LESS: 1 - sympy.exp(-number)})
        expected = rest[f"{edge.name}.{placed.name}.turnover"]
        got = float(formula.subs(values))
        largest = max(abs(v) for n, v in rest.quantities.items() if n.endswith(".turnover"))
        assert got == pytest.approx(expected, rel=1e-8, abs=1e-9 * largest)


def test_what_a_reader_sees() -> None:
    text = markdown(ionostat.load("Dusterwald2018_neuron"))
    assert r"J_{\mathrm{na~leak}} = - \frac{A g_{\mathrm{na~leak}} \left(V - E_{\mathrm{Na}}\right)}{F}" in text
    assert r"\frac{d n_{\mathrm{Na},i}}{dt} = J_{\mathrm{na~leak}} - 3 J_{\mathrm{nka}}" in text
    assert (
        r"n_{\mathrm{K},i} = n_{\mathrm{Cl},i} + \frac{Q_{i}}{F} "
        r"- n_{\mathrm{Na},i} - n_{\mathrm{X},i} z_{\mathrm{X},i}" in text
    )
    assert "Eliminated by the balance of charge and the conserved totals, and so exact at all times: cytosol.K." in text
    ghk = markdown(ionostat.load("Dijkstra2016_neuron"))
    assert r"u \left([\mathrm{K}]_{o} e^{-u} - [\mathrm{K}]_{i}\right)}{1 - e^{-u}}, \quad u = \frac{F V}{R T}" in ghk


def test_conserved_totals_are_named() -> None:
    text = markdown(ionostat.load("Huebel2016_neuron"))
    assert "The total of Na is conserved; ecs takes it up." in text


def test_a_changed_scale_is_shown() -> None:
    changed = markdown(ionostat.load("Kay2017_cell").with_({"plasma.nka.scale": 0.5}))
    assert r"\mathrm{scale}_{\mathrm{nka}}" in changed
    assert "`plasma.nka.scale` | 0.5" in changed


def test_sections_come_in_order() -> None:
    titles = [s.title for s in sheet(ionostat.load("Kay2017_cell")).sections]
    assert titles == [
        "Conventions",
        "Ions",
        "Water",
        "Electricity",
        "Fluxes",
        "Energy",
        "Parameters and starting values",
    ]


def test_log1p_is_typeset_as_a_logarithm() -> None:
    x = sympy.Symbol("x", real=True)
    assert _Printer({"ln_notation": True}).doprint(maths.log1p(x)) == r"\ln{\left(x + 1 \right)}"
