"""The compiled network: frozen arrays that the engine reads and never writes.

Indices: `p` processes, `s` stocks, `l` links, `k` inputs, `d` demands, all sorted by id, so that the order
of rows in a file cannot matter; links are sorted by (stock, id) and inputs by (process, stock).
Amounts are in the unit of the material, time in days, capacity and `in_amount` per start.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim.questions import ask
from sim.scenario.selection import Selectable
from sim.types import Floats, Ints

FAMILIES = ("pbl", "linear", "ces", "ario")  # leontief is pbl with every criticality 1
RATIONING = ("proportional", "priority", "relative", "uniform")
FORECASTS = ("fixed", "average", "ario")  # yesterday is average over one day
OVERCAPACITY = ("none", "scarcity", "exponential")


class Arrays(NamedTuple):
    """What the day step reads. See the section "Symbols" of MODEL.md for every name."""

    in_ptr: Ints  # [p+1] inputs of process p are in_ptr[p]:in_ptr[p+1]
    in_stock: Ints  # [k] stock that the input is taken from
    in_amount: Floats  # [k] a_k, amount per start
    in_critical: Floats  # [k] omega_k, 0-1
    in_weight: Floats  # [k] v_k, share of input cost; sums to 1 per process
    family: Ints  # [p] index into FAMILIES
    elasticity: Floats  # [p] theta of ces
    psi: Floats  # [p] of ario
    base_starts: Floats  # [p] starts a day on the baseline
    capacity: Floats  # [p] starts a day at factor 1
    cycle: Ints  # [p] whole days from start to completion
    yield_: Floats  # [p] good units per start
    finished_target: Floats  # [p] finished stock aimed at, good units, without work in process
    finished_adjust: Floats  # [p] days over which the gap of finished stock is closed
    storage: Floats  # [p] finished stock that there is room for, good units, inf without a limit
    steady: Floats  # [p] starts a day that go on while there is room
    over_law: Ints  # [p] index into OVERCAPACITY
    over_max: Floats  # [p]
    over_time: Floats  # [p] days
    rationing: Ints  # [p] index into RATIONING
    rank: Ints  # [p] order in which processes of one facility take a short stock (sharing: margin)
    out_ptr: Ints  # [p+1] links leaving process p are out_link[out_ptr[p]:out_ptr[p+1]]
    out_link: Ints  # [l]
    demand_ptr: Ints  # [p+1] demands at process p are demand_ptr[p]:demand_ptr[p+1]
    demand_rate: Floats  # [d] per day
    demand_backlog: Ints  # [d] 1 when unmet demand waits
    demand_priority: Ints  # [d] lower is served first
    demand_profile: Ints  # [d] row of the profile matrix of a run, -1 when demand is constant
    link_ptr: Ints  # [s+1] links into stock s are link_ptr[s]:link_ptr[s+1]
    need: Floats  # [s] expected use a day on the baseline
    adjust: Floats  # [s] days over which the gap is closed
    forecast: Ints  # [s] index into FORECASTS
    forecast_weight: Floats  # [s] weight of the last day in the average
    lead_days: Floats  # [s] sum of share x mean lead time (plus licence days when asked for)
    level: Floats  # [s] absolute order-up-to level, nan when the cover rules
    life: Ints  # [s] shelf life in whole days, 0 when goods keep
    life_ptr: Ints  # [s+1] places in the ring of receipts
    switching: Floats  # [s] sigma_s, 0-1
    inflation: Floats  # [s] gamma_s, 0-1
    supplier: Ints  # [l] process
    stock: Ints  # [l] stock
    share: Floats  # [l] baseline share of the need of its stock
    lead: Ints  # [l] whole days; used when lead_law is -1
    lead_law: Ints  # [l] row of lead_cdf, -1 when the lead time is certain
    lead_cdf: Floats  # [row, horizon] probability that the lead time is at most that many days
    age: Ints  # [l] age of goods on arrival, whole days
    priority: Ints  # [l] lower is served first
    base_flow: Floats  # [l] flow a day on the baseline
    ration_base: Floats  # [l] reference of the rule `relative`
    options: Floats  # [availability exponent, memory in days, sharing by margin 0/1, most inflation]


def day_options(exponent: float, memory: float, by_margin: bool, most_inflation: float) -> Floats:
    """Return the options of the day step as `Arrays.options` has them."""
    return np.array([exponent, max(1.0, memory), by_margin, max(1.0, most_inflation)], dtype=np.float64)


@dataclass(frozen=True, eq=False, kw_only=True)
class RowNames:
    """What the rows of a network are called, and what events select from them.

    Attributes
    ----------
    processes, stocks, links, demands : sequence of str
        Ids; a process is `facility/key`, a stock `facility/material`. Links are sorted by (stock, id),
        demands by (process, id), everything else by id.
    process_country, stock_country : sequence of str
        "" for an outside source.
    selectable : Selectable
        What events select from.
    opening : tuple of (link, regime)
        Links that begin under a regime, in the order of their ids.
    """

    processes: Sequence[str]
    stocks: Sequence[str]
    links: Sequence[str]
    demands: Sequence[str]
    process_facility: Sequence[str]
    process_material: Sequence[str]
    process_country: Sequence[str]
    stock_facility: Sequence[str]
    stock_material: Sequence[str]
    stock_country: Sequence[str]
    selectable: Selectable
    opening: tuple[tuple[int, str], ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Network(RowNames):
    """A compiled world: arrays with the names of their rows.

    Attributes
    ----------
    arrays : Arrays
        What the day step reads.
    initial_stock, initial_finished : arrays over s, p
        Amounts at the start.
    cover : array over s
        Cover aimed at, days.
    max_share : array over l
        Share of need that the link may carry; inf when unbounded, 0 when not qualified.
    horizon : int
        Length of the ring of goods in transit: the longest lead time plus one day.
    """

    arrays: Arrays
    initial_stock: Floats
    initial_finished: Floats
    cover: Floats
    max_share: Floats
    horizon: int

    def to_networkx(self) -> Any:
        """Return facilities and links as a `networkx.MultiDiGraph`; `Scenario.to_networkx` says more."""
        return ask("Network.to_networkx", self)

    def routes(self) -> list[tuple[str, str, str]]:
        """Return material, origin and destination of every link."""
        return [
            (self.stock_material[stock], self.process_country[supplier], self.stock_country[stock])
            for supplier, stock in zip(self.arrays.supplier.tolist(), self.arrays.stock.tolist(), strict=True)
        ]

    def uses(self) -> tuple[tuple[int, ...], ...]:
        """Return the rows of the stocks that each process draws on."""
        pointer, stock = self.arrays.in_ptr.tolist(), self.arrays.in_stock.tolist()
        return tuple(tuple(stock[a:b]) for a, b in itertools.pairwise(pointer))

    def origin(self, link: int) -> str:
        """Return the country that a link comes from."""
        return self.process_country[int(self.arrays.supplier[link])]

    def destination(self, link: int) -> str:
        """Return the country that a link goes to."""
        return self.stock_country[int(self.arrays.stock[link])]
