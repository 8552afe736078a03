"""Laws of the whole package: every public function computes on symbols and arrays what it computes on floats.

`CASES` holds one call of every public function; a new function without a case fails the first test.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import ionostat.physics as physics
from ionostat.errors import InputError
from ionostat.maths import dexprel, exprel

MODULES = [
    import_module(f"ionostat.physics.{path.stem}")
    for path in sorted(Path(inspect.getfile(physics)).parent.glob("[!_]*.py"))
]
IONS = {"moves": (-3, 2), "z": (1, 1), "c_in": (12.0, 140.0), "c_out": (145.0, 4.0)}
PUMP = {"Na_in": 12.0, "Na_out": 145.0, "K_in": 140.0, "K_out": 4.0}
GHK: dict[str, Any] = {"P": 1e-3, "z": 1, "V": -70.0, "c_in": 140.0, "c_out": 5.0, "T": 300.0}
RATE = {"V": -40.0, "rate": 0.1, "V_half": -55.0, "slope": 10.0}

CASES: dict[str, dict[str, Any]] = {
    "atp_adp_ratio_at_stall": {"work": 44e3, "Pi": 2.0, "T": 300.0, "standard": -30e3},
    "boltzmann": {"V": -40.0, "V_half": -30.0, "slope": 5.0},
    "charges_moved": {"capacitance": 12.0, "dV": -70.0},
    "chord_potential": {"conductances": (10.0, 1.0), "reversals": (-90.0, 60.0), "pump_current": 3.0},
    "coupled_reversal_potential": {**IONS, "dG": -55e3, "T": 300.0},
    "constant_field_flux": {"P": 1e-3, "u": -2.7, "c_in": 140.0, "c_out": 5.0},
    "cylinder_area": {"radius": 5.0, "length": 25.0},
    "cylinder_side_area": {"radius": 5.0, "length": 25.0},
    "cylinder_volume": {"radius": 5.0, "length": 25.0},
    "dissipation": {"flux": 1e-3, "work": 44e3, "dG_ATP": -55e3},
    "donnan_bath": {"X": 100.0, "z": -1.2, "salt": 150.0, "X_out": 20.0, "z_out": -0.5, "T": 300.0},
    "donnan_chambers": {
        "X_in": 100.0,
        "z_in": -1.2,
        "salt_in": 10.0,
        "salt_out": 150.0,
        "X_out": 20.0,
        "z_out": 0.5,
        "volume_in": 2.0,
        "volume_out": 3.0,
        "T": 300.0,
    },
    "donnan_potential": {"charge": -100.0, "z": (1, 2, -1), "c_out": (150.0, 2.0, 154.0), "T": 300.0},
    "donnan_soft_cell": {"z": -1.2, "salt": 120.0, "X_out": 40.0, "z_out": -0.6, "T": 300.0},
    "efficiency": {"work": 44e3, "dG_ATP": -55e3},
    "elastic_tension": {"modulus": 2e5, "area": 103.0, "relaxed_area": 100.0},
    "electrogenic_shift": {"pump_current": 1.0, "conductance": 0.5},
    "electrogenic_shift_from_density": {"density": 1000.0, "turnover": 0.05, "conductance": 3e-3, "charge": 2},
    "equilibrium_potential": {"U": 25.0, "z": -1, "c_out": 110.0, "c_in": 10.0},
    "exponential_rate": RATE,
    "free_energy_atp": {"ATP": 3.0, "ADP": 0.03, "Pi": 2.0, "T": 300.0, "standard": -30e3},
    "ghk_current": GHK,
    "ghk_flux": GHK,
    "ghk_slope_conductance": GHK,
    "ghk_voltage": {"P": (1.0, 0.45), "z": (1, -1), "c_in": (140.0, 10.0), "c_out": (5.0, 110.0), "T": 300.0},
    "hill": {"c": 10.0, "K_half": 20.0, "n": 3},
    "hydraulic_conductivity": {"Pf": 0.1, "T": 300.0},
    "ion_transport_work": {"z": 2, "c_in": 1.0, "c_out": 5.0, "V": -70.0, "T": 300.0},
    "kcc_equilibrium_chloride": {"K_in": 120.0, "K_out": 3.5, "Cl_out": 120.0},
    "laplace_pressure": {"tension": 1e3, "radius": 5.0},
    "laplace_tension": {"pressure": 400.0, "radius": 5.0},
    "linoid_rate": RATE,
    "membrane_time_constant": {"capacitance": 12.0, "conductance": 3.0},
    "michaelis_menten": {"c": 10.0, "K_m": 20.0, "V_max": 3.0},
    "mullins_noda": {"alpha": 0.03, **PUMP, "r": 1.4, "T": 300.0},
    "nbc_reversal_potential": {
        "Na_in": 10.0,
        "Na_out": 145.0,
        "HCO3_in": 15.0,
        "HCO3_out": 25.0,
        "n_HCO3": 3,
        "T": 300.0,
    },
    "ncx_reversal_potential": {"Na_in": 10.0, "Na_out": 145.0, "Ca_in": 1e-4, "Ca_out": 1.8, "n_Na": 4, "T": 300.0},
    "nernst": {"z": 2, "c_out": 1.5, "c_in": 1e-4, "T": 300.0},
    "nhe_equilibrium_pH": {"Na_in": 10.0, "Na_out": 145.0, "pH_out": 7.4},
    "nkcc1_equilibrium_chloride": {**PUMP, "Cl_out": 120.0},
    "osmometer_volume": {"osmolarity": 240.0, "osmolarity_0": 290.0, "inactive": 0.3},
    "osmotic_water_flux": {"Pf": 0.1, "area": 500.0, "osmotic_excess": 10.0},
    "proton_motive_force": {"V": -160.0, "pH_in": 7.8, "pH_out": 6.3, "T": 300.0},
    "proton_pump_reversal_potential": {"dG_ATP": -50e3, "pH_in": 7.2, "pH_out": 5.8, "n": 2, "T": 300.0},
    "pump_current_density": {"density": 1000.0, "turnover": 0.05, "charge": 2},
    "pump_leak_potential": {"g_Na": 1.0, "E_Na": 60.0, "g_K": 25.0, "E_K": -95.0, "n_Na": 4, "n_K": 1},
    "pump_reversal_potential": {"dG_ATP": -55e3, **PUMP, "n_Na": 4, "n_K": 1, "T": 300.0},
    "pump_work": {"V": -70.0, **PUMP, "n_Na": 4, "n_K": 1, "T": 300.0},
    "q10_factor": {"Q10": 3.0, "T": 300.0, "T_ref": 290.0},
    "resting_pump_current": {"V": -70.0, "E_Na": 50.0, "E_K": -100.0, "conductance": 5.0, "n_Na": 4, "n_K": 1},
    "sigmoid_rate": RATE,
    "sphere_area": {"radius": 5.0},
    "sphere_radius": {"volume": 500.0},
    "sphere_volume": {"radius": 5.0},
    "steady_state": {"alpha": 0.3, "beta": 0.1},
    "thermal_voltage": {"T": 300.0},
    "time_constant": {"alpha": 0.3, "beta": 0.1},
    "transport_work": {**IONS, "V": -70.0, "T": 300.0},
    "turgor": {"modulus": 1e7, "volume": 1080.0, "relaxed_volume": 1000.0},
    "van_t_hoff_pressure": {"osmotic_excess": 100.0, "T": 300.0},
    "water_flux": {"Lp": 1e-9, "area": 500.0, "osmotic_excess": 10.0, "pressure": 500.0, "T": 300.0},
}
NUMBERS_ONLY = {"donnan_potential"}
"""Functions that find a root by iteration and say so in their docstring."""

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("nernst", {"c_in": 0.0}, "c_in must be positive (mM); got 0.0"),
    ("nernst", {"c_out": np.array([[4.0, 5.0], [4.0, -2.0]])}, "c_out must be positive (mM); got -2.0 at index (1, 1)"),
    ("nernst", {"z": 0}, "z must not be zero; got 0"),
    ("thermal_voltage", {"T": 37}, "37 degrees Celsius is 310.15 K"),
    ("nernst", {"T": 37}, "T must be an absolute temperature (K); got 37"),
    ("ghk_flux", {"P": -1e-3}, "P must not be negative (um/ms); got -0.001"),
    ("ghk_flux", {"c_in": -1}, "c_in must not be negative (mM); got -1"),
    ("ghk_current", {"T": -1.0}, "T must be an absolute temperature (K); got -1.0"),
    ("ghk_slope_conductance", {"c_out": np.array([1.0, -3.0])}, "c_out must not be negative (mM); got -3.0 at index 1"),
    ("ghk_slope_conductance", {"P": -1.0}, "P must not be negative (um/ms); got -1.0"),
    ("ghk_voltage", {"z": (1, -2)}, "z must be +1 or -1 in this formula; got -2"),
    ("ghk_voltage", {"z": (1,)}, "P, z, c_in, c_out need one entry per ion; P has 2, z has 1, c_in has 2, c_out has 2"),
    ("ghk_voltage", {"P": (0, 0)}, "the sum of P c over cations outside and anions inside must be positive"),
    ("ghk_voltage", {"c_in": (0, 10), "c_out": (5, 0)}, "the sum of P c over cations inside and anions outside"),
    ("ghk_voltage", {"P": (1, -1)}, "P must not be negative"),
    ("ghk_voltage", {"c_in": (1, -1)}, "c_in must not be negative"),
    ("chord_potential", {"conductances": (), "reversals": ()}, "need one entry per ion"),
    ("chord_potential", {"conductances": (0.0, 0.0)}, "the sum of conductances must be positive (nS); got 0.0"),
    ("chord_potential", {"conductances": (2.0, -1.0)}, "conductances must not be negative (nS); got -1.0"),
    ("mullins_noda", {"alpha": -0.1}, "alpha must not be negative"),
    ("mullins_noda", {"r": 0}, "r must be positive"),
    ("mullins_noda", {"K_out": -4}, "K_out must not be negative"),
    ("mullins_noda", {"K_in": 0, "Na_in": 0}, "r K_in + alpha Na_in must be positive"),
    ("pump_current_density", {"density": -1}, "density must not be negative"),
    ("electrogenic_shift", {"conductance": 0.0}, "conductance must be positive"),
    ("membrane_time_constant", {"capacitance": 0}, "capacitance must be positive"),
    ("membrane_time_constant", {"conductance": 0}, "conductance must be positive"),
    ("charges_moved", {"capacitance": -1}, "capacitance must be positive"),
    ("pump_leak_potential", {"g_Na": -1}, "g_Na must not be negative"),
    ("pump_leak_potential", {"g_Na": 0, "g_K": 0}, "n_K g_Na + n_Na g_K must be positive"),
    ("pump_leak_potential", {"n_K": 0}, "n_K must be positive"),
    ("resting_pump_current", {"V": -120.0}, "V - E_K must be positive (mV); got -20.0"),
    ("resting_pump_current", {"V": 70.0}, "E_Na - V must be positive (mV); got -20.0"),
    ("resting_pump_current", {"conductance": 0}, "conductance must be positive"),
    ("resting_pump_current", {"n_Na": -3}, "n_Na must be positive"),
    ("donnan_bath", {"X": -1.0}, "X must not be negative"),
    ("donnan_bath", {"salt": 0}, "salt must be positive"),
    ("donnan_chambers", {"salt_in": 0, "salt_out": 0}, "salt_in + salt_out must be positive"),
    ("donnan_chambers", {"salt_in": -1}, "salt_in must not be negative"),
    ("donnan_chambers", {"volume_in": 0}, "volume_in must be positive"),
    ("donnan_soft_cell", {"X_out": 0}, "X_out must be positive (mM; without impermeants outside the cell swells"),
    ("donnan_soft_cell", {"salt": 0}, "salt must be positive"),
    ("donnan_potential", {"z": (1, 0, -1)}, "z must not be zero"),
    ("donnan_potential", {"z": (1, 2, 1)}, "the sum of permeant anions must be positive"),
    ("donnan_potential", {"c_out": (150, -2, 150)}, "c_out must not be negative"),
    ("donnan_potential", {"c_out": (150, 150)}, "z, c_out need one entry per ion; z has 3, c_out has 2"),
    ("donnan_potential", {"charge": sympy.Symbol("q")}, "charge must be a number"),
    ("water_flux", {"Lp": -1e-9}, "Lp must not be negative"),
    ("water_flux", {"area": -1}, "area must not be negative"),
    ("van_t_hoff_pressure", {"T": 25}, "T must be an absolute temperature (K); got 25"),
    ("osmotic_water_flux", {"Pf": -1}, "Pf must not be negative"),
    ("osmotic_water_flux", {"area": -1}, "area must not be negative"),
    ("hydraulic_conductivity", {"Pf": -1}, "Pf must not be negative"),
    ("hydraulic_conductivity", {"T": 0}, "T must be an absolute temperature"),
    ("osmometer_volume", {"osmolarity": 0}, "osmolarity must be positive"),
    ("osmometer_volume", {"inactive": -0.1}, "inactive must not be negative"),
    ("laplace_pressure", {"radius": 0}, "radius must be positive"),
    ("laplace_tension", {"radius": 0}, "radius must be positive"),
    ("elastic_tension", {"modulus": -1}, "modulus must not be negative"),
    ("elastic_tension", {"relaxed_area": 0}, "relaxed_area must be positive"),
    ("turgor", {"modulus": -1}, "modulus must not be negative"),
    ("turgor", {"volume": 0}, "volume must be positive"),
    ("free_energy_atp", {"ADP": 0}, "ADP must be positive (mM); got 0"),
    ("free_energy_atp", {"T": 37}, "37 degrees Celsius is 310.15 K"),
    ("ion_transport_work", {"c_in": 0}, "c_in must be positive"),
    ("ion_transport_work", {"T": 37}, "T must be an absolute temperature"),
    ("transport_work", {"moves": (-3,)}, "moves, z, c_in, c_out need one entry per ion; moves has 1"),
    (
        "coupled_reversal_potential",
        {"moves": (1, -1)},
        "the net charge of a turnover (sum of moves times z) must not be",
    ),
    ("coupled_reversal_potential", {"c_in": (1.0,)}, "need one entry per ion"),
    ("pump_reversal_potential", {"n_Na": 2, "n_K": 2}, "the net charge of a turnover"),
    ("pump_work", {"Na_in": 0}, "Na_in must be positive (mM); got 0"),
    ("pump_reversal_potential", {"K_out": -4}, "K_out must be positive"),
    ("ncx_reversal_potential", {"Ca_in": 0}, "Ca_in must be positive"),
    ("ncx_reversal_potential", {"n_Na": 2}, "the net charge of a turnover"),
    ("nbc_reversal_potential", {"HCO3_out": 0}, "HCO3_out must be positive"),
    ("nbc_reversal_potential", {"n_HCO3": 1}, "the net charge of a turnover"),
    ("proton_pump_reversal_potential", {"n": 0}, "n must be positive"),
    ("efficiency", {"dG_ATP": 55e3}, "dG_ATP must be negative (aJ/amol); got 55000.0"),
    ("dissipation", {"dG_ATP": 0.0}, "write -55000 for 55 kJ/mol"),
    ("atp_adp_ratio_at_stall", {"Pi": 0}, "Pi must be positive"),
    ("atp_adp_ratio_at_stall", {"T": 37}, "T must be an absolute temperature"),
    ("kcc_equilibrium_chloride", {"K_in": 0}, "K_in must be positive"),
    ("kcc_equilibrium_chloride", {"Cl_out": -1}, "Cl_out must not be negative"),
    ("nkcc1_equilibrium_chloride", {"Na_in": 0}, "Na_in must be positive"),
    ("nkcc1_equilibrium_chloride", {"K_out": -1}, "K_out must not be negative"),
    ("nhe_equilibrium_pH", {"Na_out": 0}, "Na_out must be positive"),
    ("hill", {"c": -1}, "c must not be negative"),
    ("hill", {"K_half": 0}, "K_half must be positive"),
    ("hill", {"n": 0}, "n must be positive"),
    ("michaelis_menten", {"c": -1}, "c must not be negative"),
    ("michaelis_menten", {"K_m": 0}, "K_m must be positive"),
    ("q10_factor", {"Q10": 0}, "Q10 must be positive"),
    ("q10_factor", {"T_ref": 6.3}, "T_ref must be an absolute temperature (K); got 6.3"),
    ("boltzmann", {"slope": 0}, "slope must not be zero"),
    ("exponential_rate", {"rate": -1}, "rate must not be negative"),
    ("exponential_rate", {"slope": 0}, "slope must not be zero"),
    ("sigmoid_rate", {"rate": -1}, "rate must not be negative"),
    ("linoid_rate", {"rate": -1}, "rate must not be negative"),
    ("linoid_rate", {"slope": 0}, "slope must not be zero"),
    ("steady_state", {"alpha": -1}, "alpha must not be negative"),
    ("steady_state", {"alpha": 0, "beta": 0}, "alpha + beta must be positive"),
    ("time_constant", {"alpha": 0, "beta": 0}, "alpha + beta must be positive"),
    ("time_constant", {"beta": -1}, "beta must not be negative"),
    ("sphere_area", {"radius": -1}, "radius must not be negative"),
    ("sphere_volume", {"radius": -1}, "radius must not be negative"),
    ("sphere_radius", {"volume": -1}, "volume must not be negative"),
    ("cylinder_area", {"length": -1}, "length must not be negative"),
    ("cylinder_side_area", {"radius": -1}, "radius must not be negative"),
    ("cylinder_volume", {"length": -1}, "length must not be negative"),
]


def function(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(physics, name)
    return found


def scaled(factor: float, _: str, value: Any) -> Any:
    return value * factor


def outputs(result: Any) -> list[Any]:
    """The numbers in a result, those of a small dataclass one by one."""
    return [getattr(result, f.name) for f in fields(result)] if hasattr(result, "__dataclass_fields__") else [result]


def each_argument(arguments: dict[str, Any], change: Callable[[str, Any], Any]) -> dict[str, Any]:
    """The same call with every number changed, inside sequences too; charge numbers and counts of ions stay."""
    fixed = {"z", "moves"}
    return {
        key: tuple(change(f"{key}_{i}", v) for i, v in enumerate(value))
        if isinstance(value, Sequence) and key not in fixed
        else (value if key in fixed else change(key, value))
        for key, value in arguments.items()
    }


def test_every_public_function_has_a_case_and_is_exported() -> None:
    public = {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }
    assert public == set(CASES)
    assert public == {name for name in physics.__all__ if inspect.isfunction(getattr(physics, name))}


@pytest.mark.parametrize("name", CASES)
def test_docstring_says_what_with_which_unit_and_shows_it(name: str) -> None:
    documentation = inspect.getdoc(function(name)) or ""
    assert documentation.splitlines()[0].endswith((".", ":"))
    assert ">>>" in documentation
    for argument in inspect.signature(function(name)).parameters:
        assert re.search(rf"\b{argument}\b", documentation), f"{name} does not say what {argument} is"


@pytest.mark.parametrize("name", CASES)
def test_cases_use_every_argument(name: str) -> None:
    assert set(CASES[name]) == set(inspect.signature(function(name)).parameters)


ARGUMENTS = [pytest.param(name, argument, id=f"{name}-{argument}") for name in CASES for argument in CASES[name]]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_every_argument_counts(name: str, argument: str) -> None:
    """An argument that changes nothing was forgotten on the way, as T is most easily."""
    given = CASES[name][argument]
    factor = -1 if argument == "z" else 1.01
    changed = (given[0] * factor, *given[1:]) if isinstance(given, Sequence) else given * factor
    before = outputs(function(name)(**CASES[name]))
    after = outputs(function(name)(**{**CASES[name], argument: changed}))
    assert any(a != pytest.approx(b, rel=1e-9) for a, b in zip(after, before, strict=True))


@pytest.mark.parametrize("name", sorted(set(CASES) - NUMBERS_ONLY))
def test_symbols_give_the_formula_of_the_numbers(name: str) -> None:
    values: dict[Any, float] = {}

    def symbol(key: str, value: Any) -> Any:
        s = sympy.Symbol(key, real=True)
        values[s] = value
        return s

    formulas = outputs(function(name)(**each_argument(CASES[name], symbol)))
    numbers = outputs(function(name)(**CASES[name]))
    for formula, number in zip(formulas, numbers, strict=True):
        assert isinstance(formula, sympy.Basic)
        compute = sympy.lambdify(list(values), formula, modules=[{"exprel": exprel, "dexprel": dexprel}, "numpy"])
        assert compute(*values.values()) == pytest.approx(number, rel=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_arrays_give_what_a_loop_gives(name: str) -> None:
    factors = 1 + 0.01 * np.arange(3)
    whole = outputs(function(name)(**each_argument(CASES[name], lambda _, v: v * factors)))
    for i, f in enumerate(factors):
        single = outputs(function(name)(**each_argument(CASES[name], partial(scaled, float(f)))))
        for array, number in zip(whole, single, strict=True):
            assert array.shape == (3,)
            assert array[i] == pytest.approx(number, rel=1e-14)


@pytest.mark.parametrize("name", sorted(set(CASES) - NUMBERS_ONLY))
def test_a_value_that_does_not_exist_stays_visible(name: str) -> None:
    """NaN is how a run reports "no such value": it is neither refused nor lost."""
    nan = each_argument(CASES[name], lambda _, v: np.array([v, np.nan]))
    for result in outputs(function(name)(**nan)):
        assert np.isfinite(result[0])
        assert np.isnan(result[1])


@pytest.mark.parametrize(("name", "change", "message"), BAD)
def test_impossible_numbers_are_refused(name: str, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        function(name)(**{**CASES[name], **change})
    assert message in str(caught.value)
    assert caught.value.field


def test_every_function_that_can_refuse_is_seen_to() -> None:
    cannot = {
        "constant_field_flux",  # the unchecked heart of ghk_flux
        "equilibrium_potential",  # and of nernst
        "electrogenic_shift_from_density",  # refuses through electrogenic_shift
        "proton_motive_force",  # through thermal_voltage
    }
    assert set(CASES) - {name for name, _, _ in BAD} <= cannot
