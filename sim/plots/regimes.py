"""Which regime the treatments give to links, and how a drawing shows it."""

from __future__ import annotations

from collections.abc import Iterable

from sim.plots.style import BLACK, VERMILION
from sim.results.restricted import acting
from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import KINDS

INKS = {"black": BLACK, "vermilion": VERMILION}
# Of all kinds of events, the strictest regime first.
LOOKS = dict(
    sorted(
        ((regime, look) for kind in KINDS.values() for regime, look in kind.looks.items()),
        key=lambda item: -item[1].strictness,
    )
)
STRICT = tuple(LOOKS)


def strictest(regimes: Iterable[str]) -> str:
    """Return the strictest of some regimes; one that nobody described counts as bulk licences.

    Examples
    --------
    >>> strictest(["special_bulk", "individual"])
    'individual'
    """
    return min((one if one in LOOKS else "bulk" for one in regimes), key=STRICT.index)


def regimes_of(document: Document) -> dict[str, str]:
    """Return the strictest regime that treatments give each link they act on."""
    found: dict[str, list[str]] = {}
    for _, event in acting(document):
        for link in selection.links(document, event.select):
            found.setdefault(link, []).extend(event.regimes)
    return {link: strictest(regimes) for link, regimes in sorted(found.items())}
