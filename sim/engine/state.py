"""State of one replication: matrices for the day step, with named views for everybody else."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from sim.engine import rows
from sim.engine.parts import PART, make_parts
from sim.network.arrays import Arrays, Floats, Ints, Network
from sim.network.ids import Ids


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

    def __init__(self, network: Network, pools: int = 0) -> None:
        a = network.arrays
        sizes = [len(x) for x in (network.processes, network.stocks, network.links, network.demands)]
        p, s, l, d = sizes
        self.processes, self.process_ints = _pair(a, rows.PROCESSES, rows.PROCESS_INTS, p)
        self.inputs, self.input_ints = _pair(a, rows.INPUTS, rows.INPUT_INTS, len(a.in_stock))
        self.stocks, self.stock_ints = _pair(a, rows.STOCKS, rows.STOCK_INTS, s)
        self.links, self.link_ints = _pair(a, rows.LINKS, rows.LINK_INTS, l)
        self.demands, self.demand_ints = _pair(a, rows.DEMANDS, rows.DEMAND_INTS, d)
        self.pools = np.zeros((len(rows.POOLS), max(1, pools)))
        self.pool_ints = np.zeros((1, max(1, pools)), dtype=np.int64)
        self.options = np.array([a.options[0], 1.0 / a.options[1], a.options[2], a.options[3]])
        self.lead_cdf = a.lead_cdf
        self.flags = np.zeros(4, dtype=np.int64)
        self.parts = make_parts(a, PART)
        self._point(a)
        self._name()
        self._open(network, pools)

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

    def _name(self) -> None:
        """Give the rows that events, records and tests use their names."""
        stocks, links, processes = self.stocks, self.links, self.processes
        self.stock, self.transit = stocks[rows.STOCK], stocks[rows.TRANSIT]
        self.order, self.need, self.cover = stocks[rows.ORDER], stocks[rows.NEED], stocks[rows.COVER]
        self.reserve = stocks[rows.RESERVE]
        self.thrift_below, self.thrift_saving = stocks[rows.THRIFT_BELOW], stocks[rows.THRIFT_SAVING]
        self.used, self.expired = stocks[rows.USED], stocks[rows.EXPIRED]
        self.matured, self.late = stocks[rows.MATURED], stocks[rows.LATE]
        self.arm_cover = stocks[rows.ARM_COVER]
        self.in_process, self.finished = processes[rows.IN_PROCESS], processes[rows.FINISHED]
        self.factor, self.alpha, self.output = (
            processes[row] for row in (rows.FACTOR, rows.ALPHA, rows.OUTPUT)
        )
        self.starts, self.demand = processes[rows.STARTS], processes[rows.DEMAND]
        self.available, self.credit = links[rows.AVAILABLE], links[rows.CREDIT]
        self.drawn, self.max_share, self.extra = (
            links[row] for row in (rows.DRAWN, rows.MAX_SHARE, rows.EXTRA)
        )
        self.arm_credit, self.ordered, self.shipped = (
            links[row] for row in (rows.ARM_CREDIT, rows.ORDERED, rows.SHIPPED)
        )
        self.controlled, self.pool = self.link_ints[rows.CONTROLLED], self.link_ints[rows.POOL]
        self.backlog, self.demand_factor = self.demands[rows.BACKLOG], self.demands[rows.DEMAND_FACTOR]
        self.served = self.demands[rows.SERVED]
        self.pool_credit, self.pool_rule = self.pools[rows.POOL_CREDIT], self.pool_ints[rows.POOL_RULE]

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
        self.pool[:] = -1
        self.arm_credit[:], self.arm_cover[:] = -np.inf, -np.inf
        if pools:  # nothing else takes links by name
            self.link_ints[rows.TURN] = _by_name(network.links)
        self.ring, self.transit[:] = _in_transit(network)
        self.line = _in_process(a)
        self.receipts = _opening_ages(network, self.late)
        self.matrices = (
            *(self.processes, self.process_ints, self.inputs, self.input_ints, self.stocks),
            *(self.stock_ints, self.links, self.link_ints, self.demands, self.demand_ints),
            *(self.pools, self.pool_ints, self.ring, self.line, self.receipts, self.lead_cdf),
            *(self.options, self.flags),
        )


@functools.lru_cache(maxsize=8)
def _by_name(names: Sequence[str]) -> Ints:
    if isinstance(names, Ids):
        return names.order()
    return np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)


def _pair(a: Arrays, floats: tuple[str, ...], ints: tuple[str, ...], size: int) -> tuple[Floats, Ints]:
    """Make the two matrices of an entity, with the constants of the network in their rows."""
    numbers, codes = np.zeros((len(floats), size)), np.zeros((len(ints), size), dtype=np.int64)
    for matrix, names in ((numbers, floats), (codes, ints)):
        for row, name in enumerate(names):
            if name in _CONSTANTS:
                matrix[row] = getattr(a, name)
    return numbers, codes


_CONSTANTS = frozenset(Arrays._fields) - {"need", "stock", "supplier"}


def _in_transit(network: Network) -> tuple[Floats, Floats]:
    """Fill the ring with the shipments of the days before 0: flow x P(lead time > day of arrival)."""
    a = network.arrays
    ring = np.zeros((network.horizon, len(network.links)))
    days = np.arange(network.horizon - 1)
    np.multiply(a.base_flow, a.lead > days[:, None], out=ring[:-1])
    random = np.flatnonzero(a.lead_law >= 0)
    table = a.lead_cdf[a.lead_law[random]][:, np.minimum(days, a.lead_cdf.shape[1] - 1)]
    ring[:-1, random] = a.base_flow[random] * (1.0 - table.T)
    transit = np.bincount(a.stock, weights=ring.sum(axis=0), minlength=len(network.stocks))
    return ring, np.asarray(transit, dtype=np.float64)


def _in_process(a: Arrays) -> Floats:
    """Fill the line with the starts of the days before 0."""
    line = np.zeros((int(a.cycle.max(initial=0)) + 1, len(a.cycle)))
    days = np.arange(len(line) - 1)
    np.multiply(a.base_starts, a.cycle > days[:, None], out=line[:-1])
    return line


def _opening_ages(network: Network, late: Floats) -> Floats:
    """Book opening stock on the days before the start as the baseline would have left it, newest first."""
    a = network.arrays
    receipts = np.zeros(int(a.life_ptr[-1]))
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
    return receipts
