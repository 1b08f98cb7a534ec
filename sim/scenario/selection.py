"""Which links, stocks, processes and demands a selection of an event stands for."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.scenario.paths import is_pattern, matcher
from sim.scenario.schema.document import Document, Facility, Link, Process
from sim.scenario.schema.events import Exception_, Place, Selection


def made(key: str, process: Process) -> str:
    """Return the material that a process makes: its `material`, or its key."""
    return process.material or key


def process_key(facility: Facility, material: str, named: str | None = None) -> str | None:
    """Return the key of the process of a facility that makes a material, None when it is not clear.

    A named process wins; then the process whose key is the material; then the only one that makes it.
    """
    if named is not None:
        return named if named in facility.makes and made(named, facility.makes[named]) == material else None
    if material in facility.makes and made(material, facility.makes[material]) == material:
        return material
    keys = [key for key, process in facility.makes.items() if made(key, process) == material]
    return keys[0] if len(keys) == 1 else None


def supplier_process(document: Document, link: Link) -> str | None:
    """Return the id `facility/key` of the process that a link comes from."""
    facility = document.facilities.get(link.from_)
    key = process_key(facility, link.material, link.process) if facility else None
    return f"{link.from_}/{key}" if key else None


def stock_id(link: Link) -> str:
    """Return the id `facility/material` of the stock that a link goes to."""
    return f"{link.to}/{link.material}"


def every_process(document: Document) -> Iterator[tuple[str, str, str, Process]]:
    """Yield (id, facility, material, process) of every process."""
    for name, facility in document.facilities.items():
        for key, process in facility.makes.items():
            yield f"{name}/{key}", name, made(key, process), process


def every_stock(document: Document) -> Iterator[tuple[str, str, str]]:
    """Yield (id, facility, material) of every stock."""
    for name, facility in document.facilities.items():
        for material in facility.stocks:
            yield f"{name}/{material}", name, material


def links_by_stock(document: Document) -> dict[str, list[str]]:
    """Return the ids of the links into each stock, sorted."""
    names: dict[str, list[str]] = {}
    for name in sorted(document.links):
        names.setdefault(stock_id(document.links[name]), []).append(name)
    return names


Mask = NDArray[np.bool_]
Codes = NDArray[np.int64]
Texts = NDArray[np.object_]


class RowIds(Protocol):
    """Ids of rows: an array of texts, or what joins them when they are asked for."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[str]: ...

    def take(self, rows: Codes, /) -> Iterable[str]:
        """Return the ids of some rows."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of one kind, with where they are and what they hold; links are at their buyers.

    Attributes
    ----------
    facility, material : array
        Codes of each row in `Selectable`.
    order : callable, optional
        Brings rows into the order of their ids; left out where they stand in it.
    place : array, optional
        Where each row stands in a network; left out where it stands there as here.
    """

    ids: RowIds
    facility: Codes
    material: Codes
    order: Callable[[Codes], Codes] | None = None
    place: Codes | None = None

    def placed(self, rows: Codes) -> Codes:
        """Return where rows stand in a network."""
        return rows if self.place is None else self.place[rows]


@dataclass(frozen=True, eq=False)
class Selectable:
    """What events select from: of a document, or of tables.

    Attributes
    ----------
    facilities, firm : array of str
        Facilities and their owners.
    country : array
        Code of the country of each facility, -1 for a facility without an entry.
    materials, groups : array of str
        A material without an entry has no group, "".
    supplier, sender, receiver : array over links
        Facility and process that a link comes from, stock that it goes to; -1 where there is none.
    """

    facilities: Texts
    firm: Texts
    countries: Texts
    country: Codes
    materials: Texts
    groups: Texts
    links: Rows
    stocks: Rows
    processes: Rows
    demands: Rows
    supplier: Codes
    sender: Codes
    receiver: Codes


def select(document: Document, what: str, selection: Selection) -> tuple[str, ...]:
    """Return the selected ids of `links`, `stocks`, `processes` or `demands`, sorted.

    Of links, `country`, `firm` and `facility` mean the buyer's; `from` and `to` the supplier's and the
    buyer's. Of stocks (`facility/material`), `to` means their facility, `from` and `link` the links that
    feed them; of processes (`facility/key`), `from` means their facility, `to` and `link` the links that
    come from them. Places of a demand mean the facility that serves it.
    """
    return chosen(selectable(document), what, selection)


def chosen(world: Selectable, what: str, selection: Selection) -> tuple[str, ...]:
    """Return the selected ids, sorted, of a world that is known already."""
    kind: Rows = getattr(world, what)
    return tuple(kind.ids.take(rows(world, what, selection)))


def rows(world: Selectable, what: str, selection: Selection) -> Codes:
    """Return the selected rows of links, stocks, processes or demands, in the order of their ids."""
    fits = {"links": _links, "stocks": _stocks, "processes": _processes, "demands": _demands}[what]
    mask = fits(world, selection)
    if selection.except_ is not None:
        mask &= ~fits(world, selection.except_)
    if what == "demands" and selection.demand is not None:
        mask &= _named(world.demands.ids, selection.demand)
    order = getattr(world, what).order
    selected = np.flatnonzero(mask)
    return selected if order is None else order(selected)


def _named(values: Iterable[str], words: Sequence[str]) -> Mask:
    """Tell which values are among words, in which wildcards are allowed.

    A name that holds signs of wildcards, such as `pumps [all]`, stands for itself where there is one.
    """
    patterns = [word for word in words if is_pattern(word)]
    if not patterns:
        exact = frozenset(words)
        return np.fromiter((value in exact for value in values), dtype=np.bool_)
    values = list(values)
    exact = frozenset(words).intersection(values)
    fits = [matcher(word) for word in patterns if word not in exact]
    named = (value in exact or any(fit(value) for fit in fits) for value in values)
    return np.fromiter(named, dtype=np.bool_)


