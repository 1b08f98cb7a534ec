"""Moments: single numbers of one replication that stand beside observed ones (MODEL.md section 15)."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.engine.replication import Trace
from sim.network.arrays import Network
from sim.results.measures import STOPPED
from sim.results.numbers import MILLION
from sim.scenario import selection
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import LicenceEvent
from sim.types import Floats
from sim.units import Clock

MOST_ROUNDING = 1e-6  # of a share: what rounding may add


@dataclass(frozen=True)
class Moment:
    """What to measure: a measure, where, and when.

    Attributes
    ----------
    measure : str
        A key of MEASURES.
    materials : tuple of str
    origin, destination : str
        Countries; of links.
    facility : str
        The buyer, or the plant that stops; any when empty.
    begin, end : date, optional
        First and last day.
    factor : float
        What the measure is multiplied by, so that it speaks of what the observed number speaks of.
    """

    measure: str
    materials: tuple[str, ...] = ()
    origin: str = ""
    destination: str = ""
    facility: str = ""
    begin: datetime.date | None = None
    end: datetime.date | None = None
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class TracePair:
    """One replication with its baseline, and what is needed to find things in it."""

    document: Document
    network: Network
    scenario: Trace
    baseline: Trace

    @property
    def clock(self) -> Clock:
        return Clock(self.document.run.start)

    def span(self, moment: Moment) -> slice:
        """Return the days of a moment."""
        first = 0 if moment.begin is None else max(0, self.clock.day(moment.begin))
        return slice(first, None if moment.end is None else self.clock.day(moment.end) + 1)

    def links(self, moment: Moment) -> list[int]:
        """Return the links of a moment."""
        arrays, network = self.network.arrays, self.network
        return [
            l
            for l in range(len(network.links))
            if network.stock_material[arrays.stock[l]] in moment.materials
            and self._country(network.process_facility[arrays.supplier[l]]) == moment.origin
            and self._country(network.stock_facility[arrays.stock[l]]) == moment.destination
            and moment.facility in ("", network.stock_facility[arrays.stock[l]])
        ]

    def _country(self, facility: str) -> str:
        entry = self.document.facilities.get(facility)
        return entry.country if entry else ""


def quantity(pair: TracePair, moment: Moment) -> float:
    """Return what was shipped, in the unit of the material."""
    return float(pair.scenario.records.shipped[pair.span(moment)][:, pair.links(moment)].sum())


def value(pair: TracePair, moment: Moment) -> float:
    """Return what was shipped, in millions at base prices."""
    shipped = pair.scenario.records.shipped[pair.span(moment)].sum(axis=0)
    stock, materials = pair.network.arrays.stock, pair.document.materials
    prices = {name: materials[name].price for name in moment.materials}
    worth = 0.0
    for l in pair.links(moment):
        price = prices[pair.network.stock_material[stock[l]]]
        worth += float(shipped[l]) * (float(price.value) if price else math.nan)
    return worth / MILLION


def unit_value(pair: TracePair, moment: Moment) -> float:
    """Return what was shipped at base prices over its quantity, a unit; nan when nothing was."""
    amount = quantity(pair, moment)
    return MILLION * value(pair, moment) / amount if amount > 0.0 else math.nan


def relief(pair: TracePair, moment: Moment) -> float:
    """Return days from the beginning until a licence event frees links from individual licences."""
    links = {pair.network.links[l] for l in pair.links(moment)}
    start = float(pair.span(moment).start)
    freed = [time for time, name, *_ in pair.scenario.log if time >= start and links & _freed(pair, name)]
    return min(freed, default=math.nan) - start


def _freed(pair: TracePair, name: str) -> set[str]:
    """Return the links that an event brings back under bulk licences."""
    event = pair.document.events.get(name)
    if not isinstance(event, LicenceEvent) or event.regime not in ("bulk", "special_bulk"):
        return set()
    return set(selection.chosen(pair.network.selectable, "links", event.select))


def licences(pair: TracePair, moment: Moment) -> float:
    """Return how many licences were granted by the end of the last day."""
    return float(sum(day < pair.span(moment).stop for day in _grants(pair, moment)))


def first_grant(pair: TracePair, moment: Moment) -> float:
    """Return days from the beginning to the first grant; nan for never."""
    return min(_grants(pair, moment), default=math.nan) - float(pair.span(moment).start)


def _grants(pair: TracePair, moment: Moment) -> list[float]:
    links = set(pair.links(moment))
    files = (file for file in pair.scenario.licences if file.required and file.link in links)
    return [file.decided for file in files if not math.isnan(file.decided)]


def first_use(pair: TracePair, moment: Moment) -> float:
    """Return days from the beginning until links ship more than they could at first; nan for never."""
    span, links, arrays = pair.span(moment), pair.links(moment), pair.network.arrays
    could = pair.network.max_share[links] * arrays.need[arrays.stock[links]]
    more = (pair.scenario.records.shipped[span][:, links] > could * (1.0 + MOST_ROUNDING)).any(axis=1)
    return float(more.argmax()) if more.any() else math.nan


def stop(pair: TracePair, moment: Moment) -> float:
    """Return the most days on which a process of the facility stands still."""
    span = pair.span(moment)
    own = [p for p, name in enumerate(pair.network.process_facility) if name == moment.facility]
    starts, usual = (run.records.starts[span][:, own] for run in (pair.scenario, pair.baseline))
    return float((starts < STOPPED * usual).sum(axis=0).max(initial=0))


MEASURES: dict[str, Callable[[TracePair, Moment], float]] = {
    "quantity": quantity,
    "value": value,
    "unit value": unit_value,
    "relief": relief,
    "licences": licences,
    "first grant": first_grant,
    "first use": first_use,
    "stop": stop,
}


def measure_moments(moments: tuple[Moment, ...], pair: TracePair) -> Floats:
    """Return the value of each moment."""
    return np.array([moment.factor * MEASURES[moment.measure](pair, moment) for moment in moments])
