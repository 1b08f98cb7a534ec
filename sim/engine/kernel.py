"""The compiled day step: stocks, orders, production and shipments of whole blocks of days.

The order of the steps is part of the specification (MODEL.md section 3). Nothing here draws down or creates
anything that a record does not show, and no sum depends on the order in which a file lists its rows.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from sim.engine.compiled import source_digest, step
from sim.engine.production import SLACK, complete, start_production
from sim.engine.rationing import ration
from sim.engine.records import Records
from sim.engine.rows import (
    ADJUST,
    AGE,
    ARM_COVER,
    ARM_CREDIT,
    AVAILABLE,
    BACKLOG,
    BASE_NEED,
    BUYER,
    CONTROLLED,
    COVER,
    CREDIT,
    CROSSED,
    DEMAND,
    DEMAND_BACKLOG,
    DEMAND_FACTOR,
    DEMAND_FIRST,
    DEMAND_LAST,
    DEMAND_PROFILE,
    DEMAND_RATE,
    DRAWN,
    EXPIRED,
    EXTRA,
    EXTRA_ORDERED,
    FINAL,
    FINISHED,
    FORECAST,
    FORECAST_WEIGHT,
    HAS_ARMED,
    LATE,
    LEAD,
    LEAD_DAYS,
    LEAD_LAW,
    LEVEL,
    LIFE,
    LIFE_FIRST,
    LIMIT,
    LINK_FIRST,
    LINK_LAST,
    MATURED,
    NEED,
    ORDER,
    ORDERED,
    OUT_FIRST,
    OUT_LAST,
    OUT_LINK,
    OUTPUT,
    POOL,
    POOL_CREDIT,
    RATION_BASE,
    RESERVE,
    SERVED,
    SHIPPED,
    STARTS,
    STOCK,
    TAKEN,
    TRANSIT,
    TRUST,
    USE,
    USED,
)
from sim.engine.split import split_orders
from sim.network.arrays import Floats, Ints
from sim.randomness import compiled_uniform

DUST = 1e-6  # relative; an order below it teaches nothing about a supplier
PROBE = 0.01  # least trust: who asks for nothing never learns that a supplier is back


@step
def book(stocks: Floats, stock_ints: Ints, receipts: Floats, s: int, t: int, amount: float, age: int) -> None:
    """Book a receipt of day t for the day on which its shelf life began."""
    life = stock_ints[LIFE, s]
    if age >= life:
        stocks[MATURED, s] += amount
    else:
        receipts[stock_ints[LIFE_FIRST, s] + (t - age) % life] += amount


@step
def arrive(stocks: Floats, stock_ints: Ints, link_ints: Ints, ring: Floats, receipts: Floats, t: int) -> None:
    """Take in what arrives today and let expire what is too old (step 1, step 2, E1)."""
    today = t % ring.shape[0]
    for s in range(stocks.shape[1]):
        life = stock_ints[LIFE, s]
        if life > 0:
            place = stock_ints[LIFE_FIRST, s] + t % life
            stocks[MATURED, s] += receipts[place]
            receipts[place] = 0.0
            book(stocks, stock_ints, receipts, s, t, stocks[LATE, s], 0)
            stocks[LATE, s] = 0.0
        arrived = 0.0  # summed first, so that a link in two halves brings the same to the last bit
        for l in range(stock_ints[LINK_FIRST, s], stock_ints[LINK_LAST, s]):
            amount = ring[today, l]
            if amount > 0.0:
                ring[today, l] = 0.0
                arrived += amount
                if life > 0:
                    book(stocks, stock_ints, receipts, s, t, amount, link_ints[AGE, l])
        stocks[STOCK, s] += arrived
        stocks[TRANSIT, s] -= arrived
        if life > 0:
            old = min(stocks[MATURED, s] - stocks[USED, s] - stocks[EXPIRED, s], stocks[STOCK, s])
            if old > 0.0:
                stocks[STOCK, s] -= old
                stocks[EXPIRED, s] += old


@step
def add_demand(
    processes: Floats,
    process_ints: Ints,
    links: Floats,
    link_ints: Ints,
    demands: Floats,
    demand_ints: Ints,
    t: int,
    profile: Floats,
) -> None:
    """Sum final demand and the orders that can ship (E2)."""
    for p in range(processes.shape[1]):
        total = 0.0
        for d in range(process_ints[DEMAND_FIRST, p], process_ints[DEMAND_LAST, p]):
            final = demands[DEMAND_RATE, d] * demands[DEMAND_FACTOR, d]
            if demand_ints[DEMAND_PROFILE, d] >= 0:
                final *= profile[t, demand_ints[DEMAND_PROFILE, d]]
            demands[FINAL, d] = final
            total += final + demands[BACKLOG, d]
        for i in range(process_ints[OUT_FIRST, p], process_ints[OUT_LAST, p]):
            total += links[ORDERED, link_ints[OUT_LINK, i]]
        processes[DEMAND, p] = total


@step
def draw_lead(lead_cdf: Floats, row: int, u: float) -> int:
    """Return the first number of days whose cumulative probability exceeds `u`."""
    lead = 0
    while lead_cdf[row, lead] <= u:
        lead += 1
    return lead


@step
def send(
    stocks: Floats,
    stock_ints: Ints,
    links: Floats,
    link_ints: Ints,
    ring: Floats,
    lead_cdf: Floats,
    t: int,
    streams: np.ndarray,
    replication: int,
) -> None:
    """Put today's shipments in transit, or in stock at the end of the day (step 6)."""
    length = ring.shape[0]
    today = t % length
    for s in range(stocks.shape[1]):
        moving, delivered = 0.0, 0.0  # summed first, as in `arrive`
        for l in range(stock_ints[LINK_FIRST, s], stock_ints[LINK_LAST, s]):
            q = links[SHIPPED, l]
            if q <= 0.0:
                continue
            lead, row = link_ints[LEAD, l], link_ints[LEAD_LAW, l]
            if row >= 0:
                lead = draw_lead(lead_cdf, row, compiled_uniform(streams[row], replication, t))
            if lead > 0:
                day = today + lead
                ring[day if day < length else day - length, l] += q
                moving += q
                continue
            delivered += q
            if stock_ints[LIFE, s] > 0:  # booked tomorrow, unless it arrives too old
                too_old = link_ints[AGE, l] >= stock_ints[LIFE, s]
                stocks[MATURED if too_old else LATE, s] += q
        stocks[TRANSIT, s] += moving
        stocks[STOCK, s] += delivered


