"""What treatments act on: links, plants, final demand; and who is exposed to them.

A treatment that restricts trade exposes those who use the controlled goods. An outage, or another change of
capacity, exposes those who use what the plants make that it hits, directly or through the network. A change
of final demand exposes those who serve it.
"""

from __future__ import annotations

import datetime
import functools
import operator
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

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
        Days on which something starts, changes or ends, by link: of controlled goods, or of hit plants.
    words : dict
        What happens on such a day, such as `curb starts`.
    stocks : dict
        The same days by stock, `facility/material`: of those that users draw on.
    """

    document: Document
    dates: dict[str, tuple[datetime.date, ...]]
    words: dict[datetime.date, str] = field(default_factory=dict)
    stocks: dict[str, tuple[datetime.date, ...]] = field(default_factory=dict)

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
        every = (*self.dates.values(), *self.stocks.values())
        return tuple(sorted({date for when in every for date in when}))

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
    """Return what the treatments of a result's scenario act on, directly and through its network."""
    return treated_in(result.scenario.document, result.labels.exposed)


def treated_in(document: Document, users: Sequence[str] = ()) -> Treated:
    """Return what the treatments of a document act on, and what of `users` they reach through the network."""
    dates: dict[str, set[datetime.date]] = {}
    words: dict[datetime.date, list[str]] = {}
    stocks: dict[str, set[datetime.date]] = {}
    for name, event in acting(document):
        verbs = {day: verb for day, verb in _days(event) if document.run.start <= day <= document.run.end}
        for link in _links_of(document, event):
            dates.setdefault(link, set()).update(verbs)
        for day, verb in verbs.items():
            words.setdefault(day, []).append(f"{event.title or name.replace('_', ' ')} {verb}")
        for stock in _reached(document, event, users):
            stocks.setdefault(stock, set()).update(verbs)
    return Treated(
        document,
        dates={link: tuple(sorted(days)) for link, days in sorted(dates.items())},
        words={day: " and ".join(texts) for day, texts in sorted(words.items())},
        stocks={stock: tuple(sorted(days)) for stock, days in sorted(stocks.items())},
    )


def _links_of(document: Document, event: Event) -> Iterable[str]:
    """Return the links that a treatment acts on: those it restricts, or those from the plants it hits."""
    if event.acts_on == "links":
        return selection.select(document, "links", event.select)
    if event.acts_on == "demands":
        return ()
    hit = set(selection.select(document, "processes", event.select))
    links = document.links.items()
    return [name for name, link in links if selection.supplier_process(document, link) in hit]


def _reached(document: Document, event: Event, users: Sequence[str]) -> set[str]:
    """Return the stocks of controlled goods, those that an outage reaches, or that serve changed demand."""
    if event.acts_on == "links":
        links = selection.select(document, "links", event.select)
        return {selection.stock_id(document.links[name]) for name in links}
    drawn_on = _inputs_of(document, users)
    if event.acts_on == "demands":
        return drawn_on
    makers = {*users, *selection.select(document, "processes", event.select)}
    flows = (link for link in document.links.values() if link.share > 0.0)
    fed = (selection.stock_id(x) for x in flows if selection.supplier_process(document, x) in makers)
    return drawn_on.intersection(fed)


def _inputs_of(document: Document, processes: Sequence[str]) -> set[str]:
    """Return the stocks that processes draw on."""
    names = set(processes)
    return {
        f"{facility}/{material}"
        for facility, entry in document.facilities.items()
        for key, process in entry.makes.items()
        if f"{facility}/{key}" in names
        for material in process.inputs
    }


def acting(document: Document) -> Iterator[tuple[str, Event]]:
    """Yield the treatments to which somebody is exposed, with their names."""
    for name, event in document.events.items():
        if event.role == "treatment" and isinstance(event, Event) and _acts(event):
            yield name, event


def _acts(event: Event) -> bool:
    return event.restricts_trade or event.exposes


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


