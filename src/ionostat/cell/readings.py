"""Everything that can be read off a state, in symbols: potentials, concentrations, currents, fluxes, free energy.

All are expressions in the states and parameters, so results of every engine share them. Names are paths:
`plasma.V`, `cytosol.Na`, `cytosol.volume`, `plasma.E_K`, `plasma.nka.I`, `plasma.nka.turnover`,
`plasma.kcc2.dissipation`.
"""

from __future__ import annotations

from typing import Any

import sympy

from ionostat.cell.balance import Flow, Traced, symbol
from ionostat.cell.description import closed
from ionostat.constants import F, R
from ionostat.species import ATP


def readings(traced: Traced) -> dict[str, tuple[Any, str]]:
    """Every observable of a cell: name -> (expression, unit)."""
    return {**potentials(traced), **contents(traced), **_currents(traced), **_energy(traced)}


def potentials(traced: Traced) -> dict[str, tuple[Any, str]]:
    """Membrane potentials and Nernst potentials."""
    found: dict[str, tuple[Any, str]] = {f"{e.name}.V": (traced.V(e), "mV") for e in traced.cell.membranes}
    z = dict(traced.cell.species)
    thermal = R * symbol("temperature") / F
    for e in traced.cell.membranes:
        for ion, inside in traced.concentrations[e.inside].items():
            outside = traced.concentrations[e.outside].get(ion)
            if outside is not None and z[ion]:
                found[f"{e.name}.E_{ion}"] = (thermal / z[ion] * sympy.log(outside / inside), "mV")
    return found


def contents(traced: Traced) -> dict[str, tuple[Any, str]]:
    """Concentrations, impermeants, osmolarity and volume of every closed compartment, and the baths' ions."""
    found: dict[str, tuple[Any, str]] = {}
    for c in closed(traced.cell):
        volume = traced.volumes[c.name]
        for ion, concentration in traced.concentrations[c.name].items():
            found[f"{c.name}.{ion}"] = (concentration, "mM")
        for x in c.impermeants:
            found[f"{c.name}.{x}"] = (symbol(f"{c.name}.{x}.amount") / volume, "mM")
        found[f"{c.name}.osmolarity"] = (traced.osmolarity[c.name], "mM")
        found[f"{c.name}.volume"] = (volume, "um3")
    for c in traced.cell.compartments:
        if c.kind == "bath":
            found |= {f"{c.name}.{ion}": (e, "mM") for ion, e in traced.concentrations[c.name].items()}
    return found


def _currents(traced: Traced) -> dict[str, tuple[Any, str]]:
    found: dict[str, tuple[Any, str]] = {}
    for flow in traced.flows:
        water = flow.placed.mechanism.moves_water
        found[f"{flow.name}.turnover"] = (flow.turnover, "um3/ms" if water else "amol/ms")
        if flow.placed.mechanism.charge:
            found[f"{flow.name}.I"] = (-F * flow.placed.mechanism.charge * flow.turnover, "pA")
        for gate in flow.state_rates:
            found[f"{flow.name}.{gate}"] = (symbol(f"{flow.name}.{gate}"), "1")
    for edge in traced.cell.edges:
        mine = [f for f in traced.flows if f.edge is edge]
        total = sympy.Add(*(-F * f.placed.mechanism.charge * f.turnover for f in mine))
        found[f"{edge.name}.I_ionic"] = (total, "pA")
    return found


def free_energy_of_atp(traced: Traced) -> Any:
    """dG_ATP = dG0 + R T ln([ADP][Pi]/([ATP] 1 M)), aJ/amol (= J/mol); concentrations in mM."""
    ratio = symbol("energy.ADP") * symbol("energy.Pi") / (1000 * symbol("energy.ATP"))
    return symbol("energy.dG0") + R * symbol("temperature") * sympy.log(ratio)


def transport_energy(traced: Traced, flow: Flow) -> Any:
    """Free energy gained by what one turnover moves, aJ/amol.

    sum over the species of n (R T ln(c_in/c_out) + z F V); water, counted by volume, gains -R T (Osm_in - Osm_out).
    """
    RT = R * symbol("temperature")
    inside, outside = flow.edge.inside, flow.edge.outside
    terms: list[Any] = []
    for species, n in flow.placed.mechanism.moves.items():
        if species.name == "water":
            terms.append(-n * RT * (traced.osmolarity[inside] - traced.osmolarity[outside]))
            continue
        if species.name in traced.concentrations[inside]:
            ratio = traced.concentrations[inside][species.name] / traced.concentrations[outside][species.name]
            terms.append(n * RT * sympy.log(ratio))
        terms.append(n * species.z * F * traced.V(flow.edge))
    return sympy.Add(*terms)


def _energy(traced: Traced) -> dict[str, tuple[Any, str]]:
    """ATP use, dissipation of each mechanism, efficiency of each ATPase."""
    found: dict[str, tuple[Any, str]] = {}
    supply = free_energy_of_atp(traced)
    use: list[Any] = []
    lost: list[Any] = []
    for flow in traced.flows:
        work = transport_energy(traced, flow)
        atp = -flow.placed.mechanism.reacts.get(ATP, 0)
        if atp:
            use.append(atp * flow.turnover)
            found[f"{flow.name}.work"] = (work, "aJ/amol")
            found[f"{flow.name}.efficiency"] = (work / (-atp * supply), "1")
        loss = flow.turnover * (-work - atp * supply)
        lost.append(loss)
        found[f"{flow.name}.dissipation"] = (loss, "aJ/ms")
    found["energy.dG_ATP"] = (supply, "aJ/amol")
    found["energy.ATP_use"] = (sympy.Add(*use), "amol/ms")
    found["energy.dissipation"] = (sympy.Add(*lost), "aJ/ms")
    return found
