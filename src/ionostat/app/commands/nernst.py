"""`ionostat nernst`: a calculator."""

from __future__ import annotations

import click

from ionostat.app import options
from ionostat.app.calculator import Answer, show


@click.command("nernst")
@click.argument("ion")
@click.option("--in", "inside", required=True, metavar="C", help="Concentration inside; a bare number means mM.")
@click.option("--out", "outside", required=True, metavar="C", help="Concentration outside; a bare number means mM.")
@click.option("--temp", default="37C", show_default=True, help="Temperature; a bare number means degrees Celsius.")
@options.json_option
def command(ion: str, inside: str, outside: str, temp: str, as_json: bool) -> None:
    """The Nernst potential of ION (K, Na, Cl, Ca, H, HCO3, Li, NH4), inside minus outside.

    \b
    Example:
      ionostat nernst K --in 140mM --out 4.5mM --temp 37C
    """  # noqa: D301
    from ionostat.errors import UnknownNameError
    from ionostat.physics import nernst
    from ionostat.species import IONS

    if ion not in IONS:
        raise UnknownNameError("ion", ion, IONS)
    c_in, c_out = options.concentration(inside, "--in"), options.concentration(outside, "--out")
    T = options.temperature(temp)
    E = float(nernst(IONS[ion].z, c_out, c_in, T=T))
    show(
        Answer(
            "nernst",
            formula="E = (RT/zF) ln(out/in)",
            given={
                f"{ion}.in": (c_in, "mM"),
                f"{ion}.out": (c_out, "mM"),
                f"{ion}.z": (IONS[ion].z, "1"),
                "temperature": (T, "K"),
            },
            result={f"E_{ion}": (E, "mV")},
        ),
        as_json,
    )
