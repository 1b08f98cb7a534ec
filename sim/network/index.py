"""The structure of a world: ids in order, who is connected to whom, and what no draw changes.

Worlds with entries (`sim.network.entries`) and worlds in tables (`sim.network.large.firm_tables`) both
become this.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from sim.network.arrays import RowNames
from sim.scenario.schema.field_types import Distribution
from sim.types import Bools, Floats, Ints

OUTSIDE = "outside"


@dataclass(frozen=True, eq=False)
class Choices:
    """What a file chooses for rows, the same in every draw; codes as in `Arrays`."""

    by_margin: bool  # whether the processes of a facility take a short stock in the order of their margins
    family: Ints  # [p]
    rationing: Ints  # [p]
    overcapacity: Ints  # [p]
    block: Ints  # [p] the same number for all processes of a facility
    strict: Bools  # [k] whether the process is leontief
    explicit: Bools  # [k] whether the criticality is written out
    price: Floats  # [k] of the material, nan when unknown
    maker: Ints  # [k] the last process that makes the material, -1 where there is none
    average: Bools  # [s] whether the forecast is an average
    licence_days: Floats  # [s] expected licence time that the order-up-to level covers
    backlog: Ints  # [d]
    demand_priority: Ints  # [d]
    varies: Bools  # [d] whether demand has noise or a season
    priority: Ints  # [l]
    last_stage: Floats  # [l] the largest share that stages of qualification lead to
    random_leads: tuple[tuple[int, Distribution], ...]  # links whose lead times are random


@dataclass(frozen=True, eq=False, kw_only=True)
class NetworkIndex(RowNames):
    """Rows of a world in the order of the compiled arrays.

    Attributes
    ----------
    supplier, stock : array [l]
        Process and stock of each link.
    demand_process : array [d]
    in_process, in_stock : array [k]
        Process and stock of each input, sorted.
    """

    supplier: Ints
    stock: Ints
    demand_process: Ints
    in_process: Ints
    in_stock: Ints
    choices: Choices

    @functools.cached_property
    def in_ptr(self) -> Ints:
        return pointers(self.in_process, len(self.processes))

    @functools.cached_property
    def out_ptr(self) -> Ints:
        return pointers(self.supplier, len(self.processes))

    @functools.cached_property
    def out_link(self) -> Ints:
        return np.argsort(self.supplier, kind="stable").astype(np.int64)

    @functools.cached_property
    def link_ptr(self) -> Ints:
        return pointers(self.stock, len(self.stocks))

    @functools.cached_property
    def demand_ptr(self) -> Ints:
        return pointers(self.demand_process, len(self.processes))


def total(values: Floats, rows: Ints, number: int = 0) -> Floats:
    """Return the sum of values by row, of `number` rows or of those that there are.

    The smallest come first, so that rows with the same values have the same sum to the last bit.
    """
    if len(values) > 2:
        order = np.argsort(values)
        values, rows = values[order], rows[order]
    return np.asarray(np.bincount(rows, weights=values, minlength=number), dtype=np.float64)


def pointers(rows: Ints, number: int) -> Ints:
    """Return where the block of each row begins, for entries grouped by row."""
    return np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=number)))).astype(np.int64)
