"""The source text that a mechanism's equations follow from: its module, and those that the module imports.

Modules of this package are covered by `records.generator`, those of Python and of installed packages by nothing: a
mechanism is asked to hold its formulas itself.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType

PACKAGE = Path(__file__).resolve().parents[1]
"""The folder of this package."""


def sources_of(mechanism: type) -> str | None:
    """A hash of the text behind a mechanism class, "" where this package is all of it, None where it cannot be told.

    It cannot be told for classes and functions made inside a function (they see variables), in `__main__` (a script
    or a notebook, whose variables come and go) or from no file.
    """
    found: set[Path] = set()
    for part in mechanism.__mro__[:-1]:
        files = None if "<locals>" in part.__qualname__ or part.__module__ == "__main__" else _files(part)
        if not files:
            return None
        found |= files
    outside = {file for file in found if PACKAGE not in file.parents}
    if not outside:
        return ""
    text = sha256()
    for file in sorted(_with_imports(outside)):
        content = file.read_bytes()
        text.update(f"{file.name} {len(content)}\n".encode() + content)
    return text.hexdigest()


def _files(part: type) -> frozenset[Path] | None:
    """The files that a class and its methods were written in; None where a method comes from no file."""
    home = getattr(sys.modules.get(part.__module__), "__file__", None)
    found = {home} if home else set()
    for value in vars(part).values():
        function = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
        if isinstance(function, FunctionType):
            if "<locals>" in function.__qualname__:
                return None
            found.add(function.__code__.co_filename)
    return _resolved(frozenset(found))


@lru_cache(maxsize=1024)
def _resolved(files: frozenset[str]) -> frozenset[Path] | None:
    paths = frozenset(Path(file).resolve() for file in files)
    return paths if all(path.is_file() for path in paths) else None


def _with_imports(files: set[Path]) -> set[Path]:
    """The files, and those of the user's own modules that they import, wherever in the text."""
    seen: set[Path] = set()
    left = set(files)
    while left:
        file = left.pop()
        seen.add(file)
        for name in _imported(file):
            found = _file_of(name)
            if found is not None and found not in seen and _is_the_users(found):
                left.add(found)
    return seen


def _imported(file: Path) -> Iterator[str]:
    """Full names that a file may import as modules."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = _package_of(file, node.level)
            base = ".".join(part for part in (above, node.module) if part)
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def _package_of(file: Path, level: int) -> str:
    """The package that a relative import of this level begins from."""
    for name, module in list(sys.modules.items()):
        if level and getattr(module, "__file__", None) and Path(module.__file__ or "").resolve() == file:
            package = name if file.name == "__init__.py" else name.rpartition(".")[0]
            return ".".join(package.split(".")[: len(package.split(".")) - level + 1])
    return ""


def _file_of(name: str) -> Path | None:
    """The source file of a module, loaded or not."""
    module = sys.modules.get(name)
    try:
        spec = find_spec(name) if module is None else None
    except (ImportError, ValueError, AttributeError):
        return None
    file = getattr(module, "__file__", None) or (spec.origin if spec else None)
    return Path(file).resolve() if file and file.endswith(".py") else None


def _is_the_users(file: Path) -> bool:
    """Whether a file is neither of this package, nor of Python, nor installed."""
    homes = {Path(ast.__file__).resolve().parent, PACKAGE}
    return not (homes & set(file.parents) or {"site-packages", "dist-packages"} & set(file.parts))
