"""`ionostat donnan`: a calculator."""

from __future__ import annotations

import click

from ionostat.app import options
from ionostat.app.calculator import Answer, pair, show
from ionostat.app.failures import FiniteFloat


@click.command("donnan")
@click.option("--X", "X", required=True, metavar="C", help="Impermeants inside; a bare number means mM.")
@click.option("--z", "z", type=FiniteFloat(), required=True, help="Their mean charge number.")
@click.option("--salt", required=True, metavar="C", help="Permeant salt in the bath, or outside at the start.")
@click.option("--X-out", "X_out", default="0mM", show_default=True, metavar="C", help="Impermeants outside.")
@click.option("--z-out", "z_out", type=FiniteFloat(), default=0.0, show_default=True, help="Their mean charge number.")
@click.option("--closed", is_flag=True, help="Two closed chambers instead of a cell in a large bath.")
@click.option("--salt-in", default="0mM", show_default=True, metavar="C", help="Closed: salt inside at the start.")
@click.option(
    "--volumes", default="1/1", show_default=True, metavar="OUT/IN", help="Closed: volumes, only the ratio counts."
)
@click.option("--temp", default="37C", show_default=True, help="Temperature; a bare number means degrees Celsius.")
@options.json_option
def command(
    X: str,
    z: float,
    salt: str,
    X_out: str,
    z_out: float,
    closed: bool,
    salt_in: str,
    volumes: str,
    temp: str,
    as_json: bool,
) -> None:
    """A Donnan equilibrium: a monovalent salt across a membrane that holds charged impermeants back.

    Both sides are rigid: no water moves.

    \b
    Examples:
      ionostat donnan --X 100mM --z -1 --salt 150mM
      ionostat donnan --X 100 --z -1 --salt 100 --closed --volumes 1/1 --temp 25C
    """  # noqa: D301
    from ionostat.physics import donnan_bath, donnan_chambers

    T = options.temperature(temp)
    inside, outside = options.concentration(X, "--X"), options.concentration(X_out, "--X-out")
    C, C_in = options.concentration(salt, "--salt"), options.concentration(salt_in, "--salt-in")
    given = {
        "X.in": (inside, "mM"),
        "z.in": (z, "1"),
        "X.out": (outside, "mM"),
        "z.out": (z_out, "1"),
        "salt": (C, "mM"),
    }
    if closed:
        W_out, W_in = pair(volumes, "--volumes", unit="1")
        given |= {"salt.in": (C_in, "mM"), "volume.out": (W_out, "1"), "volume.in": (W_in, "1")}
        state = donnan_chambers(
            inside, z, salt_in=C_in, salt_out=C, X_out=outside, z_out=z_out, volume_in=W_in, volume_out=W_out, T=T
        )
    else:
        if C_in:
            raise click.BadParameter("counts with --closed only", param_hint="'--salt-in'")
        state = donnan_bath(inside, z, C, X_out=outside, z_out=z_out, T=T)
    names = ("cation_in", "cation_out", "anion_in", "anion_out", "osmotic_excess")
    show(
        Answer(
            "donnan",
            formula="[C]in [A]in = [C]out [A]out, both sides neutral",
            given={**given, "temperature": (T, "K")},
            result={"V": (float(state.V), "mV"), **{n: (float(getattr(state, n)), "mM") for n in names}},
        ),
        as_json,
    )
