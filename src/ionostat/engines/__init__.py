"""Engines that evaluate and integrate a traced system: the reference (NumPy, SciPy) and the native one (LLVM)."""
