"""Experiments: running scenarios, comparing them, drawing what is uncertain."""

from sim.experiments.comparison import Comparison, compare
from sim.experiments.roles import roles_table
from sim.experiments.runs import run

__all__ = ["Comparison", "compare", "roles_table", "run"]
