"""Ionostat: how a living cell makes and keeps its electrical battery.

Membrane potential, ions, water, pump and energy in one audited model. Units are um, ms, mV, K, amol and what follows
(mM, pA, nS, pF, fC, aJ). V is inside minus outside; current is outward positive; `moves` is positive into the inside.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Cell": "cell.description",
    "Ensemble": "studies.ensemble.result",
    "InputError": "errors",
    "IonostatError": "errors",
    "Mechanism": "mechanisms.mechanism",
    "Protocol": "protocols",
    "RestingState": "studies.resting_state",
    "SodiumPotassiumPump": "mechanisms.mechanism",
    "Species": "species",
    "Trajectory": "studies.trajectory",
    "ensemble": "studies.ensemble.run",
    "list_cells": "cell.load",
    "load": "cell.load",
    "option": "mechanisms.mechanism",
    "parameter": "mechanisms.mechanism",
    "plot": "report.figures",
    "rest": "studies.rest",
    "simulate": "studies.simulate",
}
"""Public name -> module; loaded when first asked for, so that importing the package is fast."""

__all__ = sorted(_HOME)
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ionostat' has no attribute '{name}'")
    return getattr(import_module(f"ionostat.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
