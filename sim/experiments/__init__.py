"""Experiments: running scenarios, comparing them, drawing what is uncertain."""

from sim.experiments.compare import Comparison, compare
from sim.experiments.run import run

__all__ = ["Comparison", "compare", "run"]
