"""Experiments: running scenarios, comparing them, drawing what is uncertain."""

from sim.experiments.run import run

__all__ = ["run"]
