"""Fixed points by pseudo-transient continuation, on problems whose fixed points are known."""

from collections.abc import Callable

import numpy as np
import pytest

from ionostat.numerics.pseudo_transient import Fixed, Problem, solve

Array = np.ndarray


def problem(
    f: Callable[[Array], list[float]], J: Callable[[Array], list[list[float]]], n: int, **options: object
) -> Problem:
    given = {
        "mass": np.ones(n),
        "scale": lambda y: np.ones(n),
        "change": lambda y, d: float(np.max(np.abs(d))),
        "basis": np.eye(n),
    }
    return Problem(f=lambda y: np.array(f(y)), jacobian=lambda y: np.array(J(y)), **(given | options))  # type: ignore[arg-type]


def positive(y: Array, d: Array) -> float:
    """A step that changes nothing positive by more than half."""
    return float(np.max(np.abs(d / y)))


def cubic() -> Problem:
    """y' = y - y^3: rests at -1, 0 (unstable) and 1."""
    return problem(lambda y: [y[0] - y[0] ** 3], lambda y: [[1 - 3 * y[0] ** 2]], 1)


@pytest.mark.parametrize(("start", "end"), [(0.4, 1.0), (-0.2, -1.0), (0.55, 1.0), (5.0, 1.0)])
def test_it_goes_where_the_flow_goes(start: float, end: float) -> None:
    """Not to the nearest root: from 0.4 Newton alone would go to the unstable 0."""
    found = solve(cubic(), np.array([start]))
    assert found.outcome == "converged"
    assert found.y[0] == pytest.approx(end, abs=1e-12)


@pytest.mark.parametrize("start", [0.0, 1e-6, -1e-3])
def test_beside_an_unstable_rest_it_may_stay(start: float) -> None:
    """The step has grown before the flow has left: so a caller has to look at the eigenvalues of what it gets."""
    found = solve(cubic(), np.array([start]))
    assert found.outcome == "converged"
    assert abs(found.y[0]) < 1e-12


def test_a_linear_problem_is_solved_to_round_off() -> None:
    A = np.array([[-2.0, 1.0, 0.0], [0.5, -3.0, 1e-4], [0.0, 1e3, -1e4]])
    b = np.array([1.0, -2.0, 3.0])
    found = solve(problem(lambda y: list(A @ y + b), lambda y: A.tolist(), 3), np.zeros(3))
    np.testing.assert_allclose(found.y, -np.linalg.solve(A, b), rtol=1e-12)


def test_time_scales_may_be_sixteen_decades_apart() -> None:
    rates = np.array([1e8, 1.0, 1e-8])
    target = np.array([1.0, 2.0, 3.0])
    found = solve(problem(lambda y: list(rates * (target - y)), lambda y: np.diag(-rates).tolist(), 3), np.ones(3))
    assert found.outcome == "converged"
    np.testing.assert_allclose(found.y, target, rtol=1e-12)


def test_a_positive_quantity_stays_positive_on_the_way() -> None:
    """y' = -y^2 (y - 1e-6): the rest lies six decades below the start."""
    seen: list[float] = []

    def f(y: Array) -> list[float]:
        seen.append(float(y[0]))
        return [-(y[0] ** 2) * (y[0] - 1e-6)]

    found = solve(problem(f, lambda y: [[-3 * y[0] ** 2 + 2e-6 * y[0]]], 1, change=positive), np.array([1.0]))
    assert found.outcome == "converged"
    assert found.y[0] == pytest.approx(1e-6, rel=1e-10)
    assert min(seen) > 0


def test_an_algebraic_equation_is_solved_beside_a_differential_one() -> None:
    """x' = -x + z, 0 = 2 - x - z: x = z = 1."""
    mixed = problem(
        lambda y: [-y[0] + y[1], 2 - y[0] - y[1]], lambda y: [[-1, 1], [-1, -1]], 2, mass=np.array([1.0, 0.0])
    )
    found = solve(mixed, np.array([0.5, 1.5]))
    np.testing.assert_allclose(found.y, [1.0, 1.0], rtol=1e-12)


def test_a_conserved_quantity_is_held_at_its_value() -> None:
    """a <-> b with a + b conserved: singular, and yet there is one rest for each total."""
    reaction = problem(
        lambda y: [-2 * y[0] + y[1], 2 * y[0] - y[1]],
        lambda y: [[-2, 1], [2, -1]],
        2,
        basis=np.array([[1.0], [-1.0]]),
    )
    found = solve(reaction, np.array([3.0, 3.0]))
    np.testing.assert_allclose(found.y, [2.0, 4.0], rtol=1e-12)


def growth() -> Problem:
    """y' = 1: no rest at all."""
    return problem(lambda y: [1.0], lambda y: [[0.0]], 1, change=positive, bound=lambda y: "y" if y[0] > 1e7 else "")


def test_a_quantity_that_runs_away_is_named() -> None:
    found = solve(growth(), np.array([1.0]), iterations=1000)
    assert (found.outcome, found.reason) == ("bound", "y")


def test_the_iteration_limit_is_kept() -> None:
    found = solve(growth(), np.array([1.0]), iterations=20)
    assert (found.outcome, found.iterations) == ("iterations", 20)


def test_a_start_without_a_feasible_step_stalls() -> None:
    found = solve(problem(lambda y: [np.nan], lambda y: [[-1.0]], 1), np.array([1.0]))
    assert found.outcome == "stalled"
    assert found.y[0] == 1.0


def test_a_singular_jacobian_at_the_root_is_still_found() -> None:
    """y' = -y^3: Newton converges only linearly to the triple root, and the end is where round-off begins."""
    found: Fixed = solve(problem(lambda y: [-(y[0] ** 3)], lambda y: [[-3 * y[0] ** 2]], 1), np.array([1.0]))
    assert found.outcome == "converged"
    assert abs(found.y[0]) < 1e-7


@pytest.mark.parametrize("r", [0.5, 0.9, 2.0])
def test_the_lorenz_system_below_and_above_its_pitchfork(r: float) -> None:
    """Rests: 0 for r < 1; +-sqrt(8/3 (r - 1)) beside it above."""
    s, b = 10.0, 8 / 3
    lorenz = problem(
        lambda y: [s * (y[1] - y[0]), y[0] * (r - y[2]) - y[1], y[0] * y[1] - b * y[2]],
        lambda y: [[-s, s, 0], [r - y[2], -1, -y[0]], [y[1], y[0], -b]],
        3,
    )
    found = solve(lorenz, np.array([0.3, 0.1, 0.2]))
    side = np.sqrt(max(b * (r - 1), 0.0))
    np.testing.assert_allclose(found.y, [side, side, max(r - 1, 0.0)], atol=1e-10)
