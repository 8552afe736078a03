"""Ensembles: one cell with many sets of numbers, at rest or through a protocol, one member or millions.

`samples` says in what members differ, `job` what is done with each, `block` computes some of them. `run` cuts a study
into shards, `executors` have them computed, `shards` and `folder` keep them, `result` shows them.
"""

from ionostat.studies.ensemble.distributions import Distribution, lognormal, loguniform, normal, uniform
from ionostat.studies.ensemble.result import Ensemble
from ionostat.studies.ensemble.run import ensemble

__all__ = ["Distribution", "Ensemble", "ensemble", "lognormal", "loguniform", "normal", "uniform"]
