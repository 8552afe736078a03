"""Cell files: from YAML to a `Cell`, with every complaint at its line.

>>> cell = load("Kay2017_cell")
>>> cell.name, cell["bath.Na"], cell.number("plasma.nka.I_max").unit
('Kay2017_cell', 147.0, 'pA/um2')
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

from ionostat.cell.closing import close_compartments
from ionostat.cell.defaults import ENERGY
from ionostat.cell.description import Cell, Closure, Deviation, Number, Source
from ionostat.cell.draft import Draft, check_name
from ionostat.cell.load_checks import check, settle_closes
from ionostat.cell.load_compartments import read_compartments
from ionostat.cell.load_membranes import read_junctions, read_membranes
from ionostat.cell.yaml_nodes import Node, read_yaml
from ionostat.constants import F, R
from ionostat.errors import CellError, UnknownNameError, did_you_mean
from ionostat.species import IONS, Species

LIBRARY = Path(__file__).parents[1] / "library"
"""Folder of published cells, each `AuthorYear_cell/cell.yaml`."""

_HEAD = ("cell", "title", "notes", "sources", "temperature", "constants", "closure", "species")
_BODY = ("compartments", "membranes", "junctions", "conserved", "deviations", "energy")
_MEMORY = ("high", "medium", "low")


def load(name_or_path: str | Path) -> Cell:
    """A cell of the library by name, or one from a file (a path, or a folder that holds `cell.yaml`)."""
    path = find_cell(name_or_path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CellError(f"'{path}' is not a text file", hint="a cell file is YAML in UTF-8", field=str(path)) from None
    except OSError as error:
        raise CellError(f"cannot read '{path}': {error.strerror}", field=str(path)) from None
    return _read(text, str(path), path)


def load_text(text: str, file: str = "<text>") -> Cell:
    """A cell from the text of a cell file; `file` is the name that errors show."""
    return _read(text, file, None)


def list_cells() -> dict[str, str]:
    """Name -> title of every cell in the library."""
    found = {}
    for path in sorted(LIBRARY.glob("*/cell.yaml")):
        title = re.search(r"^title: *[\"']?(.*?)[\"']?\s*$", path.read_text(encoding="utf-8"), re.MULTILINE)
        found[path.parent.name] = title[1] if title else ""
    return found


def find_cell(name_or_path: str | Path) -> Path:
    """The file of a library cell's name, or of a path."""
    given = str(name_or_path)
    if isinstance(name_or_path, str) and not re.search(r"[/\\]|\.ya?ml$", given):
        names = [p.parent.name for p in LIBRARY.glob("*/cell.yaml")]
        if given in names:
            return LIBRARY / given / "cell.yaml"
        if not given or not Path(given).exists():
            raise UnknownNameError("cell", given, names)
    path = Path(given)
    if path.is_dir():
        path = path / "cell.yaml"
    if not path.is_file():
        near = did_you_mean(path.name, [p.name for p in path.parent.glob("*.yaml")]) if path.parent.is_dir() else ""
        raise CellError(f"no such file: '{path}'", hint=near, field=given)
    return path


def _read(text: str, file: str, path: Path | None) -> Cell:
    """From text to a checked cell."""
    root = read_yaml(text, file)
    root.only((*_HEAD, *_BODY), "a cell file")
    name = root.need("cell", "a cell file", hint="it begins with 'cell: Name'")
    check_name(name.text, name)
    draft = Draft(_sources(root), _species(root), {})
    _deviations(draft, root)
    closure = cast(Closure, _word(root, "closure", ("capacitive", "electroneutral"), "capacitive"))
    _temperature(draft, root)
    conserved = _conserved(draft, root)
    folder = path.parent if path else None
    compartments = read_compartments(draft, root.need("compartments", "a cell file"), [c for _, c in conserved])
    membranes = read_membranes(draft, root.need("membranes", "a cell file"), compartments, closure, folder)
    junctions = read_junctions(draft, root.get("junctions"), compartments, folder)
    compartments = settle_closes(draft, compartments, membranes, closure)
    close_compartments(draft, compartments)
    _energy(draft, root)
    cell = Cell(
        name=name.text,
        compartments=compartments,
        membranes=membranes,
        junctions=junctions,
        numbers=draft.numbers,
        closure=closure,
        conserved=conserved,
        deviations=tuple(draft.deviations.values()),
        sources=tuple(draft.sources.values()),
        title=_text(root, "title"),
        notes=_text(root, "notes"),
        species=tuple((s.name, s.z) for s in draft.species.values() if any(s.name in c.ions for c in compartments)),
        file=path,
    )
    check(cell, draft)
    return cell