@step
def draw_credit(stocks: Floats, links: Floats, link_ints: Ints, pools: Floats) -> None:
    """Draw down credit, pools and emergency purchases by what is shipped today."""
    for l in range(links.shape[1]):
        q = links[SHIPPED, l]
        if q <= 0.0:
            continue
        if link_ints[CONTROLLED, l] == 1:
            links[CREDIT, l] = max(0.0, links[CREDIT, l] - q)
            links[DRAWN, l] += q
        if link_ints[POOL, l] >= 0:
            pool = link_ints[POOL, l]
            pools[POOL_CREDIT, pool] = max(0.0, pools[POOL_CREDIT, pool] - q)
        if links[EXTRA_ORDERED, l] > 0.0:
            part = q * (links[EXTRA_ORDERED, l] / links[ORDERED, l])
            links[EXTRA, l] = max(0.0, links[EXTRA, l] - part)
            stocks[RESERVE, link_ints[BUYER, l]] += part


@step
def learn(stocks: Floats, links: Floats, link_ints: Ints, options: Floats) -> None:
    """Move the belief in each supplier towards the share of the order it filled (step 7); set A^theta."""
    exponent, weight = options[0], options[1]
    if exponent == 0.0:
        return
    for l in range(links.shape[1]):
        s = link_ints[BUYER, l]
        if links[ORDERED, l] > DUST * max(stocks[BASE_NEED, s], stocks[ORDER, s]):
            filled = links[SHIPPED, l] / links[ORDERED, l]
            if filled != 1.0 or links[AVAILABLE, l] != 1.0:
                links[AVAILABLE, l] += (filled - links[AVAILABLE, l]) * weight
                trust = links[AVAILABLE, l]
                links[TRUST, l] = max(PROBE, trust if exponent == 1.0 else trust**exponent)


@step
def place_orders(stocks: Floats, stock_ints: Ints) -> None:
    """Decide the orders that act tomorrow (step 8, E9-E11)."""
    for s in range(stocks.shape[1]):
        position = stocks[STOCK, s] + stocks[TRANSIT, s]
        rule = stock_ints[FORECAST, s]
        if rule == 2:
            gap = stocks[USE, s] * (stocks[COVER, s] + stocks[LEAD_DAYS, s]) - position
            stocks[ORDER, s] = stocks[TAKEN, s] + (gap if gap > 0.0 else 0.0) / stocks[ADJUST, s]
            continue
        if rule == 1:
            stocks[NEED, s] += (stocks[USE, s] - stocks[NEED, s]) * stocks[FORECAST_WEIGHT, s]
        target = stocks[LEVEL, s]
        if np.isnan(target):
            target = stocks[NEED, s] * (stocks[COVER, s] + stocks[LEAD_DAYS, s])
        order = stocks[NEED, s] + (target + stocks[RESERVE, s] - position) / stocks[ADJUST, s]
        stocks[ORDER, s] = order if order > 0.0 else 0.0


