"""Voltage-dependent gates in the Hodgkin-Huxley style, dx/dt = speed (alpha (1 - x) - beta x).

Each opening or closing rate follows one of three laws of V, with amplitude A, voltage V0 and slope k:

- linoid       A (V - V0)/(1 - exp(-(V - V0)/k))    A in 1/(ms mV); smooth through V = V0, where it is A k
- exponential  A exp(-(V - V0)/k)                   A in 1/ms
- sigmoid      A /(1 + exp(-(V - V0)/k))            A in 1/ms

k may be negative. A gate written into a channel class adds its numbers as parameters (`m_alpha_A`, ...), so they have
units, sources and paths like every other number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from ionostat.mechanisms.mechanism import Mechanism, Parameter, parameter
from ionostat.physics.kinetics import exponential_rate, linoid_rate, sigmoid_rate
from ionostat.species import Species

Law = Literal["linoid", "exponential", "sigmoid"]


@dataclass(frozen=True)
class RateLaw:
    """One opening or closing rate: which law, and its numbers."""

    law: Law
    A: float
    V0: float
    k: float


def linoid(A: float, V0: float, k: float) -> RateLaw:
    """A (V - V0)/(1 - exp(-(V - V0)/k)); A in 1/(ms mV), V0 and k in mV."""
    return RateLaw("linoid", A, V0, k)


def exponential(A: float, V0: float, k: float) -> RateLaw:
    """A exp(-(V - V0)/k); A in 1/ms, V0 and k in mV."""
    return RateLaw("exponential", A, V0, k)


def sigmoid(A: float, V0: float, k: float) -> RateLaw:
    """A/(1 + exp(-(V - V0)/k)); A in 1/ms, V0 and k in mV."""
    return RateLaw("sigmoid", A, V0, k)


def rate_of(law: Law, V: Any, A: Any, V0: Any, k: Any) -> Any:
    """Value of a rate law at potential V, 1/ms."""
    if law == "linoid":
        return linoid_rate(V, A * k, V0, k)
    if law == "exponential":
        return exponential_rate(V, A, V0, -k)
    return sigmoid_rate(V, A, V0, k)


@dataclass
class Gate:
    """A gate of a channel class: opening and closing rate, and whether it follows V at once."""

    alpha: RateLaw
    beta: RateLaw
    source: str
    instantaneous: bool = False
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        for side, law in (("alpha", self.alpha), ("beta", self.beta)):
            units = {"A": "1/ms/mV" if law.law == "linoid" else "1/ms", "V0": "mV", "k": "mV"}
            for part, unit in units.items():
                number: Parameter = parameter(
                    unit, getattr(law, part), doc=f"{law.law} {side} of gate {name}", source=self.source
                )
                number.name = f"{name}_{side}_{part}"
                setattr(owner, number.name, number)

    def rates(self, channel: Mechanism, V: Any) -> tuple[Any, Any]:
        """Opening and closing rate at V, 1/ms."""
        alpha, beta = (
            rate_of(law.law, V, *(channel.values[f"{self.name}_{side}_{part}"] for part in ("A", "V0", "k")))
            for side, law in (("alpha", self.alpha), ("beta", self.beta))
        )
        return alpha, beta

    def steady(self, channel: Mechanism, V: Any) -> Any:
        """Open fraction alpha/(alpha + beta) in the steady state at V."""
        alpha, beta = self.rates(channel, V)
        return alpha / (alpha + beta)


class GatedChannel(Mechanism):
    """A channel for one ion whose gates open and close with V; subclasses give gates and `open_fraction`."""

    ion: ClassVar[Species]
    gates: ClassVar[dict[str, Gate]] = {}
    voltage_gated = True

    speed = parameter(
        "1", 1.0, range=(0.0, float("inf")), doc="factor on all gating rates (temperature)", source="definition"
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.gates = {n: v for base in reversed(cls.__mro__) for n, v in vars(base).items() if isinstance(v, Gate)}
        cls.states = tuple(n for n, g in cls.gates.items() if not g.instantaneous)
        if "ion" in vars(cls):
            cls.moves = {cls.ion: 1}

    def open_fraction(self, gate: dict[str, Any]) -> Any:
        """Fraction of channels open, from the gates' values."""
        raise NotImplementedError

    def gate_values(self, at: Any) -> dict[str, Any]:
        """Every gate: its state, or its steady value where it is instantaneous."""
        return {n: g.steady(self, at.V) if g.instantaneous else getattr(at.s, n) for n, g in self.gates.items()}

    def influx(self, at: Any) -> Any:
        """Influx of the ion through fully open channels."""
        raise NotImplementedError

    def rate(self, at: Any) -> Any:
        """Influx through the open fraction."""
        return self.influx(at) * self.open_fraction(self.gate_values(at))

    def state_rates(self, at: Any) -> dict[str, Any]:
        """dx/dt = speed (alpha (1 - x) - beta x) for every gate that is a state."""
        rates = {}
        for name in self.states:
            alpha, beta = self.gates[name].rates(self, at.V)
            x = getattr(at.s, name)
            rates[name] = self.speed * (alpha * (1 - x) - beta * x)
        return rates

    def initial_states(self, at: Any) -> dict[str, Any]:
        """Steady gates at the local potential."""
        return {n: self.gates[n].steady(self, at.V) for n in self.states}


class OhmicGatedChannel(GatedChannel):
    """I = g (open fraction) (V - E)."""

    g = parameter("nS", range=(0.0, float("inf")), doc="conductance with all gates open", extensive=True)

    def influx(self, at: Any) -> Any:
        """-g (V - E)/(z F)."""
        return at.ohmic_influx(self.ion, self.g)


class GHKGatedChannel(GatedChannel):
    """Goldman-Hodgkin-Katz flux times the open fraction."""

    P = parameter("um3/ms", range=(0.0, float("inf")), doc="permeability with all gates open", extensive=True)

    def influx(self, at: Any) -> Any:
        """P u (c_out e^-u - c_in)/(1 - e^-u)."""
        return at.ghk_influx(self.ion, self.P)
