"""Examples of the documentation run in a folder that holds the files which their page shows, and nothing else.

A block with a title is a file: ```` ```yaml title="my_cell.yaml" ````. What an example writes stays in that folder.
"""

import re
from pathlib import Path

import pytest

FILE = re.compile(r'^```\w+ title="(?P<name>[^"]+)"\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE)


def files_of(page: Path) -> dict[str, str]:
    """Name -> text of every file that a page shows."""
    return {m["name"]: m["text"] for m in FILE.finditer(page.read_text(encoding="utf-8"))}


@pytest.fixture(autouse=True)
def _folder_of_the_page(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.path.suffix == ".md":
        for name, text in files_of(request.path).items():
            (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
