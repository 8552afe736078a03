"""Algorithms that have never heard of a cell: fixed points, stability, invariants."""
