"""`ionostat ghk`: a calculator."""

from __future__ import annotations

import click

from ionostat.app import options
from ionostat.app.calculator import Answer, pair, show

IONS = ("K", "Na", "Cl")


@click.command("ghk")
@click.option(
    "--P", "permeabilities", required=True, metavar="K:Na:Cl", help="Relative permeabilities, e.g. 1:0.04:0.45."
)
@click.option("--K", "K", required=True, metavar="OUT/IN", help="Potassium outside/inside; bare numbers mean mM.")
@click.option("--Na", "Na", required=True, metavar="OUT/IN", help="Sodium outside/inside; bare numbers mean mM.")
@click.option("--Cl", "Cl", metavar="OUT/IN", help="Chloride outside/inside; leave it out with two permeabilities.")
@click.option("--temp", default="37C", show_default=True, help="Temperature; a bare number means degrees Celsius.")
@options.json_option
def command(permeabilities: str, K: str, Na: str, Cl: str | None, temp: str, as_json: bool) -> None:
    """The Goldman-Hodgkin-Katz potential: where the passive currents of K, Na and Cl add up to zero.

    \b
    Example:
      ionostat ghk --P 1:0.04:0.45 --K 5/140 --Na 145/10 --Cl 110/10
    """  # noqa: D301
    from ionostat.physics import ghk_voltage, nernst
    from ionostat.species import IONS as SPECIES

    given = {ion: pair(text, f"--{ion}") for ion, text in zip(IONS, (K, Na, Cl), strict=True) if text is not None}
    P = _permeabilities(permeabilities, list(given))
    T = options.temperature(temp)
    z = [SPECIES[ion].z for ion in given]
    c_out, c_in = [c[0] for c in given.values()], [c[1] for c in given.values()]
    V = float(ghk_voltage(P, z, c_in, c_out, T=T))
    levels = {
        f"E_{ion}": (float(nernst(SPECIES[ion].z, o, i, T=T)), "mV") for ion, (o, i) in given.items() if o > 0 and i > 0
    }
    show(
        Answer(
            "ghk",
            formula="V = (RT/F) ln[(sum P_c out + sum P_a in)/(sum P_c in + sum P_a out)], c cations, a anions",
            given={
                **{f"P_{ion}": (p, "1") for ion, p in zip(given, P, strict=True)},
                **{
                    f"{ion}.{side}": (c, "mM")
                    for ion, both in given.items()
                    for side, c in zip(("out", "in"), both, strict=True)
                },
                "temperature": (T, "K"),
            },
            result={"V": (V, "mV"), **levels},
        ),
        as_json,
    )


def _permeabilities(text: str, ions: list[str]) -> list[float]:
    parts = text.split(":")
    if len(parts) != len(ions):
        raise click.BadParameter(
            f"'{text}' has {len(parts)} numbers for {len(ions)} ions; write {':'.join(ions)}, e.g. 1:0.04:0.45",
            param_hint="'--P'",
        )
    try:
        return [float(p) for p in parts]
    except ValueError:
        raise click.BadParameter(f"'{text}' is not numbers with ':' between them", param_hint="'--P'") from None
