"""What a mechanism is: what it moves, what reacts, and how fast.

A channel, pump or transporter is one class in one small file. It declares its parameters (with unit, range
and source), `moves` (species per turnover, positive into the inside compartment), `reacts` (metabolites
per turnover) and `rate` (turnovers per time). Current, change of every amount, osmosis, ATP use and
dissipation follow from the balance laws (`cell/balance.py`); nobody writes charge or mass twice.

The body of `rate` is ordinary Python on `at` (see `local.py`). The same lines run on floats, on NumPy
arrays, on SymPy symbols (to build the equations) and on pint quantities (to check the dimensions).

>>> from ionostat.species import K
>>> class PotassiumLeak(Mechanism):
...     '''I = g (V - E_K).'''
...     moves = {K: 1}
...     g = parameter("nS", extensive=True, doc="conductance")
...     def rate(self, at):
...         return -self.g * (at.V - at.E(K)) / at.F
>>> PotassiumLeak.parameters()["g"].unit_for("area")
'nS/um2'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, Literal, get_args

from ionostat.errors import CellError
from ionostat.species import ADP, ATP, WATER, K, Na, Pi

Basis = Literal["area", "membrane", "volume"]
BASES: tuple[Basis, ...] = get_args(Basis)
_PER = {"area": "/um2", "membrane": "", "volume": "/um3"}


@dataclass
class Parameter:
    """A number that a mechanism needs: unit, default, allowed range, meaning and source.

    `extensive` marks the one that scales with how much membrane there is; a cell file may give it per area
    (`nS/um2`), for the whole membrane (`nS`) or per inside volume (`nS/um3`), and so sets the basis of the rate.
    """

    unit: str
    default: float | None = None
    range: tuple[float, float] = (-inf, inf)
    doc: str = ""
    source: str = ""
    extensive: bool = False
    name: str = ""

    def unit_for(self, basis: Basis) -> str:
        """Unit of the parameter when rates are per `basis`."""
        if not self.extensive:
            return self.unit
        return self.unit + _PER[basis]

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Mechanism | None, owner: type) -> Any:
        if instance is None:
            return self
        try:
            return instance.values[self.name]
        except KeyError:
            raise CellError(f"{type(instance).__name__} needs a value for '{self.name}' ({self.unit})") from None


def parameter(
    unit: str,
    default: float | None = None,
    *,
    range: tuple[float, float] = (-inf, inf),
    doc: str = "",
    source: str = "",
    extensive: bool = False,
) -> Any:
    """Declare a parameter of a mechanism; `default` and `range` are in coherent units."""
    return Parameter(unit, default, range, doc, source, extensive)


@dataclass
class Option:
    """A structural choice made in the cell file, such as the ion that a leak carries."""

    kind: Literal["ion", "ions"]
    doc: str = ""
    optional: bool = False
    name: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Mechanism | None, owner: type) -> Any:
        if instance is None:
            return self
        return instance.options.get(self.name)


def option(kind: Literal["ion", "ions"], doc: str = "", *, optional: bool = False) -> Any:
    """Declare a structural option of a mechanism (`ion: Na` in the cell file)."""
    return Option(kind, doc, optional)


class Mechanism:
    """A channel, pump, transporter, water path or exchange. Subclass it; see the module's docstring."""

    moves: Any = {}
    """Species carried per turnover; + is into the inside compartment."""
    reacts: Any = {}
    """Metabolites made (+) or used (-) per turnover."""
    empirical: ClassVar[str] = ""
    """For a law that thermodynamics does not bind: why, and the range in which it holds. Empty otherwise."""
    states: ClassVar[tuple[str, ...]] = ()
    """Names of internal states in 0..1, such as gates; `state_rates` gives their rates of change."""
    basis: ClassVar[Basis | None] = None
    """Basis of the rate where it is fixed; None where the unit of the extensive parameter sets it."""
    voltage_gated: ClassVar[bool] = False
    """Whether it can make a cell excitable; such cells are integrated with a step limit."""

    scale = parameter(
        "1", 1.0, range=(0.0, inf), doc="fraction of the published strength (1 = as published)", source="definition"
    )

    def __init__(self, values: Mapping[str, Any] | None = None, options: Mapping[str, Any] | None = None) -> None:
        defaults = {n: p.default for n, p in self.parameters().items() if p.default is not None}
        self.values: dict[str, Any] = {**defaults, **(values or {})}
        self.options: dict[str, Any] = dict(options or {})

    @classmethod
    def parameters(cls) -> dict[str, Parameter]:
        """All declared parameters by name, the class's own first, `scale` last."""
        found: dict[str, Parameter] = {}
        for base in cls.__mro__:
            found.update({n: v for n, v in vars(base).items() if isinstance(v, Parameter) and n not in found})
        return found

    @classmethod
    def declared_options(cls) -> dict[str, Option]:
        """All declared options by name."""
        found: dict[str, Option] = {}
        for base in reversed(cls.__mro__):
            found.update({n: v for n, v in vars(base).items() if isinstance(v, Option)})
        return found

    def with_values(self, values: Mapping[str, Any]) -> Mechanism:
        """The same mechanism with other parameter values (numbers, symbols or quantities)."""
        return type(self)(values, self.options)

    def rate(self, at: Any) -> Any:
        """Turnovers per time and basis (amol/ms/um2, amol/ms or amol/ms/um3; um3 instead of amol for water)."""
        raise NotImplementedError

    def state_rates(self, at: Any) -> dict[str, Any]:
        """Rate of change (1/ms) of every internal state."""
        return {}

    def initial_states(self, at: Any) -> dict[str, Any]:
        """Value of every internal state at rest under the local conditions `at`."""
        return {}

    @property
    def charge(self) -> int:
        """Net charge moved inwards per turnover, in elementary charges."""
        return sum(n * s.z for s, n in self.moves.items())

    @property
    def moves_water(self) -> bool:
        """Whether it is a water path."""
        return WATER in self.moves


class SodiumPotassiumPump(Mechanism):
    """A Na/K-ATPase in closed form: 3 Na out, 2 K in, one ATP, net current I_p = F x cycles outward.

    Subclasses give `saturation`, the fraction of `I_max` at which it runs. The closed forms do not contain
    ATP and cannot run backwards; they are empirical outside the range in which they were fitted.
    """

    moves = {Na: -3, K: 2}
    reacts = {ATP: -1, ADP: 1, Pi: 1}
    empirical = (
        "closed form without ATP: cannot reverse; holds while the pump's work stays below the free energy of ATP"
    )

    I_max = parameter("pA", range=(0.0, inf), doc="net pump current at full saturation", extensive=True)

    def saturation(self, at: Any) -> Any:
        """Fraction of I_max, without dimension."""
        raise NotImplementedError

    def rate(self, at: Any) -> Any:
        """Cycles: J = (I_max / F) saturation."""
        return self.I_max / at.F * self.saturation(at)
