"""Our engine beside others on the same equations: `python -m benchmarks.peers [--quick] [--json]`."""
