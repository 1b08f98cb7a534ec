"""Firms and links of a world in tables as columns, with ids that are joined when they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from sim.errors import CurbsimError
from sim.network import entries, parameters
from sim.network.arrays import Network
from sim.network.compile import derive
from sim.network.index import Choices, NetworkIndex
from sim.scenario.schema.document import Demand, Document, Link, Material, Process, Stock
from sim.scenario.selection import Rows, Selectable
from sim.types import Floats, Ints

IdPart = tuple[Any, Ints]  # an array of texts, and which of them each row takes


class JoinedIds(Sequence[str]):
    """Ids such as `maker/acid` or `acid/maker-user`, each joined from texts that many rows share.

    Parameters
    ----------
    parts : sequence of (texts, codes)
        What is joined: row i takes `texts[codes[i]]` of each.
    joints : sequence of str
        What stands between them, one less than parts.

    Examples
    --------
    >>> ids = JoinedIds([(["x", "y"], np.array([1, 0])), (["acid"], np.array([0, 0]))], ["/"])
    >>> ids[0], len(ids), ids.order().tolist()
    ('y/acid', 2, [1, 0])
    """

    def __init__(self, parts: Sequence[IdPart], joints: Sequence[str] = ()) -> None:
        self.parts = tuple((np.asarray(texts, dtype=object), codes) for texts, codes in parts)
        self.joints = tuple(joints)

    def __len__(self) -> int:
        return len(self.parts[0][1])

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        texts = [texts[codes[index]] for texts, codes in self.parts]
        return str(texts[0]) + "".join(j + t for j, t in zip(self.joints, texts[1:], strict=True))

    def __iter__(self) -> Iterator[str]:
        return iter(self.take(np.arange(len(self))))

    def take(self, rows: Ints) -> list[str]:
        """Return the ids of some rows."""
        return list(self.joined(rows).to_pylist())

    def joined(self, rows: Ints) -> Any:
        """Return the ids of some rows as an Arrow array."""
        words: list[Any] = []
        for (texts, codes), joint in zip(self.parts, (*self.joints, ""), strict=True):
            words += [pa.array(texts, type=pa.string()).take(pa.array(codes[rows])), joint]
        return pc.binary_join_element_wise(*words)  # the last one stands between all others: nothing

    def order(self, rows: Ints | None = None) -> Ints:
        """Return rows in the order of their ids: all, or those given."""
        rows = np.arange(len(self)) if rows is None else rows
        return np.asarray(rows[pc.sort_indices(self.joined(rows)).to_numpy()], dtype=np.int64)


# The defaults of the format, for what no table says.
MATERIAL, PROCESS = Material(unit="unit"), Process()
STOCK = Stock.model_validate({"cover": "30 days"})
LINK = Link(from_="", to="", material="", share=1.0)
DEMAND = Demand.model_validate({"at": "", "material": "", "rate": "1 unit/day"})
# What the day step reads as it is has an array of its own.
OWN_ARRAYS = {"family", "rationing", "overcapacity", "backlog", "demand_priority", "priority", "level"}
OWN_ARRAYS |= {"yield_", "elasticity", "psi", "over_max", "max_share"}


@dataclass(frozen=True, eq=False)
class FirmTables:
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

    def numbers(self, column: str) -> Floats:
        """Return a column of the table of firms [p], nan where it was left out."""
        if column not in self.firms:
            return np.full(len(self.firms), np.nan)
        return self.firms[column].to_numpy(dtype=np.float64)

    @functools.cached_property
    def owner(self) -> np.ndarray:
        """Return who owns each firm of the table: itself, unless a column says otherwise."""
        return np.asarray(self.firms.get("firm", self.names), dtype=object)

    @functools.cached_property
    def processes(self) -> JoinedIds:
        rows = np.arange(len(self.names))
        return JoinedIds([(self.names, rows), (self.materials, self.material)], ["/"])

    @functools.cached_property
    def stocks(self) -> JoinedIds:
        return JoinedIds([(self.names, self.stock_firm), (self.materials, self.stock_material)], ["/"])

    @functools.cached_property
    def links(self) -> JoinedIds:
        """Return `material/supplier-buyer`, and `material/supplier->buyer` where a name has a dash itself."""
        buyer = self.stock_firm[self.stock]
        return JoinedIds(
            [
                (self.materials, self.material[self.supplier]),
                (self.names, self.supplier),
                (JOINTS, joints(self.names, self.supplier, buyer)),
                (self.names, buyer),
            ],
            ["/", "", ""],
        )

    @functools.cached_property
    def demands(self) -> JoinedIds:
        rows = self.demand_firm
        return JoinedIds([(self.materials, self.material[rows]), (self.names, rows)], ["/"])


def make_firm_tables(edges: pd.DataFrame, firms: pd.DataFrame) -> FirmTables:
    """Sort checked tables into columns; what amounts say becomes shares and needs per unit."""
    firms = firms.iloc[np.argsort((firms["id"] + "/").to_numpy(dtype=object), kind="stable")]
    firms = firms.reset_index(drop=True)
    names = firms["id"].to_numpy(dtype=object)
    places = pd.Index(names)
    supplier, buyer = places.get_indexer(edges["supplier"]), places.get_indexer(edges["buyer"])
    materials, material = np.unique(firms["material"].to_numpy(dtype=object), return_inverse=True)
    countries, country = np.unique(firms["country"].to_numpy(dtype=object), return_inverse=True)
    stocks, stock = np.unique(buyer * len(materials) + material[supplier], return_inverse=True)
    stock_firm, stock_material = np.divmod(stocks, len(materials))
    order = _by_stock_and_id(names, supplier, buyer, stock)
    edges, supplier, stock = edges.iloc[order], supplier[order], stock[order]
    share, per_unit = _shares(edges, firms, supplier, stock, stock_firm)
    first = np.searchsorted(stock, np.arange(len(stocks)))
    demand = firms["final_demand_per_day"].to_numpy(dtype=np.float64)
    return FirmTables(
        firms=firms,
        names=names,
        materials=materials,
        countries=countries,
        material=material.astype(np.int64),
        country=country.astype(np.int64),
        stock_firm=stock_firm,
        stock_material=stock_material,
        supplier=supplier.astype(np.int64),
        stock=stock.astype(np.int64),
        demand_firm=np.flatnonzero(demand > 0.0),
        share=share,
        per_unit=per_unit,
        lead=edges["lead_time_days"].to_numpy(dtype=np.float64),
        criticality=edges["criticality"].to_numpy(dtype=np.float64)[first],
    )


JOINTS = ("-", "->")


def joints(names: np.ndarray, supplier: Ints, buyer: Ints) -> Ints:
    """Tell what stands between supplier and buyer, so that `a-b` to `c` does not meet `a` to `b-c`."""
    dashed = np.array(["-" in name for name in names], dtype=np.bool_)
    return (dashed[supplier] | dashed[buyer]).astype(np.int64)


def _by_stock_and_id(names: np.ndarray, supplier: Ints, buyer: Ints, stock: Ints) -> Ints:
    """Order links by (stock, id): into one stock ids differ by what stands before the buyer."""
    joint = joints(names, supplier, buyer)
    if not joint.any():
        rank = np.empty(len(names), dtype=np.int64)
        rank[np.argsort(names + "-", kind="stable")] = np.arange(len(names))
        return np.argsort(stock * len(names) + rank[supplier], kind="stable")
    # A name may go on where another one ends: then the whole id decides.
    ids = names[supplier] + np.array(JOINTS, dtype=object)[joint] + names[buyer]
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


def with_materials(document: Document, tables: FirmTables) -> Document:
    """Return a document that has an entry for every material of its tables."""
    bare = {name: Material(unit="unit") for name in tables.materials.tolist()}
    return document.model_copy(update={"materials": {**bare, **document.materials}})


def compile_tables(document: Document, tables: FirmTables) -> Network:
    """Return the network of a world of tables.

    Raises
    ------
    CurbsimError
        When a loop of firms takes all it makes, so that no output meets final demand.
    """
    network = derive(make_index(document, tables), make_parameters(document, tables))
    _require_capacity(network)
    return network


def _require_capacity(network: Network) -> None:
    """Report capacities of the table that do not cover the baseline."""
    arrays = network.arrays
    short = np.flatnonzero(arrays.capacity < arrays.base_starts * (1.0 - 1e-9)).tolist()
    if short:
        name, most, flow = (
            network.processes[short[0]],
            arrays.capacity[short[0]],
            arrays.base_starts[short[0]],
        )
        others = f", and {len(short) - 1:,} others" if len(short) > 1 else ""
        raise CurbsimError(
            f"the capacity of {name} is {most:.6g} a day, its baseline needs {flow:.6g}{others}; write a "
            "larger capacity_per_day, or leave the cell empty"
        )


def make_index(document: Document, tables: FirmTables) -> NetworkIndex:
    """Return the structure of a world of tables, in which each stock is one input of its firm."""
    firms = np.arange(len(tables.names))
    return NetworkIndex(
        processes=tables.processes,
        stocks=tables.stocks,
        links=tables.links,
        demands=tables.demands,
        process_facility=JoinedIds([(tables.names, firms)]),
        process_material=JoinedIds([(tables.materials, tables.material)]),
        process_country=JoinedIds([(tables.countries, tables.country)]),
        stock_facility=JoinedIds([(tables.names, tables.stock_firm)]),
        stock_material=JoinedIds([(tables.materials, tables.stock_material)]),
        stock_country=JoinedIds([(tables.countries, tables.country[tables.stock_firm])]),
        supplier=tables.supplier,
        stock=tables.stock,
        demand_process=tables.demand_firm,
        in_process=tables.stock_firm,
        in_stock=np.arange(len(tables.stock_firm)),
        selectable=_selectable(document, tables),
        opening=(),
        choices=_choices(document, tables),
    )


def _selectable(document: Document, tables: FirmTables) -> Selectable:
    """Return what events select from."""
    firms, firm, stock = np.arange(len(tables.names)), tables.stock_firm, tables.stock
    served = tables.demand_firm
    return Selectable(
        facilities=tables.names,
        firm=tables.owner,
        countries=tables.countries,
        country=tables.country,
        materials=tables.materials,
        groups=np.array(
            [getattr(document.materials.get(name), "group", "") for name in tables.materials], dtype=object
        ),
        links=Rows(tables.links, firm[stock], tables.stock_material[stock], tables.links.order),
        stocks=Rows(tables.stocks, firm, tables.stock_material, tables.stocks.order),
        processes=Rows(tables.processes, firms, tables.material, tables.processes.order),
        demands=Rows(tables.demands, served, tables.material[served], tables.demands.order),
        supplier=tables.supplier,
        sender=tables.supplier,
        receiver=stock,
    )


def _choices(document: Document, tables: FirmTables) -> Choices:
    """Return what the section model chooses for all firms; the rest are the defaults of the format."""
    model = document.model
    firms, stocks = len(tables.names), len(tables.stock_firm)
    strict = (model.production or PROCESS.production) == "leontief"
    last = np.full(len(tables.materials), -1)
    last[tables.material] = np.arange(firms)
    return Choices(
        by_margin=model.sharing == "margin",
        **_spread(entries.process_choices([PROCESS], model), firms),
        block=np.arange(firms),
        **_spread({"strict": strict, "explicit": True, "average": False, "licence_days": 0.0}, stocks),
        price=_prices(document, tables)[tables.stock_material],
        maker=last[tables.stock_material],
        **_spread(entries.demand_choices([DEMAND]), len(tables.demand_firm)),
        **_spread(entries.link_choices([LINK]), len(tables.supplier)),
        random_leads=(),
    )


def _prices(document: Document, tables: FirmTables) -> Floats:
    """Return the price of each material, nan when unknown."""
    return entries.price_numbers(map(document.materials.get, tables.materials))


def make_parameters(document: Document, tables: FirmTables) -> parameters.Parameters:
    """Return the numbers of a world of tables; what a table cannot say has the default of the format."""
    stocks, demands = len(tables.stock_firm), len(tables.demand_firm)
    defaults = {
        **_spread(parameters.process_numbers([PROCESS], [MATERIAL], document.model), len(tables.names)),
        **_spread(parameters.stock_numbers([STOCK], [MATERIAL]), stocks),
        **_spread(parameters.link_numbers([LINK]), len(tables.share)),
        **_spread(parameters.entry_numbers(Demand, [DEMAND], [MATERIAL]), demands),
    }
    given = {
        "headroom": tables.numbers("headroom"),
        "capacity": tables.numbers("capacity_per_day"),
        "cycle": tables.numbers("cycle_time_days"),
        "finished_cover": tables.numbers("finished_cover_days"),
        "price": _prices(document, tables)[tables.material],
        "amount": tables.per_unit,
        "criticality": tables.criticality,
        "cover": tables.numbers("cover_days")[tables.stock_firm],
        "share": tables.share,
        "lead": tables.lead,
        "rate": tables.numbers("final_demand_per_day")[tables.demand_firm],
        "options": parameters.model_options(document.model),
    }
    return parameters.Parameters(**defaults | given)


def _spread(row: dict[str, Any], number: int) -> dict[str, Any]:
    """Give a number of rows what one row has; what the compiler only reads is held once."""
    return {
        name: np.repeat(array, number) if name in OWN_ARRAYS else np.broadcast_to(array, number)
        for name, array in row.items()
    }
