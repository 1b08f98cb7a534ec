"""Experiments: running scenarios, comparing them, sweeping values, drawing what is uncertain."""

from sim.experiments.comparison import Comparison, compare
from sim.experiments.grid import Sweep, sweep
from sim.experiments.roles import roles_table
from sim.experiments.runs import run

__all__ = ["Comparison", "Sweep", "compare", "roles_table", "run", "sweep"]
