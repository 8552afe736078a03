"""`python -m benchmarks [--quick] [--json]`: the cases of `benchmarks.peers` on our engine and SciPy's, which need nothing
more to be installed. `make bench` follows our own history: `pytest benchmarks/test_engine.py`.
"""

from __future__ import annotations

import sys

from benchmarks.peers.__main__ import main

main([*sys.argv[1:], "--engine", "SciPy LSODA"])
