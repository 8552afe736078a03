"""A YAML file as a tree of nodes that know where they stand, so that every complaint can point at its line.

Anchors, aliases and merge keys (`<<: *name`) work as in YAML. A mapping's `source:` holds for everything inside it
until an inner mapping gives its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from warnings import catch_warnings, simplefilter

from ionostat.errors import CellFileError, InputError, did_you_mean

Content = str | dict[str, "Node"] | list["Node"] | None


@dataclass(frozen=True)
class Mark:
    """A place in a file: line and column count from 1; `text` is the whole line."""

    file: str
    line: int
    column: int
    text: str

    def error(self, message: str, *, hint: str = "") -> CellFileError:
        """An error that points here."""
        return CellFileError(message, file=self.file, line=self.line, column=self.column, text=self.text, hint=hint)

    def wrap(self, error: InputError) -> CellFileError:
        """An error raised elsewhere, now with its place."""
        return self.error(error.message, hint=error.hint)

    def shifted(self, columns: int) -> Mark:
        """A place further right in the same line."""
        return Mark(self.file, self.line, min(self.column + columns, len(self.text) + 1), self.text)


@dataclass(frozen=True)
class Node:
    """A value of the file (text, list, mapping or nothing), where it stands, and the `source:` that holds for it."""

    content: Content
    mark: Mark
    key: Mark
    """Where the key of this value stands (the value itself where it has no key)."""
    source: Node | None = None

    @property
    def text(self) -> str:
        """The value as text; a list or mapping is refused."""
        if isinstance(self.content, str):
            return self.content
        found = "nothing" if self.content is None else "a mapping" if isinstance(self.content, dict) else "a list"
        raise (self.key if self.content is None else self.mark).error(f"expected a value here, found {found}")

    @property
    def is_none(self) -> bool:
        """Whether nothing is given, or `none`."""
        return self.content is None or self.content == "none"

    @property
    def entries(self) -> dict[str, Node]:
        """The mapping's values by key, without `source:`; anything else is refused."""
        if not isinstance(self.content, dict):
            raise self.mark.error("expected a mapping here, 'key: value'")
        return {k: v for k, v in self.content.items() if k != "source"}

    @property
    def items(self) -> list[Node]:
        """The list's values; a single value counts as a list of one."""
        if isinstance(self.content, list):
            return self.content
        return [self] if isinstance(self.content, str) else []

    def get(self, key: str) -> Node | None:
        """The value at a key of a mapping, or None."""
        return self.content.get(key) if isinstance(self.content, dict) else None

    def need(self, key: str, what: str, *, hint: str = "") -> Node:
        """The value at a key that may not be missing; `what` says whose key it is."""
        found = self.get(key)
        if found is None:
            raise self.key.error(f"{what} needs '{key}'", hint=hint)
        return found

    def only(self, allowed: Iterable[str], what: str) -> dict[str, Node]:
        """The entries, after refusing keys that `what` does not have."""
        names = sorted(allowed)
        for key, value in self.entries.items():
            if key not in names:
                hint = did_you_mean(key, names) or f"its keys: {', '.join(names)}"
                raise value.key.error(f"unknown key '{key}' in {what}", hint=hint)
        return self.entries

    def one_of(self, allowed: Iterable[str], what: str) -> str:
        """The text, which has to be one of a few words or names."""
        names = sorted(allowed)
        if self.text not in names:
            hint = did_you_mean(self.text, names) or f"valid: {', '.join(names)}"
            raise self.mark.error(f"unknown {what} '{self.text}'", hint=hint)
        return self.text

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        yield self
        below = self.content.values() if isinstance(self.content, dict) else self.content
        for node in below if not isinstance(below, str | None) else ():
            yield from node.walk()


def read_yaml(text: str, file: str, *, what: str = "a cell file") -> Node:
    """The tree of a YAML document, which has to be a mapping; `what` says what kind of file it is."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

    lines = text.splitlines()
    try:
        with catch_warnings():
            simplefilter("ignore", ReusedAnchorWarning)  # YAML allows it, and the last one before an alias counts
            root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        at = error.problem_mark or error.context_mark
        mark = _mark(at, file, lines) if at is not None else Mark(file, 1, 1, "")
        problem = " ".join(part for part in (error.problem, error.context) if part)
        raise mark.error(f"this is not valid YAML: {problem}", hint=_yaml_hint(mark)) from None
    except YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise Mark(file, line, 1, "").error(f"this is not valid YAML: {str(error).splitlines()[0]}") from None
    start = Mark(file, 1, 1, lines[0] if lines else "")
    if root is None:
        raise start.error("the file is empty", hint=f"{what} begins with 'cell: Name'")
    node = _Builder(file, lines).build(root, None, start)
    if not isinstance(node.content, dict):
        raise node.mark.error(f"{what} is a mapping", hint="it begins with 'cell: Name'")
    return node


def _mark(at: Any, file: str, lines: list[str]) -> Mark:
    line = min(at.line, max(len(lines) - 1, 0))
    text = lines[line] if lines else ""
    return Mark(file, line + 1, at.column + 1 if line == at.line else len(text) + 1, text)


def _yaml_hint(mark: Mark) -> str:
    if "\t" in mark.text:
        return "indent with spaces, not tabs"
    if mark.text.lstrip().startswith("@") or ": @" in mark.text:
        return "a value cannot begin with '@'; write '145 mM @key'"
    return "check indentation, brackets and the space after each colon, here and in the line above"


@dataclass(frozen=True)
class _Builder:
    """Turns composed YAML nodes into ours; a node used by alias is built anew at each place."""

    file: str
    lines: list[str]

    def build(self, raw: Any, source: Node | None, key: Mark | None = None, above: tuple[Any, ...] = ()) -> Node:
        mark = _mark(raw.start_mark, self.file, self.lines)
        key = key or mark
        if any(raw is a for a in above):
            raise key.error("this anchor contains itself")
        above = (*above, raw)
        if raw.id == "scalar":
            nothing = raw.style is None and raw.value in ("", "null", "~")
            quoted = raw.style in ("'", '"')
            return Node(None if nothing else raw.value, mark.shifted(1) if quoted else mark, key, source)
        if raw.id == "sequence":
            return Node([self.build(child, source, None, above) for child in raw.value], mark, key, source)
        pairs = self.pairs(raw)
        if "source" in pairs:
            at, value = pairs["source"]
            source = self.build(value, None, at, above)
        return Node({k: self.build(v, source, at, above) for k, (at, v) in pairs.items()}, mark, key, source)

    def pairs(self, raw: Any) -> dict[str, tuple[Mark, Any]]:
        """Key -> place and value; merged mappings first, own keys over them."""
        merged: dict[str, tuple[Mark, Any]] = {}
        own: dict[str, tuple[Mark, Any]] = {}
        for key, value in raw.value:
            at = _mark(key.start_mark, self.file, self.lines)
            if key.id != "scalar":
                raise at.error("a key has to be a single word")
            if key.value == "<<":
                for parent in reversed(value.value) if value.id == "sequence" else (value,):
                    if parent.id != "mapping":
                        raise at.error("'<<' merges a mapping", hint="write '<<: *anchor'")
                    merged.update(self.pairs(parent))
            elif key.value in own:
                raise at.error(f"'{key.value}' is given twice", hint=f"first in line {own[key.value][0].line}")
            else:
                own[key.value] = (at, value)
        return {**merged, **own}
