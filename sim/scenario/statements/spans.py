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
    """

    event: str  # nothing where the link itself has the regime
    regime: str
    links: frozenset[str]
    first: datetime.date
    end: datetime.date
    order: tuple[str, str]
    certain: bool
    lasts: bool
    lifts: tuple[str, ...] = ()

    @property
    def is_relief(self) -> bool:
        return not bounds(self.regime)

    @property
    def is_duty(self) -> bool:
        return bounds(self.regime) in ("licences", "screening")

    def cut(self, end: datetime.date) -> Span:
        """Return the span up to a day."""
        return replace(self, end=end, lasts=False) if end < self.end else self


def spans(document: Document) -> list[Span]:
    """Return the spans of all curbs and reliefs, by date."""
    found = [*_of_links(document)]
    found += [
        span
        for name, event in document.events.items()
        if isinstance(event, Event) and event.restricts_trade and event.probability > 0.0
        for span in _of_event(document, name, event)
    ]
    return sorted(found, key=lambda span: (span.first, span.order))


def _of_links(document: Document) -> Iterator[Span]:
    """Yield what links are under from the start, by no event."""
    over = document.run.end + ONE_DAY
    for regime in LOOKS:
        links = frozenset(name for name, link in document.links.items() if link.regime == regime)
        if links and bounds(regime):
            yield Span("", regime, links, document.run.start, over, ("", ""), certain=True, lasts=True)


def _of_event(document: Document, name: str, event: Event) -> Iterator[Span]:
    """Yield a span for each step of an event that curbs or eases."""
    tables = document.network is not None  # they are not read for a check
    links = frozenset([UNREAD] if tables else selection.select(document, "links", event.select))
    over = document.run.end + ONE_DAY
    first, end = earliest(document, name), min(event.until or over, over)
    values = [(first, _regime(event, None)), *_steps(event)]
    for (start, regime), (following, _) in zip(values, [*values[1:], (end, "")], strict=True):
        begin, last = max(first, start), min(end, following)
        if regime and begin < last:
            yield Span(
                event=name,
                regime=regime,
                links=links,
                first=begin,
                end=last,
                order=(event.kind, name),
                certain=event.date is not None and event.probability >= 1.0,
                lasts=last == over and (event.until is None or event.until > over),
                lifts=tuple(getattr(event, "lifts", None) or ()),
            )


def _steps(event: Any) -> list[tuple[datetime.date, str]]:
    return [(date, _regime(event, value)) for date, value in sorted(getattr(event, "steps", {}).items())]


def _regime(event: Any, step: Any) -> str:
    """Return the regime of an event, or of one of its steps; nothing where it bounds and eases nothing."""
    if isinstance(event, Rationed) and bounds(event.regimes[0]) == "amount":
        return event.regimes[0] if (event.allow if step is None else step) is not None else ""
    if step is not None and event.stepped == "regime":
        return str(step)
    return str(event.regimes[0])


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


def lifted_by(relief: Span, curbs: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return what a relief lifts of the curbs on one link: what it names, else duties, else all before it."""
    begun = [c for c in curbs if c.event != relief.event and c.first <= relief.first < c.end]
    if not relief.certain:  # it may begin on any day from its earliest on
        begun = [c for c in curbs if c.event != relief.event and relief.first < c.end]
    if relief.lifts:
        return tuple(curb for curb in begun if curb.event in relief.lifts)
    if not relief.is_relief:
        return ()
    duties = tuple(curb for curb in begun if curb.is_duty)
    before = (c for c in begun if not relief.certain or (c.first, c.order) < (relief.first, relief.order))
    return duties or tuple(before)
