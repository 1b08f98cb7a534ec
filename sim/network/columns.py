"""A world of tables: firms and links as columns, in the order of the compiled arrays.

Each firm is one facility with one process. Its stocks are the materials that its suppliers make.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.network.arrays import Floats, Ints
from sim.network.ids import Ids


@dataclass(frozen=True, eq=False)
class Columns:
    """Firms sorted by process id, stocks by id, links by (stock, id); codes point into sorted names.

    Attributes
    ----------
    firms : DataFrame [p]
        As read, sorted.
    names : array of str [p]
        Ids of firms.
    materials, countries : array of str
        Sorted names.
    material, country : codes [p]
    stock_firm, stock_material : codes [s]
    supplier, stock : process and stock of each link
    demand_firm : process of each final demand
    share, per_unit, lead, criticality : arrays
        By link, by input (= stock), by link, by input.
    """

    firms: pd.DataFrame
    names: np.ndarray
    materials: np.ndarray
    countries: np.ndarray
    material: Ints
    country: Ints
    stock_firm: Ints
    stock_material: Ints
    supplier: Ints
    stock: Ints
    demand_firm: Ints
    share: Floats
    per_unit: Floats
    lead: Floats
    criticality: Floats

    @functools.cached_property
    def owner(self) -> np.ndarray:
        """Return who owns each firm of the table: itself, unless a column says otherwise."""
        return np.asarray(self.firms.get("firm", self.names), dtype=object)

    @functools.cached_property
    def processes(self) -> Ids:
        rows = np.arange(len(self.names))
        return Ids([(self.names, rows), (self.materials, self.material)], ["/"])

    @functools.cached_property
    def stocks(self) -> Ids:
        return Ids([(self.names, self.stock_firm), (self.materials, self.stock_material)], ["/"])

    @functools.cached_property
    def links(self) -> Ids:
        buyer = self.stock_firm[self.stock]
        parts = [(self.materials, self.material[self.supplier]), (self.names, self.supplier)]
        return Ids([*parts, (self.names, buyer)], ["/", "-"])

    @functools.cached_property
    def demands(self) -> Ids:
        rows = self.demand_firm
        return Ids([(self.materials, self.material[rows]), (self.names, rows)], ["/"])


def make_columns(edges: pd.DataFrame, firms: pd.DataFrame) -> Columns:
    """Sort checked tables into columns; what amounts say becomes shares and needs per unit."""
    firms = firms.iloc[np.argsort((firms["id"] + "/").to_numpy(dtype=object), kind="stable")]
    firms = firms.reset_index(drop=True)
    names = firms["id"].to_numpy(dtype=object)
    places = pd.Index(names)
    supplier, buyer = places.get_indexer(edges["supplier"]), places.get_indexer(edges["buyer"])
    materials, material = np.unique(firms["material"].to_numpy(dtype=object), return_inverse=True)
    countries, country = np.unique(firms["country"].to_numpy(dtype=object), return_inverse=True)
    key = buyer * len(materials) + material[supplier]
    kept, stock = np.unique(key, return_inverse=True)
    order = _by_stock_and_id(names, supplier, buyer, stock)
    edges, supplier, stock = edges.iloc[order], supplier[order], stock[order]
    stock_firm = kept // len(materials)
    share, per_unit = _shares(edges, firms, supplier, stock, stock_firm)
    first = np.searchsorted(stock, np.arange(len(kept)))
    demand = firms["final_demand_per_day"].to_numpy(dtype=np.float64)
    return Columns(
        firms=firms,
        names=names,
        materials=materials,
        countries=countries,
        material=material.astype(np.int64),
        country=country.astype(np.int64),
        stock_firm=stock_firm,
        stock_material=kept % len(materials),
        supplier=supplier.astype(np.int64),
        stock=stock.astype(np.int64),
        demand_firm=np.flatnonzero(demand > 0.0),
        share=share,
        per_unit=per_unit,
        lead=edges["lead_time_days"].to_numpy(dtype=np.float64),
        criticality=edges["criticality"].to_numpy(dtype=np.float64)[first],
    )


def _by_stock_and_id(names: np.ndarray, supplier: Ints, buyer: Ints, stock: Ints) -> Ints:
    """Order links by (stock, id): into one stock ids differ by `supplier-buyer`."""
    dashed = names + "-"
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.argsort(dashed, kind="stable")] = np.arange(len(names))
    if not any("-" in name for name in names):
        return np.argsort(stock * len(names) + rank[supplier], kind="stable")
    # A name may go on where another one ends: then the whole id decides.
    ids = dashed[supplier] + names[buyer]
    rows = pd.DataFrame({"stock": stock, "id": ids}).sort_values(["stock", "id"], kind="stable")
    return rows.index.to_numpy(dtype=np.int64)


def _shares(
    edges: pd.DataFrame, firms: pd.DataFrame, supplier: Ints, stock: Ints, stock_firm: Ints
) -> tuple[Floats, Floats]:
    """Return the share of each link in its stock, and what a unit of the buyer takes of each stock."""
    number, inputs = len(stock_firm), np.bincount(stock_firm, minlength=len(firms))
    if "amount_per_day" in edges:
        amount = edges["amount_per_day"].to_numpy(dtype=np.float64)
        sold = np.bincount(supplier, weights=amount, minlength=len(firms))
        made = sold + firms["final_demand_per_day"].to_numpy(dtype=np.float64)
        need = np.bincount(stock, weights=amount, minlength=number)
        made_by = made[stock_firm]
        return _part(amount, need[stock]), _part(need, made_by)
    if "share" in edges:
        share = edges["share"].to_numpy(dtype=np.float64)
    else:
        share = 1.0 / np.bincount(stock, minlength=number)[stock]
    sums = np.bincount(stock, weights=share, minlength=number)
    if not np.all(np.abs(sums - 1.0) < 1e-12):
        share = _part(share, sums[stock])
    if "per_unit" not in edges:
        return share, 1.0 / inputs[stock_firm]
    first = np.searchsorted(stock, np.arange(number))
    return share, edges["per_unit"].to_numpy(dtype=np.float64)[first]


def _part(amount: NDArray[Any], total: NDArray[Any]) -> Floats:
    """Return what part of a total an amount is; 0 of nothing."""
    return np.asarray(np.where(total > 0.0, amount / np.where(total > 0.0, total, 1.0), 0.0))