@step
def settle_demand(demands: Floats, demand_ints: Ints) -> None:
    """Let unmet final demand wait where it may."""
    for d in range(demands.shape[1]):
        if demand_ints[DEMAND_BACKLOG, d] == 1:
            demands[BACKLOG, d] = max(0.0, demands[FINAL, d] + demands[BACKLOG, d] - demands[SERVED, d])


@step
def keep(kept: Floats | Ints, t: int, matrix: Floats | Ints, row: int) -> None:
    """Copy a row of the state into the record of day `t`; numba copies slices more slowly."""
    for i in range(kept.shape[1]):
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
) -> None:
    """Copy the day into the records that are kept."""
    if t < rec.starts.shape[0]:
        keep(rec.starts, t, processes, STARTS)
        keep(rec.output, t, processes, OUTPUT)
        keep(rec.limiting, t, process_ints, LIMIT)
        keep(rec.stock, t, stocks, STOCK)
        keep(rec.shipped, t, links, SHIPPED)
        keep(rec.served, t, demands, SERVED)
    if t < rec.finished.shape[0]:
        keep(rec.finished, t, processes, FINISHED)
        keep(rec.order, t, stocks, ORDER)
        keep(rec.expired, t, stocks, EXPIRED)
        for l in range(links.shape[1]):
            rec.credit[t, l] = links[CREDIT, l] if link_ints[CONTROLLED, l] == 1 else np.nan


@step
def record_unmet(demands: Floats, rec: Records, t: int) -> None:
    """Record final demand that is not served, before the backlog moves on."""
    if t < rec.unmet.shape[0]:
        for d in range(demands.shape[1]):
            rec.unmet[t, d] = max(0.0, demands[FINAL, d] + demands[BACKLOG, d] - demands[SERVED, d])


@step
def crossed(stocks: Floats, links: Floats) -> bool:
    """Tell whether an armed threshold is crossed this evening (step 9)."""
    for l in range(links.shape[1]):
        if (
            links[ARM_CREDIT, l] > -np.inf
            and links[CREDIT, l] < links[ARM_CREDIT, l] - SLACK * links[RATION_BASE, l]
        ):
            return True
    for s in range(stocks.shape[1]):
        if stocks[ARM_COVER, s] > -np.inf and stocks[STOCK, s] < stocks[ARM_COVER, s] * stocks[
            BASE_NEED, s
        ] * (1.0 - SLACK):
            return True
    return False


def _compile(digest: int) -> Any:
    """Make the compiled function that runs days; `digest` makes its cache go stale with its sources."""

    @numba.njit(cache=True, error_model="numpy")
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
        rec: Records,
        first: int,
        last: int,
        profile: Floats,
        streams: np.ndarray,
        replication: int,
    ) -> int:
        """Run days `first` to `last` - 1; stop early on the evening an armed threshold is crossed.

        Returns
        -------
        int
            The day that comes next.
        """
        if last == digest:  # never: days are not negative, the digest is; it is here to be closed over
            return first
        for t in range(first, last):
            arrive(stocks, stock_ints, link_ints, ring, receipts, t)
            split_orders(stocks, stock_ints, links, link_ints, pools, pool_ints, options, flags)
            add_demand(processes, process_ints, links, link_ints, demands, demand_ints, t, profile)
            start_production(processes, process_ints, inputs, input_ints, stocks, options)
            complete(processes, process_ints, line, t)
            ration(processes, process_ints, links, link_ints, demands, demand_ints)
            record_unmet(demands, rec, t)
            settle_demand(demands, demand_ints)
            draw_credit(stocks, links, link_ints, pools)
            send(stocks, stock_ints, links, link_ints, ring, lead_cdf, t, streams, replication)
            learn(stocks, links, link_ints, options)
            place_orders(stocks, stock_ints)
            record(processes, process_ints, stocks, links, link_ints, demands, rec, t)
            if flags[HAS_ARMED] == 1 and crossed(stocks, links):
                flags[CROSSED] = 1
                return t + 1
        return last

    return run_days


run_days = _compile(source_digest())
