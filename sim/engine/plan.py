"""The plan of a run: events with their targets resolved to indices, the same for every replication."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.errors import CurbsimError
from sim.network import selecting
from sim.network.arrays import Network
from sim.network.columns import Columns
from sim.scenario import select
from sim.scenario.events import Event, Selection, TalksEvent, When
from sim.scenario.schema import Document


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
    groups : dict of str to tuple of int
        Processes of each of the `losses` of talks.
    before : object
        What the field that steps change was in the step before; None in the first.
    """

    name: str
    event: Any
    targets: tuple[int, ...]
    names: tuple[str, ...]
    facilities: tuple[str, ...]
    watched: tuple[int, ...] = ()
    groups: dict[str, tuple[int, ...]] = field(default_factory=dict)
    before: Any = None


def make_plan(document: Document, network: Network) -> tuple[Planned, ...]:
    """Resolve all events of a document, ordered by kind and then by name."""
    if network.columns is not None:
        return _plan_of_columns(document, network.columns)
    index = {
        "links": {name: i for i, name in enumerate(network.links)},
        "stocks": {name: i for i, name in enumerate(network.stocks)},
        "processes": {name: i for i, name in enumerate(network.processes)},
        "demands": {name: i for i, name in enumerate(network.demands)},
    }
    planned = []
    for name, event in sorted(document.events.items(), key=lambda item: (item[1].kind, item[0])):
        what = event.acts_on
        ids = select.select(document, what, event.select) if isinstance(event, Event) else ("",)
        watched: tuple[str, ...] = ()
        if isinstance(event.when, When):
            watched = select.stocks(document, event.when.select)
        planned.append(
            Planned(
                name=name,
                event=event,
                targets=tuple(index[what][i] for i in ids) if what != "world" else (0,),
                names=tuple(ids),
                facilities=tuple(_facility(document, what, i) for i in ids),
                watched=tuple(index["stocks"][i] for i in watched),
                groups=_groups(document, event, index["processes"]),
            )
        )
    return tuple(planned)


def _plan_of_columns(document: Document, columns: Columns) -> tuple[Planned, ...]:
    """Resolve the events of a world of tables, all rows at once."""
    return tuple(
        Planned(
            name=name,
            event=event,
            watched=_rows(document, columns, "stocks", name, event.when.select)
            if isinstance(event.when, When)
            else (),
            groups={
                key: _rows(document, columns, "processes", name, one)
                for key, one in (event.losses if isinstance(event, TalksEvent) else {}).items()
            },
            **_targets(document, columns, name, event),
        )
        for name, event in sorted(document.events.items(), key=lambda item: (item[1].kind, item[0]))
    )


def _targets(document: Document, columns: Columns, name: str, event: Any) -> dict[str, Any]:
    """Return rows, ids and facilities of what an event acts on."""
    what = event.acts_on
    if not isinstance(event, Event):
        return {"targets": (0,), "names": ("",), "facilities": ("",)}
    targets = _rows(document, columns, what, name, event.select)
    rows = np.array(targets, dtype=np.int64)
    firms = {
        "links": columns.stock_firm[columns.stock],
        "stocks": columns.stock_firm,
        "demands": columns.demand_firm,
        "processes": np.arange(len(columns.names)),
    }[what][rows]
    names = tuple(getattr(columns, what).take(rows))
    return {"targets": targets, "names": names, "facilities": tuple(columns.names[firms].tolist())}


def _rows(
    document: Document, columns: Columns, what: str, name: str, selection: Selection
) -> tuple[int, ...]:
    """Return the rows that a selection of an event stands for; nothing is a mistake."""
    rows = selecting.select(document, columns, what, selection)
    if not len(rows):
        raise CurbsimError(f"events.{name}: no {what} fit the selection; correct its names")
    return tuple(rows.tolist())


def _groups(document: Document, event: object, index: dict[str, int]) -> dict[str, tuple[int, ...]]:
    if not isinstance(event, TalksEvent):
        return {}
    return {
        name: tuple(index[i] for i in select.processes(document, one)) for name, one in event.losses.items()
    }


def _facility(document: Document, what: str, name: str) -> str:
    if what == "links":
        return document.links[name].to
    if what == "demands":
        return document.demand[name].at
    return name.rpartition("/")[0]
