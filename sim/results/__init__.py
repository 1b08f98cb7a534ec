"""Results: what a run gives, measured and summarised."""

from sim.results.result import Index, Result, read

__all__ = ["Index", "Result", "read"]
