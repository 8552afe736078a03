"""Numbers that a cell file may leave out."""

from ionostat.cell.description import Number

_SOURCE = (
    "typical cytosol, from memory (high): ATP 3 mM, ADP 30 uM, Pi 2 mM and dG0' -30.5 kJ/mol give -58.4 kJ/mol at "
    "37 C, inside the -54 to -58 of Veech et al. (2002), pubmed 12587974, to its upper edge"
)

ENERGY: dict[str, Number] = {
    "ATP": Number(3.0, "mM", "3 mM", _SOURCE),
    "ADP": Number(0.03, "mM", "0.03 mM", _SOURCE),
    "Pi": Number(2.0, "mM", "2 mM", _SOURCE),
    "dG0": Number(-30500.0, "aJ/amol", "-30.5 kJ/mol", _SOURCE),
}
"""Free energy of ATP: concentrations and the standard free energy of hydrolysis."""
