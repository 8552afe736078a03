"""The certified resting state of a cell.

`rest(cell)` solves f(x) = 0 inside the feasible set (positive amounts, exact charge, conserved totals eliminated by
name) by Newton with pseudo-transient continuation, and judges what it finds by the eigenvalues of the linearised
flow. When there is no rest it says what runs away, and shows it (`runaway.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, overload

import numpy as np

from ionostat.cell.description import Cell, Closure
from ionostat.cell.equations import Equations, equations
from ionostat.cell.evaluate import settle_gates
from ionostat.cell.feasible import node_potentials, positives, random_state, scales
from ionostat.cell.load import as_cell
from ionostat.cell.observables import observables
from ionostat.cell.start import Start
from ionostat.cell.start import start as start_of
from ionostat.constants import N_A
from ionostat.engines.engine import Engine, EngineName, engine
from ionostat.errors import InputError, NumericalError, UnknownNameError
from ionostat.numerics.invariants import allowed_directions, linear_invariants
from ionostat.numerics.pseudo_transient import FIRST, Fixed, Problem, solve
from ionostat.numerics.stability import Stability, stability
from ionostat.studies.labels import label_rests, unique
from ionostat.studies.plausibility import warnings
from ionostat.studies.resting_state import RestingState

Array = np.ndarray
SWOLLEN = 1e7
"""A volume that has grown by this factor is treated as a suspect of running away."""
WIDE = 100.0
"""A step of the search that moves a potential by this many mV counts as a change by 1."""
EMPTY = 1e-60
"""An amount that has fallen by this factor is exhausted."""
ON_IT = 1e-6
"""A start so near an unstable rest (in natural units) is taken to be on it."""
DISPLACEMENTS = (1e-3, 1e-2, 0.1, 0.3, 1.0, 3.0)
"""How far beside an unstable rest a search begins, in natural units; Newton pulls small displacements back."""
NEWTON_STEP, NEWTON_LIMIT = 1e12, 100
"""First time step (ms) and iteration limit of a search that does not follow the flow."""
HELD_LIMIT = 400
"""Iteration limit of a search with a volume held."""
UNDECIDED = "a mode cannot be told from one that neither grows nor decays"
"""Why a rest without conserved quantities can be neutral."""


@overload
def rest(
    cell: Cell | str,
    start: Array | RestingState | None = ...,
    find: Literal["nearest"] = ...,
    *,
    engine: EngineName = ...,
    seed: int = ...,
    closure: Closure | None = ...,
) -> RestingState: ...
@overload
def rest(
    cell: Cell | str,
    start: Array | RestingState | None = ...,
    *,
    find: Literal["all"],
    engine: EngineName = ...,
    seed: int = ...,
    closure: Closure | None = ...,
) -> list[RestingState]: ...
def rest(
    cell: Cell | str,
    start: Array | RestingState | None = None,
    find: Literal["nearest", "all"] = "nearest",
    *,
    engine: EngineName = "native",
    seed: int = 0,
    closure: Closure | None = None,
) -> RestingState | list[RestingState]:
    """The resting state of a cell, with a verdict.

    `cell` is a `Cell` or the name or file of one; `start` a state vector or another rest (default: the file's start).
    `find="nearest"` returns the rest that a slow search from there leads to, with gates that follow V at once; where a
    cell has several rests, only `simulate` tells to which a fast disturbance returns. `find="all"` returns every rest
    that could be found from the file's start, 60 random feasible starts and both sides of every unstable rest, each
    labelled.

    >>> from ionostat import load, rest
    >>> kay = rest(load("Kay2017_cell"))
    >>> kay.verdict, round(kay["plasma.V"], 3), round(kay["cytosol.Na"], 3)
    ('stable', -94.132, 16.705)
    >>> rest(load("Kay2017_cell").with_({"plasma.nka.scale": 0})).verdict
    'none'
    """
    if find not in ("nearest", "all"):
        raise UnknownNameError("value of find", find, ("nearest", "all"))
    cell = as_cell(cell)
    try:
        search = Search(cell.with_(closure=closure), engine, seed)
        return search.all_rests() if find == "all" else search.nearest(search.start_vector(start))
    except (np.linalg.LinAlgError, ZeroDivisionError, OverflowError) as error:
        raise NumericalError(f"the numbers of {cell.name} leave the range of double precision ({error})") from error


class Search:
    """Everything that is computed once for a cell and shared by the searches from several starts."""

    def __init__(
        self, cell: Cell, engine_name: EngineName = "native", seed: int = 0, start: Start | None = None
    ) -> None:
        self.cell = cell
        self.eq: Equations = equations(cell)
        self.start: Start = start or start_of(self.eq, cell)
        self.engine: Engine = engine(engine_name, self.eq.system())
        self.rng = np.random.default_rng(seed)
        self.mass = np.array(self.eq.mass)
        self.p = self.start.p
        self.unit = scales(self.eq, self.start.x, self.p)
        self.random = self._random_states(2 * len(self.mass) + 4)
        self.invariants = self._invariants()
        self.basis = allowed_directions(self.invariants * self.unit[None, :], len(self.mass)) * self.unit[:, None]

    def start_vector(self, given: Array | RestingState | None) -> Array:
        """The state to start from; refuses one that is not feasible."""
        if given is None:
            return self.start.x
        try:
            x = np.array(given.x if isinstance(given, RestingState) else given, dtype=float)
        except (TypeError, ValueError) as error:
            raise InputError(f"a start is a state vector or a rest, not {given!r}", field="start") from error
        if x.shape != self.start.x.shape:
            raise InputError(f"a start needs {len(self.start.x)} numbers (one per state), got {x.size}")
        bad = [n for n, v in positives(self.eq, x, self.p).items() if not v > 0]
        if bad:
            raise InputError(f"the start is not feasible: {', '.join(bad)} is not positive", field=bad[0])
        return x

    def _random_states(self, n: int) -> list[Array]:
        found = []
        for _ in range(n):
            try:
                found.append(random_state(self.eq, self.start, self.rng))
            except NumericalError:
                break
        return found

    def _invariants(self) -> Array:
        """Linear quantities conserved for these parameter values, over the states (algebraic columns are zero)."""
        x = self.mass > 0
        with np.errstate(all="ignore"):
            samples = np.array([self.engine.rhs(s, self.p)[x] for s in self.random])
        if not len(samples):
            return np.zeros((0, len(self.mass)))
        samples = samples[np.all(np.isfinite(samples), axis=1)]
        if not len(samples):
            return np.zeros((0, len(self.mass)))
        rows = linear_invariants(samples, self.unit[x])
        full = np.zeros((len(rows), len(self.mass)))
        full[:, x] = rows
        return full

    def conserved_names(self) -> tuple[str, ...]:
        """The invariants in words: `cytosol.Cl`, or a combination of states."""
        names = [s.name for s in self.eq.states]
        found = []
        for row in self.invariants:
            terms = [(float(c), names[i]) for i, c in enumerate(row) if c]
            lead = terms[0][0]
            parts = [n if abs(c / lead - 1) < 1e-9 else f"{c / lead:+.6g} {n}" for c, n in terms]
            found.append(" ".join(parts))
        return tuple(found)

    def problem(self, basis: Array, reference: dict[str, Array]) -> Problem:
        """The fixed-point problem in the directions of `basis`, with bounds relative to `reference`.

        Gates follow the potential at once here: that moves no rest, and keeps them between 0 and 1. The verdict is
        given on the full system.
        """
        kinds = [s.kind for s in self.eq.states]
        gates = any(k == "gate" for k in kinds)

        def change(y: Array, step: Array) -> float:
            with np.errstate(all="ignore"):
                before, after = positives(self.eq, y, self.p), positives(self.eq, y + step, self.p)
                sizes = [abs(float(after[n]) / float(before[n]) - 1) for n in before]
                V, moved = node_potentials(self.eq, y, self.p), node_potentials(self.eq, y + step, self.p)
                sizes += [abs(float(moved[n] - V[n])) / WIDE for n in V]
            return max(sizes)

        def bound(y: Array) -> str:
            for name, value in positives(self.eq, y, self.p).items():
                ratio = float(value) / float(reference[name])
                if ratio > SWOLLEN or ratio < EMPTY:
                    return name
            return ""

        return Problem(
            f=lambda y: self.engine.rhs(y, self.p),
            jacobian=lambda y: self.engine.jacobian(y, self.p),
            mass=self.inertia(),
            scale=lambda y: self.unit,
            change=change,
            basis=basis,
            bound=bound,
            settle=lambda y: settle_gates(self.eq, y, self.p) if gates else y,
        )

    def inertia(self) -> Array:
        """Mass of each state in the search: none for gates; for floating potentials that of a membrane charged in 1 ms.

        Without it their Newton step would not shrink with h, and a fold of the current-voltage curve would stop it.
        """
        mass = np.where([s.kind == "gate" for s in self.eq.states], 0.0, self.mass)
        slopes = np.abs(np.diag(self.engine.jacobian(self.start.x, self.p)))
        for i, s in enumerate(self.eq.states):
            if s.kind == "potential":
                mass[i] = max(float(slopes[i]), 1e-3)
        return mass

    def fixed(self, x0: Array, h0: float = FIRST, iterations: int = 1000) -> Fixed:
        """Pseudo-transient continuation from x0."""
        reference = positives(self.eq, self.start.x, self.p)
        with np.errstate(all="ignore"):
            return solve(self.problem(self.basis, reference), x0, h0=h0, iterations=iterations)

    def held(self, index: int, x0: Array) -> Fixed:
        """The same with state `index` held at its value."""
        row = np.zeros((1, len(x0)))
        row[0, index] = 1.0
        rows = np.vstack([self.invariants * self.unit[None, :], row])
        basis = allowed_directions(rows, len(x0)) * self.unit[:, None]
        with np.errstate(all="ignore"):
            return solve(self.problem(basis, positives(self.eq, x0, self.p)), x0, iterations=HELD_LIMIT)

    def nearest(self, x0: Array) -> RestingState:
        """The rest reached from x0, or a verdict of "none" with its certificate."""
        ended = self.fixed(x0)
        if ended.outcome == "converged":
            found = self.judged(ended)
            return self.beyond(found, x0) if found.verdict == "unstable" else found
        if ended.outcome == "iterations":
            rescued = self.by_newton(x0)
            if rescued is not None:
                return rescued
        from ionostat.studies.runaway import explain

        return explain(self, ended)

    def by_newton(self, x0: Array) -> RestingState | None:
        """A rest found by Newton steps alone, which do not follow the flow: for a cell that circles an unstable one."""
        for x in (x0, self.start.x, *self.random[:12]):
            ended = self.fixed(x, NEWTON_STEP, NEWTON_LIMIT)
            if ended.outcome == "converged":
                return self.judged(ended)
        return None

    def beyond(self, saddle: RestingState, x0: Array) -> RestingState:
        """The stable rest on the start's side of an unstable one; the unstable one itself when the search began on it.

        Newton is drawn to unstable rests as well, but a cell leaves them: along the growing mode, on its own side.
        """
        gap = (x0 - saddle.x) / self.unit
        if float(np.max(np.abs(gap))) < ON_IT:
            return saddle
        side = 1.0 if float(gap @ (self.growing_mode(saddle.x) / self.unit)) >= 0 else -1.0
        found = self.leave(saddle, side) or self.leave(saddle, -side)
        if found is None:
            return saddle
        V = f"{self.cell.membranes[0].name}.V"
        note = f"the search passed an unstable rest at {V} = {saddle[V]:.4g} mV"
        return replace(found, notes=(*found.notes, note))

    def growing_mode(self, x: Array) -> Array:
        """Direction in which a disturbance of an unstable rest grows fastest, of size 1 in natural units."""
        direction = self.spectrum(x).vectors[:, 0].real
        mode: Array = direction / np.max(np.abs(direction / self.unit))
        return mode

    def leave(self, saddle: RestingState, side: float) -> RestingState | None:
        """The stable rest reached from beside an unstable one; None when every search falls back or fails.

        Newton pulls small displacements back to where they came from, so they are tried in growing sizes.
        """
        mode = self.growing_mode(saddle.x)
        for size in DISPLACEMENTS:
            x0 = saddle.x + side * size * mode
            if not all(float(v) > 0 for v in positives(self.eq, x0, self.p).values()):
                return None
            ended = self.fixed(x0)
            found = self.judged(ended) if ended.outcome == "converged" else None
            if found is not None and found.verdict != "unstable":
                return found
        return None

    def spectrum(self, x: Array) -> Stability:
        """Stability of a fixed point."""
        unit = np.array(
            [
                max(abs(v), 1e-300) if s.kind == "amount" else u
                for v, u, s in zip(x, self.unit, self.eq.states, strict=True)
            ]
        )
        return stability(self.engine.jacobian(x, self.p), self.mass, unit, self.basis)

    def judged(self, ended: Fixed) -> RestingState:
        """A fixed point with its verdict."""
        spectrum = self.spectrum(ended.y)
        conserved = self.conserved_names()
        if spectrum.unstable:
            verdict, reason = "unstable", growing_words(spectrum.eigenvalues[0])
        elif conserved:
            verdict, reason = "neutral", conserved_words(conserved)
        elif spectrum.stable:
            verdict, reason = "stable", self.less_than_one_ion(ended.y)
        else:
            verdict = "neutral"
            doubt = spectrum.noise / np.maximum(np.abs(spectrum.eigenvalues.real), 1e-300)
            least = int(np.argmax(doubt))  # the mode of which least is known
            size = f"{spectrum.eigenvalues[least].real:.1e} +- {spectrum.noise[least]:.0e} 1/ms"
            few = self.less_than_one_ion(ended.y)
            reason = f"{UNDECIDED} ({size}){f', {few}' if few else ''}"
        return self.described(ended, verdict, reason, spectrum.eigenvalues, conserved)

    def less_than_one_ion(self, x: Array) -> str:
        """A warning where an amount is below a single ion: the equations have a rest there, a cell has not."""
        gone = [n for n, v in positives(self.eq, x, self.p).items() if not n.endswith(".volume") and float(v) * N_A < 1]
        return few_ions_words(gone) if gone else ""

    def described(
        self, ended: Fixed, verdict: str, reason: str, eigenvalues: Array, conserved: tuple[str, ...]
    ) -> RestingState:
        """All that is known about a state, as a result."""
        table = observables(self.eq)
        values = {n: float(v) for n, v in table.evaluate(ended.y, self.p).items()}
        with np.errstate(all="ignore"):
            residual = float(np.max(np.abs(self.engine.rhs(ended.y, self.p) / self.unit)))
        return RestingState(
            cell=self.cell,
            verdict=verdict,  # type: ignore[arg-type]
            reason=reason,
            quantities=values if verdict != "none" else {},
            units=table.units,
            x=ended.y,
            p=self.p,
            eigenvalues=eigenvalues,
            conserved=conserved,
            notes=tuple(self.start.notes),
            warnings=warnings(self.cell, values) if verdict != "none" else (),
            iterations=ended.iterations,
            residual=residual,
            engine=self.engine.name,
        )

    def all_rests(self, starts: int = 60) -> list[RestingState]:
        """Every rest found from the file's start (first), random starts and the sides of unstable rests."""
        found = [self.nearest(self.start.x)]
        for x0 in self._random_states(starts):
            ended = self.fixed(x0)
            if ended.outcome == "converged":
                found.append(self.judged(ended))
        found = unique(found)
        for saddle in [r for r in found if r.verdict == "unstable"]:
            found += [r for side in (1.0, -1.0) if (r := self.leave(saddle, side)) is not None]
        rests = [r for r in unique(found) if r.found]
        return [replace(r, label=name) for r, name in zip(rests, label_rests(rests), strict=True)] or found[:1]


def growing_words(lead: complex) -> str:
    """How a disturbance of an unstable rest grows, from its leading eigenvalue (1/ms)."""
    kind = "oscillates and grows" if abs(lead.imag) > 1e-12 else "grows"
    return f"a disturbance {kind} with a time constant of {1 / lead.real:.3g} ms"


def conserved_words(names: Sequence[str]) -> str:
    """Why a rest is neutral: what is conserved by value."""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} conserved here, and held at the start's value"


def few_ions_words(names: Sequence[str]) -> str:
    """A warning beside "stable": amounts below a single ion."""
    return f"but less than one ion is left of {', '.join(names)}, where no cell follows the equations"
