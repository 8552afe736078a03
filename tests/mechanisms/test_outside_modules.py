"""Modules of one's own that do not import are named with what is wrong in them."""

from pathlib import Path

import pytest

from ionostat.errors import CellError, UnknownNameError
from ionostat.mechanisms.registry import mechanism_class


def test_a_syntax_error_is_the_modules_and_has_its_line(tmp_path: Path) -> None:
    (tmp_path / "crooked.py").write_text("x = 1\nclass Bad(: pass\n")
    with pytest.raises(CellError, match=r"crooked.py: SyntaxError: .*line 2"):
        mechanism_class("crooked:Bad", folder=tmp_path)


def test_an_error_while_importing_is_named(tmp_path: Path) -> None:
    (tmp_path / "falls.py").write_text("1 / 0\n")
    with pytest.raises(CellError, match="ZeroDivisionError: division by zero"):
        mechanism_class("falls:Any", folder=tmp_path)


def test_a_class_that_is_not_there_has_a_neighbour(tmp_path: Path) -> None:
    source = "from ionostat import Mechanism\nclass MyPump(Mechanism):\n    pass\n"
    (tmp_path / "mine.py").write_text(source)
    with pytest.raises(UnknownNameError, match="MyPmp") as refused:
        mechanism_class("mine:MyPmp", folder=tmp_path)
    assert "MyPump" in refused.value.hint
