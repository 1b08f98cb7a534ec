"""The compiled day step: stocks, orders, production and shipments of whole blocks of days.

The order of the steps is part of the specification (MODEL.md section 3). Nothing here draws down or creates
anything that a record does not show, and no sum depends on the order in which a file lists its rows, nor on
the parts into which a network is cut.
"""

from __future__ import annotations

import numpy as np

from sim.engine.flows import arrive, draw_credit, send
from sim.engine.ordering import crossed, learn, place_orders
from sim.engine.parts import Part
from sim.engine.production import complete, start_production
from sim.engine.rationing import add_demand, ration, settle_demand
from sim.engine.recording import record, record_unmet
from sim.engine.records import Records
from sim.engine.rows import CROSSED, HAS_ARMED, HAS_POOL
from sim.engine.split import apply_pools, bound_links, draw_pools, order_by_share, order_rest
from sim.jit import Direct, kept, source_digest
from sim.types import Floats, Ints

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
        parts: Part,
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
        pooled = flags[HAS_POOL] == 1
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
                    if flags[HAS_ARMED] == 1 and crossed(stocks, links, part):
                        flags[CROSSED] = 1
                if flags[CROSSED] == 1:
                    return t + 1
        return last

    run_days.__qualname__ = name
    return Direct(kept(run_days, error_model="numpy", nogil=True))


run_days = _compile(source_digest(), "run_days", whole=True)
run_stage = _compile(source_digest(), "run_stage", whole=False)
