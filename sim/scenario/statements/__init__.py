"""What a scenario assumes without saying: curbs that meet, days outside the run, sizes, what nothing ends."""

from __future__ import annotations

from sim.scenario.schema.document import Document
from sim.scenario.statements.grants import conditioned
from sim.scenario.statements.lasting import chances, expiring, lasting, purchases
from sim.scenario.statements.overlaps import overlaps, reliefs
from sim.scenario.statements.periods import outside
from sim.scenario.statements.rivals import rivals
from sim.scenario.statements.sizes import periods_of_quotas, sizes
from sim.scenario.statements.treatments import selected, untreated
from sim.scenario.statements.worlds import beside_ranges, dear_inputs


def curbs(document: Document) -> list[str]:
    """Return how curbs, reliefs and measures of which one holds at a time meet."""
    return [*overlaps(document), *reliefs(document), *rivals(document)]


def differing(document: Document) -> list[str]:
    """Return what a check states of a variant, too: days outside the run, sizes, and how curbs meet."""
    return [*untreated(document), *outside(document), *sizes(document), *curbs(document)]


def assumed(document: Document) -> list[str]:
    """Return what an answer rests on: reported grants, how curbs meet, and endless purchases."""
    return [*conditioned(document), *differing(document), *purchases(document), *expiring(document)]


def stated(document: Document) -> list[str]:
    """Return what a check states: all that is assumed, what nothing ends, what happens by chance."""
    told = [*assumed(document), *lasting(document), *chances(document)]
    told += [*periods_of_quotas(document), *beside_ranges(document), *dear_inputs(document)]
    return [*told, *selected(document)]
