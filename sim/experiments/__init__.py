"""Experiments: running scenarios, comparing them, sweeping values, drawing what is uncertain."""

from sim.experiments.comparison import Comparison, compare
from sim.experiments.grid import Sweep, sweep
from sim.experiments.hindcasting import Hindcast, hindcast
from sim.experiments.roles import roles_table
from sim.experiments.runs import run

__all__ = ["Comparison", "Hindcast", "Sweep", "compare", "hindcast", "roles_table", "run", "sweep"]
