"""Physical constants in the package's coherent units (um, ms, mV, K, amol).

Amounts are in amol, so a concentration in mM is amol/um3; charge is in fC, current in pA,
capacitance in pF, energy in aJ, pressure in Pa. No equation needs a conversion factor.

Source: CODATA 2018 (Tiesinga et al. 2021, Rev Mod Phys 93:025010, doi:10.1103/RevModPhys.93.025010);
F, R, e and N_A are exact by the 2019 definition of the SI.
"""

from typing import Final

F: Final = 96.48533212331002
"""Faraday constant, fC/amol (= 1e-3 C/mol)."""

R: Final = 8.31446261815324
"""Gas constant, aJ/(amol K) (= J/(mol K))."""

E_CHARGE: Final = 1.602176634e-4
"""Elementary charge, fC."""

N_A: Final = 6.02214076e5
"""Avogadro constant, molecules per amol."""

ZERO_CELSIUS: Final = 273.15
"""0 degrees Celsius, K."""

BODY_TEMPERATURE: Final = 310.15
"""37 degrees Celsius, K."""

V_WATER: Final = 1.8e-5
"""Molar volume of liquid water, um3/amol (18 cm3/mol; the value the pump-leak papers use)."""
