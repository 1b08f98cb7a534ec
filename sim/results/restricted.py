"""What treatments restrict: links, those who use and those who ship controlled goods."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sim.engine.plan import Planned
from sim.network import Network
from sim.results.result import Result
from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Event
from sim.scenario.titles import facility_title, material_title


@dataclass(frozen=True)
class Treated:
    """Links that treatments act on, and when.

    Attributes
    ----------
    document : Document
        The scenario.
    dates : dict
        Days on which something starts, changes or ends, by link.
    words : dict
        What happens on such a day, such as `curb starts`.
    """

    document: Document
    dates: dict[str, tuple[datetime.date, ...]]
    words: dict[datetime.date, str] = field(default_factory=dict)

    @property
    def stocks(self) -> dict[str, tuple[datetime.date, ...]]:
        """Return the dates by stock, `facility/material`."""
        dates: dict[str, set[datetime.date]] = {}
        for name, days in self.dates.items():
            link = self.document.links[name]
            dates.setdefault(f"{link.to}/{link.material}", set()).update(days)
        return {stock: tuple(sorted(days)) for stock, days in dates.items()}

    @property
    def routes(self) -> dict[tuple[str, str, str], tuple[datetime.date, ...]]:
        """Return the dates by (material, origin, destination), between countries only."""
        dates: dict[tuple[str, str, str], set[datetime.date]] = {}
        for name, days in self.dates.items():
            link = self.document.links[name]
            origin, destination = (self.document.facilities[f].country for f in (link.from_, link.to))
            if origin != destination:
                dates.setdefault((link.material, origin, destination), set()).update(days)
        return {route: tuple(sorted(days)) for route, days in sorted(dates.items())}

    @property
    def days(self) -> tuple[datetime.date, ...]:
        """Return all days on which something starts, changes or ends."""
        return tuple(sorted({date for when in self.dates.values() for date in when}))

    def facility_title(self, facility: str) -> str:
        """Return the title of a facility, or its id."""
        return facility_title(self.document, facility)

    def process_title(self, process: str, material: str) -> tuple[str, str]:
        """Return the title of the facility of a process, and what it makes there."""
        facility, _, key = process.rpartition("/")
        made = self.material_title(material)
        return self.facility_title(facility), made if key == material else f"{made} ({key})"

    def material_title(self, material: str) -> str:
        """Return the title of a material, or its id."""
        return material_title(self.document, material)


def treated(result: Result) -> Treated:
    """Return what the treatments of a result's scenario act on."""
    return treated_in(result.scenario.document)


def treated_in(document: Document) -> Treated:
    """Return what the treatments of a document act on."""
    dates: dict[str, set[datetime.date]] = {}
    words: dict[datetime.date, list[str]] = {}
    for name, event in acting(document):
        verbs = {day: verb for day, verb in _days(event) if document.run.start <= day <= document.run.end}
        for link in selection.select(document, "links", event.select):
            dates.setdefault(link, set()).update(verbs)
        for day, verb in verbs.items():
            words.setdefault(day, []).append(f"{event.title or name.replace('_', ' ')} {verb}")
    return Treated(
        document,
        dates={link: tuple(sorted(days)) for link, days in sorted(dates.items())},
        words={day: " and ".join(texts) for day, texts in sorted(words.items())},
    )


def acting(document: Document) -> Iterator[tuple[str, Event]]:
    """Yield the treatments that restrict trade, with their names."""
    for name, event in document.events.items():
        if event.role == "treatment" and isinstance(event, Event) and event.restricts_trade:
            yield name, event


def _days(event: Event) -> Iterator[tuple[datetime.date, str]]:
    """Yield the days on which a treatment starts, changes and ends."""
    if event.date is not None:
        yield event.date, "starts"
    for date in getattr(event, "steps", {}):
        if date != event.date:
            yield date, "changes"
    if event.until is not None:
        yield event.until, "ends"


def treated_links(plan: Sequence[Planned]) -> set[int]:
    """Return the links on which treatments restrict trade."""
    return {
        target
        for planned in plan
        if planned.event.role == "treatment" and planned.event.restricts_trade
        for target in planned.targets
    }


def exposed_processes(plan: Sequence[Planned], network: Network) -> tuple[str, ...]:
    """List processes that draw on a stock whose links a treatment acts on."""
    arrays = network.arrays
    stocks = {int(arrays.stock[link]) for link in treated_links(plan)}
    return tuple(
        name
        for p, name in enumerate(network.processes)
        if arrays.base_starts[p] > 0
        and any(int(s) in stocks for s in arrays.in_stock[arrays.in_ptr[p] : arrays.in_ptr[p + 1]])
    )


def treated_suppliers(plan: Sequence[Planned], network: Network) -> tuple[str, ...]:
    """List processes that ship over links that a treatment acts on."""
    suppliers = {int(network.arrays.supplier[link]) for link in treated_links(plan)}
    return tuple(network.processes[p] for p in sorted(suppliers) if network.arrays.base_starts[p] > 0)
