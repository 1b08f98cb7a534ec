"""When curbs and reliefs of a scenario are in force, as far as its file says."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Event, Rationed, TalksEvent, Timed
from sim.scenario.schema.field_types import Distribution
from sim.scenario.schema.looks import LOOKS, bounds

ONE_DAY = datetime.timedelta(days=1)
UNREAD = "*"  # stands for the links of tables, whichever an event selects


@dataclass(frozen=True)
class Span:
    """One regime of one event on its links.

    Attributes
    ----------
    first, end : date
        The first day, and the first one without it; of what is not dated the earliest and the latest.
    order : tuple
        By which events of one day act.
    certain : bool
        Whether it is dated and happens in every replication.
    lasts : bool
        Whether only the end of the run ends it.
    begun : date
        The first day of its event: that of its first step.
    dated : bool
        Whether the days are those that the file gives.
    """

    event: str  # nothing where the link itself has the regime
    regime: str
    links: frozenset[str]
    first: datetime.date
    end: datetime.date
    order: tuple[str, str]
    certain: bool
    lasts: bool
    begun: datetime.date
    dated: bool

    @property
    def is_relief(self) -> bool:
        return not bounds(self.regime)

    @property
    def is_duty(self) -> bool:
        return bounds(self.regime) in ("licences", "screening")

    def without(self, first: datetime.date, end: datetime.date) -> Iterator[Span]:
        """Yield what is left of the span beside a time."""
        if self.end <= first or end <= self.first:
            yield self
            return
        if self.first < first:
            yield replace(self, end=first, lasts=False)
        if end < self.end:
            yield replace(self, first=end)


def spans(document: Document) -> list[Span]:
    """Return the spans of all curbs and reliefs, by date."""
    found = [*_of_links(document)]
    found += [
        span
        for name, event in document.events.items()
        if isinstance(event, Event) and event.restricts_trade and event.probability > 0.0
        for span in of_event(document, name, event)
    ]
    return sorted(found, key=lambda span: (span.first, span.order))


def _of_links(document: Document) -> Iterator[Span]:
    """Yield what links are under from the start, by no event."""
    over = document.run.end + ONE_DAY
    for regime in LOOKS:
        links = frozenset(name for name, link in document.links.items() if link.regime == regime)
        if links and bounds(regime):
            start = document.run.start
            yield Span("", regime, links, start, over, ("", ""), True, True, datetime.date.min, True)


def of_event(document: Document, name: str, event: Event) -> Iterator[Span]:
    """Yield a span for each step of an event that curbs or eases."""
    over = document.run.end + ONE_DAY
    first, end = earliest(document, name), min(event.until or over, over)
    values = [(first, _opening(event)), *_steps(event)]
    for (start, regime), (following, _) in zip(values, [*values[1:], (end, "")], strict=True):
        begin, last = max(first, start), min(end, following)
        if regime and begin < last:
            yield Span(
                event=name,
                regime=regime,
                links=links_of(document, event),
                first=begin,
                end=last,
                order=(event.kind, name),
                certain=is_certain(event),
                lasts=last == over and (event.until is None or event.until > over),
                begun=first,
                dated=event.date is not None,
            )


def links_of(document: Document, event: Event) -> frozenset[str]:
    """Return the links that a curb acts on; of tables, which are not read for a check, one for all."""
    if document.network is not None:
        return frozenset([UNREAD])
    links = selection.select(document, "links", event.select)
    screens = bounds(event.regimes[0]) == "screening"  # what is on no list
    return frozenset(link for link in links if not (screens and document.links[link].regime))


def is_certain(event: Event) -> bool:
    """Tell whether an event is dated and happens in every replication, on all that it selects."""
    return (
        event.date is not None and event.probability >= 1.0 and getattr(event, "record", "given") == "given"
    )


def _steps(event: Any) -> list[tuple[datetime.date, str]]:
    """Return the regime from each step on; nothing where a step bounds and eases nothing."""
    steps = sorted(getattr(event, "steps", {}).items())
    if event.stepped == "regime":
        return [(date, str(value)) for date, value in steps]
    if isinstance(event, Rationed):
        return [(date, _rationed(event, value)) for date, value in steps]
    return [(date, str(event.regimes[0])) for date, _ in steps]


def _opening(event: Event) -> str:
    """Return the regime that an event begins with."""
    return _rationed(event, event.allow) if isinstance(event, Rationed) else event.regimes[0]


def _rationed(event: Rationed, allow: object) -> str:
    """Return the regime of a curb under an allowance: none where that is a quota and bounds nothing."""
    regime = event.regimes[0]
    return "" if bounds(regime) == "amount" and allow is None else regime


def earliest(document: Document, name: str) -> datetime.date:
    """Return the first day on which an event can begin: that of the run where nothing says more."""
    event: Timed | None = document.events.get(name)
    days = 0.0
    for _ in document.events:  # events may wait in a circle
        if event is None or event.after is None:
            break
        after, days = event.after, days + _least(event.after.lag)
        event = document.events.get(after.event)
        if isinstance(event, TalksEvent) and (held := _rounds(event, after.outcome)):
            return max(held, document.run.start) + datetime.timedelta(days=math.floor(days + 0.5))
    given = event.date if event is not None and event.date is not None else document.run.start
    return max(given, document.run.start) + datetime.timedelta(days=math.floor(days + 0.5))


def _least(law: Distribution) -> float:
    """Return the least time that a law can give, 0 where it says none."""
    return law.parameters[0] if law.law in ("fixed", "uniform", "triangular") else 0.0


def _rounds(talks: TalksEvent, outcome: str | None) -> datetime.date | None:
    """Return the date of the first round of talks, where an outcome can come of dated rounds only."""
    entry = talks.outcomes.get(outcome or "")
    if talks.round_rate > 0.0 or (entry is not None and entry.hazard > 0.0):
        return None
    return min((meeting.date for meeting in talks.rounds.values()), default=None)
