"""The things of the model as plain objects, filled from a compiled network."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.network.arrays import FAMILIES, FORECASTS, OVERCAPACITY, RATIONING, Network
from sim.scenario.schema import document as sections
from sim.scenario.schema.field_types import Change

if TYPE_CHECKING:
    from tests.oracle.licences import Spell
    from tests.oracle.regimes import Hold, Pool

SLACK = 1e-9  # relative, of thresholds; keeps rounding from deciding anything
DUST = 1e-6  # relative; orders below it teach nothing about a supplier
PROBE = 0.01  # least trust in a supplier
ROUNDING = 1e-12  # relative, of what is left of an order


@dataclass(eq=False)
class Lot:
    """A receipt with a shelf life: the day it is booked for and what is left of it."""

    day: int
    left: float


@dataclass(eq=False)
class Stock:
    """What one facility holds of one input material."""

    id: str
    facility: str
    material: str
    base_need: float
    cover: float
    adjust: float
    forecast: str
    weight: float
    lead_days: float
    level: float
    life: int
    switching: float
    inflation: float
    amount: float
    need: float = 0.0
    order: float = 0.0
    transit: float = 0.0
    reserve: float = 0.0
    wanted_use: float = 0.0
    use: float = 0.0
    expired: float = 0.0  # since the start
    base_cover: float = 0.0
    targets: list[tuple[str, float | Change]] = field(default_factory=list)  # event, cover aimed at
    thrifts: list[tuple[str, float, float]] = field(default_factory=list)  # event, saving, days of cover
    lots: list[Lot] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)


@dataclass(eq=False)
class Input:
    """One input of a process."""

    stock: Stock
    amount: float
    critical: float
    weight: float


@dataclass(eq=False)
class Process:
    """One product made at one facility."""

    id: str
    facility: str
    material: str
    family: str
    elasticity: float
    psi: float
    base_starts: float
    capacity: float
    cycle: int
    yield_: float
    finished_target: float
    finished_adjust: float
    storage: float
    steady: float
    over_law: str
    over_max: float
    over_time: float
    rationing: str
    finished: float
    inputs: list[Input] = field(default_factory=list)
    out: list[Link] = field(default_factory=list)
    demands: list[Demand] = field(default_factory=list)
    factors: dict[str, float] = field(default_factory=dict)
    line: dict[int, float] = field(default_factory=dict)  # starts by day of completion
    alpha: float = 1.0
    in_line: float = 0.0  # G_p, good units in process on the baseline
    output: float = 0.0
    starts: float = 0.0
    asked: float = 0.0  # D_p
    wanted: float = 0.0  # w_p

    def factor(self) -> float:
        """Return the product of the capacity factors of active events."""
        return math.prod(self.factors[name] for name in sorted(self.factors))


@dataclass(eq=False)
class Want:
    """An emergency purchase: what is still to ship, and what has."""

    open: float
    came: float = 0.0


@dataclass(eq=False)
class Link:
    """A supplier's process that may ship to a stock."""

    id: str
    supplier: Process
    stock: Stock
    share: float
    lead: int
    chances: list[float] | None  # cumulative probability of each lead time, None when it is certain
    age: int
    priority: int
    base_flow: float
    ration_base: float
    max_share: float
    available: float = 1.0
    credits: dict[str, float] = field(default_factory=dict)  # what each curb in force still allows
    drawn: float = 0.0  # since licences began
    pools: list[Pool] = field(default_factory=list)
    spell: Spell | None = None
    holds: list[Hold] = field(default_factory=list)
    reviews: int = 0
    extra: float = 0.0
    wants: dict[str, Want] = field(default_factory=dict)  # emergency purchases by event, in order of start
    ordered: float = 0.0
    extra_ordered: float = 0.0
    shipped: float = 0.0

    @property
    def controlled(self) -> bool:
        """Whether anything bounds what the link ships."""
        return bool(self.credits)

    @property
    def credit(self) -> float:
        """The most that all curbs in force still allow."""
        return min(self.credits.values(), default=math.inf)


@dataclass(eq=False)
class Demand:
    """Final demand at a process."""

    id: str
    process: Process
    rate: float
    waits: bool
    priority: int
    entry: sections.Demand
    factors: dict[str, float] = field(default_factory=dict)
    final: float = 0.0
    backlog: float = 0.0
    served: float = 0.0
    unmet: float = 0.0

    def factor(self) -> float:
        """Return the product of the factors of active events."""
        return math.prod(self.factors[name] for name in sorted(self.factors))


