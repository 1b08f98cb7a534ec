"""State of one replication: matrices for the day step, with named views for everybody else."""

from __future__ import annotations

import copy
import functools
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.partitions import PART, make_parts
from sim.network.arrays import Arrays, Network
from sim.network.large.firm_tables import JoinedIds
from sim.types import Floats, Ints

#: Names of the rows of the matrices, in the order in which the day step takes them.
ROWS = {
    "processes": rows.PROCESSES,
    "process_ints": rows.PROCESS_INTS,
    "inputs": rows.INPUTS,
    "input_ints": rows.INPUT_INTS,
    "stocks": rows.STOCKS,
    "stock_ints": rows.STOCK_INTS,
    "links": rows.LINKS,
    "link_ints": rows.LINK_INTS,
    "demands": rows.DEMANDS,
    "demand_ints": rows.DEMAND_INTS,
    "pools": rows.POOLS,
    "pool_ints": rows.POOL_INTS,
}


class State:
    """What changes from day to day, set up as the eve of day 0 on the baseline.

    Every name is a row of one of the matrices `processes`, `stocks`, `links`, `demands`, `pools`
    (floats) or their `_ints`; writing to a view writes to the matrix. Symbols as in MODEL.md section 2.

    Parameters
    ----------
    network : Network
        Where constants and opening values come from.
    pools : int
        How many quota pools events may make.
    """

    processes: Floats
    process_ints: Ints
    inputs: Floats
    input_ints: Ints
    stocks: Floats
    stock_ints: Ints
    links: Floats
    link_ints: Ints
    demands: Floats
    demand_ints: Ints
    pools: Floats
    pool_ints: Ints
    ring: Floats
    line: Floats
    receipts: Floats
    options: Floats
    flags: Ints
    # rows that events, records and tests use
    stock: Floats
    transit: Floats
    order: Floats
    need: Floats
    cover: Floats
    reserve: Floats
    thrift_below: Floats
    thrift_saving: Floats
    used: Floats
    expired: Floats
    matured: Floats
    late: Floats
    arm_cover: Floats
    in_process: Floats
    finished: Floats
    factor: Floats
    alpha: Floats
    output: Floats
    starts: Floats
    demand: Floats
    available: Floats
    credit: Floats
    drawn: Floats
    max_share: Floats
    extra: Floats
    arm_credit: Floats
    ordered: Floats
    shipped: Floats
    controlled: Ints
    pools_of: Ints
    backlog: Floats
    demand_factor: Floats
    served: Floats
    pool_credit: Floats
    pool_rule: Ints

    def __init__(self, network: Network, pools: int = 0) -> None:
        a = network.arrays
        self.lead_cdf = a.lead_cdf
        self.parts = make_parts(a, PART)
        self._shapes = _shapes(network, pools)
        self._lay(np.zeros(sum(math.prod(shape) for shape in self._shapes.values()), dtype=np.int64))
        for matrix, names in ROWS.items():
            for row, name in enumerate(names):
                if name in _CONSTANTS:
                    getattr(self, matrix)[row] = getattr(a, name)
        self.options[:] = a.options[0], 1.0 / a.options[1], a.options[2], a.options[3]
        self._point(a)
        self._open(network, pools)

    def copy(self) -> State:
        """Return a state that is the same and goes its own way."""
        other = copy.copy(self)
        other._lay(self.words.copy())
        return other

    def _lay(self, words: Ints) -> None:
        """Cut a block of memory into matrices: what is one block is compared and copied at once."""
        self.words, first = words, 0
        for name, shape in self._shapes.items():
            last = first + math.prod(shape)
            whole = name.endswith("_ints") or name == "flags"
            block = words[first:last] if whole else words[first:last].view(np.float64)
            setattr(self, name, block.reshape(shape))
            first = last
        rest = (self.ring, self.line, self.receipts, self.lead_cdf, self.options, self.flags)
        self.matrices = (*(getattr(self, name) for name in ROWS), *rest)
        for view, (matrix, row) in VIEWS.items():
            setattr(self, view, getattr(self, matrix)[row])

    def _point(self, a: Arrays) -> None:
        """Write where the block of each row begins and ends."""
        for first, pointers in (
            (rows.IN_FIRST, a.in_ptr),
            (rows.OUT_FIRST, a.out_ptr),
            (rows.DEMAND_FIRST, a.demand_ptr),
        ):
            self.process_ints[first], self.process_ints[first + 1] = pointers[:-1], pointers[1:]
        self.stock_ints[rows.LINK_FIRST] = a.link_ptr[:-1]
        self.stock_ints[rows.LINK_LAST] = a.link_ptr[1:]
        self.stock_ints[rows.LIFE_FIRST] = a.life_ptr[:-1]
        self.stocks[rows.BASE_NEED] = a.need
        self.link_ints[rows.BUYER] = a.stock

    def _open(self, network: Network, pools: int) -> None:
        """Set opening values; whatever is not named here begins at 0."""
        a = network.arrays
        self.stock[:], self.finished[:] = network.initial_stock, network.initial_finished
        self.cover[:], self.max_share[:] = network.cover, network.max_share
        self.order[:], self.need[:] = a.need, a.need
        self.in_process[:] = a.cycle * a.base_starts
        self.output[:] = a.base_starts * a.yield_
        self.processes[rows.PIPELINE] = a.cycle * a.base_starts * a.yield_
        self.factor[:], self.alpha[:], self.available[:], self.demand_factor[:] = 1.0, 1.0, 1.0, 1.0
        self.links[rows.TRUST] = 1.0
        self.arm_credit[:], self.arm_cover[:] = -np.inf, -np.inf
        if pools:  # nothing else takes links by name
            self.link_ints[rows.TURN] = _by_name(network.links)
        self.transit[:] = _in_transit(network, self.ring)
        np.multiply(a.base_starts, a.cycle > np.arange(len(self.line) - 1)[:, None], out=self.line[:-1])
        _opening_ages(network, self.receipts, self.late)


