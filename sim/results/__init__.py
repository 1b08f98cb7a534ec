"""Results: what a run gives, measured and summarised."""

from sim.results.result import Labels, Result, read

__all__ = ["Labels", "Result", "read"]