@dataclass(eq=False)
class World:
    """All things by id, and the switches that hold for all of them."""

    document: sections.Document
    processes: dict[str, Process]
    stocks: dict[str, Stock]
    links: dict[str, Link]
    demands: dict[str, Demand]
    rank: list[str]  # processes in the order in which they take a short stock
    exponent: float
    memory: float
    by_margin: bool
    most_inflation: float

    def country(self, facility: str) -> str:
        """Return the country of a facility, nothing for outside sources."""
        entry = self.document.facilities.get(facility)
        return entry.country if entry else ""


def make_world(document: sections.Document, network: Network) -> World:
    """Fill plain objects from the arrays of a network."""
    stocks = _stocks(network)
    processes = _processes(network, stocks)
    exponent, memory, by_margin, most = (float(value) for value in network.arrays.options)
    return World(
        document=document,
        processes={process.id: process for process in processes},
        stocks={stock.id: stock for stock in stocks},
        links={link.id: link for link in _links(network, processes, stocks)},
        demands={demand.id: demand for demand in _demands(document, network, processes)},
        rank=[network.processes[int(p)] for p in network.arrays.rank],
        exponent=exponent,
        memory=memory,
        by_margin=bool(by_margin),
        most_inflation=most,
    )


def _stocks(network: Network) -> list[Stock]:
    a = network.arrays
    return [
        Stock(
            id=name,
            facility=network.stock_facility[s],
            material=network.stock_material[s],
            base_need=float(a.need[s]),
            cover=float(network.cover[s]),
            base_cover=float(network.cover[s]),
            adjust=float(a.adjust[s]),
            forecast=FORECASTS[int(a.forecast[s])],
            weight=float(a.forecast_weight[s]),
            lead_days=float(a.lead_days[s]),
            level=float(a.level[s]),
            life=int(a.life[s]),
            switching=float(a.switching[s]),
            inflation=float(a.inflation[s]),
            amount=float(network.initial_stock[s]),
        )
        for s, name in enumerate(network.stocks)
    ]


def _processes(network: Network, stocks: list[Stock]) -> list[Process]:
    a = network.arrays
    processes = []
    for p, name in enumerate(network.processes):
        process = Process(
            id=name,
            facility=network.process_facility[p],
            material=network.process_material[p],
            family=FAMILIES[int(a.family[p])],
            elasticity=float(a.elasticity[p]),
            psi=float(a.psi[p]),
            base_starts=float(a.base_starts[p]),
            capacity=float(a.capacity[p]),
            cycle=int(a.cycle[p]),
            yield_=float(a.yield_[p]),
            finished_target=float(a.finished_target[p]),
            finished_adjust=float(a.finished_adjust[p]),
            storage=float(a.storage[p]),
            steady=float(a.steady[p]),
            over_law=OVERCAPACITY[int(a.over_law[p])],
            over_max=float(a.over_max[p]),
            over_time=float(a.over_time[p]),
            rationing=RATIONING[int(a.rationing[p])],
            finished=float(network.initial_finished[p]),
        )
        for k in range(int(a.in_ptr[p]), int(a.in_ptr[p + 1])):
            amount, critical, weight = a.in_amount[k], a.in_critical[k], a.in_weight[k]
            stock = stocks[int(a.in_stock[k])]
            process.inputs.append(Input(stock, float(amount), float(critical), float(weight)))
        processes.append(process)
    return processes


def _links(network: Network, processes: list[Process], stocks: list[Stock]) -> list[Link]:
    a = network.arrays
    links = []
    for l, name in enumerate(network.links):  # noqa: E741  index of links throughout the project
        law = int(a.lead_law[l])
        link = Link(
            id=name,
            supplier=processes[int(a.supplier[l])],
            stock=stocks[int(a.stock[l])],
            share=float(a.share[l]),
            lead=int(a.lead[l]),
            chances=None if law < 0 else [float(chance) for chance in a.lead_cdf[law]],
            age=int(a.age[l]),
            priority=int(a.priority[l]),
            base_flow=float(a.base_flow[l]),
            ration_base=float(a.ration_base[l]),
            max_share=float(network.max_share[l]),
        )
        link.supplier.out.append(link)
        link.stock.links.append(link)
        links.append(link)
    return links


def _demands(document: sections.Document, network: Network, processes: list[Process]) -> list[Demand]:
    a = network.arrays
    demands = []
    for p, process in enumerate(processes):
        for d in range(int(a.demand_ptr[p]), int(a.demand_ptr[p + 1])):
            name = network.demands[d]
            waits, priority = bool(a.demand_backlog[d]), int(a.demand_priority[d])
            entry = document.demand[name]
            demand = Demand(name, process, float(a.demand_rate[d]), waits, priority, entry)
            process.demands.append(demand)
            demands.append(demand)
    return demands
