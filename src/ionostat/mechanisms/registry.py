"""Mechanisms by the type name used in cell files, and those from outside (`mymodule:MyPump`)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from ionostat.errors import CellError, UnknownNameError
from ionostat.mechanisms.mechanism import Mechanism

TYPES: dict[str, str] = {
    "bath_exchange": "bath_exchange:BathExchange",
    "cl_gated": "hh_dijkstra:ClGated",
    "k_dijkstra": "hh_dijkstra:KDijkstra",
    "k_huebel": "hh_huebel:KHuebel",
    "k_squid": "hh_squid:KSquid",
    "kcc2_conductance": "kcc2_conductance:KCC2Conductance",
    "kcc2_log": "kcc2_log:KCC2Log",
    "leak_ghk": "leak_ghk:LeakGHK",
    "leak_ohmic": "leak_ohmic:LeakOhmic",
    "na_dijkstra": "hh_dijkstra:NaDijkstra",
    "na_huebel": "hh_huebel:NaHuebel",
    "na_squid": "hh_squid:NaSquid",
    "nka_constant": "nka_constant:NKAConstant",
    "nka_cubic": "nka_cubic:NKACubic",
    "nka_hamada": "nka_hamada:NKAHamada",
    "nka_hill": "nka_hill:NKAHill",
    "nka_sigmoid": "nka_sigmoid:NKASigmoid",
    "nkcc1_log": "nkcc1_log:NKCC1Log",
    "stimulus": "stimulus:Stimulus",
    "water": "water:Water",
    "water_exponential": "water_relaxation:WaterExponential",
    "water_hydraulic": "water:WaterHydraulic",
    "water_relaxation": "water_relaxation:WaterRelaxation",
}
"""Type name -> module:Class, in this folder."""


def mechanism_class(type_name: str, *, folder: Path | None = None) -> type[Mechanism]:
    """The class for a type name; `module:Class` imports one from outside.

    `folder` (that of the cell file) is searched for the module first.

    >>> mechanism_class("leak_ohmic").__name__
    'LeakOhmic'
    """
    if ":" in type_name:
        return _outside(type_name, folder)
    if type_name not in TYPES:
        raise UnknownNameError("mechanism type", type_name, TYPES)
    module, _, name = TYPES[type_name].partition(":")
    found: type[Mechanism] = getattr(import_module(f"ionostat.mechanisms.{module}"), name)
    return found


def _outside(type_name: str, folder: Path | None) -> type[Mechanism]:
    module_name, _, class_name = type_name.partition(":")
    module = _import(module_name, folder)
    found: Any = getattr(module, class_name, None)
    if found is None:
        names = [n for n, v in vars(module).items() if isinstance(v, type) and issubclass(v, Mechanism)]
        raise UnknownNameError(f"mechanism class of module {module_name}:", class_name, names)
    if not (isinstance(found, type) and issubclass(found, Mechanism)):
        raise CellError(f"'{type_name}' is not a Mechanism", hint="subclass ionostat.Mechanism")
    return found


def _import(name: str, folder: Path | None) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    path = folder / f"{name}.py" if folder else None
    if path is not None and path.is_file():
        spec = spec_from_file_location(name, path)
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            try:
                spec.loader.exec_module(module)
            except Exception as error:
                raise CellError(f"cannot import {path}: {_in_words(error)}", hint="mend the module") from error
            return module
    try:
        return import_module(name)
    except ImportError as error:
        hint = f"put {name}.py beside the cell file or on PYTHONPATH"
        raise CellError(f"cannot import module '{name}': {error}", hint=hint) from error
    except Exception as error:
        raise CellError(f"cannot import module '{name}': {_in_words(error)}", hint="mend the module") from error


def _in_words(error: Exception) -> str:
    """What went wrong while a module was read, with the line of a syntax error."""
    where = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
    return f"{type(error).__name__}: {error.args[0] if error.args else error}{where}"
