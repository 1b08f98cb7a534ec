"""Orders of a day: how much each stock asks for, and of which supplier."""

from __future__ import annotations

import numpy as np

from sim.engine.daystep.production import SLACK
from sim.engine.partitions import L_FIRST, L_LAST, S_FIRST, S_LAST, Partition
from sim.engine.state_rows import (
    ADJUST,
    ARM_COVER,
    ARM_CREDIT,
    AVAILABLE,
    BASE_NEED,
    BOUND,
    BUYER,
    CONTROLLED,
    COVER,
    CREDIT,
    EXTRA,
    EXTRA_ORDERED,
    FORECAST,
    FORECAST_WEIGHT,
    HAS_EXTRA,
    INFLATION,
    LEAD_DAYS,
    LEVEL,
    LINK_FIRST,
    LINK_LAST,
    MAX_SHARE,
    NEED,
    ORDER,
    ORDERED,
    POOL,
    POOL_CREDIT,
    POOL_ORDER,
    POOL_RULE,
    RATION_BASE,
    RESERVE,
    SHARE,
    SHIPPED,
    STOCK,
    SWITCHING,
    TAKEN,
    TRANSIT,
    TRUST,
    TURN,
    USE,
)
from sim.jit import step
from sim.types import Floats, Ints


@step
def bound_links(stocks: Floats, links: Floats, link_ints: Ints, part: Partition) -> None:
    """Set the most that each link may ship today by credit and qualification."""
    for l in range(part[L_FIRST], part[L_LAST]):
        most = links[MAX_SHARE, l]
        if most < np.inf:
            most *= stocks[NEED, link_ints[BUYER, l]]
        if link_ints[CONTROLLED, l] == 1 and links[CREDIT, l] < most:
            most = links[CREDIT, l]
        links[BOUND, l] = most
        links[EXTRA_ORDERED, l] = 0.0


@step
def order_by_share(stocks: Floats, stock_ints: Ints, links: Floats, part: Partition) -> None:
    """Give each qualified link its share, at most what it may ship (E12)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        first, last = stock_ints[LINK_FIRST, s], stock_ints[LINK_LAST, s]
        total = 0.0
        for l in range(first, last):
            if links[MAX_SHARE, l] > 0.0:
                total += links[SHARE, l]
        order, switching = stocks[ORDER, s], stocks[SWITCHING, s]
        each = order / total if total > 0.0 else 0.0
        for l in range(first, last):
            if links[MAX_SHARE, l] > 0.0:
                want = each * links[SHARE, l] * (1.0 - switching * (1.0 - links[TRUST, l]))
                links[ORDERED, l] = min(want, links[BOUND, l])
            else:
                links[ORDERED, l] = 0.0


@step
def switch_rest(
    stocks: Floats, stock_ints: Ints, links: Floats, link_ints: Ints, pools: Floats, part: Partition
) -> None:
    """Send what is left of each order to qualified links with room, outside tight pools (E13)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        order = stocks[ORDER, s]
        given = 0.0
        first, last = stock_ints[LINK_FIRST, s], stock_ints[LINK_LAST, s]
        for l in range(first, last):
            given += links[ORDERED, l]
        left = order - given
        if left <= 1e-12 * order or stocks[SWITCHING, s] == 0.0:
            continue
        total = 0.0
        for l in range(first, last):
            room = max(0.0, min(links[BOUND, l], order) - links[ORDERED, l])
            q = link_ints[POOL, l]
            if links[MAX_SHARE, l] <= 0.0 or (q >= 0 and pools[POOL_ORDER, q] > pools[POOL_CREDIT, q]):
                room = 0.0
            links[SHIPPED, l] = room  # the row of shipments is free until step 6
            total += room * links[TRUST, l]
        if total > 0.0:
            each = stocks[SWITCHING, s] * left / total
            for l in range(first, last):
                room = links[SHIPPED, l]
                links[ORDERED, l] += min(room, each * room * links[TRUST, l])


