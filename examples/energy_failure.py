"""Energy failure in a closed space: seconds decide, and without chloride a dying cell does not swell.

python examples/energy_failure.py [figure.svg]
"""

import sys

import ionostat
from ionostat.report.figures import save_figure


def main(figure: str | None = None) -> None:
    cell = ionostat.load("Huebel2016_neuron")
    start = ionostat.rest(cell)["cytosol.volume"]
    print("the pump stops for a while and comes back at full strength; five minutes later:")
    for stop in ("5 s", "10 s", "12 s", "1 min"):
        run = ionostat.simulate(cell, f"rest 10 s; pump_stop for {stop}; rest 5 min")
        last = run.at(run.time[-1])
        print(f"{stop:>8}{last['plasma.V']:8.1f} mV{last['cytosol.volume'] / start - 1:+8.2%} volume")
    print("the pump stops for good; at the end:")
    for name, changes in (("chloride leaks", {}), ("it does not", {"plasma.cl_leak.g": 0})):
        end = ionostat.rest(cell.with_({"plasma.nka.scale": 0, **changes}))
        nernst = " ".join(f"E_{ion} {end[f'plasma.E_{ion}']:.1f}" for ion in ("Na", "K", "Cl"))
        print(f"{name:>16}: V {end['plasma.V']:.1f} mV, {nernst}, volume {end['cytosol.volume'] / start - 1:+.2%}")
    if figure:
        save_figure(ionostat.simulate(cell, "rest 10 s; pump_stop for 30 min", points=1500), figure)


if __name__ == "__main__":
    main(*sys.argv[1:2])
