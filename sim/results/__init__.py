"""Results: what a run gives, measured and summarised."""

from sim.results.result import Result, read
from sim.results.tables import Index

__all__ = ["Index", "Result", "read"]