def _at(world: Selectable, place: Place | Exception_ | None) -> Mask:
    """Tell which facilities meet the country, firm and facility of a condition."""
    mask = np.ones(len(world.facilities), dtype=np.bool_)
    if place is None:
        return mask
    if place.facility is not None:
        mask &= _named(world.facilities, place.facility)
    if place.country is not None or place.firm is not None:
        mask &= world.country >= 0
    if place.country is not None:
        mask &= np.append(_named(world.countries, place.country), False)[world.country]
    if place.firm is not None:
        mask &= _named(world.firm, place.firm)
    return mask


def _material(world: Selectable, selection: Exception_) -> Mask:
    mask = np.ones(len(world.materials), dtype=np.bool_)
    if selection.material is not None:
        mask &= _named(world.materials, selection.material)
    if selection.group is not None:
        mask &= _named(world.groups, selection.group)
    return mask


def _links(world: Selectable, selection: Exception_) -> Mask:
    mask = _material(world, selection)[world.links.material]
    mask &= (_at(world, selection) & _at(world, selection.to))[world.links.facility]
    mask &= _at(world, selection.from_)[world.supplier]
    return mask if selection.link is None else mask & _named(world.links.ids, selection.link)


def _stocks(world: Selectable, selection: Exception_) -> Mask:
    mask = _material(world, selection)[world.stocks.material]
    mask &= (_at(world, selection) & _at(world, selection.to))[world.stocks.facility]
    if selection.from_ is None and selection.link is None:
        return mask
    return mask & _marked(world.receiver[_links(world, selection)], len(mask))


def _processes(world: Selectable, selection: Exception_) -> Mask:
    mask = _material(world, selection)[world.processes.material]
    mask &= (_at(world, selection) & _at(world, selection.from_))[world.processes.facility]
    if selection.to is None and selection.link is None:
        return mask
    ships = _at(world, selection.to)[world.links.facility]
    if selection.link is not None:
        ships &= _named(world.links.ids, selection.link)
    return mask & _marked(world.sender[ships], len(mask))


def _demands(world: Selectable, selection: Exception_) -> Mask:
    at = _at(world, selection) & _at(world, selection.from_) & _at(world, selection.to)
    return np.asarray(_material(world, selection)[world.demands.material] & at[world.demands.facility])


def _marked(places: Codes, number: int) -> Mask:
    """Tell which of a number of rows are among places; -1 is none of them."""
    mask = np.zeros(number + 1, dtype=np.bool_)
    mask[places] = True
    return mask[:number]


class _Sections:
    """The sections of a document that selections look at: equal where they are the same objects."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.parts = (document.facilities, document.links, document.demand, document.materials)

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.parts)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sections) and all(map(operator.is_, self.parts, other.parts))


def selectable(document: Document) -> Selectable:
    """Return what the events of a document select from; its references need not be sound.

    It is remembered for the last documents: each of their events asks for it, a check even twice.
    """
    return _selectable(_Sections(document))


@functools.lru_cache(maxsize=4)
def _selectable(sections: _Sections) -> Selectable:
    document = sections.document
    facility, material = _Numbers(document.facilities), _Numbers(document.materials)
    makes = sorted((name, place, made) for name, place, made, _ in every_process(document))
    holds = sorted(every_stock(document))
    ties = sorted(document.links.items())
    serves = [(name, demand.at, demand.material) for name, demand in sorted(document.demand.items())]
    process_of = {name: row for row, (name, _, _) in enumerate(makes)}
    stock_of = {name: row for row, (name, _, _) in enumerate(holds)}
    kinds = {
        "links": [(name, link.to, link.material) for name, link in ties],
        "stocks": holds,
        "processes": makes,
        "demands": serves,
    }
    numbered = {what: _numbered(facility, material, entries) for what, entries in kinds.items()}
    senders = (supplier_process(document, link) or "" for _, link in ties)
    supplier = facility.codes(link.from_ for _, link in ties)
    entries = [document.facilities.get(name) for name in facility]
    country = _Numbers(entry.country for entry in entries if entry is not None)
    known = [document.materials.get(name) for name in material]
    return Selectable(
        facilities=_texts(facility),
        firm=_texts("" if entry is None else entry.firm for entry in entries),
        country=_codes(-1 if entry is None else country[entry.country] for entry in entries),
        countries=_texts(country),
        materials=_texts(material),
        groups=_texts("" if entry is None else entry.group for entry in known),
        supplier=supplier,
        sender=_codes(process_of.get(name, -1) for name in senders),
        receiver=_codes(stock_of.get(stock_id(link), -1) for _, link in ties),
        **numbered,
    )


def _numbered(facility: _Numbers, material: _Numbers, entries: list[tuple[str, str, str]]) -> Rows:
    ids, places, materials = zip(*entries) if entries else ((), (), ())
    return Rows(_texts(ids), facility.codes(places), material.codes(materials))


class _Numbers(dict[str, int]):
    """Numbers of names in the order in which they first come."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.codes(names)

    def __missing__(self, name: str) -> int:
        self[name] = len(self)
        return self[name]

    def codes(self, names: Iterable[str]) -> Codes:
        return _codes(self[name] for name in names)


def _texts(names: Iterable[str]) -> Texts:
    return np.fromiter(names, dtype=np.object_)


def _codes(numbers: Iterator[int]) -> Codes:
    return np.fromiter(numbers, dtype=np.int64)