#: Where the rows stand that a state has names for.
VIEWS = {
    name: (matrix, row)
    for matrix, names in ROWS.items()
    for row, name in enumerate(names)
    if name in State.__annotations__
}


def _shapes(network: Network, pools: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of every matrix of a state."""
    a = network.arrays
    p, s, l, d = (len(x) for x in (network.processes, network.stocks, network.links, network.demands))
    columns = (p, p, *[len(a.in_stock)] * 2, s, s, l, l, d, d, *[max(1, pools)] * 2)
    return {
        **{name: (len(names), n) for (name, names), n in zip(ROWS.items(), columns, strict=True)},
        "ring": (network.horizon, l),
        "line": (int(a.cycle.max(initial=0)) + 1, p),
        "receipts": (int(a.life_ptr[-1]),),
        "options": (4,),
        "flags": (4,),
    }


@functools.lru_cache(maxsize=8)
def _by_name(names: Sequence[str]) -> Ints:
    if isinstance(names, JoinedIds):
        return names.order()
    return np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)


_CONSTANTS = frozenset(Arrays._fields) - {"need", "stock", "supplier"}


def _in_transit(network: Network, ring: Floats) -> Floats:
    """Fill the ring with the shipments of the days before 0: flow x P(lead time > day of arrival).

    Returns what is on its way to each stock.
    """
    a = network.arrays
    days = np.arange(network.horizon - 1)
    np.multiply(a.base_flow, a.lead > days[:, None], out=ring[:-1])
    random = np.flatnonzero(a.lead_law >= 0)
    table = a.lead_cdf[a.lead_law[random]][:, np.minimum(days, a.lead_cdf.shape[1] - 1)]
    ring[:-1, random] = a.base_flow[random] * (1.0 - table.T)
    transit = np.bincount(a.stock, weights=ring.sum(axis=0), minlength=len(network.stocks))
    return np.asarray(transit, dtype=np.float64)


def _opening_ages(network: Network, receipts: Floats, late: Floats) -> None:
    """Book opening stock on the days before the start as the baseline would have left it, newest first."""
    a = network.arrays
    direct = np.where((a.lead_law < 0) & (a.lead == 0), a.share, 0.0)
    direct = np.where(a.lead_law >= 0, a.share * a.lead_cdf[np.maximum(a.lead_law, 0), 0], direct)
    same_day = np.bincount(a.stock, weights=direct, minlength=len(network.stocks))
    for s in np.flatnonzero(a.life):
        left = network.initial_stock[s]
        late[s] = min(left, same_day[s] * a.need[s])
        left -= late[s]
        if a.need[s] == 0.0:  # nothing uses an idle stock: all of it is of yesterday
            receipts[a.life_ptr[s] + (-1) % a.life[s]] = left
            continue
        chain = np.full(a.life[s], a.need[s])
        chain[0] = left
        unbooked = np.maximum(np.subtract.accumulate(chain), 0.0)  # after the bookings of each day
        first, last = a.life_ptr[s], a.life_ptr[s + 1]
        receipts[first + 1 : last] = np.minimum(unbooked[:-1], a.need[s])[::-1]
        receipts[first] = unbooked[-1]  # too old: expires on day 0


class Records(NamedTuple):
    """Daily records; a matrix without rows is not kept.

    Attributes
    ----------
    starts, output, finished : [day, process]
        Starts, good units completed, finished stock at the end of the day.
    capacity : [day, process]
        The most that could be started: as drawn, as events and overcapacity have changed it by that day.
    limiting : [day, process]
        Stock that bound starts; -1 demand, -2 capacity.
    stock, order, expired : [day, stock]
        At the end of the day; orders act the next day; expired since the start.
    shipped, credit : [day, link]
        Shipments of the day; credit left, nan where the link is not controlled.
    served, unmet : [day, demand]
        Final demand served and not served (a backlog counts on each day it waits).
    """

    starts: Floats
    output: Floats
    finished: Floats
    capacity: Floats
    limiting: Ints
    stock: Floats
    order: Floats
    expired: Floats
    shipped: Floats
    credit: Floats
    served: Floats
    unmet: Floats


def make_records(network: Network, days: int, *, full: bool = True, capacity: bool = False) -> Records:
    """Make empty records; `full=False` leaves out what only tests and audits read, `capacity` apart."""
    p, s, l, d = (len(x) for x in (network.processes, network.stocks, network.links, network.demands))
    rest = days if full else 0
    return Records(
        starts=np.zeros((days, p)),
        output=np.zeros((days, p)),
        finished=np.zeros((rest, p)),
        capacity=np.zeros((days if full or capacity else 0, p)),
        limiting=np.zeros((days, p), dtype=np.int64),
        stock=np.zeros((days, s)),
        order=np.zeros((rest, s)),
        expired=np.zeros((rest, s)),
        shipped=np.zeros((days, l)),
        credit=np.zeros((rest, l)),
        served=np.zeros((days, d)),
        unmet=np.zeros((days, d)),
    )
