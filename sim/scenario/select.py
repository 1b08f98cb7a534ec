"""Which links, stocks, processes and demands a selection of an event stands for."""

from __future__ import annotations

import functools

from sim.scenario import topology
from sim.scenario.events import Exception_, Place, Selection
from sim.scenario.paths import is_pattern, matcher
from sim.scenario.schema import Document, Link


def links(document: Document, selection: Selection) -> tuple[str, ...]:
    """Return the ids of the selected links, sorted.

    `country`, `firm` and `facility` mean the buyer's; `from` and `to` the supplier's and the buyer's.
    """
    return tuple(
        name
        for name, link in sorted(document.links.items())
        if _link_fits(document, name, link, selection)
        and not (selection.except_ and _link_fits(document, name, link, selection.except_))
    )


def stocks(document: Document, selection: Selection) -> tuple[str, ...]:
    """Return the ids `facility/material` of the selected stocks, sorted.

    `to` means the facility of the stock; `from` and `link` the stocks that such links feed.
    """
    fed = _fed(document, selection)
    spared = _fed(document, selection.except_) if selection.except_ else None
    return tuple(
        sorted(
            name
            for name, facility, material, _ in topology.stocks(document)
            if _stock_fits(document, facility, material, selection, fed)
            and not (
                selection.except_ and _stock_fits(document, facility, material, selection.except_, spared)
            )
        )
    )


def processes(document: Document, selection: Selection) -> tuple[str, ...]:
    """Return the ids `facility/key` of the selected processes, sorted.

    `from` means the facility of the process; `to` and `link` the processes that such links come from.
    """
    chosen = _sending(document, selection)
    spared = _sending(document, selection.except_) if selection.except_ else None
    return tuple(
        sorted(
            name
            for name, facility, material, _ in topology.processes(document)
            if _process_fits(document, name, facility, material, selection, chosen)
            and not (
                selection.except_
                and _process_fits(document, name, facility, material, selection.except_, spared)
            )
        )
    )


def demands(document: Document, selection: Selection) -> tuple[str, ...]:
    """Return the ids of the selected demands, sorted; places mean the facility that serves them."""
    return tuple(
        name
        for name, demand in sorted(document.demand.items())
        if (selection.demand is None or _named(selection.demand, name))
        and _demand_fits(document, demand.at, demand.material, selection)
        and not (selection.except_ and _demand_fits(document, demand.at, demand.material, selection.except_))
    )


def select(document: Document, what: str, selection: Selection) -> tuple[str, ...]:
    """Return the selected ids of links, stocks, processes or demands."""
    return {"links": links, "stocks": stocks, "processes": processes, "demands": demands}[what](
        document, selection
    )


def _named(names: tuple[str, ...], value: str) -> bool:
    if value in names:
        return True
    patterns = _patterns(names)
    return bool(patterns) and any(matcher(pattern)(value) for pattern in patterns)


@functools.lru_cache(maxsize=4096)
def _patterns(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if is_pattern(name))


def _at(document: Document, facility: str, place: Place | Exception_) -> bool:
    """Tell whether a facility meets the country, firm and facility of a condition."""
    if place.facility is not None and not _named(place.facility, facility):
        return False
    if place.country is None and place.firm is None:
        return True
    found = document.facilities.get(facility)
    if found is None:
        return False
    return (place.country is None or _named(place.country, found.country)) and (
        place.firm is None or _named(place.firm, found.firm)
    )


def _is_material(document: Document, material: str, selection: Exception_) -> bool:
    if selection.material is not None and not _named(selection.material, material):
        return False
    if selection.group is None:
        return True
    found = document.materials.get(material)
    return found is not None and _named(selection.group, found.group)


def _link_fits(document: Document, name: str, link: Link, selection: Exception_) -> bool:
    return (
        (selection.link is None or _named(selection.link, name))
        and _is_material(document, link.material, selection)
        and _at(document, link.to, selection)
        and (selection.from_ is None or _at(document, link.from_, selection.from_))
        and (selection.to is None or _at(document, link.to, selection.to))
    )


def _fed(document: Document, selection: Exception_) -> set[str] | None:
    """Return the stocks fed by links that meet `from` and `link`; None when neither is asked for."""
    if selection.from_ is None and selection.link is None:
        return None
    return {
        topology.stock_id(link)
        for name, link in document.links.items()
        if _link_fits(document, name, link, selection)
    }


def _stock_fits(
    document: Document, facility: str, material: str, selection: Exception_, fed: set[str] | None
) -> bool:
    return (
        (fed is None or f"{facility}/{material}" in fed)
        and _is_material(document, material, selection)
        and _at(document, facility, selection)
        and (selection.to is None or _at(document, facility, selection.to))
    )


def _sending(document: Document, selection: Exception_) -> set[str] | None:
    """Return the processes that links meeting `to` and `link` come from; None when neither is asked for."""
    if selection.to is None and selection.link is None:
        return None
    return {
        topology.supplier_process(document, link) or ""
        for name, link in document.links.items()
        if (selection.link is None or _named(selection.link, name))
        and (selection.to is None or _at(document, link.to, selection.to))
    }


def _process_fits(
    document: Document,
    name: str,
    facility: str,
    material: str,
    selection: Exception_,
    chosen: set[str] | None,
) -> bool:
    return (
        (chosen is None or name in chosen)
        and _is_material(document, material, selection)
        and _at(document, facility, selection)
        and (selection.from_ is None or _at(document, facility, selection.from_))
    )


def _demand_fits(document: Document, at: str, material: str, selection: Exception_) -> bool:
    return (
        _is_material(document, material, selection)
        and _at(document, at, selection)
        and (selection.from_ is None or _at(document, at, selection.from_))
        and (selection.to is None or _at(document, at, selection.to))
    )
