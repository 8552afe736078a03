import pytest
from app.command_line import CommandLine


@pytest.fixture
def ionostat(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    monkeypatch.setenv("COLUMNS", "120")
    return CommandLine(capsys)
