"""Records of a large run by group: what firms of one country and material make, hold and ship each day.

A matrix of days by firms does not fit in memory; sums over groups do. They are taken each evening, one kind
of row after another, so that no sum depends on the number of cores.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.state import Records, State, make_records
from sim.jit import cached_njit
from sim.network.arrays import Network
from sim.network.large.country_groups import Groups
from sim.types import Floats, Ints

#: Kinds of rows are added up beside one another, on several cores.
beside = functools.partial(cached_njit, nogil=True)


@beside
def add_up(values: Floats, group: Ints, sums: Floats) -> None:
    """Add each value to the sum of its group."""
    for i in range(len(values)):
        sums[group[i]] += values[i]


@beside
def add_losses(
    base: Floats, starts: Floats, limit: Ints, group: Ints, kind: Ints, lost: Floats, bound: Ints
) -> None:
    """Add starts below the baseline by what bound them; set what bound the largest loss of each group.

    `kind` gives the column of `lost` for each stock, and from its end those of capacity and demand.
    """
    top = np.zeros(len(bound))
    bound[:] = -1
    for p in range(len(base)):
        gap = base[p] - starts[p]
        if gap > 0.0:
            g = group[p]
            lost[g, kind[limit[p]]] += gap
            if gap > top[g]:
                top[g] = gap
                bound[g] = limit[p]


class Tally:
    """Adds up the days of one large run.

    Attributes
    ----------
    records : Records
        By group, as a run of the network of groups would leave them.
    lost : array [group, material + 2]
        Starts lost by what bound them: each material, then demand, then capacity.
    """

    def __init__(self, groups: Groups, network: Network, days: int, materials: tuple[str, ...]) -> None:
        self.groups, self.base = groups, network.arrays.base_starts
        self.records: Records = make_records(groups.network, days, full=False, capacity=True)
        self.lost = np.zeros((len(groups.network.processes), len(materials) + 2))
        place = {name: i for i, name in enumerate(materials)}
        materials_of = np.array([place[m] for m in groups.network.stock_material], dtype=np.int64)
        self._kind = np.concatenate((materials_of[groups.stock], [len(materials) + 1, len(materials)]))
        self._bound = np.zeros(len(self.lost), dtype=np.int64)

    def __call__(self, state: State, day: int, spread: Callable[..., Any] = map) -> None:
        """Add up the evening of `day`, one kind of row beside another."""
        groups, records = self.groups, self.records
        final, served = state.demands[rows.FINAL], state.served
        jobs = [
            lambda: add_up(state.shipped, groups.link, records.shipped[day]),
            lambda: add_up(state.stock, groups.stock, records.stock[day]),
            lambda: self._losses(state, day),
            lambda: add_up(state.starts, groups.process, records.starts[day]),
            lambda: add_up(state.output, groups.process, records.output[day]),
            lambda: add_up(state.processes[rows.CEILING], groups.process, records.capacity[day]),
            lambda: add_up(served, groups.demand, records.served[day]),
            lambda: add_up(np.maximum(0.0, final - served), groups.demand, records.unmet[day]),
        ]
        list(spread(lambda job: job(), jobs))

    def _losses(self, state: State, day: int) -> None:
        limit, group = state.process_ints[rows.LIMIT], self.groups.process
        add_losses(self.base, state.starts, limit, group, self._kind, self.lost, self._bound)
        bound = self._bound
        self.records.limiting[day] = np.where(bound >= 0, self.groups.stock[np.maximum(bound, 0)], bound)


def steady(groups: Groups, network: Network, days: int) -> Records:
    """Return the records of a run in which nothing happens: every day is the baseline."""
    a, coarse = network.arrays, groups.network
    records = make_records(coarse, 1, full=False, capacity=True)
    records.limiting[:] = -1
    for values, group, row in (
        (a.base_starts, groups.process, records.starts[0]),
        (a.base_starts * a.yield_, groups.process, records.output[0]),
        (a.capacity, groups.process, records.capacity[0]),
        (network.initial_stock, groups.stock, records.stock[0]),
        (a.base_flow, groups.link, records.shipped[0]),
        (a.demand_rate, groups.demand, records.served[0]),
    ):
        add_up(values, group, row)
    return Records._make(np.repeat(matrix, days, axis=0) for matrix in records)
