"""What a mechanism sees: the two sides of its membrane, the potential and the temperature.

`at.inside.Na` is a concentration (mM), `at.V` the potential (mV), `at.E(Na)` a Nernst potential (mV), `at.U`
the thermal voltage RT/F (mV), `at.s.m` an own state. All may be floats, arrays, symbols or quantities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from ionostat.errors import CellError
from ionostat.physics.electrodiffusion import constant_field_flux, equilibrium_potential
from ionostat.species import Species


@dataclass(frozen=True)
class Side:
    """One compartment as seen from a membrane: concentrations (mM), osmolarity (mM), volume (um3)."""

    name: str
    concentrations: Mapping[str, Any]
    osmolarity: Any
    volume: Any = None

    def __getitem__(self, species: Species) -> Any:
        return self._concentration(species.name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._concentration(name)

    def _concentration(self, name: str) -> Any:
        try:
            return self.concentrations[name]
        except KeyError:
            held = ", ".join(self.concentrations) or "no ions"
            raise CellError(f"compartment '{self.name}' has no {name} (it holds {held})") from None

    @property
    def particles(self) -> Any:
        """Amount of all solutes together, amol."""
        return self.osmolarity * self.volume


@dataclass(frozen=True)
class Local:
    """The context that `Mechanism.rate` receives. On a junction `a` and `b` are other names of the two sides."""

    inside: Side
    outside: Side
    V: Any
    T: Any
    R: Any
    F: Any
    area: Any = None
    s: SimpleNamespace = field(default_factory=SimpleNamespace)

    @property
    def a(self) -> Side:
        """First side of a junction."""
        return self.inside

    @property
    def b(self) -> Side:
        """Second side of a junction."""
        return self.outside

    @property
    def U(self) -> Any:
        """Thermal voltage R T / F, mV."""
        return self.R * self.T / self.F

    def E(self, ion: Species) -> Any:
        """Nernst potential (U/z) ln(c_out/c_in), mV."""
        return equilibrium_potential(self.U, ion.z, self.outside[ion], self.inside[ion])

    def ohmic_influx(self, ion: Species, g: Any) -> Any:
        """Influx -g (V - E)/(z F) through a conductance g."""
        return -g * (self.V - self.E(ion)) / (ion.z * self.F)

    def ghk_influx(self, ion: Species, P: Any) -> Any:
        """Goldman-Hodgkin-Katz influx P u (c_out e^-u - c_in)/(1 - e^-u), u = z V/U; smooth through u = 0."""
        return -constant_field_flux(P, ion.z * self.V / self.U, self.inside[ion], self.outside[ion])
