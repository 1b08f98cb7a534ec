"""Events of which only the latest acts, where two of a kind meet on the same targets."""

from __future__ import annotations

import itertools

from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Event
from sim.scenario.statements.overlaps import few, until
from sim.scenario.statements.spans import ONE_DAY, earliest, is_certain


def rivals(document: Document) -> list[str]:
    """Return a sentence for each pair of a kind of which one takes the place of the other."""
    if document.network is not None:  # tables are not read for a check
        return []
    found = [
        (name, event)
        for name, event in document.events.items()
        if isinstance(event, Event) and event.probability > 0.0
    ]
    pairs = itertools.combinations(sorted(found, key=lambda item: (earliest(document, item[0]), item[0])), 2)
    met = ((one, two) for one, two in pairs if one[1].kind == two[1].kind and two[1].is_sole)
    return [text for one, two in met if (text := _pair(document, one, two))]


def _pair(document: Document, one: tuple[str, Event], two: tuple[str, Event]) -> str:
    """Say where and when the second takes the place of the first; nothing where they do not meet."""
    over = document.run.end + ONE_DAY
    first = max(earliest(document, one[0]), earliest(document, two[0]))
    end = min(one[1].until or over, two[1].until or over, over)
    targets = [set(selection.select(document, event.acts_on, event.select)) for _, event in (one, two)]
    both = sorted(targets[0] & targets[1])
    if not both or first >= end:
        return ""
    certain = is_certain(one[1]) and is_certain(two[1])
    at_earliest = "" if certain else " at the earliest"
    where, noun = few(both), one[1].acts_on[:-1]
    return (
        f"{one[0]} and {two[0]} {'act' if certain else 'can act'} on the same {noun}{'s' * (len(both) > 1)} "
        f"({where}) from {first}{at_earliest} {until(end, lasts=end == over)}: "
        "only the one that begins later holds"
    )
