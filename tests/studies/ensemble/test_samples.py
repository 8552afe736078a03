"""What members differ in: distributions, designs, correlations and tables."""

from pathlib import Path

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, lognorm, loguniform, norm, spearmanr, truncnorm, uniform

from ionostat import load
from ionostat.cell.paths import allowed_range
from ionostat.errors import InputError, UnitError, UnknownNameError
from ionostat.studies.ensemble.samples import Samples, read_samples
from ionostat.studies.ensemble.tables import read_table

CELL = load("Kay2017_cell")
SEVERAL = {
    "bath.K": {"normal": {"mean": "3 mM", "sd": "0.3 mM"}},
    "plasma.na_leak.g": {"lognormal": {"cv": "20 %"}},
    "plasma.nka.scale": {"loguniform": {"low": 0.1, "high": 10}},
    "temperature": {"uniform": {"low": "20 degC", "high": "37 degC"}},
}
N = 20_000


def drawn(given: object, n: int = N, **options: object) -> dict[str, np.ndarray]:
    samples = read_samples(CELL, given, n=n, **options)
    return samples.draw(0, n)


@pytest.mark.parametrize("design", ["random", "latin", "sobol"])
def test_values_have_their_distribution(design: str) -> None:
    found = drawn(SEVERAL, design=design, seed=3)
    sigma = np.sqrt(np.log1p(0.2**2))
    expected = {
        "bath.K": norm(3, 0.3),
        "plasma.na_leak.g": lognorm(sigma, scale=CELL["plasma.na_leak.g"]),
        "plasma.nka.scale": loguniform(0.1, 10),
        "temperature": uniform(293.15, 17),
    }
    for path, one in expected.items():
        assert kstest(found[path], one.cdf).pvalue > 1e-4, path
        assert abs(spearmanr(found[path], found["bath.K"])[0]) < 0.03 or path == "bath.K"


def test_designs_fill_space_better_than_chance() -> None:
    points = {d: drawn({"plasma.nka.scale": {"uniform": {"low": 0, "high": 1}}}, 1024, design=d) for d in
              ("latin", "sobol", "random")}  # fmt: skip
    cells = {d: np.unique((v["plasma.nka.scale"] * 1024).astype(int)).size for d, v in points.items()}
    assert cells["latin"] == cells["sobol"] == 1024  # one member in every 1024th part
    assert 550 < cells["random"] < 750  # 1 - 1/e of them


@pytest.mark.parametrize("design", ["random", "latin", "sobol"])
@given(cut=st.lists(st.integers(0, 999), min_size=2, max_size=2).map(sorted))
def test_a_member_does_not_depend_on_how_members_are_cut(design: str, cut: list[int]) -> None:
    samples = read_samples(CELL, SEVERAL, n=1000, seed=9, design=design, correlations={("bath.K", "temperature"): -0.7})
    whole, part = samples.draw(0, 1000), samples.draw(cut[0], cut[1] + 1)
    for path, values in part.items():
        assert values.tobytes() == whole[path][cut[0] : cut[1] + 1].tobytes(), path


def test_random_members_depend_on_seed_and_index_alone() -> None:
    few, many = drawn(SEVERAL, 10, seed=5), drawn(SEVERAL, 5000, seed=5)
    alone = drawn({"bath.K": SEVERAL["bath.K"]}, 10, seed=5)
    assert all(np.array_equal(few[p], many[p][:10]) for p in SEVERAL)
    assert np.array_equal(alone["bath.K"], few["bath.K"])
    assert not np.array_equal(drawn(SEVERAL, 10, seed=6)["bath.K"], few["bath.K"])


def test_the_stream_is_that_of_the_first_release() -> None:
    """Stored studies rest on it: a change here would silently mix two streams."""
    found = drawn({"plasma.nka.scale": {"uniform": {"low": 0, "high": 1}}}, 3, seed=1)["plasma.nka.scale"]
    assert found.tolist() == [0.6452776653029432, 0.7884374661264822, 0.9276733827519287]


def test_truncation_removes_probability_and_moves_nothing_to_the_edge() -> None:
    found = drawn({"bath.K": {"normal": {"mean": "1 mM", "sd": "1 mM", "high": "2 mM"}}})["bath.K"]
    assert found.min() > 0  # the allowed range of a concentration
    assert found.max() < 2
    assert kstest(found, truncnorm(-1, 1, loc=1, scale=1).cdf).pvalue > 1e-4


@given(st.sampled_from(["bath.K", "plasma.na_leak.g", "plasma.nka.scale"]), st.floats(0.05, 3.0), st.integers(0, 2**63))
def test_values_stay_in_the_allowed_range(path: str, cv: float, seed: int) -> None:
    found = drawn({path: {"normal": {"cv": cv}}}, 50, seed=seed)[path]
    low, high = allowed_range(CELL, path)
    assert np.all((low <= found) & (found <= high))


def test_correlations_are_those_of_the_normal_scores() -> None:
    pairs = [("bath.K", "plasma.na_leak.g", 0.8), ("plasma.nka.scale", "bath.K", -0.5)]
    found = drawn(SEVERAL, seed=2, correlations=pairs)
    for a, b, r in pairs:
        assert spearmanr(found[a], found[b])[0] == pytest.approx(6 / np.pi * np.arcsin(r / 2), abs=0.02)
    assert abs(spearmanr(found["temperature"], found["bath.K"])[0]) < 0.03
    assert kstest(found["plasma.nka.scale"], loguniform(0.1, 10).cdf).pvalue > 1e-4


