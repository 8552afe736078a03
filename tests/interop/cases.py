"""What is exported in the tests: every library cell under both closures, and small cells for what the library lacks."""

from collections.abc import Callable
from functools import cache

from cell.small import epithelium, exchanged, one_node, tissue, two_nodes
from laws.cases import CLOSURES, LIBRARY
from laws.cases import cell as library_cell

from ionostat import Cell
from ionostat.cell.load import load_text

SMALL: dict[str, Callable[[str], str]] = {
    "one_node": one_node,
    "two_nodes": two_nodes,
    "epithelium": epithelium,
    "epithelium, clamped": lambda closure: epithelium(closure, "clamp"),
    "tissue": tissue,
    "exchanged": lambda _: exchanged(),
    "exchanged, no counter-ion": lambda _: exchanged(""),
}
EVERY = [(name, closure) for name in (*LIBRARY, *SMALL) for closure in CLOSURES]

REFUSED = {
    *((name, "electroneutral") for name in ("Dijkstra2016_neuron", "Huebel2016_neuron", "two_nodes", "tissue")),
    ("epithelium, clamped", "electroneutral"),
    ("epithelium", "electroneutral"),
    ("tissue", "capacitive"),
}
"""Cells with a potential that is no rule: it is algebraic, and some current is not linear in it. A new library cell
that is refused too fails its tests until someone has looked at it and listed it here."""


@cache
def cell(name: str, closure: str) -> Cell:
    return load_text(SMALL[name](closure)) if name in SMALL else library_cell(name, closure)


CARRIED = [case for case in EVERY if case not in REFUSED]
