"""Nernst, GHK and Donnan from the command line: the functions of `ionostat.physics`, with units."""

import pytest
from app.command_line import CommandLine

from ionostat.physics import donnan_bath, donnan_chambers, ghk_voltage, nernst


def test_nernst(ionostat: CommandLine) -> None:
    done = ionostat("nernst", "K", "--in", "140mM", "--out", "4.5", "--temp", "37", "--json")
    record = done.json
    assert record["schema"] == "ionostat/nernst@1"
    assert record["quantities"]["E_K"] == {"value": pytest.approx(float(nernst(1, 4.5, 140))), "unit": "mV"}
    assert record["given"]["temperature"] == {"value": pytest.approx(310.15), "unit": "K"}
    people = ionostat("nernst", "K", "--in", "0.14 M", "--out", "4.5", "--temp", "310.15 K")
    assert people.out.split()[:3] == ["E_K", "-91.875", "mV"]
    assert "K.out 4.5 mM" in people.out  # a bare number is echoed with its unit


def test_ghk(ionostat: CommandLine) -> None:
    done = ionostat("ghk", "--P", "1:0.04:0.45", "--K", "5/140", "--Na", "145/10", "--Cl", "110/10", "--json")
    V = ghk_voltage((1, 0.04, 0.45), (1, 1, -1), (140, 10, 10), (5, 145, 110))
    assert done.json["quantities"]["V"]["value"] == pytest.approx(float(V))
    assert done.json["quantities"]["E_Cl"]["value"] == pytest.approx(float(nernst(-1, 110, 10)))
    two = ionostat("ghk", "--P", "1:0.04", "--K", "5/140mM", "--Na", "145/10", "--json")
    assert two.json["quantities"]["V"]["value"] == pytest.approx(
        float(ghk_voltage((1, 0.04), (1, 1), (140, 10), (5, 145)))
    )


def test_donnan_against_a_bath_and_between_chambers(ionostat: CommandLine) -> None:
    bath = ionostat("donnan", "--X", "100mM", "--z", "-1", "--salt", "150mM", "--json").json
    assert bath["quantities"]["V"]["value"] == pytest.approx(float(donnan_bath(100, -1, 150).V))
    arguments = ("--X", "100", "--z", "-1", "--salt", "100", "--closed", "--volumes", "2/1", "--temp", "25C", "--json")
    closed = ionostat("donnan", *arguments).json
    state = donnan_chambers(100, -1, salt_out=100, volume_in=1, volume_out=2, T=298.15)
    assert closed["quantities"]["cation_in"]["value"] == pytest.approx(float(state.cation_in))
    assert "osmotic_excess" in ionostat("donnan", "--X", "100", "--z", "-1", "--salt", "150").out
    assert ionostat("donnan", "--X", "1", "--z", "-1", "--salt", "1", "--salt-in", "1").code == 2
