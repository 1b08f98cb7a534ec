"""Which curbs stand on a link from when to when, beside what lifts them, as the engine has it."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Curb
from sim.scenario.schema.looks import lifted_unnamed
from sim.scenario.statements.spans import ONE_DAY, Span, earliest, is_certain, links_of, of_event, spans


@dataclass(frozen=True)
class Lifter:
    """An event that lifts curbs of others while it lasts.

    Attributes
    ----------
    names : tuple of str, optional
        What it lifts by name; None: it is a relief without `lifts`.
    """

    event: str
    links: frozenset[str]
    names: tuple[str, ...] | None
    first: datetime.date
    end: datetime.date
    certain: bool
    dated: bool
    is_relief: bool


@dataclass
class Standing:
    """What holds on one link.

    Attributes
    ----------
    curbs : list of Span
        Each as long as nothing that is sure to happen lifts it.
    found : list of Span
        Each as long as its event holds it.
    lifted, sure : dict of str to frozenset of str
        By lifter the events whose curbs it lifts, and those of them that it is sure to lift.
    """

    curbs: list[Span]
    found: list[Span]
    lifted: dict[str, frozenset[str]] = field(default_factory=dict)
    sure: dict[str, frozenset[str]] = field(default_factory=dict)


def lifters(document: Document) -> list[Lifter]:
    """Return all events that lift others, by date."""
    found = [
        _lifter(document, name, event)
        for name, event in document.events.items()
        if isinstance(event, Curb) and event.probability > 0.0
    ]
    return sorted((one for one in found if one is not None), key=lambda one: (one.first, one.event))


def _lifter(document: Document, name: str, event: Curb) -> Lifter | None:
    """Return what lifts others of an event; None where that is nothing."""
    first, over = earliest(document, name), document.run.end + ONE_DAY
    own = list(of_event(document, name, event))
    starts_as_relief = bool(own) and own[0].is_relief and own[0].first == first
    stepped = any(date <= first for date in getattr(event, "steps", {}))
    end = min(event.until or over, over)
    if event.lifts is None:
        if not starts_as_relief or stepped:  # a step is no relief of what others have begun
            return None
        end = next((span.first for span in own if not span.is_relief), end)
    if first >= end:
        return None
    dated = event.date is not None
    links = links_of(document, event)
    return Lifter(name, links, event.lifts, first, end, is_certain(event), dated, starts_as_relief)


def standing(document: Document) -> dict[str, Standing]:
    """Return by link what holds there."""
    found, lifting = [span for span in spans(document) if not span.is_relief], lifters(document)
    links = sorted(frozenset().union(*(span.links for span in found), *(one.links for one in lifting)))
    return {
        link: _on_link([s for s in found if link in s.links], [one for one in lifting if link in one.links])
        for link in links
    }


def _on_link(found: list[Span], lifting: list[Lifter]) -> Standing:
    here = Standing(found, found)
    for one in lifting:
        if one.names is not None:
            named = {s.event for s in found if s.event in one.names and _begun(s, one) and one.first < s.end}
            _enter(here, one, named, named)
    here.curbs = list(_left(found, lifting, here))
    for _, together in itertools.groupby((one for one in lifting if one.names is None), lambda o: o.first):
        same = list(together)  # reliefs of one day do not see each other
        for one in same:
            _enter(here, one, *_unnamed(one, here.curbs))
        here.curbs = list(_left(found, lifting, here))
    return here


def _enter(here: Standing, one: Lifter, lifted: Iterable[str], sure: Iterable[str]) -> None:
    here.lifted[one.event] = frozenset(lifted)
    here.sure[one.event] = frozenset(sure) if one.certain else frozenset()


def _begun(span: Span, one: Lifter) -> bool:
    """Tell whether a curb can have begun by the beginning of what lifts it, which may come later yet."""
    return span.event != one.event and (span.begun <= one.first or not one.dated)


def _unnamed(one: Lifter, curbs: Sequence[Span]) -> tuple[frozenset[str], frozenset[str]]:
    """Return what a relief without names can lift, and what it is sure to lift."""
    there = [span for span in curbs if _begun(span, one) and one.first < span.end]
    if not one.dated:
        last = max((span.begun for span in there), default=one.first) + ONE_DAY
        return lifted_unnamed([(span.event, span.begun, span.is_duty) for span in there], last), frozenset()
    there = [span for span in there if span.first <= one.first]
    all_of, sure = (
        lifted_unnamed([(s.event, s.begun, s.is_duty) for s in some], one.first)
        for some in (there, [span for span in there if span.certain])
    )
    if any(span.is_duty for span in there) and not any(span.is_duty and span.certain for span in there):
        sure = frozenset()  # by chance there is a duty, and then nothing else is lifted
    return all_of, all_of & {s.event for s in there if s.dated} if sure else sure


def _left(found: Iterable[Span], lifting: Iterable[Lifter], here: Standing) -> Iterator[Span]:
    """Yield what is left of curbs beside the time in which they are lifted for sure."""
    for span in found:
        left = [span]
        for one in lifting:
            if span.event in here.sure.get(one.event, ()) and span.dated and span.begun <= one.first:
                left = [part for piece in left for part in piece.without(one.first, one.end)]
        yield from left