def test_a_matrix_is_the_same_as_pairs() -> None:
    matrix = np.eye(4)
    matrix[0, 1] = matrix[1, 0] = 0.3
    by_matrix = read_samples(CELL, SEVERAL, n=9, correlations=matrix)
    assert by_matrix.correlations == (("plasma.na_leak.g", "bath.K", 0.3),)


@pytest.mark.parametrize(
    ("given", "options", "kind", "message"),
    [
        ({"bath.k": {"normal": {"cv": 0.1}}}, {}, UnknownNameError, "bath.K"),
        ({"bath.K": {"norml": {"cv": 0.1}}}, {}, UnknownNameError, "normal"),
        ({"bath.K": {"normal": {"sdd": 0.1}}}, {}, UnknownNameError, "sd"),
        ({"bath.K": {"normal": {}}}, {}, InputError, "needs sd or cv"),
        ({"bath.K": {"normal": {"sd": "1 mV"}}}, {}, UnitError, "voltage"),
        ({"bath.K": {"normal": {"sd": "-1 mM"}}}, {}, InputError, "positive"),
        ({"bath.K": {"uniform": {"low": "3 mM"}}}, {}, InputError, "low and high"),
        ({"bath.K": {"uniform": {"low": "3 mM", "within": 0.1}}}, {}, InputError, "not both"),
        ({"bath.K": {"uniform": {"low": "3 mM", "high": "2 mM"}}}, {}, InputError, "not below"),
        ({"temperature": {"normal": {"sd": "2 degC"}}}, {}, UnitError, "difference"),
        ({"temperature": {"normal": {"mean": "400 K", "sd": "1 K"}}}, {}, InputError, "range"),
        ({"bath.K": {"normal": {"cv": 0.1, "low": "9 mM"}}}, {}, InputError, "less than 1 %"),
        ({"bath.K": {"loguniform": {"factor": 1}}}, {}, InputError, "above 1"),
        ({"bath.K": 3.0}, {}, InputError, "column|table|one value"),
        ({}, {}, InputError, "no samples"),
        (SEVERAL, {"n": None}, InputError, "how many"),
        (SEVERAL, {"n": 0}, InputError, "at least one"),
        (SEVERAL, {"design": "lattin"}, UnknownNameError, "latin"),
        (SEVERAL, {"design": "latin", "n": 10**8}, InputError, "at most"),
        (SEVERAL, {"correlations": [("bath.K", "bath.Na", 0.1)]}, UnknownNameError, "sampled"),
        (SEVERAL, {"correlations": [("bath.K", "bath.K", 0.1)]}, InputError, "itself"),
        (SEVERAL, {"correlations": [("bath.K", "temperature", 1.5)]}, InputError, "between"),
        (SEVERAL, {"correlations": {("bath.K", "temperature"): 0.9, ("bath.K", "plasma.nka.scale"): 0.9,
                                    ("temperature", "plasma.nka.scale"): -0.9}}, InputError, "contradict"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_refused(given: object, options: dict[str, object], kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        read_samples(CELL, given, **{"n": 10, **options})


def test_a_record_gives_the_same_samples() -> None:
    first = read_samples(CELL, SEVERAL, n=99, seed=4, design="latin", correlations=[("bath.K", "temperature", 0.2)])
    again = Samples.from_record(first.to_record())
    assert again == first
    assert all(np.array_equal(again.draw(3, 50)[p], first.draw(3, 50)[p]) for p in SEVERAL)


def test_tables_come_as_mappings_frames_and_files(tmp_path: Path) -> None:
    expected = {"bath.K": [3.0, 4.0], "temperature": [298.15, 310.15]}
    frame = pandas.DataFrame({"bath.K (uM)": [3000, 4000], "temperature (degC)": [25, 37]})
    frame.to_csv(tmp_path / "members.csv", index=False)
    frame.to_parquet(tmp_path / "members.parquet", index=False)
    for one in (
        {"bath.K": [3, 4], "temperature (degC)": np.array([25.0, 37.0])},
        frame,
        tmp_path / "members.csv",
        str(tmp_path / "members.parquet"),
    ):
        found = read_table(CELL, one)
        assert {p: v.tolist() for p, v in found.items()} == expected
    samples = read_samples(CELL, frame, n=None)
    assert samples.n == 2
    assert samples.draw(1, 2)["bath.K"].tolist() == [4.0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bath.K": [1, 2], "bath.Cl": [1]}, "different lengths"),
        ({"bath.K": ["3 mM"]}, "numbers only"),
        ({"bath.K (mV)": [1]}, "voltage"),
        ({"bath.Kx": [1]}, "bath.K"),
        ({"bath.K": [1], "bath.K (uM)": [1]}, "two columns"),
        ({"bath.K": []}, "one value per member"),
        ("nowhere.csv", "no such file"),
        ("table.txt", "csv"),
        (3, "distributions by path or a table"),
    ],
)
def test_tables_that_cannot_be_read_are_refused(given: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_table(CELL, given)


def test_a_stored_table_is_known_by_its_digest_alone() -> None:
    first = read_samples(CELL, {"bath.K": [3.0, 4.0]}, n=None)
    again = Samples.from_record(first.to_record())
    assert again.to_record() == first.to_record()
    with pytest.raises(InputError, match="not stored"):
        again.draw(0, 1)
