"""The store of kept files: whatever happens to a writer, a reader gets what was written, or nothing."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ionostat import store as module
from ionostat.store import Store, content_of, name_of, recall, store

NAME = name_of("a test")


@pytest.fixture
def kept(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def file_of(kept: Store) -> Path:
    return kept.folders[0] / NAME


def test_what_was_put_is_got(kept: Store) -> None:
    assert kept.get(NAME) is None
    kept.put(NAME, b"numbers")
    assert kept.get(NAME) == b"numbers"
    assert Store(*kept.folders).get(NAME) == b"numbers"
    assert [f.name for f in kept.folders[0].iterdir()] == [NAME]


@pytest.mark.parametrize("size", [0, 5, 20, 41, 45, 47])
def test_a_file_cut_short_counts_as_missing_and_is_replaced(kept: Store, size: int) -> None:
    kept.put(NAME, b"numbers")
    file_of(kept).write_bytes(file_of(kept).read_bytes()[:size])
    assert kept.get(NAME) is None
    assert not file_of(kept).exists()
    kept.put(NAME, b"numbers")
    assert kept.get(NAME) == b"numbers"


def test_any_changed_byte_is_found(kept: Store) -> None:
    kept.put(NAME, b"numbers")
    whole = file_of(kept).read_bytes()
    for place in range(len(whole)):
        file_of(kept).write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert kept.get(NAME) is None


def test_a_file_under_another_name_is_not_taken(kept: Store) -> None:
    kept.put(NAME, b"numbers")
    other = name_of("another")
    file_of(kept).rename(kept.folders[0] / other)
    assert kept.get(other) is None


WRITER = """
import sys
from pathlib import Path
from ionostat.store import Store, name_of
kept = Store(Path(sys.argv[1]))
print("writing", flush=True)
while True:
    for i in range(5):
        kept.put(name_of("a test") if i == 0 else name_of(i), bytes([i]) * 4_000_000)
"""


def test_a_writer_that_is_killed_leaves_nothing_half(kept: Store) -> None:
    names = [NAME, *map(name_of, range(1, 5))]
    for attempt in range(6):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(kept.folders[0])], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(0.01 + 0.013 * attempt)
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        for i, name in enumerate(names):
            assert kept.get(name) in (None, bytes([i]) * 4_000_000)
    kept.put(NAME, b"numbers")
    assert kept.get(NAME) == b"numbers"


def test_what_a_dead_writer_left_is_removed_in_time(kept: Store) -> None:
    kept.put(NAME, b"numbers")
    young, old = (kept.folders[0] / f"{n}.part" for n in ("young", "old"))
    for file in (young, old):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - 2 * module.ABANDONED,) * 2)
    kept.prune(kept.folders[0])
    assert young.exists()
    assert not old.exists()
    assert kept.get(NAME) == b"numbers"


TOGETHER = """
import sys
from pathlib import Path
from ionostat.store import Store, name_of
kept = Store(Path(sys.argv[1]), limit=400_000)
for turn in range(300):
    name, content = name_of(turn % 7), bytes([turn % 7]) * 50_000
    assert kept.get(name) in (None, content)
    kept._written = 10**9  # look at the size of the folder every time
    kept.put(name, content)
