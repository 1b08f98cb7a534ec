"""What the treatments of a scenario act on, in words."""

from __future__ import annotations

from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Event
from sim.scenario.statements.overlaps import few
from sim.scenario.statements.periods import MOST_NAMED

NOUNS = {  # of one and of several
    "links": ("link", "links"),
    "stocks": ("stock", "stocks"),
    "processes": ("process", "processes"),
    "demands": ("demand", "demands"),
}


def untreated(document: Document) -> list[str]:
    """Say where a scenario is what it is compared with: all of its events are in the baseline, too."""
    roles = {event.role for event in document.events.values()}
    if roles != {"background"} or document.baseline:
        return []
    remedy = "write role: treatment at the event whose effect is asked for"
    why = "every event has role: background, so that the scenario is compared with itself"
    return [f"no treatment: {why}; {remedy}"]


def selected(document: Document) -> list[str]:
    """Say in one line on how much each treatment acts."""
    if document.network is not None:  # tables are not read for a check
        return []
    texts = [
        f"{name} on {_counted(document, event)}"
        for name, event in document.events.items()
        if isinstance(event, Event) and event.role == "treatment"
    ]
    more = f"; and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return [f"treatments act: {'; '.join(texts[:MOST_NAMED])}{more}"] if texts else []


def _counted(document: Document, event: Event) -> str:
    names = selection.select(document, event.acts_on, event.select)
    return f"{len(names)} {NOUNS[event.acts_on][len(names) != 1]} ({few(names)})"
