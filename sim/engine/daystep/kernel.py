"""The compiled days: all passes in order, and what is recorded each evening."""

from __future__ import annotations

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.daystep.orders import (
    apply_pools,
    bound_links,
    crossed,
    draw_pools,
    learn,
    order_by_share,
    order_rest,
    place_orders,
)
from sim.engine.daystep.production import complete, start_production
from sim.engine.daystep.rationing import add_demand, ration, settle_demand
from sim.engine.daystep.shipping import arrive, draw_credit, send
from sim.engine.partitions import (
    D_FIRST,
    D_LAST,
    L_FIRST,
    L_LAST,
    P_FIRST,
    P_LAST,
    S_FIRST,
    S_LAST,
    Partition,
)
from sim.engine.state import Records
from sim.jit import Direct, cached_njit, source_digest, step
from sim.types import Floats, Ints


@step
def copy_row(copy: Floats | Ints, t: int, matrix: Floats | Ints, row: int, first: int, last: int) -> None:
    """Copy a row of the state into the record of day `t`; numba copies slices more slowly."""
    for i in range(first, last):
        copy[t, i] = matrix[row, i]


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
    part: Partition,
) -> None:
    """Copy the day into the records that are kept."""
    p0, p1, s0, s1 = part[P_FIRST], part[P_LAST], part[S_FIRST], part[S_LAST]
    if t < rec.starts.shape[0]:
        copy_row(rec.starts, t, processes, rows.STARTS, p0, p1)
        copy_row(rec.output, t, processes, rows.OUTPUT, p0, p1)
        copy_row(rec.limiting, t, process_ints, rows.LIMIT, p0, p1)
        copy_row(rec.stock, t, stocks, rows.STOCK, s0, s1)
        copy_row(rec.shipped, t, links, rows.SHIPPED, part[L_FIRST], part[L_LAST])
        copy_row(rec.served, t, demands, rows.SERVED, part[D_FIRST], part[D_LAST])
    if t < rec.capacity.shape[0]:
        copy_row(rec.capacity, t, processes, rows.CEILING, p0, p1)
    if t < rec.finished.shape[0]:
        copy_row(rec.finished, t, processes, rows.FINISHED, p0, p1)
        copy_row(rec.order, t, stocks, rows.ORDER, s0, s1)
        copy_row(rec.expired, t, stocks, rows.EXPIRED, s0, s1)
        for l in range(part[L_FIRST], part[L_LAST]):
            rec.credit[t, l] = links[rows.CREDIT, l] if link_ints[rows.CONTROLLED, l] == 1 else np.nan


@step
def record_unmet(demands: Floats, rec: Records, t: int, part: Partition) -> None:
    """Record final demand that is not served, before the backlog moves on."""
    if t < rec.unmet.shape[0]:
        for d in range(part[D_FIRST], part[D_LAST]):
            rec.unmet[t, d] = max(
                0.0, demands[rows.FINAL, d] + demands[rows.BACKLOG, d] - demands[rows.SERVED, d]
            )


# Stages of a day: before each but the first, all parts must have finished the stage before.
STAGES = ORDERING, POOLING, MAKING, DRAWING, SENDING = range(5)


def _compile(digest: int, name: str, whole: bool) -> Direct:
    """Make a compiled function that runs whole days, or one stage; both values are compiled into it.

    Its cache is kept by name, and `digest` makes it go stale with its sources.
    """

    def run_days(
        processes: Floats,
        process_ints: Ints,
        inputs: Floats,
        input_ints: Ints,
        stocks: Floats,
        stock_ints: Ints,
        links: Floats,
        link_ints: Ints,
        demands: Floats,
        demand_ints: Ints,
        pools: Floats,
        pool_ints: Ints,
        ring: Floats,
        line: Floats,
        receipts: Floats,
        lead_cdf: Floats,
        options: Floats,
        flags: Ints,
        parts: Partition,
        rec: Records,
        first: int,
        last: int,
        profile: Floats,
        streams: np.ndarray,
        replication: int,
        stage: int,
    ) -> int:
        """Run days `first` to `last` - 1; stop early on the evening an armed threshold is crossed.

        Parameters
        ----------
        stage : int
            The one stage to run, where the function does not run whole days.

        Returns
        -------
        int
            The day that comes next.
        """
        if last == digest:  # never: days are not negative, the digest is; it is here to be closed over
            return first
        pooled = flags[rows.HAS_POOL] == 1
        for t in range(first, last):
            if whole or stage == ORDERING:
                for i in range(len(parts)):
                    part = parts[i]
                    arrive(stocks, stock_ints, link_ints, ring, receipts, t, part)
                    bound_links(stocks, links, link_ints, part)
                    order_by_share(stocks, stock_ints, links, part)
                    if not pooled:
                        order_rest(stocks, stock_ints, links, link_ints, pools, options, flags, part)
            if pooled and (whole or stage == POOLING):
                apply_pools(links, link_ints, pools, pool_ints)
                for i in range(len(parts)):
                    order_rest(stocks, stock_ints, links, link_ints, pools, options, flags, parts[i])
                apply_pools(links, link_ints, pools, pool_ints)
            if whole or stage == MAKING:
                for i in range(len(parts)):
                    part = parts[i]
                    add_demand(
                        processes, process_ints, links, link_ints, demands, demand_ints, t, profile, part
                    )
                    start_production(processes, process_ints, inputs, input_ints, stocks, options, part)
                    complete(processes, process_ints, line, t, part)
                    ration(processes, process_ints, links, link_ints, demands, demand_ints, part)
                    record_unmet(demands, rec, t, part)
                    settle_demand(demands, demand_ints, part)
            if pooled and (whole or stage == DRAWING):
                draw_pools(links, link_ints, pools)
            if whole or stage == SENDING:
                for i in range(len(parts)):
                    part = parts[i]
                    draw_credit(stocks, links, link_ints, part)
                    send(stocks, stock_ints, links, link_ints, ring, lead_cdf, t, streams, replication, part)
                    learn(stocks, links, link_ints, options, part)
                    place_orders(stocks, stock_ints, part)
                    record(processes, process_ints, stocks, links, link_ints, demands, rec, t, part)
                    if flags[rows.HAS_ARMED] == 1 and crossed(stocks, links, part):
                        flags[rows.CROSSED] = 1
                if flags[rows.CROSSED] == 1:
                    return t + 1
        return last

    run_days.__qualname__ = name
    return Direct(cached_njit(run_days, error_model="numpy", nogil=True))


run_days = _compile(source_digest(), "run_days", whole=True)
run_stage = _compile(source_digest(), "run_stage", whole=False)
