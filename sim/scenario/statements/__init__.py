"""What a scenario assumes without saying: curbs that meet, reliefs, and what lasts to the end of a run."""

from __future__ import annotations

from sim.scenario.schema.document import Document
from sim.scenario.statements.lasting import chances, expiring, lasting, purchases
from sim.scenario.statements.overlaps import overlaps, reliefs
from sim.scenario.statements.rivals import rivals


def curbs(document: Document) -> list[str]:
    """Return how curbs, reliefs and measures of which one holds at a time meet."""
    return [*overlaps(document), *reliefs(document), *rivals(document)]


def assumed(document: Document) -> list[str]:
    """Return what an answer rests on without the file saying so: how curbs meet, and endless purchases."""
    return [*curbs(document), *purchases(document), *expiring(document)]


def stated(document: Document) -> list[str]:
    """Return what a check states: all that is assumed, what nothing ends, what happens by chance."""
    return [*assumed(document), *lasting(document), *chances(document)]
