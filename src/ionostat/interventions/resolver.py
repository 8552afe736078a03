"""What a study tells a protocol or an intervention about the parameters of its cell."""

from __future__ import annotations

from typing import Protocol


class Resolver(Protocol):
    """The parameter paths of one cell, with unit and start value; supplied by the study that runs the protocol."""

    def paths(self) -> list[str]:
        """Every path: parameters (`bath.K`, `plasma.nka.scale`) and amounts (`cytosol.Na`)."""

    def unit(self, path: str) -> str:
        """The unit of the parameter, e.g. "mM"; raises `UnknownNameError` for a path that does not exist."""

    def value(self, path: str) -> float:
        """The start value of the parameter, in coherent units."""

    def is_amount(self, path: str) -> bool:
        """True for a state, to which something can only be added (`cytosol.Na`), never set."""
