"""The plan of a run: events with their targets resolved to indices, the same for every replication."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.errors import CurbsimError
from sim.network.arrays import Ints, Network
from sim.scenario import select
from sim.scenario.events import Event, Selection, TalksEvent, When
from sim.scenario.schema import Document
from sim.scenario.select import Rows, Selectable


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
    """Resolve all events of a document, ordered by kind and then by name.

    Raises
    ------
    CurbsimError
        When a selection matches nothing: tables are not read when a scenario is checked.
    """
    events = sorted(document.events.items(), key=lambda item: (item[1].kind, item[0]))
    return tuple(_planned(network.selectable, name, event) for name, event in events)


def _planned(world: Selectable, name: str, event: Any) -> Planned:
    watched = _rows(world, "stocks", name, event.when.select) if isinstance(event.when, When) else ()
    losses = event.losses if isinstance(event, TalksEvent) else {}
    groups = {key: _rows(world, "processes", name, chosen) for key, chosen in losses.items()}
    if not isinstance(event, Event):
        return Planned(name, event, (0,), ("",), ("",), watched=watched, groups=groups)
    kind: Rows = getattr(world, event.acts_on)
    rows = _selected(world, event.acts_on, name, event.select)
    return Planned(
        name=name,
        event=event,
        targets=tuple(kind.placed(rows).tolist()),
        names=tuple(kind.ids.take(rows)),
        facilities=tuple(world.facilities[kind.facility[rows]]),
        watched=watched,
        groups=groups,
    )


def _selected(world: Selectable, what: str, name: str, selection: Selection) -> Ints:
    """Return the rows that a selection of an event stands for; nothing is a mistake."""
    rows = select.rows(world, what, selection)
    if not len(rows):
        raise CurbsimError(f"events.{name}: no {what} fit the selection; correct its names")
    return rows


def _rows(world: Selectable, what: str, name: str, selection: Selection) -> tuple[int, ...]:
    """Return where the selected rows stand in the network."""
    kind: Rows = getattr(world, what)
    return tuple(kind.placed(_selected(world, what, name, selection)).tolist())