def _exposing(plan: Sequence[Planned], kind: str) -> set[int]:
    """Return the processes or demands whose users, or makers, treatments expose."""
    return {
        target
        for planned in plan
        if planned.event.role == "treatment" and planned.event.exposes and planned.event.acts_on == kind
        for target in planned.targets
    }


def exposed_processes(plan: Sequence[Planned], network: Network) -> tuple[str, ...]:
    """List the users: who draws on controlled goods, or on what hit plants make, or serves changed demand."""
    arrays = network.arrays
    stocks = {int(arrays.stock[link]) for link in treated_links(plan)}
    drawing = _drawing_on(network, stocks) | _downstream(network, _exposing(plan, "processes"))
    serving = {
        int(np.searchsorted(arrays.demand_ptr, d, side="right")) - 1 for d in _exposing(plan, "demands")
    }
    return _named(network, drawing | serving)


def _drawing_on(network: Network, stocks: set[int]) -> set[int]:
    """Return the processes with an input from some stocks."""
    ptr, stock = network.arrays.in_ptr, network.arrays.in_stock
    inputs = np.flatnonzero(np.isin(stock, list(stocks)))
    return set((np.searchsorted(ptr, inputs, side="right") - 1).tolist())


def _downstream(network: Network, makers: set[int]) -> set[int]:
    """Return who uses what some processes make on the baseline, directly or through others."""
    arrays, reached, latest = network.arrays, set(makers), makers
    while latest:
        flows = np.isin(arrays.supplier, list(latest)) & (arrays.base_flow > 0.0)
        latest = _drawing_on(network, set(arrays.stock[flows].tolist())) - reached
        reached |= latest
    return reached - makers


def treated_suppliers(plan: Sequence[Planned], network: Network) -> tuple[str, ...]:
    """List processes that ship over links that a treatment restricts, or whose capacity it changes."""
    suppliers = {int(network.arrays.supplier[link]) for link in treated_links(plan)}
    return _named(network, suppliers | _exposing(plan, "processes"))


def _named(network: Network, processes: set[int]) -> tuple[str, ...]:
    """Return the names of processes that are at work on the baseline, in the order of the network."""
    return tuple(network.processes[p] for p in sorted(processes) if network.arrays.base_starts[p] > 0)


@dataclass(frozen=True)
class GroupWords:
    """What is said of those who are exposed to treatments.

    Attributes
    ----------
    user, users, supplier, suppliers : str
        What one, or several of them, do.
    goods : str
        What users use.
    """

    user: str
    users: str
    supplier: str
    suppliers: str
    goods: str

    def __or__(self, other: GroupWords) -> GroupWords:
        """Return the words for those of whom one or the other holds."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in GROUP_WORDS)
        return GroupWords(*(" or ".join(filter(None, dict.fromkeys(pair))) for pair in pairs))


GROUP_WORDS = ("user", "users", "supplier", "suppliers", "goods")
OF_TRADE = GroupWords(
    "uses controlled goods",
    "use controlled goods",
    "ships controlled goods",
    "ship controlled goods",
    "controlled goods",
)
OF_PLANTS = GroupWords(
    "uses what hit plants make",
    "use what hit plants make",
    "is hit itself",
    "are hit",
    "what hit plants make",
)
OF_DEMAND = GroupWords("serves changed demand", "serve changed demand", "", "", "inputs of changed demand")


def group_words(document: Document) -> GroupWords:
    """Return what is said of users and suppliers: by what the treatments of a document act on.

    Examples
    --------
    >>> from sim.scenario import load
    >>> group_words(load("curbs_2019").document).user
    'uses controlled goods'
    """
    events = [event for _, event in acting(document)]
    holds = {
        OF_TRADE: any(event.restricts_trade for event in events),
        OF_PLANTS: any(event.exposes and event.acts_on == "processes" for event in events),
        OF_DEMAND: any(event.exposes and event.acts_on == "demands" for event in events),
    }
    found = [words for words, is_so in holds.items() if is_so] or [OF_TRADE]
    return functools.reduce(operator.or_, found)
