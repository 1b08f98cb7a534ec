"""Daily records of one replication."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.network.arrays import Network
from sim.types import Floats, Ints


class Records(NamedTuple):
    """Daily records; a matrix without rows is not kept.

    Attributes
    ----------
    starts, output, finished : [day, process]
        Starts, good units completed, finished stock at the end of the day.
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
    limiting: Ints
    stock: Floats
    order: Floats
    expired: Floats
    shipped: Floats
    credit: Floats
    served: Floats
    unmet: Floats


def make_records(network: Network, days: int, *, full: bool = True) -> Records:
    """Make empty records; `full=False` leaves out what only tests and audits read."""
    p, s, l, d = (len(x) for x in (network.processes, network.stocks, network.links, network.demands))
    rest = days if full else 0
    return Records(
        starts=np.zeros((days, p)),
        output=np.zeros((days, p)),
        finished=np.zeros((rest, p)),
        limiting=np.zeros((days, p), dtype=np.int64),
        stock=np.zeros((days, s)),
        order=np.zeros((rest, s)),
        expired=np.zeros((rest, s)),
        shipped=np.zeros((days, l)),
        credit=np.zeros((rest, l)),
        served=np.zeros((days, d)),
        unmet=np.zeros((days, d)),
    )
