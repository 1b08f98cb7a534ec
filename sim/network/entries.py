"""A world with an entry for each row: its entries in the order of the compiled arrays."""

from __future__ import annotations

import functools
import math
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

import numpy as np

from sim.errors import CurbsimError
from sim.network import distributions
from sim.network.arrays import FAMILIES, OVERCAPACITY, RATIONING
from sim.network.index import OUTSIDE, Choices, NetworkIndex
from sim.scenario import selection
from sim.scenario.schema.document import (
    Demand,
    Document,
    Input,
    Link,
    Material,
    Process,
    Regime,
    Stock,
    Switches,
)
from sim.scenario.schema.event_parts import Outside
from sim.scenario.schema.events import EmergencyPurchaseEvent
from sim.scenario.schema.field_types import Distribution
from sim.scenario.selection import Rows, Selectable
from sim.types import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries of a document in the order of the compiled arrays.

    Attributes
    ----------
    processes, stocks, links, demands : dict of str to entry
        By id; links are sorted by (stock, id), demands by (process, id), everything else by id.
    process_of, stock_of : dict of str to int
        Row of each id.
    inputs : tuple of (process row, stock row, Input)
        Sorted by (process, stock).
    """

    document: Document
    processes: dict[str, Process]
    process_facility: tuple[str, ...]
    process_material: tuple[str, ...]
    stocks: dict[str, Stock]
    stock_facility: tuple[str, ...]
    stock_material: tuple[str, ...]
    links: dict[str, Link]
    demands: dict[str, Demand]
    process_of: dict[str, int]
    stock_of: dict[str, int]
    inputs: tuple[tuple[int, int, Input], ...]

    @functools.cached_property
    def link_of(self) -> dict[str, int]:
        return _places(self.links)

    @functools.cached_property
    def demand_of(self) -> dict[str, int]:
        return _places(self.demands)

    @functools.cached_property
    def input_of(self) -> dict[tuple[int, int], int]:
        """Return the row of each input by its process and stock."""
        return {(p, s): k for k, (p, s, _) in enumerate(self.inputs)}

    @functools.cached_property
    def index(self) -> NetworkIndex:
        """Return the structure that the compiler reads."""
        return NetworkIndex(
            processes=tuple(self.processes),
            stocks=tuple(self.stocks),
            links=tuple(self.links),
            demands=tuple(self.demands),
            process_facility=self.process_facility,
            process_material=self.process_material,
            process_country=tuple(map(self._country, self.process_facility)),
            stock_facility=self.stock_facility,
            stock_material=self.stock_material,
            stock_country=tuple(map(self._country, self.stock_facility)),
            supplier=_ints(_seller(self.process_of, link.from_, link) for link in self.links.values()),
            stock=_ints(self.stock_of[selection.stock_id(link)] for link in self.links.values()),
            demand_process=_ints(_seller(self.process_of, d.at, d) for d in self.demands.values()),
            in_process=_ints(p for p, _, _ in self.inputs),
            in_stock=_ints(s for _, s, _ in self.inputs),
            selectable=self._selectable(),
            opening=tuple(
                (self.link_of[name], link.regime)
                for name, link in sorted(self.document.links.items())
                if link.regime in ("individual", "embargo")
            ),
            choices=_choices(self),
        )

    def _country(self, facility: str) -> str:
        return "" if facility == OUTSIDE else self.document.facilities[facility].country

    def _selectable(self) -> Selectable:
        """Return what events select from, with the rows of the index; outside sources are not selected."""
        world = selection.selectable(self.document)

        def placed(rows: Rows, row_of: dict[str, int]) -> Rows:
            return replace(rows, place=_ints(row_of[name] for name in rows.ids))

        return replace(
            world,
            links=placed(world.links, self.link_of),
            stocks=placed(world.stocks, self.stock_of),
            processes=placed(world.processes, self.process_of),
            demands=placed(world.demands, self.demand_of),
        )


def make_entries(document: Document) -> Entries:
    """Put the entries of a document in order; its references have been checked.

    Raises
    ------
    CurbsimError
        When its firms stand in tables.
    """
    if document.network is not None:
        raise CurbsimError(
            "the firms of this scenario stand in tables (network:); that takes run, compare, sweep and "
            "roles, everything else needs a world with an entry for each facility"
        )
    outside = tuple(_outside(document))
    makes = sorted((*selection.every_process(document), *_outside_processes(outside)), key=itemgetter(0))
    holds = sorted(selection.every_stock(document))
    process_of, stock_of = _places(map(itemgetter(0), makes)), _places(map(itemgetter(0), holds))
    links = {**document.links, **_outside_links(outside)}
    buyer = {name: stock_of[selection.stock_id(link)] for name, link in links.items()}
    seller = {name: _seller(process_of, demand.at, demand) for name, demand in document.demand.items()}
    served = sorted(seller, key=lambda name: (seller[name], name))
    return Entries(
        document=document,
        processes={name: process for name, _, _, process in makes},
        process_facility=tuple(facility for _, facility, _, _ in makes),
        process_material=tuple(material for _, _, material, _ in makes),
        stocks={name: document.facilities[facility].stocks[material] for name, facility, material in holds},
        stock_facility=tuple(facility for _, facility, _ in holds),
        stock_material=tuple(material for _, _, material in holds),
        links={name: links[name] for name in sorted(links, key=lambda name: (buyer[name], name))},
        demands={name: document.demand[name] for name in served},
        process_of=process_of,
        stock_of=stock_of,
        inputs=tuple(
            (p, stock_of[f"{facility}/{material}"], process.inputs[material])
            for p, (_, facility, _, process) in enumerate(makes)
            for material in sorted(process.inputs)
        ),
    )


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}


def _seller(process_of: dict[str, int], facility: str, sold: Link | Demand) -> int:
    return process_of[f"{facility}/{sold.process or sold.material}"]


OutsidePurchase = tuple[str, Outside, tuple[str, ...]]  # event, its source, stocks that buy there


def _outside(document: Document) -> Iterator[OutsidePurchase]:
    """Yield the emergency purchases from outside sources."""
    for name, event in sorted(document.events.items()):
        if isinstance(event, EmergencyPurchaseEvent) and event.outside is not None:
            yield name, event.outside, selection.select(document, "stocks", event.select)


def _outside_processes(outside: Iterable[OutsidePurchase]) -> Iterator[tuple[str, str, str, Process]]:
    """Yield a process for each outside source, which sells the one material that is bought there."""
    for name, source, stocks in outside:
        material = stocks[0].rpartition("/")[2]
        yield f"{OUTSIDE}/{name}", OUTSIDE, material, Process(capacity=source.capacity)


def _outside_links(outside: Iterable[OutsidePurchase]) -> dict[str, Link]:
    """Return links from outside sources to the stocks that buy there."""
    links = {}
    for name, source, stocks in outside:
        for stock in stocks:
            facility, _, material = stock.rpartition("/")
            links[f"{material}/{OUTSIDE}_{name}-{facility}"] = Link(
                from_=OUTSIDE,
                to=facility,
                material=material,
                process=name,
                share=0.0,
                lead_time=Distribution("fixed", (source.lead_time,)),
                max_share=0.0,
            )
    return links


def _choices(entries: Entries) -> Choices:
    """Collect what entries choose, and what follows from their words."""
    model, links = entries.document.model, entries.links.values()
    first: dict[str, int] = {}
    return Choices(
        by_margin=model.sharing == "margin",
        **process_choices(entries.processes.values(), model),
        block=_ints(first.setdefault(name, p) for p, name in enumerate(entries.process_facility)),
        **_input_choices(entries),
        **demand_choices(entries.demands.values()),
        **link_choices(links),
        average=_flags(entry.forecast[0] != "fixed" for entry in entries.stocks.values()),
        licence_days=_licence_days(entries),
        random_leads=tuple(
            (row, link.lead_time)
            for row, link in enumerate(links)
            if isinstance(link.lead_time, Distribution) and link.lead_time.law != "fixed"
        ),
    )


def process_choices(processes: Collection[Process], model: Switches) -> dict[str, Any]:
    """Return the codes that processes choose; the section model overrides them."""
    families = [model.production or process.production for process in processes]
    laws = [process.overcapacity.law if process.overcapacity else "none" for process in processes]
    return {
        "family": _ints(FAMILIES.index("pbl" if name == "leontief" else name) for name in families),
        "rationing": _ints(RATIONING.index(p.rationing or model.rationing) for p in processes),
        "overcapacity": _ints(map(OVERCAPACITY.index, laws)),
    }


def demand_choices(demands: Collection[Demand]) -> dict[str, Any]:
    """Return what final demands choose."""
    return {
        "backlog": _ints(demand.unmet == "backlog" for demand in demands),
        "demand_priority": _ints(demand.priority for demand in demands),
        "varies": _flags(bool(demand.noise or demand.season) for demand in demands),
    }


def link_choices(links: Collection[Link]) -> dict[str, Any]:
    """Return what links choose."""
    return {
        "priority": _ints(link.priority for link in links),
        "last_stage": floats(
            max((stage.max_share for stage in link.stages.values()), default=0.0) for link in links
        ),
    }


def _input_choices(entries: Entries) -> dict[str, Any]:
    model, processes = entries.document.model, tuple(entries.processes.values())
    materials = [entries.stock_material[s] for _, s, _ in entries.inputs]
    last = {material: p for p, material in enumerate(entries.process_material)}
    strict = [(model.production or process.production) == "leontief" for process in processes]
    return {
        "strict": _flags(strict[p] for p, _, _ in entries.inputs),
        "explicit": _flags("criticality" in entry.model_fields_set for _, _, entry in entries.inputs),
        "price": price_numbers([entries.document.materials[material] for material in materials]),
        "maker": _ints(last.get(material, -1) for material in materials),
    }


def _licence_days(entries: Entries) -> Floats:
    """Return expected licence time for stocks that ask to hold it (`cover_licence`)."""
    regime = entries.document.regimes.get("individual")
    days = np.zeros(len(entries.stocks))
    for s, stock in enumerate(entries.stocks.values()):
        if stock.cover_licence and regime is not None:
            material = entries.stock_material[s]
            review = regime.review.get(material, regime.review.get("other"))
            dispatch = regime.dispatch.get(material, regime.dispatch.get("other", 0.0))
            days[s] = (distributions.mean(review) if review else 0.0) + dispatch
            if regime.releases(material):
                days[s] = _released_days(regime, material) + dispatch
    return days


def _released_days(regime: Regime, material: str) -> float:
    """Return the mean days of a file of a material that is released."""
    release = regime.release
    if release is None:
        return 0.0
    papers, sent = release.papers.get(material, release.papers.get("other")), release.returns
    standing = distributions.mean(papers) if papers else 0.0
    if sent is not None:
        standing += distributions.mean(sent.rounds) * distributions.mean(sent.time)
    standard = release.standard.get(material, release.standard.get("other", 0.0))
    return standing + standard * math.exp(0.5 * release.spread**2)


def _ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def floats(values: Iterable[float]) -> Floats:
    """Return numbers as an array."""
    return np.fromiter(values, dtype=np.float64)


def price_numbers(materials: Iterable[Material | None]) -> Floats:
    """Return base prices of materials, nan when unknown."""
    return floats(math.nan if m is None or m.price is None else m.price.value for m in materials)


def _flags(values: Iterable[bool]) -> Bools:
    return np.fromiter(values, dtype=np.bool_)
