"""A cell to try protocols on: paths with units and start values, and no physics."""

from ionostat.errors import UnknownNameError

VALUES = {
    "bath.K": ("mM", 3.0),
    "bath.Na": ("mM", 145.0),
    "bath.Cl": ("mM", 148.0),
    "cell.T": ("K", 310.15),
    "plasma.k_leak.g": ("nS/um2", 7e-4),
    "plasma.nav.scale": ("1", 1.0),
    "plasma.kcc2.scale": ("1", 2.0),
    "plasma.nka.scale": ("1", 1.0),
    "plasma.nkcc1.scale": ("1", 1.0),
    "plasma.stim.I": ("pA", 0.0),
    "cytosol.Na": ("mM", 10.0),
    "cytosol.K": ("mM", 130.0),
}


class BenchCell:
    """Answers what a protocol asks of a cell."""

    def paths(self) -> list[str]:
        return list(VALUES)

    def unit(self, path: str) -> str:
        if path not in VALUES:
            raise UnknownNameError("parameter", path, VALUES)
        return VALUES[path][0]

    def value(self, path: str) -> float:
        return VALUES[path][1]

    def is_amount(self, path: str) -> bool:
        return path.startswith("cytosol.")


CELL = BenchCell()
