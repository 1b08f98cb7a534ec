"""Step 9 of the day: copying it into the records that are kept. Compiled."""

from __future__ import annotations

import numpy as np

from sim.engine.parts import D_FIRST, D_LAST, L_FIRST, L_LAST, P_FIRST, P_LAST, S_FIRST, S_LAST, Part
from sim.engine.records import Records
from sim.engine.rows import (
    BACKLOG,
    CONTROLLED,
    CREDIT,
    EXPIRED,
    FINAL,
    FINISHED,
    LIMIT,
    ORDER,
    OUTPUT,
    SERVED,
    SHIPPED,
    STARTS,
    STOCK,
)
from sim.jit import step
from sim.types import Floats, Ints


@step
def keep(kept: Floats | Ints, t: int, matrix: Floats | Ints, row: int, first: int, last: int) -> None:
    """Copy a row of the state into the record of day `t`; numba copies slices more slowly."""
    for i in range(first, last):
        kept[t, i] = matrix[row, i]


@step
def record(
    processes: Floats,
    process_ints: Ints,
    stocks: Floats,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    rec: Records,
    t: int,
    part: Part,
) -> None:
    """Copy the day into the records that are kept."""
    p0, p1, s0, s1 = part[P_FIRST], part[P_LAST], part[S_FIRST], part[S_LAST]
    if t < rec.starts.shape[0]:
        keep(rec.starts, t, processes, STARTS, p0, p1)
        keep(rec.output, t, processes, OUTPUT, p0, p1)
        keep(rec.limiting, t, process_ints, LIMIT, p0, p1)
        keep(rec.stock, t, stocks, STOCK, s0, s1)
        keep(rec.shipped, t, links, SHIPPED, part[L_FIRST], part[L_LAST])
        keep(rec.served, t, demands, SERVED, part[D_FIRST], part[D_LAST])
    if t < rec.finished.shape[0]:
        keep(rec.finished, t, processes, FINISHED, p0, p1)
        keep(rec.order, t, stocks, ORDER, s0, s1)
        keep(rec.expired, t, stocks, EXPIRED, s0, s1)
        for l in range(part[L_FIRST], part[L_LAST]):
            rec.credit[t, l] = links[CREDIT, l] if link_ints[CONTROLLED, l] == 1 else np.nan


@step
def record_unmet(demands: Floats, rec: Records, t: int, part: Part) -> None:
    """Record final demand that is not served, before the backlog moves on."""
    if t < rec.unmet.shape[0]:
        for d in range(part[D_FIRST], part[D_LAST]):
            rec.unmet[t, d] = max(0.0, demands[FINAL, d] + demands[BACKLOG, d] - demands[SERVED, d])
