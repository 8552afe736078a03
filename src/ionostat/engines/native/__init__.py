"""The native engine: straight-line programs become vector machine code that integrates batches of cells."""

from ionostat.engines.native.kernel import NativeKernel, compile_system
from ionostat.engines.native.run import SolveResult
from ionostat.engines.native.status import STATUS
from ionostat.engines.native.system import System

__all__ = ["STATUS", "NativeKernel", "SolveResult", "System", "compile_system"]
