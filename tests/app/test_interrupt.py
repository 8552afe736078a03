"""Ctrl-C, for real: a process that gets SIGINT in the middle of a run writes what it has and exits with 130."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROTOCOL = "rest 1 min; ouabain 1 mM for 1000 h"
SCRIPT = """
import sys
from ionostat.studies import simulate as module
from ionostat.app.cli import main
whole = module.simulate
def watched(*arguments, **options):
    report = options["progress"]
    def progress(reached, end):
        if reached > 0:
            print("started", file=sys.stderr, flush=True)
        report(reached, end)
    return whole(*arguments, **{**options, "progress": progress})
module.simulate = watched
main(sys.argv[1:])
"""
"""The command line, with a word on stderr once the solver is on its way."""


@pytest.mark.skipif(os.name != "posix", reason="SIGINT cannot be sent to one process here")
def test_an_interrupted_run_writes_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "part.json"
    arguments = ["run", "Dijkstra2016_neuron", "--protocol", PROTOCOL, "--save", str(path), "--json"]
    child = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert child.stderr is not None
        while "started" not in child.stderr.readline():
            assert child.poll() is None, "ended before it was interrupted"
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)
    finally:
        child.kill()
    assert child.returncode == 130, err
    record = json.loads(out)
    assert record["status"] == "cancelled"
    assert record["error"]["kind"] == "interrupted"
    V = record["quantities"]["plasma.V"]["value"]
    assert V[1] == pytest.approx(-65.494, abs=1e-3)
    assert V[-1] is None
    assert json.loads(path.read_text(encoding="utf-8"))["status"] == "cancelled"
    assert "Traceback" not in err