"""


def test_processes_that_write_and_prune_at_once_do_not_disturb_each_other(kept: Store) -> None:
    command = [sys.executable, "-c", TOGETHER, str(kept.folders[0])]
    writers = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    errors = [w.communicate()[1] for w in writers]
    assert errors == ["", "", ""]
    assert [w.returncode for w in writers] == [0, 0, 0]
    for i in range(7):
        assert kept.get(name_of(i)) == bytes([i]) * 50_000


def test_a_folder_that_cannot_be_written_gives_way_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    kept = Store(blocked / "cache", tmp_path / "spare")
    with caplog.at_level(logging.WARNING):
        kept.put(NAME, b"numbers")
        kept.put(name_of("more"), b"more")
    assert kept.get(NAME) == b"numbers"
    assert Store(*kept.folders).get(NAME) == b"numbers", "the next process finds it too"
    said = [r.getMessage() for r in caplog.records]
    assert len(said) == 1
    assert str(blocked / "cache") in said[0]
    assert str(tmp_path / "spare") in said[0]


def test_a_full_cache_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, spare = tmp_path / "home", tmp_path / "spare"
    Store(home).put(NAME, b"numbers")
    whole_write = Store._write

    def write(self: Store, folder: Path, name: str, content: bytes) -> None:
        if folder == home:
            raise OSError(30, "Read-only file system")
        whole_write(self, folder, name, content)

    monkeypatch.setattr(Store, "_write", write)
    monkeypatch.setattr(module, "_say", lambda *_: None)
    kept = Store(home, spare)
    assert kept.get(NAME) == b"numbers"
    kept.put(name_of("new"), b"new")
    assert kept.get(name_of("new")) == b"new"
    assert kept.get(NAME) == b"numbers"


def test_nothing_is_kept_where_nothing_can_be_written(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    kept = Store(blocked / "a", blocked / "b")
    kept.put(NAME, b"numbers")
    kept.put(NAME, b"numbers")
    assert kept.get(NAME) is None
    assert len(caplog.records) == 2
    assert "not kept" in caplog.records[1].getMessage()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="POSIX permissions")
def test_code_is_not_taken_from_where_others_may_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Store(tmp_path / "cache")
    kept.put(NAME, b"numbers")
    kept.folders[0].chmod(0o777)
    assert kept.get(NAME) is None
    kept.folders[0].chmod(0o770)
    assert kept.get(NAME) == b"numbers"
    monkeypatch.setattr(module, "_spare_folder", lambda: tmp_path / "cache")
    assert kept.get(NAME) is None, "in a temporary place a group may not write either"


def test_the_folder_stays_bounded_and_what_is_used_stays(tmp_path: Path) -> None:
    kept = Store(tmp_path, limit=1_000_000)
    names = [name_of(i) for i in range(12)]
    for i, name in enumerate(names[:9]):
        kept.put(name, b"x" * 100_000)
        os.utime(tmp_path / name, (1e9 + i,) * 2)
    assert kept.get(names[0]) is not None  # marks it as used
    for name in names[9:]:
        kept.put(name, b"x" * 100_000)
    kept.prune(tmp_path)
    assert sum(f.stat().st_size for f in tmp_path.iterdir()) <= kept.limit
    assert kept.get(names[0]) is not None
    assert kept.get(names[1]) is None
    assert all(kept.get(name) is not None for name in names[9:])


def test_the_environment_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOSTAT_CACHE", str(tmp_path / "mine"))
    assert store().folders[0] == tmp_path / "mine"
    monkeypatch.setenv("IONOSTAT_CACHE", "off")
    assert store().folders == ()
    store().put(NAME, b"numbers")
    assert store().get(NAME) is None


@pytest.mark.skipif(sys.platform != "linux", reason="the XDG folders of Linux")
def test_the_users_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert module._users_folder() == tmp_path / "ionostat"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert module._users_folder() == tmp_path / ".cache" / "ionostat"


def test_recall_makes_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONOSTAT_CACHE", str(tmp_path / "recalled"))
    made = []

    def make() -> dict[str, object]:
        made.append(1)
        return {"a": (1, 0.1), "b": None}

    assert recall(NAME, make) == recall(NAME, make) == {"a": [1, 0.1], "b": None}
    assert len(made) == 1
    assert recall("", make) == {"a": [1, 0.1], "b": None}
    assert len(made) == 2


def test_a_file_of_a_package_is_read_without_the_import() -> None:
    assert b"__version__" in content_of("sympy", "release.py")
    assert content_of("no_such_package", "release.py") == b""
    assert content_of("sympy", "no_such_file") == b""
