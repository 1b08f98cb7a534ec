"""Steps 1, 2 and 6 of the day: goods that arrive, expire and leave, and the credit they use. Compiled."""

from __future__ import annotations

import numpy as np

from sim.engine.partitions import L_FIRST, L_LAST, S_FIRST, S_LAST, Partition
from sim.engine.state_rows import (
    AGE,
    BUYER,
    CONTROLLED,
    CREDIT,
    DRAWN,
    EXPIRED,
    EXTRA,
    EXTRA_ORDERED,
    LATE,
    LEAD,
    LEAD_LAW,
    LIFE,
    LIFE_FIRST,
    LINK_FIRST,
    LINK_LAST,
    MATURED,
    ORDERED,
    RESERVE,
    SHIPPED,
    STOCK,
    TRANSIT,
    USED,
)
from sim.jit import step
from sim.randomness import compiled_uniform
from sim.types import Floats, Ints


@step
def arrive(
    stocks: Floats, stock_ints: Ints, link_ints: Ints, ring: Floats, receipts: Floats, t: int, part: Partition
) -> None:
    """Take in what arrives today and let expire what is too old (step 1, step 2, E1)."""
    today = t % ring.shape[0]
    for s in range(part[S_FIRST], part[S_LAST]):
        life, first, place = stock_ints[LIFE, s], stock_ints[LIFE_FIRST, s], 0
        if life > 0:
            place = t % life
            stocks[MATURED, s] += receipts[first + place]
            receipts[first + place] = stocks[LATE, s]
            stocks[LATE, s] = 0.0
        arrived = 0.0  # summed first, so that a link in two halves brings the same to the last bit
        for l in range(stock_ints[LINK_FIRST, s], stock_ints[LINK_LAST, s]):
            amount = ring[today, l]
            if amount > 0.0:
                ring[today, l] = 0.0
                arrived += amount
                age = link_ints[AGE, l]
                if life > 0 and age >= life:
                    stocks[MATURED, s] += amount
                elif life > 0:  # booked for the day on which the shelf life began
                    receipts[first + place - age + (life if age > place else 0)] += amount
        stocks[STOCK, s] += arrived
        stocks[TRANSIT, s] -= arrived
        if life > 0:
            old = min(stocks[MATURED, s] - stocks[USED, s] - stocks[EXPIRED, s], stocks[STOCK, s])
            if old > 0.0:
                stocks[STOCK, s] -= old
                stocks[EXPIRED, s] += old


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
    part: Partition,
) -> None:
    """Put today's shipments in transit, or in stock at the end of the day (step 6)."""
    length = ring.shape[0]
    today = t % length
    for s in range(part[S_FIRST], part[S_LAST]):
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
def draw_credit(stocks: Floats, links: Floats, link_ints: Ints, part: Partition) -> None:
    """Draw down credit and emergency purchases by what is shipped today."""
    for l in range(part[L_FIRST], part[L_LAST]):
        q = links[SHIPPED, l]
        if q <= 0.0:
            continue
        if link_ints[CONTROLLED, l] == 1:
            links[CREDIT, l] = max(0.0, links[CREDIT, l] - q)
            links[DRAWN, l] += q
        if links[EXTRA_ORDERED, l] > 0.0:
            bought = q * (links[EXTRA_ORDERED, l] / links[ORDERED, l])
            links[EXTRA, l] = max(0.0, links[EXTRA, l] - bought)
            stocks[RESERVE, link_ints[BUYER, l]] += bought
