"""Results worth keeping between processes: small immutable files in one folder, each named by what made it.

The folder is `$IONOSTAT_CACHE`, else the user's cache folder (`~/.cache/ionostat` or its like); `IONOSTAT_CACHE=off`
keeps nothing. A file is written beside its place and moved there whole, and carries a checksum: a process that is
killed in mid-write leaves nothing that is read, a damaged file counts as missing and is replaced, and two processes
that make the same thing at once both succeed, with no lock. Where the folder cannot be written, a private folder for
temporary files takes its place.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from stat import S_ISDIR, S_IWGRP, S_IWOTH
from typing import Any

LIMIT = 256_000_000
"""Bytes that the folder may hold; the files that were not used for longest go first."""
PRUNE_EVERY = 16_000_000
"""Bytes written by one process between two looks at the size of the folder."""
ABANDONED = 3600.0
"""Age in seconds of an unfinished file whose writer is taken for dead."""

_MAGIC = b"ionostat\n"
_UNFINISHED = ".part"


def name_of(*parts: Any) -> str:
    """The name under which something is kept: a hash of all that it follows from.

    >>> name_of("rhs", 16) == name_of("rhs", 16), name_of("rhs", 16) == name_of("rhs1", 6)
    (True, False)
    """
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()


def recall(name: str, make: Callable[[], Any]) -> Any:
    """Plain data (of JSON) that is kept under `name`, else made by `make` and kept from now on; "" keeps nothing.

    >>> recall("", lambda: (1, 2))
    [1, 2]
    """
    kept = store().get(name) if name else None
    if kept is None:
        kept = json.dumps(make()).encode()
        if name:
            store().put(name, kept)
    return json.loads(kept)


def content_of(package: str, file: str) -> bytes:
    """A file of an installed package, read without importing the package; nothing where there is none."""
    spec = find_spec(package)
    path = Path(spec.origin).with_name(file) if spec and spec.origin else None
    return path.read_bytes() if path and path.is_file() else b""


class Store:
    """Folders of kept files: what is new goes into the first that can be written. Without a folder nothing is kept."""

    def __init__(self, *folders: Path, limit: int = LIMIT) -> None:
        self.folders, self.limit = folders, limit
        self._refused = 0  # so many of the folders could not be written
        self._written = PRUNE_EVERY  # the first file written prunes

    def get(self, name: str) -> bytes | None:
        """What is kept under `name`; None where nothing is, or nothing intact."""
        for folder in self.folders:
            content = _read(folder / name, name) if _trusted(folder) else None
            if content is not None:
                return content
        return None

    def put(self, name: str, content: bytes) -> None:
        """Keep `content` under `name`. A folder that cannot be written is given up for the next one, and said so."""
        for folder in self.folders[self._refused :]:
            try:
                self._write(folder, name, content)
                return
            except OSError as error:
                self._refused += 1
                _say(folder, self.folders[self._refused :], error)

    def _write(self, folder: Path, name: str, content: bytes) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _trusted(folder):
            raise PermissionError("others may write to it")
        if self._written >= PRUNE_EVERY:
            self._written = 0
            self.prune(folder)
        unfinished = folder / f"{name}.{os.getpid()}-{time.monotonic_ns()}{_UNFINISHED}"
        try:
            with unfinished.open("xb") as file:
                file.write(_MAGIC + _checksum(name, content) + content)
            unfinished.replace(folder / name)
        except OSError:
            with suppress(OSError):
                unfinished.unlink()
            raise
        self._written += len(content)

    def prune(self, folder: Path) -> None:
        """Remove what dead writers left, and the oldest files until a fifth of the allowed size is free."""
        found = []
        with suppress(OSError):
            for entry in os.scandir(folder):
                with suppress(OSError):  # another process may have removed it
                    seen = entry.stat()
                    if not entry.name.endswith(_UNFINISHED):
                        found.append((seen.st_mtime, seen.st_size, entry.path))
                    elif time.time() - seen.st_mtime > ABANDONED:
                        Path(entry.path).unlink()
        size = sum(size for _, size, _ in found)
        if size <= self.limit:
            return
        for _, freed, path in sorted(found):
            with suppress(OSError):
                Path(path).unlink()
            size -= freed
            if size <= 0.8 * self.limit:
                return


def store() -> Store:
    """The store that the environment asks for; one object for as long as that does not change."""
    return _store(os.environ.get("IONOSTAT_CACHE", ""))


@lru_cache(maxsize=8)
def _store(setting: str) -> Store:
    if setting == "off":
        return Store()
    home = Path(setting) if setting else _users_folder()
    return Store(*(folder for folder in (home, _spare_folder()) if folder is not None))


def _users_folder() -> Path | None:
    """The folder for caches of this user; None where no home is known."""
    try:
        if os.name == "nt":
            return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "ionostat" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "ionostat"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ionostat"
    except RuntimeError:
        return None


@cache
def _spare_folder() -> Path:
    from tempfile import gettempdir

    return Path(gettempdir()) / f"ionostat-{os.getuid() if hasattr(os, 'getuid') else 'cache'}"


def _trusted(folder: Path) -> bool:
    """Whether code may be loaded from a folder: not everyone may write to it, nor anyone else where it is the spare."""
    if not hasattr(os, "getuid"):
        return True  # on Windows a temporary folder belongs to its user
    spare = folder == _spare_folder()
    try:
        seen = folder.lstat() if spare else folder.stat()
    except OSError:
        return False
    if not S_ISDIR(seen.st_mode) or seen.st_mode & S_IWOTH:
        return False
    return not spare or (seen.st_uid == os.getuid() and not seen.st_mode & S_IWGRP)


def _checksum(name: str, content: bytes) -> bytes:
    return sha256(name.encode() + content).digest()


def _read(path: Path, name: str) -> bytes | None:
    """The content of a kept file, which is marked as used; a damaged one is removed."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 32
    content = kept[start:]
    if kept[:start] != _MAGIC + _checksum(name, content):
        with suppress(OSError):
            path.unlink()
        return None
    with suppress(OSError):
        os.utime(path)
    return content


def _say(folder: Path, others: tuple[Path, ...], error: OSError) -> None:
    """One line through `logging`, which goes to stderr unless the program that uses this package says otherwise."""
    from logging import getLogger

    instead = f"compiled code is kept in '{others[0]}' instead" if others else "compiled code is not kept"
    getLogger("ionostat").warning("the cache '%s' cannot be written (%s); %s", folder, error.strerror or error, instead)
