"""Ouabain on a neuron: a jump within milliseconds, an hour of rundown, and then swelling without end.

python examples/ouabain_rundown.py [figure.svg]
"""

import sys

import ionostat
from ionostat.report.figures import save_figure


def main(figure: str | None = None) -> None:
    run = ionostat.simulate("Dusterwald2018_neuron", "rest 10 min; ouabain 1 mM for 2 h", points=1000)
    before = run.at("10 min")
    print(f"{'after':>8}{'V (mV)':>10}{'Na (mM)':>10}{'K (mM)':>10}{'volume':>10}")
    for after in ("200 ms", "1 min", "10 min", "30 min", "1 h", "2 h"):
        now = run.at(run.events[0][0] + ionostat.units.quantity(after, "ms"))
        swelling = now["cytosol.volume"] / before["cytosol.volume"] - 1
        print(f"{after:>8}{now['plasma.V']:10.2f}{now['cytosol.Na']:10.1f}{now['cytosol.K']:10.1f}{swelling:+10.1%}")
    print(f"largest audit residual below 1e-12: {run.audit.worst < 1e-12}")
    if figure:
        save_figure(run, figure)


if __name__ == "__main__":
    main(*sys.argv[1:2])
