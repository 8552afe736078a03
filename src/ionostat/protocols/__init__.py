"""Protocols: what the experimenter does, written as text or in Python, and compiled for one cell.

>>> str(Protocol.parse("rest 10 min; bath.K = 8mM for 30min ; wash 1 h"))
'rest 10 min; bath.K = 8 mM for 30 min; wash 1 h'
"""

from ionostat.interventions import Resolver
from ionostat.protocols.protocol import Protocol
from ionostat.protocols.timeline import Event, Segment, Timeline

__all__ = ["Event", "Protocol", "Resolver", "Segment", "Timeline"]
