"""`python -m benchmarks [--quick] [--json]`: the cases of `benchmarks.peers` on our engine and SciPy's.

These need nothing more to be installed. Our own history is followed by `pytest benchmarks/test_engine.py`.
"""

from __future__ import annotations

import sys

from benchmarks.peers.__main__ import main

main([*sys.argv[1:], "--engine", "SciPy LSODA"])
