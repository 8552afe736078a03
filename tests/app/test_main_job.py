"""The main job: what `make run` shows."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from ionostat.app.main_job import main


def test_the_main_job(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    figure = tmp_path / "out" / "rundown.svg"
    main(figure)
    out = capsys.readouterr().out
    for words in (
        "stable rest",
        "-72.588",
        "pump blocked: V jumped +8.18 mV at once",
        "E_Na halved after",
        "At the end",
    ):
        assert words in out
    tree = ElementTree.parse(figure)
    text = "".join(tree.getroot().itertext())
    assert "pump blocked" in text  # the description, for those who cannot see it
