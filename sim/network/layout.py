"""The structure of a world: ids in order and who is connected to whom, as index arrays."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np

from sim.errors import CurbsimError
from sim.network.arrays import Ints
from sim.scenario.events import EmergencyPurchaseEvent
from sim.scenario.fields import Distribution
from sim.scenario.schema import Document, Input, Link, Process, Stock

OUTSIDE = "outside"
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Layout:
    """Entries of a document in the order of the compiled arrays.

    Attributes
    ----------
    processes, stocks, links, demands : tuple of str
        Ids; links are sorted by (stock, id), everything else by id.
    process_of, stock_of, link_of : dict
        Index of each id.
    inputs : tuple of (process index, stock index, Input)
        Sorted by (process, stock).
    """

    document: Document
    processes: tuple[str, ...]
    stocks: tuple[str, ...]
    links: tuple[str, ...]
    demands: tuple[str, ...]
    process_entry: tuple[Process, ...]
    process_facility: tuple[str, ...]
    process_material: tuple[str, ...]
    stock_entry: tuple[Stock, ...]
    stock_facility: tuple[str, ...]
    stock_material: tuple[str, ...]
    link_entry: tuple[Link, ...]
    inputs: tuple[tuple[int, int, Input], ...]
    process_of: dict[str, int]
    stock_of: dict[str, int]
    link_of: dict[str, int]
    demand_of: dict[str, int]
    supplier: Ints
    stock: Ints
    demand_process: Ints
    in_ptr: Ints
    in_stock: Ints
    out_ptr: Ints
    out_link: Ints
    link_ptr: Ints
    demand_ptr: Ints
    memory: dict[tuple[object, ...], object] = field(default_factory=dict, repr=False)


def once(function: Callable[Concatenate[Layout, P], T]) -> Callable[Concatenate[Layout, P], T]:
    """Let a layout remember what a function of it alone returns: every draw asks for the same."""

    @functools.wraps(function)
    def remembered(layout: Layout, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (f"{function.__module__}.{function.__qualname__}", *args)
        if key not in layout.memory:
            layout.memory[key] = function(layout, *args, **kwargs)
        return cast("T", layout.memory[key])

    return cast("Callable[Concatenate[Layout, P], T]", remembered)


def make_layout(document: Document) -> Layout:
    """Put the entries of a document in order and resolve who is connected to whom."""
    if document.network is not None:
        raise CurbsimError(
            "the firms of this scenario stand in tables (network:); that takes run, compare and sweep, "
            "everything else needs a world with an entry for each facility"
        )
    makes = _processes(document)
    processes = tuple(sorted(makes))
    process_of = _places(processes)
    stocks, stock_parts = _stocks(document)
    stock_of = _places(stocks)
    link_parts = _link_parts(document, process_of, stock_of)
    demand_parts = _demand_parts(document, process_of)
    inputs = tuple(
        (p, stock_of[f"{makes[name][0]}/{material}"], makes[name][2].inputs[material])
        for p, name in enumerate(processes)
        for material in sorted(makes[name][2].inputs)
    )
    return Layout(
        document=document,
        processes=processes,
        process_entry=tuple(makes[name][2] for name in processes),
        process_facility=tuple(makes[name][0] for name in processes),
        process_material=tuple(makes[name][1] for name in processes),
        process_of=process_of,
        stocks=stocks,
        stock_of=stock_of,
        inputs=inputs,
        in_ptr=_pointers(_ints(p for p, _, _ in inputs), len(processes)),
        in_stock=_ints(s for _, s, _ in inputs),
        **stock_parts,
        **link_parts,
        **demand_parts,
    )


def _places(names: tuple[str, ...]) -> dict[str, int]:
    return {name: index for index, name in enumerate(names)}


def _stocks(document: Document) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the ids of stocks in order, and what a layout says of them."""
    holds = {
        f"{name}/{material}": (name, material, stock)
        for name, facility in document.facilities.items()
        for material, stock in facility.stocks.items()
    }
    stocks = tuple(sorted(holds))
    columns = ("stock_facility", "stock_material", "stock_entry")
    return stocks, {c: tuple(holds[name][i] for name in stocks) for i, c in enumerate(columns)}


def _link_parts(document: Document, process_of: dict[str, int], stock_of: dict[str, int]) -> dict[str, Any]:
    """Return what a layout says of links, sorted by (stock, id)."""
    entries = _links(document)
    at = {name: stock_of[f"{link.to}/{link.material}"] for name, link in entries.items()}
    links = tuple(sorted(entries, key=lambda name: (at[name], name)))
    ordered = tuple(entries[name] for name in links)
    supplier = _ints(process_of[f"{e.from_}/{e.process or e.material}"] for e in ordered)
    stock = _ints(at[name] for name in links)
    return {
        "links": links,
        "link_entry": ordered,
        "link_of": _places(links),
        "supplier": supplier,
        "stock": stock,
        "out_ptr": _pointers(supplier, len(process_of)),
        "out_link": np.argsort(supplier, kind="stable").astype(np.int64),
        "link_ptr": _pointers(stock, len(stock_of)),
    }


def _demand_parts(document: Document, process_of: dict[str, int]) -> dict[str, Any]:
    """Return what a layout says of final demand, sorted by (process, id)."""
    at = {name: process_of[f"{d.at}/{d.process or d.material}"] for name, d in document.demand.items()}
    demands = tuple(sorted(at, key=lambda name: (at[name], name)))
    process = _ints(at[name] for name in demands)
    return {
        "demands": demands,
        "demand_of": _places(demands),
        "demand_process": process,
        "demand_ptr": _pointers(process, len(process_of)),
    }


def _processes(document: Document) -> dict[str, tuple[str, str, Process]]:
    """Collect processes, with one for each outside source of an emergency purchase."""
    found = {
        f"{name}/{key}": (name, process.material or key, process)
        for name, facility in document.facilities.items()
        for key, process in facility.makes.items()
    }
    for name, event, material in _outside(document):
        if event.outside is not None:
            found[f"{OUTSIDE}/{name}"] = (OUTSIDE, material, Process(capacity=event.outside.capacity))
    return found


def _links(document: Document) -> dict[str, Link]:
    """Collect links, with those from outside sources to the stocks that buy there."""
    from sim.scenario import select

    found = dict(document.links)
    for name, event, material in _outside(document):
        for stock in select.stocks(document, event.select):
            facility = stock.rpartition("/")[0]
            found[f"{material}/{OUTSIDE}_{name}-{facility}"] = Link(
                from_=OUTSIDE,
                to=facility,
                material=material,
                process=name,
                share=0.0,
                lead_time=Distribution("fixed", (event.outside.lead_time if event.outside else 0.0,)),
                max_share=0.0,
            )
    return found


def _outside(document: Document) -> list[tuple[str, EmergencyPurchaseEvent, str]]:
    """List the emergency purchases from outside sources with the one material they buy."""
    from sim.scenario import select

    return [
        (name, event, select.stocks(document, event.select)[0].rpartition("/")[2])
        for name, event in sorted(document.events.items())
        if isinstance(event, EmergencyPurchaseEvent) and event.outside is not None
    ]


def _ints(values: object) -> Ints:
    return np.fromiter(values, dtype=np.int64)  # type: ignore[call-overload,no-any-return]


def _pointers(rows: Ints, number: int) -> Ints:
    """Return where the block of each row begins, for entries grouped by row."""
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=number)))).astype(np.int64)
