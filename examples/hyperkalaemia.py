"""Hyperkalaemia: potassium rises slowly around a neuron. It depolarises, fires, and falls silent again, depolarised.

python examples/hyperkalaemia.py [figure.svg]
"""

import sys

import numpy as np

import ionostat
from ionostat.report.figures import save_figure


def main(figure: str | None = None) -> None:
    protocol = "rest 10 s; bath.K -> 15 mM over 3 min; rest 20 s"
    run = ionostat.simulate("Dijkstra2016_neuron", protocol, save="linear", points=210_001)
    V, K = run["plasma.V"], run["bath.K"]
    spikes = np.flatnonzero((V[:-1] < 0) & (V[1:] >= 0))
    print(f"rest          {V[0]:6.1f} mV at {K[0]:.1f} mM potassium outside")
    print(f"{len(spikes)} spikes")
    print(f"first spike   at {K[spikes[0]]:.2f} mM")
    print(f"last spike    at {K[spikes[-1]]:.2f} mM")
    print(f"end           {V[-1]:6.1f} mV at {K[-1]:.1f} mM")
    if figure:
        save_figure(run, figure, time="linear")


if __name__ == "__main__":
    main(*sys.argv[1:2])
