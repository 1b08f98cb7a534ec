"""The report of a run: one page that stands alone, and its tables as CSV and LaTeX."""

from sim.report.folder import write

__all__ = ["write"]