def _text(root: Node, key: str) -> str:
    node = root.get(key)
    return node.text.strip() if node else ""


def _word(root: Node, key: str, allowed: tuple[str, ...], default: str) -> str:
    node = root.get(key)
    return node.one_of(allowed, key) if node else default


def _sources(root: Node) -> dict[str, Source]:
    """The sources, and a check that every `source:` in the file names one."""
    block = root.get("sources")
    found = {}
    for key, node in block.entries.items() if block is not None else ():
        check_name(key, node)
        node.only(("cite", "doi", "memory"), f"source '{key}'")
        memory = node.get("memory")
        cite = node.need("cite", f"source '{key}'", hint="cite: Author (Year) Journal volume:page").text
        doi = node.get("doi")
        found[key] = Source(key, cite, doi.text if doi else "", memory.one_of(_MEMORY, "memory") if memory else "")
    for node in root.walk():
        if isinstance(node.content, dict) and (named := node.content.get("source")) is not None:
            named.one_of(found, "source")
    return found


def _species(root: Node) -> dict[str, Species]:
    """The known ions and those that the file adds."""
    found = dict(IONS)
    block = root.get("species")
    for name, node in block.entries.items() if block is not None else ():
        check_name(name, node)
        node.only(("z",), f"species '{name}'")
        given = node.need("z", f"species '{name}'", hint="its charge number, for example 'z: 1'")
        try:
            z = int(given.text)
        except ValueError:
            raise given.mark.error(f"the charge number of '{name}' has to be a whole number") from None
        if name in IONS and IONS[name].z != z:
            raise node.key.error(f"'{name}' has the charge number {IONS[name].z}", hint="give another ion another name")
        found[name] = Species(name, z)
    return found


def _deviations(draft: Draft, root: Node) -> None:
    """Declared flaws of the published model."""
    block = root.get("deviations")
    found = draft.deviations
    for node in block.items if block is not None else ():
        node.only(("id", "what", "waives"), "a deviation")
        name = node.need("id", "a deviation")
        check_name(name.text, name)
        if name.text in found:
            raise name.mark.error(f"deviation '{name.text}' is declared twice")
        draft.marks[f"deviations.{name.text}"] = name.mark
        what = node.need("what", f"deviation '{name.text}'", hint="a sentence that says what the model does").text
        if node.source is None:
            raise name.mark.error(f"deviation '{name.text}' has no source", hint="write 'source: key'")
        waives = node.get("waives")
        found[name.text] = Deviation(
            name.text, what, node.source.text, tuple(w.text for w in waives.items) if waives else ()
        )


def _temperature(draft: Draft, root: Node) -> None:
    """The temperature, or the one at which RT/F is exactly the published number."""
    given, constants = root.get("temperature"), root.get("constants")
    if given is not None and constants is not None:
        raise constants.key.error("give 'temperature' or 'constants: {RT_F: ...}', not both")
    if given is not None:
        draft.number("temperature", given, "K", positive=True)
        return
    if constants is None:
        raise root.key.error(
            "a cell file needs 'temperature'", hint="'temperature: 37 degC @source' or 'constants: {RT_F: 26.7 mV}'"
        )
    constants.only(("RT_F",), "'constants'")
    U = draft.number("temperature", constants.need("RT_F", "'constants'"), "mV", positive=True)
    old = draft.numbers["temperature"]
    draft.numbers["temperature"] = Number(U * F / R, "K", f"RT/F = {old.text}", old.source)


def _conserved(draft: Draft, root: Node) -> tuple[tuple[str, str], ...]:
    """Conserved ions, each with the compartment that takes up its total."""
    block = root.get("conserved")
    found = []
    names = root.need("compartments", "a cell file").entries
    for ion, node in block.entries.items() if block is not None else ():
        draft.ion_key(ion, node)
        draft.marks[f"conserved.{ion}"] = node.mark
        found.append((ion, node.one_of(names, "compartment")))
    return tuple(found)


def _energy(draft: Draft, root: Node) -> None:
    """Free energy of ATP: as given, else the defaults."""
    block = root.get("energy")
    given = block.only(ENERGY, "'energy'") if block is not None else {}
    for key, default in ENERGY.items():
        path = f"energy.{key}"
        if key in given:
            draft.number(path, given[key], default.unit, positive=key != "dG0")
        else:
            draft.numbers[path] = default
            draft.marks[path] = (block or root).key


def as_cell(cell: Cell | str) -> Cell:
    """The cell itself, or the one of that library name or file."""
    return cell if isinstance(cell, Cell) else load(cell)
