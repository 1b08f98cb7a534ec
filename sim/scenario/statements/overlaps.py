"""Curbs that are in force at once on the same links, and what reliefs lift, in words."""

from __future__ import annotations

import datetime
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sim.scenario.schema.document import Document
from sim.scenario.schema.looks import bounds, strictness
from sim.scenario.statements.spans import UNREAD, Span
from sim.scenario.statements.standing import Lifter, Standing, lifters, standing

Pair = tuple[str, str, str, str]  # event and regime of the stricter curb, and of the other
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
    pairs: dict[Pair, dict[str, list[Period]]] = defaultdict(lambda: defaultdict(list))
    for link, here in standing(document).items():
        for one, two in itertools.combinations(here.curbs, 2):
            period = Period.of(one, two)
            if one.event and two.event and one.event != two.event and period.first < period.end:
                strict, other = sorted((one, two), key=lambda span: -strictness(span.regime))
                pairs[strict.event, strict.regime, other.event, other.regime][link].append(period)
    return [text for pair, by_link in pairs.items() for text in _texts(pair, by_link)]


@dataclass(frozen=True, order=True)
class Period:
    """A time in which two curbs are, or can be, in force at once."""

    first: datetime.date
    end: datetime.date
    lasts: bool
    certain: bool

    @classmethod
    def of(cls, one: Span, two: Span) -> Period:
        """Return the time that two spans have in common."""
        certain, lasts = one.certain and two.certain, one.lasts and two.lasts
        return cls(max(one.first, two.first), min(one.end, two.end), lasts, certain)

    @property
    def words(self) -> str:
        """The time, in words."""
        first = f"{self.first}{'' if self.certain else ' at the earliest'}"
        return f"from {first} {until(self.end, lasts=self.lasts)}"


def _texts(pair: Pair, by_link: Mapping[str, list[Period]]) -> Iterator[str]:
    """Yield a sentence for the links on which two curbs meet at the same times."""
    alike: dict[tuple[Period, ...], list[str]] = defaultdict(list)
    for link, periods in by_link.items():
        alike[_joined(periods)].append(link)
    for times, links in alike.items():
        words = "are both in force" if all(time.certain for time in times) else "can both be in force"
        when = " and ".join(time.words for time in times)
        yield f"{pair[0]} and {pair[2]} {words} on {_links(sorted(links))} {when}: {_rule(pair[1], pair[3])}"


def _joined(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Return periods by date, those that follow each other without a gap as one."""
    found: list[Period] = []
    for period in sorted(periods):
        if found and period.first <= found[-1].end:
            before = found.pop()
            certain = before.certain and period.certain
            period = replace(
                max(before, period, key=lambda one: one.end), first=before.first, certain=certain
            )
        found.append(period)
    return tuple(found)


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
    """Return a sentence for what a relief lifts unnamed beyond licences, leaves, or does not find."""
    holding = standing(document)
    return [text for one in lifters(document) if one.is_relief for text in _relief(one, holding)]


def _relief(relief: Lifter, holding: Mapping[str, Standing]) -> Iterator[str]:
    """Say what a relief lifts, where that is not plain."""
    lifted: dict[str, set[str]] = defaultdict(set)
    left: dict[str, set[str]] = defaultdict(set)
    plain = True
    for link in relief.links:
        here = holding[link]
        for name in here.lifted[relief.event]:
            lifted[name].add(link)
        stands = [
            span
            for span in here.found
            if span.event != relief.event and span.first <= relief.first < span.end
        ]
        gone = here.lifted[relief.event]
        plain &= all(span.is_duty for span in stands if span.event in gone)
        staying = [s for s in here.curbs if s.first <= relief.first < s.end and s.event != relief.event]
        for span in staying if relief.certain else ():
            if span.certain and span.event not in gone:
                left[span.event].add(link)
    if relief.names is None:
        yield from _unnamed(relief, lifted, left, plain=plain)
    if relief.certain and not lifted:
        yield _nothing(relief, sorted(set(left) - {""}))


def _unnamed(
    relief: Lifter, lifted: Mapping[str, set[str]], left: Mapping[str, set[str]], *, plain: bool
) -> Iterator[str]:
    """Say what a relief without names lifts and leaves: nothing where it lifts the licences of one event."""
    names = sorted(name for name in lifted if name)
    if len(names) > 1 or (names and not plain):
        links = sorted(set().union(*(lifted[name] for name in names)))
        remedy = (
            f"write lifts: [{', '.join(names)}], or {'the one that is meant' if names[1:] else '[] for none'}"
        )
        yield f"{relief.event} names no curb and lifts {' and '.join(names)} on {_links(links)}; {remedy}"
    for name in sorted(set(left) - set(lifted) - {""} if names else ()):
        remedy = f"write lifts: [{', '.join((*names, name))}] if that is meant to end, too"
        where = _links(sorted(left[name]))
        yield f"{relief.event} lifts {' and '.join(names)}, and {name} stays on {where}; {remedy}"


def _nothing(relief: Lifter, left: Sequence[str]) -> str:
    """Say why a relief lifts nothing."""
    if relief.names == ():
        return f"{relief.event} lifts nothing, for its lifts: is empty"
    if relief.names:
        return f"{relief.event} lifts nothing: what it names stands on none of its links on {relief.first}"
    if left:
        remedy = f"write lifts: [{', '.join(left)}] if that is meant to end"
        stay = "begin on that day, too, and stay" if left[1:] else "begins on that day, too, and stays"
        return f"{relief.event} lifts nothing on {relief.first}: {' and '.join(left)} {stay}; {remedy}"
    return f"{relief.event} lifts nothing: no curb stands on its links when it begins, on {relief.first}"
