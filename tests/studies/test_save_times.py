"""When a run is recorded."""

import numpy as np
import pytest

from ionostat.errors import InputError, UnknownNameError
from ionostat.studies.save_times import save_times

SPANS = [(0.0, 1000.0), (1000.0, 3.6e6)]


def test_logarithmic_times_begin_a_microsecond_after_each_change() -> None:
    first, second = save_times(SPANS, "log", 200)
    assert first[0] == pytest.approx(1e-3)
    assert second[0] - 1000.0 == pytest.approx(1e-3)
    ratios = np.diff(np.log(second[1:-1] - 1000.0))
    assert np.ptp(ratios[50:]) < 1e-6
    assert 190 <= len(first) + len(second) <= 210


def test_the_end_of_every_stretch_is_recorded() -> None:
    for how in ("log", "linear", [5.0, 2000.0]):
        assert [t[-1] for t in save_times(SPANS, how, 50)] == [1000.0, 3.6e6]  # type: ignore[arg-type]


def test_a_very_short_stretch_is_recorded_too() -> None:
    (times,) = save_times([(3.6e6, 3.6e6 + 1e-3)], "log", 50)
    assert np.all((times > 3.6e6) & (times <= 3.6e6 + 1e-3))
    assert np.all(np.diff(times) > 0)


def test_linear_times_are_even_over_the_whole_run() -> None:
    times = np.concatenate(save_times([(0.0, 10.0), (10.0, 100.0)], "linear", 11))
    np.testing.assert_allclose(times, np.linspace(10, 100, 10))


def test_given_times_are_kept() -> None:
    times = save_times(SPANS, [1.0, 999.0, 1001.0], 0)
    np.testing.assert_array_equal(times[0], [1.0, 999.0, 1000.0])
    np.testing.assert_array_equal(times[1], [1001.0, 3.6e6])


@pytest.mark.parametrize("bad", [[2.0, 1.0], [[1.0]], [-1.0, 5.0], [1.0, 4e6], [1.0, 1.0]])
def test_bad_times_are_refused(bad: list[float]) -> None:
    with pytest.raises(InputError):
        save_times(SPANS, bad, 10)


def test_an_unknown_way_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="unknown way to save 'logg'"):
        save_times(SPANS, "logg", 10)
