"""The plan of a run: events with their targets resolved to indices, the same for every replication."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sim.errors import CurbsimError
from sim.network.arrays import Network
from sim.scenario.schema.document import Document
from sim.scenario.schema.events import Event, Selection, TalksEvent, When
from sim.scenario.selection import Rows, Selectable
from sim.scenario.selection import rows as selected_rows
from sim.types import Ints

Targets = tuple[int, ...]  # indices of links, processes, demands or stocks


@dataclass(frozen=True, eq=False)
class Planned:
    """One event with what it acts on.

    Attributes
    ----------
    targets : Targets
        In the order of their ids.
    facilities, names : tuple of str
        Facility and id of each target, for draws that are made for each.
    watched : tuple of int
        Stocks whose cover triggers the event (`when`).
    groups : dict of str to tuple of int
        Processes of each of the `losses` of talks.
    before : object
        What the field that steps change was in the step before; None in the first.
    goes_on : bool
        Whether another step follows.
    """

    name: str
    event: Any
    targets: Targets
    names: tuple[str, ...]
    facilities: tuple[str, ...]
    watched: Targets = ()
    groups: dict[str, Targets] = field(default_factory=dict)
    before: Any = None
    goes_on: bool = False


@dataclass(frozen=True)
class Finder:
    """Finds what events select; where it is strict, a selection of nothing is a mistake."""

    selectable: Selectable
    strict: bool

    def rows(self, what: str, name: str, selection: Selection) -> tuple[Rows, Ints]:
        """Return the rows of a kind, and which of them the selection of an event stands for."""
        kind: Rows = getattr(self.selectable, what)
        rows = selected_rows(self.selectable, what, selection)
        if self.strict and not len(rows):
            raise CurbsimError(f"events.{name}: no {what} fit the selection; correct its names")
        return kind, rows

    def places(self, what: str, name: str, selection: Selection) -> Targets:
        """Return where the selected rows stand in the network."""
        kind, rows = self.rows(what, name, selection)
        return tuple(kind.placed(rows).tolist())


def make_plan(document: Document, network: Network) -> tuple[Planned, ...]:
    """Resolve all events of a document, ordered by kind and then by name.

    Raises
    ------
    CurbsimError
        When a selection of a world in tables matches nothing: a check reads entries only.
    """
    events = sorted(document.events.items(), key=lambda item: (item[1].kind, item[0]))
    finder = Finder(network.selectable, strict=document.network is not None)
    return tuple(_planned(finder, name, event) for name, event in events)


def _planned(finder: Finder, name: str, event: Any) -> Planned:
    watched = finder.places("stocks", name, event.when.select) if isinstance(event.when, When) else ()
    losses = event.losses if isinstance(event, TalksEvent) else {}
    groups = {key: finder.places("processes", name, chosen) for key, chosen in losses.items()}
    if not isinstance(event, Event):
        return Planned(name, event, (0,), ("",), ("",), watched=watched, groups=groups)
    kind, rows = finder.rows(event.acts_on, name, event.select)
    return Planned(
        name=name,
        event=event,
        targets=tuple(kind.placed(rows).tolist()),
        names=tuple(kind.ids.take(rows)),
        facilities=tuple(finder.selectable.facilities[kind.facility[rows]]),
        watched=watched,
        groups=groups,
    )
