"""The shape of the package: imports point one way, data stays data, files fit in the head.

The rule is drawn in docs/develop/architecture.md; it is what lets anyone read `physics/` without `cell/`.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "ionostat"
MODULES = sorted(SOURCE.rglob("*.py"))
MAX_LINES = 500

SMALL = {"constants", "errors", "maths", "species", "store", "units"}
TEXTBOOK = SMALL | {"physics"}
PARTS = TEXTBOOK | {"mechanisms"}
CELLS = PARTS | {"cell"}
PEERS = CELLS | {"engines", "interop", "interventions", "numerics", "protocols"}
VERBS = PEERS | {"studies"}

MAY_IMPORT: dict[str, set[str]] = {
    **dict.fromkeys(SMALL, SMALL),
    "numerics": SMALL,
    "physics": SMALL,
    "mechanisms": TEXTBOOK,
    "cell": PARTS,
    "engines": CELLS | {"numerics"},  # the oracle eliminates algebraic parts with it
    "interop": CELLS,
    "interventions": CELLS,
    "protocols": CELLS | {"interventions"},  # "ouabain 1 mM for 2 h" names one
    "studies": PEERS - {"interop"},
    "report": VERBS,
    "testing": VERBS,
    "app": VERBS | {"report", "testing"},
    "__main__": {"app"},
    "__init__": VERBS | {"report", "testing"},  # the public names, loaded when first asked for
}
"""For each folder or module of the package, what else of the package it may import; its own files always."""


def part(module: Path) -> str:
    """The folder or module of the package that a file belongs to: `cell` for `cell/load.py`."""
    return module.relative_to(SOURCE).parts[0].removesuffix(".py")


def imports(module: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import in a file, those inside functions and `TYPE_CHECKING` blocks too."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "ionostat":
            yield from ((node.lineno, f"ionostat.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, node.module or "." * node.level


def name(module: Path) -> str:
    return module.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_imports_point_one_way(module: Path) -> None:
    here = part(module)
    assert here in MAY_IMPORT, f"'{here}' is new in the package: give it its place in MAY_IMPORT and in architecture.md"
    wrong = [
        f"{name(module)}:{line} imports {full}"
        for line, full in imports(module)
        if full.split(".")[0] == "ionostat" and full.split(".")[1:2] not in [[p] for p in MAY_IMPORT[here] | {here}]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_rule_has_no_cycle() -> None:
    seen = set(SMALL)  # the small shared modules may use each other
    left = {p: needs - {p} for p, needs in MAY_IMPORT.items() if p not in SMALL}
    while left:
        ready = {p for p, needs in left.items() if needs <= seen}
        assert ready, f"these import each other: {sorted(left)}"
        seen |= ready
        left = {p: needs for p, needs in left.items() if p not in ready}


def test_the_library_holds_data_only() -> None:
    code = [name(f) for f in (SOURCE / "library").rglob("*.py")]
    assert not code, f"a published cell is a data file: {code}"


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_a_file_is_one_idea(module: Path) -> None:
    lines = len(module.read_text(encoding="utf-8").splitlines())
    assert lines <= MAX_LINES, f"{name(module)} has {lines} lines: which two ideas are in it?"