@step
def inflate(stocks: Floats, stock_ints: Ints, links: Floats, options: Floats, part: Partition) -> None:
    """Ask for more where a supplier has filled badly, as far as the link may ship (E36)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        gamma = stocks[INFLATION, s]
        if gamma == 0.0:
            continue
        for l in range(stock_ints[LINK_FIRST, s], stock_ints[LINK_LAST, s]):
            more = 1.0 / max(links[AVAILABLE, l], 1.0 / options[3])
            if more > 1.0:
                links[ORDERED, l] = min(links[BOUND, l], links[ORDERED, l] * more**gamma)


@step
def apply_pools(links: Floats, link_ints: Ints, pools: Floats, pool_ints: Ints) -> None:
    """Bring the orders on links of a pool down to the credit of the pool."""
    pools[POOL_ORDER] = 0.0
    for l in range(links.shape[1]):
        if link_ints[POOL, l] >= 0:
            pools[POOL_ORDER, link_ints[POOL, l]] += links[ORDERED, l]
    for q in range(pools.shape[1]):
        if pools[POOL_ORDER, q] <= pools[POOL_CREDIT, q]:
            continue
        ratio, left = pools[POOL_CREDIT, q] / pools[POOL_ORDER, q], pools[POOL_CREDIT, q]
        for l in link_ints[TURN]:
            if link_ints[POOL, l] != q or links[ORDERED, l] <= 0.0:
                continue
            if pool_ints[POOL_RULE, q] == 1:  # first come: in the order of ids while credit lasts
                ratio = min(1.0, left / links[ORDERED, l])
                left = max(0.0, left - links[ORDERED, l] * ratio)
            links[ORDERED, l] *= ratio
            links[EXTRA_ORDERED, l] *= ratio
            links[SHIPPED, l] = links[ORDERED, l]


@step
def add_emergency(links: Floats, link_ints: Ints, part: Partition) -> None:
    """Add emergency orders as far as credit goes."""
    for l in range(part[L_FIRST], part[L_LAST]):
        if links[EXTRA, l] > 0.0:
            more = links[EXTRA, l]
            if link_ints[CONTROLLED, l] == 1:
                more = min(more, max(0.0, links[CREDIT, l] - links[ORDERED, l]))
            links[EXTRA_ORDERED, l] = more
            links[ORDERED, l] += more


@step
def ship_orders(links: Floats, part: Partition) -> None:
    """Let shipments be what was ordered; a supplier that is short brings them down in step 6."""
    for l in range(part[L_FIRST], part[L_LAST]):
        links[SHIPPED, l] = links[ORDERED, l]


@step
def order_rest(
    stocks: Floats,
    stock_ints: Ints,
    links: Floats,
    link_ints: Ints,
    pools: Floats,
    options: Floats,
    flags: Ints,
    part: Partition,
) -> None:
    """Finish the split of orders; leaves o_l in `ordered` and x_l' in `extra_ordered`."""
    switch_rest(stocks, stock_ints, links, link_ints, pools, part)
    inflate(stocks, stock_ints, links, options, part)
    if flags[HAS_EXTRA] == 1:
        add_emergency(links, link_ints, part)
    ship_orders(links, part)


@step
def draw_pools(links: Floats, link_ints: Ints, pools: Floats) -> None:
    """Draw down pools by what is shipped today."""
    for l in range(links.shape[1]):
        pool = link_ints[POOL, l]
        if pool >= 0 and links[SHIPPED, l] > 0.0:
            pools[POOL_CREDIT, pool] = max(0.0, pools[POOL_CREDIT, pool] - links[SHIPPED, l])


DUST = 1e-6  # relative; an order below it teaches nothing about a supplier
PROBE = 0.01  # least trust: who asks for nothing never learns that a supplier is back


@step
def learn(stocks: Floats, links: Floats, link_ints: Ints, options: Floats, part: Partition) -> None:
    """Move the belief in each supplier towards the share of the order it filled (step 7); set A^theta."""
    exponent, weight = options[0], options[1]
    if exponent == 0.0:
        return
    for l in range(part[L_FIRST], part[L_LAST]):
        s = link_ints[BUYER, l]
        if links[ORDERED, l] > DUST * max(stocks[BASE_NEED, s], stocks[ORDER, s]):
            filled = links[SHIPPED, l] / links[ORDERED, l]
            if filled != 1.0 or links[AVAILABLE, l] != 1.0:
                links[AVAILABLE, l] += (filled - links[AVAILABLE, l]) * weight
                trust = links[AVAILABLE, l]
                links[TRUST, l] = max(PROBE, trust if exponent == 1.0 else trust**exponent)


@step
def place_orders(stocks: Floats, stock_ints: Ints, part: Partition) -> None:
    """Decide the orders that act tomorrow (step 8, E9-E11)."""
    for s in range(part[S_FIRST], part[S_LAST]):
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
def crossed(stocks: Floats, links: Floats, part: Partition) -> bool:
    """Tell whether an armed threshold is crossed this evening (step 9)."""
    for l in range(part[L_FIRST], part[L_LAST]):
        if (
            links[ARM_CREDIT, l] > -np.inf
            and links[CREDIT, l] < links[ARM_CREDIT, l] - SLACK * links[RATION_BASE, l]
        ):
            return True
    for s in range(part[S_FIRST], part[S_LAST]):
        if stocks[ARM_COVER, s] > -np.inf and stocks[STOCK, s] < stocks[ARM_COVER, s] * stocks[
            BASE_NEED, s
        ] * (1.0 - SLACK):
            return True
    return False
