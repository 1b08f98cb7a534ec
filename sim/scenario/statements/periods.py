"""Events and steps that lie outside the days of a run, in words."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from sim.errors import named
from sim.scenario.schema.document import Document
from sim.scenario.statements.spans import ONE_DAY, earliest

MOST_NAMED = 6  # in one line; more are counted


def outside(document: Document) -> list[str]:
    """Say which events never begin, begin before the run, or end after it."""
    run = document.run
    events = {name: event for name, event in document.events.items() if event.probability > 0.0}
    begin = {name: earliest(document, name) for name in events}
    never = [f"{name} ({day})" for name, day in begin.items() if day > run.end]
    over = [
        f"{name} (until {event.until})"
        for name, event in events.items()
        if event.until is not None and event.until <= run.start
    ]
    before = [
        f"{name} ({event.date})"
        for name, event in events.items()
        if event.date is not None
        and event.date < run.start
        and (event.until is None or event.until > run.start)
    ]
    after = [
        f"{name} (until {event.until})"
        for name, event in events.items()
        if event.until is not None and event.until > run.end + ONE_DAY and begin[name] <= run.end
    ]
    steps = [f"{name} ({date})" for name in events for date in _steps(document, name) if date > run.end]
    return [
        *_line(f"never begins in this run, which ends on {run.end}", never),
        *_line(f"is over before this run begins, on {run.start}", over),
        *_line(f"begins before this run and is in force from its first day, {run.start}", before),
        *_line(f"ends after this run and is in force to its end, {run.end}", after),
        *_line(f"has a step that never comes, as the run ends on {run.end}", steps),
    ]


def _steps(document: Document, name: str) -> Sequence[datetime.date]:
    return list(getattr(document.events[name], "steps", {}))


def _line(says: str, names: Sequence[str]) -> list[str]:
    """Say the same of some events; several stand behind a colon."""
    if len(names) < 2:
        return [f"{name} {says}" for name in names]
    return [f"each of these {says}: {named(names, MOST_NAMED)}"]
