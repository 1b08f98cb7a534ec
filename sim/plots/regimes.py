"""Which regime the treatments give to links, and how a drawing shows it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from sim.plots.style import BLACK, VERMILION
from sim.plots.treated import acting
from sim.scenario import select
from sim.scenario.events import LicenceEvent
from sim.scenario.schema import Document


class Look(NamedTuple):
    """How links under a regime are drawn."""

    label: str
    colour: str
    dashes: tuple[float, ...]


# The strictest first; dashes tell them apart in grey.
LOOKS = {
    "embargo": Look("Embargo", BLACK, ()),
    "quota": Look("Quota", VERMILION, (4.0, 1.2, 1.0, 1.2)),
    "individual": Look("Individual licences", VERMILION, ()),
    "catch_all": Look("Catch-all screening", VERMILION, (1.2, 1.2)),
    "special_bulk": Look("Special bulk licences", VERMILION, (6.0, 2.0)),
    "bulk": Look("Bulk licences", VERMILION, (2.5, 2.5)),
}
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
        given = (event.regime, *event.steps.values()) if isinstance(event, LicenceEvent) else (event.kind,)
        for link in select.links(document, event.select):
            found.setdefault(link, []).extend(given)
    return {link: strictest(regimes) for link, regimes in sorted(found.items())}
