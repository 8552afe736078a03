"""Numbers that a cell file may leave out."""

from ionostat.cell.description import Number

_SOURCE = (
    "typical cytosol, from memory (high); with dG0 -30.5 kJ/mol these give -58.4 kJ/mol at 37 C, where "
    "Veech et al. (2002), pubmed 12587974, find -54 to -58 in heart, liver and red cell"
)

ENERGY: dict[str, Number] = {
    "ATP": Number(3.0, "mM", "3 mM", _SOURCE),
    "ADP": Number(0.03, "mM", "0.03 mM", _SOURCE),
    "Pi": Number(2.0, "mM", "2 mM", _SOURCE),
    "dG0": Number(-30500.0, "aJ/amol", "-30.5 kJ/mol", _SOURCE),
}
"""Free energy of ATP: concentrations and the standard free energy of hydrolysis."""
