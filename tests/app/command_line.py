"""What a command did: exit code, stdout, stderr."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from ionostat.app.cli import main


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out, parse_constant=_refuse)


def _refuse(word: str) -> None:
    raise AssertionError(f"JSON with {word}")


class CommandLine:
    """`run("rest", "Kay2017_cell")` in this process, as a terminal-less caller would see it."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self.captured = captured

    def __call__(self, *arguments: str) -> Done:
        with pytest.raises(SystemExit) as exit:
            main(arguments)
        out, err = self.captured.readouterr()
        return Done(int(exit.value.code or 0), out, err)
