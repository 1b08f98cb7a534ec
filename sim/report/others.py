"""Tables that other analyses of a run give: what the answer hinges on, and the structure of the model."""

from __future__ import annotations

from sim.report.table import Table
from sim.results import Result


def hinges(result: Result) -> list[Table]:
    """Return which given data the answer hinges on."""
    return []


def structure(result: Result) -> list[Table]:
    """Return ranges over model structures, and what they come from."""
    return []
