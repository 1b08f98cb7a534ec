"""Steps 1, 2 and 6 of the day: goods that arrive, expire and leave, and the credit they use. Compiled."""

from __future__ import annotations

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.partitions import L_FIRST, L_LAST, S_FIRST, S_LAST, Partition
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
        life, first, place = stock_ints[rows.LIFE, s], stock_ints[rows.LIFE_FIRST, s], 0
        if life > 0:
            place = t % life
            stocks[rows.MATURED, s] += receipts[first + place]
            receipts[first + place] = stocks[rows.LATE, s]
            stocks[rows.LATE, s] = 0.0
        arrived = 0.0  # summed first, so that a link in two halves brings the same to the last bit
        for l in range(stock_ints[rows.LINK_FIRST, s], stock_ints[rows.LINK_LAST, s]):
            amount = ring[today, l]
            if amount > 0.0:
                ring[today, l] = 0.0
                arrived += amount
                age = link_ints[rows.AGE, l]
                if life > 0 and age >= life:
                    stocks[rows.MATURED, s] += amount
                elif life > 0:  # booked for the day on which the shelf life began
                    receipts[first + place - age + (life if age > place else 0)] += amount
        stocks[rows.STOCK, s] += arrived
        stocks[rows.TRANSIT, s] -= arrived
        if life > 0:
            old = min(
                stocks[rows.MATURED, s] - stocks[rows.USED, s] - stocks[rows.EXPIRED, s],
                stocks[rows.STOCK, s],
            )
            if old > 0.0:
                stocks[rows.STOCK, s] -= old
                stocks[rows.EXPIRED, s] += old
                stocks[rows.RESERVE, s] = max(0.0, stocks[rows.RESERVE, s] - old)  # bought once, not again


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
        for l in range(stock_ints[rows.LINK_FIRST, s], stock_ints[rows.LINK_LAST, s]):
            q = links[rows.SHIPPED, l]
            if q <= 0.0:
                continue
            lead, row = link_ints[rows.LEAD, l], link_ints[rows.LEAD_LAW, l]
            if row >= 0:
                lead = draw_lead(lead_cdf, row, compiled_uniform(streams[row], replication, t))
            if lead > 0:
                day = today + lead
                ring[day if day < length else day - length, l] += q
                moving += q
                continue
            delivered += q
            if stock_ints[rows.LIFE, s] > 0:  # booked tomorrow, unless it arrives too old
                too_old = link_ints[rows.AGE, l] >= stock_ints[rows.LIFE, s]
                stocks[rows.MATURED if too_old else rows.LATE, s] += q
        stocks[rows.TRANSIT, s] += moving
        stocks[rows.STOCK, s] += delivered


@step
def draw_credit(stocks: Floats, links: Floats, link_ints: Ints, part: Partition) -> None:
    """Draw down credit and emergency purchases by what is shipped today."""
    for l in range(part[L_FIRST], part[L_LAST]):
        q = links[rows.SHIPPED, l]
        if q <= 0.0:
            continue
        if link_ints[rows.CONTROLLED, l] == 1:
            links[rows.CREDIT, l] = max(0.0, links[rows.CREDIT, l] - q)
            links[rows.DRAWN, l] += q
        if links[rows.EXTRA_ORDERED, l] > 0.0:
            bought = q * (links[rows.EXTRA_ORDERED, l] / links[rows.ORDERED, l])
            links[rows.EXTRA, l] = max(0.0, links[rows.EXTRA, l] - bought)
            stocks[rows.RESERVE, link_ints[rows.BUYER, l]] += bought
