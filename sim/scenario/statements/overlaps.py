"""Curbs that are in force at once on the same links, and what reliefs lift, in words."""

from __future__ import annotations

import datetime
import itertools
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sim.scenario.schema.document import Document
from sim.scenario.schema.looks import bounds, strictness
from sim.scenario.statements.spans import UNREAD, Span, lifted_by, spans

NAMED = 3  # links; more are counted
RULES = {  # what applies where two regimes are in force, by what they bound links by, the stricter first
    ("all", "all"): "the links stay closed until the last of them ends",
    ("all", "amount"): "nothing ships while the embargo stands, and the quota binds from its end on",
    ("all", "licences"): "nothing ships while the embargo stands; licences are filed, decided and lapse "
    "meanwhile, and those that are left count from its end on",
    ("amount", "amount"): "goods move only as far as both allow",
    ("amount", "licences"): "goods move only as far as both the quota and the licences allow",
    ("licences", "licences"): "one licence meets both, and its files go on while either holds",
    ("licences", "screening"): "goods that need a licence are not screened",
    ("screening", "screening"): "the later screening holds",
}


def overlaps(document: Document) -> list[str]:
    """Return a sentence for each pair of curbs that are, or can be, in force at once on the same links."""
    pairs: dict[tuple[str, str, str, str], dict[str, tuple[Span, Span]]] = defaultdict(dict)
    for link, standing in _standing(spans(document)).items():
        for one, two in itertools.combinations(standing, 2):
            if (
                one.event
                and two.event
                and one.event != two.event
                and max(one.first, two.first) < min(one.end, two.end)
            ):
                strict, other = sorted((one, two), key=lambda span: -strictness(span.regime))
                pairs[strict.event, strict.regime, other.event, other.regime].setdefault(
                    link, (strict, other)
                )
    return [_pair(sorted(by_link), [*by_link.values()]) for by_link in pairs.values()]


def _standing(found: Sequence[Span]) -> dict[str, list[Span]]:
    """Return by link the curbs on it, each up to the relief that lifts it in every replication."""
    by_link: dict[str, list[Span]] = {}
    for link in sorted({link for span in found for link in span.links}):
        here = [span for span in found if link in span.links]
        curbs = [span for span in here if not span.is_relief]
        for relief in here:
            if relief.certain and (relief.is_relief or relief.lifts):
                gone = lifted_by(relief, tuple(curbs))
                curbs = [curb.cut(relief.first) if curb in gone and relief.lasts else curb for curb in curbs]
        by_link[link] = [curb for curb in curbs if curb.first < curb.end]
    return by_link


def _pair(links: list[str], pairs: list[tuple[Span, Span]]) -> str:
    one, two = pairs[0]
    first = min(max(a.first, b.first) for a, b in pairs)
    end = max(min(a.end, b.end) for a, b in pairs)
    certain = one.certain and two.certain
    words = "are both in force" if certain else "can both be in force"
    lasts = any(a.lasts and b.lasts for a, b in pairs)
    when = f"from {first}{'' if certain else ' at the earliest'} {until(end, lasts=lasts)}"
    return f"{one.event} and {two.event} {words} on {_links(links)} {when}: {_rule(one.regime, two.regime)}"


def _rule(strict: str, other: str) -> str:
    """Return what applies where two regimes are in force."""
    pair = bounds(strict), bounds(other)
    return RULES[pair] if pair in RULES else RULES[pair[0], "licences"]  # lots are screened or licensed alike


def until(end: datetime.date, *, lasts: bool) -> str:
    """Say how long something holds: until the first day without it."""
    return "to the end of the run" if lasts else f"until {end}"


def _links(links: Sequence[str]) -> str:
    """Name a few links, count many.

    Examples
    --------
    >>> _links(["a", "b"]), _links(["a", "b", "c", "d"])
    ('2 links (a, b)', '4 links (a, b, c ...)')
    """
    if UNREAD in links:
        return "the links that both select"
    return f"{len(links)} link{'' if len(links) == 1 else 's'} ({few(links)})"


def few(names: Sequence[str]) -> str:
    """Return the first names of some.

    Examples
    --------
    >>> few(["a", "b", "c", "d"])
    'a, b, c ...'
    """
    return ", ".join(names[:NAMED]) + " ..." * (len(names) > NAMED)


def reliefs(document: Document) -> list[str]:
    """Return a sentence for each relief that lifts several curbs unnamed, leaves some, or lifts nothing."""
    found = spans(document)
    return [
        text for relief in found if relief.is_relief and not relief.lifts for text in _relief(relief, found)
    ]


def _relief(relief: Span, found: Sequence[Span]) -> Iterator[str]:
    """Say what a relief that names nothing lifts, where that is not plain."""
    lifted: dict[str, set[str]] = defaultdict(set)
    left: dict[str, set[str]] = defaultdict(set)
    for link in relief.links:
        curbs = tuple(span for span in found if link in span.links and not span.is_relief)
        gone = lifted_by(relief, _lifted_before(relief, link, curbs, found))
        for curb in curbs:
            if curb in gone:
                lifted[curb.event].add(link)
            elif (
                gone
                and relief.certain
                and curb.certain
                and curb.event != relief.event
                and curb.first <= relief.first < curb.end
            ):
                left[curb.event].add(link)
    names = sorted(name for name in lifted if name)
    if len(names) > 1:
        links = sorted(set().union(*lifted.values()))
        remedy = f"write lifts: [{', '.join(names)}], or the one that is meant"
        yield f"{relief.event} names no curb and lifts {' and '.join(names)} on {_links(links)}; {remedy}"
    for name in sorted(set(left) - set(lifted) - {""} if names else ()):
        remedy = f"write lifts: [{', '.join((*names, name))}] if that is meant to end, too"
        where = _links(sorted(left[name]))
        yield f"{relief.event} lifts {' and '.join(names)}, and {name} stays on {where}; {remedy}"
    if not lifted and relief.certain:
        yield f"{relief.event} lifts nothing: no curb stands on its links when it begins, on {relief.first}"


def _lifted_before(
    relief: Span, link: str, curbs: tuple[Span, ...], found: Sequence[Span]
) -> tuple[Span, ...]:
    """Return the curbs on a link without those that earlier reliefs have lifted for good."""
    for other in found:
        earlier = (other.first, other.order) < (relief.first, relief.order)
        if earlier and link in other.links and other.certain and other.lasts:
            gone = lifted_by(other, curbs)
            curbs = tuple(curb.cut(other.first) if curb in gone else curb for curb in curbs)
    return tuple(curb for curb in curbs if curb.first < curb.end)
