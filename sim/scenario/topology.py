"""Who is connected with whom in a document: processes, stocks and the ends of links."""

from __future__ import annotations

from collections.abc import Iterator

from sim.scenario.schema import Document, Facility, Input, Link, Process, Stock


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


def processes(document: Document) -> Iterator[tuple[str, str, str, Process]]:
    """Yield (id, facility, material, process) of every process."""
    for name, facility in document.facilities.items():
        for key, process in facility.makes.items():
            yield f"{name}/{key}", name, made(key, process), process


def stocks(document: Document) -> Iterator[tuple[str, str, str, Stock]]:
    """Yield (id, facility, material, stock) of every stock."""
    for name, facility in document.facilities.items():
        for material, stock in facility.stocks.items():
            yield f"{name}/{material}", name, material, stock


def inputs(document: Document) -> Iterator[tuple[str, str, str, Input]]:
    """Yield (facility, process key, material, input) of every input."""
    for name, facility in document.facilities.items():
        for key, process in facility.makes.items():
            for material, entry in process.inputs.items():
                yield name, key, material, entry


def links_by_stock(document: Document) -> dict[str, list[str]]:
    """Return the ids of the links into each stock, sorted."""
    found: dict[str, list[str]] = {}
    for name in sorted(document.links):
        found.setdefault(stock_id(document.links[name]), []).append(name)
    return found
