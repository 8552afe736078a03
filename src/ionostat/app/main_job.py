"""The main job: a published neuron's certified rest, and two hours of ouabain. `python -m ionostat.app.main_job`."""

from __future__ import annotations

from pathlib import Path

from ionostat.app.output import print_report
from ionostat.cell.load import load
from ionostat.report.figures import save_figure
from ionostat.report.rest_report import rest_report
from ionostat.report.run_report import run_report
from ionostat.studies.rest import rest as rest_of
from ionostat.studies.simulate import simulate

CELL = "Dusterwald2018_neuron"
PROTOCOL = "rest 10 min; ouabain 1 mM for 2 h"
FIGURE = Path("out") / f"{CELL}-ouabain.svg"


def main(figure: Path = FIGURE) -> None:
    """Print the resting report and the rundown, and draw it on a logarithmic time axis."""
    cell = load(CELL)
    rest = rest_of(cell)
    print_report(rest_report(rest))
    run = simulate(cell, PROTOCOL, start=rest)
    print(f"\n{'─' * 80}\n")
    print_report(run_report(run))
    figure.parent.mkdir(parents=True, exist_ok=True)
    save_figure(run, figure, time="log")
    print(f"\nwrote {figure}")


if __name__ == "__main__":
    main()
