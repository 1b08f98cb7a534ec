"""The plan of a run: events with their targets resolved to indices, the same for every replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.network.arrays import Network
from sim.scenario import select
from sim.scenario.schema import (
    CapacityEvent,
    DemandEvent,
    Document,
    EmbargoEvent,
    LicenceEvent,
    OutageEvent,
    QualificationEvent,
    QuotaEvent,
    When,
)


@dataclass(frozen=True, eq=False)
class Planned:
    """One event with what it acts on.

    Attributes
    ----------
    targets : tuple of int
        Indices of links, processes, demands or stocks, in the order of their ids.
    facilities, names : tuple of str
        Facility and id of each target, for draws that are made for each.
    watched : tuple of int
        Stocks whose cover triggers the event (`when`).
    """

    name: str
    event: Any
    targets: tuple[int, ...]
    names: tuple[str, ...]
    facilities: tuple[str, ...]
    watched: tuple[int, ...] = ()


def make_plan(document: Document, network: Network) -> tuple[Planned, ...]:
    """Resolve all events of a document, ordered by kind and then by name."""
    index = {
        "links": {name: i for i, name in enumerate(network.links)},
        "stocks": {name: i for i, name in enumerate(network.stocks)},
        "processes": {name: i for i, name in enumerate(network.processes)},
        "demands": {name: i for i, name in enumerate(network.demands)},
    }
    planned = []
    for name, event in sorted(document.events.items(), key=lambda item: (item[1].kind, item[0])):
        what = target_of(event)
        ids = getattr(select, what)(document, event.select)
        watched: tuple[str, ...] = ()
        if isinstance(event.when, When):
            watched = select.stocks(document, event.when.select)
        planned.append(
            Planned(
                name=name,
                event=event,
                targets=tuple(index[what][i] for i in ids),
                names=tuple(ids),
                facilities=tuple(_facility(document, what, i) for i in ids),
                watched=tuple(index["stocks"][i] for i in watched),
            )
        )
    return tuple(planned)


def target_of(event: object) -> str:
    """Return what a kind of event acts on: links, processes, demands or stocks."""
    if isinstance(event, LicenceEvent | QuotaEvent | EmbargoEvent | QualificationEvent):
        return "links"
    if isinstance(event, OutageEvent | CapacityEvent):
        return "processes"
    return "demands" if isinstance(event, DemandEvent) else "stocks"


def _facility(document: Document, what: str, name: str) -> str:
    if what == "links":
        return document.links[name].to
    if what == "demands":
        return document.demand[name].at
    return name.rpartition("/")[0]
