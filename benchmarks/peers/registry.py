"""The engines by name."""

from __future__ import annotations

from benchmarks.peers.casadi_cvodes import CVODES
from benchmarks.peers.copasi import COPASI_LSODA
from benchmarks.peers.diffrax_kvaerno import DIFFRAX
from benchmarks.peers.engine import Engine
from benchmarks.peers.libroadrunner import LIBROADRUNNER
from benchmarks.peers.native import NATIVE
from benchmarks.peers.scipy_lsoda import LSODA
from ionostat.errors import UnknownNameError

ENGINES = {e.name: e for e in (NATIVE, LIBROADRUNNER, COPASI_LSODA, CVODES, LSODA, DIFFRAX)}


def chosen(names: list[str]) -> tuple[list[Engine], list[str]]:
    """The engines asked for (all, if none is), and a sentence for each that cannot be run here."""
    for name in names:
        if name not in ENGINES:
            raise UnknownNameError("engine", name, ENGINES)
    wanted = [ENGINES[name] for name in names or ENGINES]
    missing = [
        f'{e.name} is skipped: {e.missing()} is not installed; pip install "ionostat[bench]"'
        for e in wanted
        if e.missing()
    ]
    return [e for e in wanted if not e.missing()], missing
