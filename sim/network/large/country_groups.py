"""Groups of a large network: firms of one country and material as one process, links as routes.

Large runs are recorded and reported in these groups. The coarse network is only looked at, never run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sim.network.arrays import Arrays, Network
from sim.network.index import pointers, total
from sim.scenario.schema.document import Demand, Document, Facility, Firm, Link, Material, Process, Stock
from sim.scenario.selection import Selectable
from sim.types import Floats, Ints

HELD = Stock.model_validate({"cover": "30 days"})  # some cover has to stand there


@dataclass(frozen=True, eq=False)
class Groups:
    """Which group each row of a network belongs to, and the network of groups.

    Attributes
    ----------
    process, stock, link, demand : array of int
        Group of each row.
    network : Network
        A process `country/material`, a stock `country/material`, a link `material/origin-destination`.
    """

    process: Ints
    stock: Ints
    link: Ints
    demand: Ints
    network: Network


def make_groups(network: Network) -> Groups:
    """Group the rows of a world of tables by country and material."""
    world, arrays = network.selectable, network.arrays
    wide = len(world.materials)
    country = world.country[world.processes.facility]
    processes, process = _unique(country * wide + world.processes.material)
    stocks, stock = _unique(world.country[world.stocks.facility] * wide + world.stocks.material)
    routes, link = _unique(stock[arrays.stock] * len(world.countries) + country[arrays.supplier])
    demands, demand = _unique(process[_demand_process(network)])
    maker, made = _country_and_material(world, processes)
    holder, held = _country_and_material(world, stocks)
    ends = zip((routes // len(world.countries)).tolist(), routes % len(world.countries), strict=True)
    coarse = replace(
        network,
        arrays=_arrays(network, process, stock, link, demand),
        processes=_joined(maker, made),
        stocks=_joined(holder, held),
        links=tuple(f"{held[s]}/{world.countries[origin]}-{holder[s]}" for s, origin in ends),
        demands=tuple(f"{made[p]}/{maker[p]}" for p in demands.tolist()),
        process_facility=maker,
        process_material=made,
        process_country=maker,
        stock_facility=holder,
        stock_material=held,
        stock_country=holder,
        initial_stock=total(network.initial_stock, stock),
        initial_finished=total(network.initial_finished, process),
        cover=_mean(network.cover, arrays.need, stock),
        max_share=np.full(len(routes), np.inf),
    )
    return Groups(process, stock, link, demand, coarse)


def coarse_document(
    document: Document,
    processes: Sequence[str],
    stocks: Sequence[str],
    routes: Iterable[tuple[str, str, str]],
    demands: Sequence[str],
) -> Document:
    """Return the document of a network of groups, in which each country is one facility of itself.

    Parameters
    ----------
    processes, stocks : sequence of str
        `country/material`.
    routes : iterable of (material, origin, destination)
    demands : sequence of str
        `material/country`.
    """
    facilities: dict[str, Facility] = {}
    for names, kind in ((processes, "makes"), (stocks, "stocks")):
        for name in names:
            country, material = name.split("/")
            facility = facilities.setdefault(country, Facility(firm=country, country=country))
            getattr(facility, kind)[material] = Process() if kind == "makes" else HELD
    links = {
        f"{material}/{origin}-{destination}": Link(from_=origin, to=destination, material=material, share=1.0)
        for material, origin, destination in routes
    }
    made = {name.split("/")[1]: Material(unit="unit") for name in (*processes, *stocks)}
    sold = {name: name.split("/") for name in demands}
    update = {
        "network": None,
        "demand": {
            name: Demand.model_validate({"material": material, "at": country, "rate": "1 unit/day"})
            for name, (material, country) in sold.items()
        },
        "materials": {**made, **document.materials},
        "facilities": dict(sorted(facilities.items())),
        "firms": {country: Firm(country=country) for country in facilities},
        "links": links,
    }
    return document.model_copy(update=update)


def _mean(values: Floats, weights: Floats, group: Ints) -> Floats:
    below = total(weights, group)
    return np.asarray(total(values * weights, group) / np.where(below > 0.0, below, 1.0))


def _unique(keys: Ints) -> tuple[Ints, Ints]:
    unique, group = np.unique(keys, return_inverse=True)
    return unique, group.astype(np.int64)


def _country_and_material(world: Selectable, keys: Ints) -> tuple[tuple[str, ...], tuple[str, ...]]:
    country, material = np.divmod(keys, len(world.materials))
    return tuple(world.countries[country]), tuple(world.materials[material])


def _joined(countries: tuple[str, ...], materials: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map("/".join, zip(countries, materials, strict=True)))


def _arrays(network: Network, process: Ints, stock: Ints, link: Ints, demand: Ints) -> Arrays:
    """Add up what adds up; of everything else, groups have what their first row has."""
    arrays = network.arrays
    groups = {"p": _first(process), "s": _first(stock), "l": _first(link), "d": _first(demand)}
    starts, need = total(arrays.base_starts, process), total(arrays.need, stock)
    user = np.repeat(np.arange(len(process)), np.diff(arrays.in_ptr))
    pairs, pair = _unique(process[user] * len(need) + stock[arrays.in_stock])
    used = total(arrays.in_amount * arrays.base_starts[user], pair)
    flow, stock_of = total(arrays.base_flow, link), stock[arrays.stock[groups["l"]]]
    supplier = process[arrays.supplier[groups["l"]]]
    served = process[_demand_process(network)[groups["d"]]]
    picked = {
        name: getattr(arrays, name)[groups[kind]]
        for kind, names in FIRST_ROWS.items()
        for name in names.split()
    }
    made, fed = pairs // len(need), need[stock_of]
    return arrays._replace(
        **picked,
        in_ptr=pointers(made, len(starts)),
        in_stock=pairs % len(need),
        in_amount=used / np.where(starts[made] > 0.0, starts[made], 1.0),
        in_critical=arrays.in_critical[_first(pair)],
        in_weight=arrays.in_weight[_first(pair)],
        base_starts=starts,
        capacity=total(arrays.capacity, process),
        finished_target=total(arrays.finished_target, process),
        rank=np.arange(len(starts)),
        out_ptr=pointers(supplier, len(starts)),
        out_link=np.argsort(supplier, kind="stable"),
        demand_ptr=np.searchsorted(served, np.arange(len(starts) + 1)),
        demand_rate=total(arrays.demand_rate, demand),
        link_ptr=pointers(stock_of, len(need)),
        need=need,
        life_ptr=np.zeros(len(need) + 1, dtype=np.int64),
        supplier=supplier,
        stock=stock_of,
        share=flow / np.where(fed > 0.0, fed, 1.0),
        base_flow=flow,
        ration_base=flow,
    )


FIRST_ROWS = {
    "p": "family elasticity psi cycle yield_ finished_adjust storage steady "
    "over_law over_max over_time rationing",
    "s": "adjust forecast forecast_weight lead_days level life switching inflation",
    "l": "lead lead_law age priority",
    "d": "demand_backlog demand_priority demand_profile",
}


def _demand_process(network: Network) -> Ints:
    return np.repeat(np.arange(len(network.processes)), np.diff(network.arrays.demand_ptr))


def _first(group: Ints) -> Ints:
    """Return the first row of each group."""
    return np.unique(group, return_index=True)[1].astype(np.int64)
