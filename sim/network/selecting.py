"""Selections of events on a world of tables: the rules of `sim.scenario.select`, on whole columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.network.arrays import Ints
from sim.network.columns import Columns
from sim.network.ids import Ids
from sim.scenario.events import Exception_, Place, Selection
from sim.scenario.paths import is_pattern, matcher
from sim.scenario.schema import Document

Mask = NDArray[np.bool_]


def select(document: Document, columns: Columns, what: str, selection: Selection) -> Ints:
    """Return the selected rows of links, stocks, processes or demands, in the order of their ids."""
    fits, ids = {
        "links": (_links, columns.links),
        "stocks": (_stocks, columns.stocks),
        "processes": (_processes, columns.processes),
        "demands": (_demands, columns.demands),
    }[what]
    mask = fits(document, columns, selection)
    if selection.except_ is not None:
        mask &= ~fits(document, columns, selection.except_)
    if what == "demands" and selection.demand is not None:
        mask &= _named_ids(ids, selection.demand)
    return ids.order(np.flatnonzero(mask))


def _named(values: np.ndarray, words: Sequence[str]) -> Mask:
    """Tell which values are among words, in which wildcards are allowed."""
    found = np.isin(values.astype(str), [w for w in words if not is_pattern(w)])
    for word in filter(is_pattern, words):
        fits = matcher(word)
        found |= np.fromiter((fits(value) for value in values), dtype=bool, count=len(values))
    return found


def _named_ids(ids: Ids, words: Sequence[str]) -> Mask:
    return _named(np.array(ids[:], dtype=object), words)


def _at(columns: Columns, place: Place | Exception_ | None) -> Mask:
    """Tell which firms meet the country, firm and facility of a condition."""
    found = np.ones(len(columns.names), dtype=bool)
    if place is None:
        return found
    if place.facility is not None:
        found &= _named(columns.names, place.facility)
    if place.country is not None:
        found &= _named(columns.countries, place.country)[columns.country]
    if place.firm is not None:
        found &= _named(columns.owner, place.firm)
    return found


def _material(document: Document, columns: Columns, selection: Exception_) -> Mask:
    """Tell which materials meet a condition."""
    found = np.ones(len(columns.materials), dtype=bool)
    if selection.material is not None:
        found &= _named(columns.materials, selection.material)
    if selection.group is not None:
        groups = [getattr(document.materials.get(name), "group", "") for name in columns.materials]
        found &= _named(np.array(groups, dtype=object), selection.group)
    return found


def _links(document: Document, columns: Columns, selection: Exception_) -> Mask:
    buyer = columns.stock_firm[columns.stock]
    found = _material(document, columns, selection)[columns.stock_material[columns.stock]]
    found &= _at(columns, selection)[buyer] & _at(columns, selection.to)[buyer]
    found &= _at(columns, selection.from_)[columns.supplier]
    return found if selection.link is None else found & _named_ids(columns.links, selection.link)


def _stocks(document: Document, columns: Columns, selection: Exception_) -> Mask:
    found = _material(document, columns, selection)[columns.stock_material]
    found &= _at(columns, selection)[columns.stock_firm] & _at(columns, selection.to)[columns.stock_firm]
    if selection.from_ is None and selection.link is None:
        return found
    fed = np.zeros(len(found), dtype=bool)
    fed[columns.stock[_links(document, columns, selection)]] = True
    return found & fed


def _processes(document: Document, columns: Columns, selection: Exception_) -> Mask:
    found = _material(document, columns, selection)[columns.material]
    found &= _at(columns, selection) & _at(columns, selection.from_)
    if selection.to is None and selection.link is None:
        return found
    ships = _at(columns, selection.to)[columns.stock_firm[columns.stock]]
    if selection.link is not None:
        ships &= _named_ids(columns.links, selection.link)
    sending = np.zeros(len(found), dtype=bool)
    sending[columns.supplier[ships]] = True
    return found & sending


def _demands(document: Document, columns: Columns, selection: Exception_) -> Mask:
    firms = columns.demand_firm
    found = _material(document, columns, selection)[columns.material[firms]]
    at = _at(columns, selection) & _at(columns, selection.from_) & _at(columns, selection.to)
    return np.asarray(found & at[firms])
