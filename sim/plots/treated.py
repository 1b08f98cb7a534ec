"""What the treatments of a scenario act on, read from the scenario that a result carries."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sim.results import Result
from sim.scenario import select
from sim.scenario.schema import CatchAllEvent, Document, EmbargoEvent, LicenceEvent, QuotaEvent


@dataclass(frozen=True)
class Treated:
    """Links that treatments act on, and when.

    Attributes
    ----------
    document : Document
        The scenario.
    dates : dict
        Days on which something starts, changes or ends, by link.
    """

    document: Document
    dates: dict[str, tuple[datetime.date, ...]]

    @property
    def stocks(self) -> dict[str, tuple[datetime.date, ...]]:
        """Return the dates by stock, `facility/material`."""
        found: dict[str, set[datetime.date]] = {}
        for name, when in self.dates.items():
            link = self.document.links[name]
            found.setdefault(f"{link.to}/{link.material}", set()).update(when)
        return {stock: tuple(sorted(when)) for stock, when in found.items()}

    @property
    def routes(self) -> dict[tuple[str, str, str], tuple[datetime.date, ...]]:
        """Return the dates by (material, origin, destination), between countries only."""
        found: dict[tuple[str, str, str], set[datetime.date]] = {}
        for name, when in self.dates.items():
            link = self.document.links[name]
            origin, destination = (self.document.facilities[f].country for f in (link.from_, link.to))
            if origin != destination:
                found.setdefault((link.material, origin, destination), set()).update(when)
        return {route: tuple(sorted(when)) for route, when in sorted(found.items())}

    def facility_title(self, facility: str) -> str:
        """Return the title of a facility, or its id."""
        entry = self.document.facilities.get(facility)
        return entry.title if entry and entry.title else facility

    def material_title(self, material: str) -> str:
        """Return the title of a material, or its id."""
        entry = self.document.materials.get(material)
        return entry.title if entry and entry.title else material


def treated(result: Result) -> Treated:
    """Return what the treatments of a result's scenario act on."""
    return treated_in(result.scenario.document)


def treated_in(document: Document) -> Treated:
    """Return what the treatments of a document act on."""
    found: dict[str, set[datetime.date]] = {}
    for event in document.events.values():
        if event.role != "treatment" or not isinstance(
            event, LicenceEvent | QuotaEvent | EmbargoEvent | CatchAllEvent
        ):
            continue
        steps = tuple(event.steps) if isinstance(event, QuotaEvent) else ()
        when = {date for date in (event.date, event.until, *steps) if date is not None}
        when = {date for date in when if document.run.start <= date <= document.run.end}
        for name in select.links(document, event.select):
            found.setdefault(name, set()).update(when)
    return Treated(document, {name: tuple(sorted(when)) for name, when in sorted(found.items())})
