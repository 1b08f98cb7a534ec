"""Orders of a day: how much each stock asks for, and of which supplier."""

from __future__ import annotations

import numpy as np

from sim.engine import state_rows as rows
from sim.engine.partitions import L_FIRST, L_LAST, S_FIRST, S_LAST, Partition
from sim.jit import step
from sim.types import RELATIVE_SLACK, Floats, Ints


@step
def bound_links(stocks: Floats, links: Floats, link_ints: Ints, part: Partition) -> None:
    """Set the most that each link may ship today by credit and qualification."""
    for l in range(part[L_FIRST], part[L_LAST]):
        most = links[rows.MAX_SHARE, l]
        if most < np.inf:
            most *= stocks[rows.NEED, link_ints[rows.BUYER, l]]
        if link_ints[rows.CONTROLLED, l] == 1 and links[rows.CREDIT, l] < most:
            most = links[rows.CREDIT, l]
        links[rows.BOUND, l] = most
        links[rows.EXTRA_ORDERED, l] = 0.0


@step
def order_by_share(stocks: Floats, stock_ints: Ints, links: Floats, part: Partition) -> None:
    """Give each qualified link its share, at most what it may ship (E12)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        first, last = stock_ints[rows.LINK_FIRST, s], stock_ints[rows.LINK_LAST, s]
        total = 0.0
        for l in range(first, last):
            if links[rows.MAX_SHARE, l] > 0.0:
                total += links[rows.SHARE, l]
        order, switching = stocks[rows.ORDER, s], stocks[rows.SWITCHING, s]
        each = order / total if total > 0.0 else 0.0
        for l in range(first, last):
            if links[rows.MAX_SHARE, l] > 0.0:
                want = each * links[rows.SHARE, l] * (1.0 - switching * (1.0 - links[rows.TRUST, l]))
                links[rows.ORDERED, l] = min(want, links[rows.BOUND, l])
            else:
                links[rows.ORDERED, l] = 0.0


@step
def switch_rest(
    stocks: Floats, stock_ints: Ints, links: Floats, link_ints: Ints, pools: Floats, part: Partition
) -> None:
    """Send what is left of each order to qualified links with room, outside tight pools (E13)."""
    tight = 0  # pools, one bit each
    for q in range(pools.shape[1]):
        if pools[rows.POOL_ORDER, q] > pools[rows.POOL_CREDIT, q]:
            tight |= 1 << q
    for s in range(part[S_FIRST], part[S_LAST]):
        order = stocks[rows.ORDER, s]
        given = 0.0
        first, last = stock_ints[rows.LINK_FIRST, s], stock_ints[rows.LINK_LAST, s]
        for l in range(first, last):
            given += links[rows.ORDERED, l]
        left = order - given
        if left <= 1e-12 * order or stocks[rows.SWITCHING, s] == 0.0:
            continue
        total = 0.0
        for l in range(first, last):
            room = max(0.0, min(links[rows.BOUND, l], order) - links[rows.ORDERED, l])
            if links[rows.MAX_SHARE, l] <= 0.0 or link_ints[rows.POOLS_OF, l] & tight != 0:
                room = 0.0
            links[rows.SHIPPED, l] = room  # the row of shipments is free until step 6
            total += room * links[rows.TRUST, l]
        if total > 0.0:
            each = stocks[rows.SWITCHING, s] * left / total
            for l in range(first, last):
                room = links[rows.SHIPPED, l]
                links[rows.ORDERED, l] += min(room, each * room * links[rows.TRUST, l])


@step
def inflate(stocks: Floats, stock_ints: Ints, links: Floats, options: Floats, part: Partition) -> None:
    """Ask for more where a supplier has filled badly, as far as the link may ship (E36)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        gamma = stocks[rows.INFLATION, s]
        if gamma == 0.0:
            continue
        for l in range(stock_ints[rows.LINK_FIRST, s], stock_ints[rows.LINK_LAST, s]):
            more = 1.0 / max(links[rows.AVAILABLE, l], 1.0 / options[3])
            if more > 1.0:
                links[rows.ORDERED, l] = min(links[rows.BOUND, l], links[rows.ORDERED, l] * more**gamma)


@step
def apply_pools(links: Floats, link_ints: Ints, pools: Floats, pool_ints: Ints) -> None:
    """Bring the orders on links of pools down to the credit of each; a link gets the least that any gives."""
    pools[rows.POOL_ORDER] = 0.0
    for l in range(links.shape[1]):
        if link_ints[rows.POOLS_OF, l] != 0:
            for q in range(pools.shape[1]):
                if link_ints[rows.POOLS_OF, l] >> q & 1 == 1:
                    pools[rows.POOL_ORDER, q] += links[rows.ORDERED, l]
            links[rows.SHIPPED, l] = 1.0  # part of its order; the row of shipments is free until step 6
    for q in range(pools.shape[1]):
        if pools[rows.POOL_ORDER, q] <= pools[rows.POOL_CREDIT, q]:
            continue
        ratio, left = pools[rows.POOL_CREDIT, q] / pools[rows.POOL_ORDER, q], pools[rows.POOL_CREDIT, q]
        for l in link_ints[rows.TURN]:
            if link_ints[rows.POOLS_OF, l] >> q & 1 == 0 or links[rows.ORDERED, l] <= 0.0:
                continue
            if pool_ints[rows.POOL_RULE, q] == 1:  # first come: in the order of ids while credit lasts
                ratio = min(1.0, left / links[rows.ORDERED, l])
                left = max(0.0, left - links[rows.ORDERED, l] * ratio)
            links[rows.SHIPPED, l] = min(links[rows.SHIPPED, l], ratio)
    for l in range(links.shape[1]):
        if link_ints[rows.POOLS_OF, l] != 0:
            links[rows.ORDERED, l] *= links[rows.SHIPPED, l]
            links[rows.EXTRA_ORDERED, l] *= links[rows.SHIPPED, l]
            links[rows.SHIPPED, l] = links[rows.ORDERED, l]


@step
def add_emergency(links: Floats, link_ints: Ints, part: Partition) -> None:
    """Add emergency orders as far as credit goes."""
    for l in range(part[L_FIRST], part[L_LAST]):
        if links[rows.EXTRA, l] > 0.0:
            more = links[rows.EXTRA, l]
            if link_ints[rows.CONTROLLED, l] == 1:
                more = min(more, max(0.0, links[rows.CREDIT, l] - links[rows.ORDERED, l]))
            links[rows.EXTRA_ORDERED, l] = more
            links[rows.ORDERED, l] += more


@step
def ship_orders(links: Floats, part: Partition) -> None:
    """Let shipments be what was ordered; a supplier that is short brings them down in step 6."""
    for l in range(part[L_FIRST], part[L_LAST]):
        links[rows.SHIPPED, l] = links[rows.ORDERED, l]


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
    if flags[rows.HAS_EXTRA] == 1:
        add_emergency(links, link_ints, part)
    ship_orders(links, part)


@step
def draw_pools(links: Floats, link_ints: Ints, pools: Floats) -> None:
    """Draw down pools by what is shipped today."""
    for l in range(links.shape[1]):
        if link_ints[rows.POOLS_OF, l] == 0 or links[rows.SHIPPED, l] <= 0.0:
            continue
        for q in range(pools.shape[1]):
            if link_ints[rows.POOLS_OF, l] >> q & 1 == 1:
                pools[rows.POOL_CREDIT, q] = max(0.0, pools[rows.POOL_CREDIT, q] - links[rows.SHIPPED, l])


DUST = 1e-6  # relative; an order below it teaches nothing about a supplier
PROBE = 0.01  # least trust: who asks for nothing never learns that a supplier is back


@step
def learn(stocks: Floats, links: Floats, link_ints: Ints, options: Floats, part: Partition) -> None:
    """Move the belief in each supplier towards the share of the order it filled (step 7); set A^theta."""
    exponent, weight = options[0], options[1]
    if exponent == 0.0:
        return
    for l in range(part[L_FIRST], part[L_LAST]):
        s = link_ints[rows.BUYER, l]
        if links[rows.ORDERED, l] > DUST * max(stocks[rows.BASE_NEED, s], stocks[rows.ORDER, s]):
            filled = links[rows.SHIPPED, l] / links[rows.ORDERED, l]
            if filled != 1.0 or links[rows.AVAILABLE, l] != 1.0:
                links[rows.AVAILABLE, l] += (filled - links[rows.AVAILABLE, l]) * weight
                trust = links[rows.AVAILABLE, l]
                links[rows.TRUST, l] = max(PROBE, trust if exponent == 1.0 else trust**exponent)


@step
def place_orders(stocks: Floats, stock_ints: Ints, part: Partition) -> None:
    """Decide the orders that act tomorrow (step 8, E9-E11)."""
    for s in range(part[S_FIRST], part[S_LAST]):
        position = stocks[rows.STOCK, s] + stocks[rows.TRANSIT, s]
        rule = stock_ints[rows.FORECAST, s]
        if rule == 2:
            gap = stocks[rows.USE, s] * (stocks[rows.COVER, s] + stocks[rows.LEAD_DAYS, s]) - position
            stocks[rows.ORDER, s] = (
                stocks[rows.TAKEN, s] + (gap if gap > 0.0 else 0.0) / stocks[rows.ADJUST, s]
            )
            continue
        if rule == 1:
            stocks[rows.NEED, s] += (stocks[rows.USE, s] - stocks[rows.NEED, s]) * stocks[
                rows.FORECAST_WEIGHT, s
            ]
        target = stocks[rows.LEVEL, s]
        if np.isnan(target):
            target = stocks[rows.NEED, s] * (stocks[rows.COVER, s] + stocks[rows.LEAD_DAYS, s])
        order = stocks[rows.NEED, s] + (target + stocks[rows.RESERVE, s] - position) / stocks[rows.ADJUST, s]
        stocks[rows.ORDER, s] = order if order > 0.0 else 0.0


@step
def crossed(stocks: Floats, links: Floats, part: Partition) -> bool:
    """Tell whether an armed threshold is crossed this evening (step 9)."""
    for l in range(part[L_FIRST], part[L_LAST]):
        level = links[rows.ARM_CREDIT, l]
        if level > -np.inf and links[rows.CREDIT, l] < level - RELATIVE_SLACK * links[rows.RATION_BASE, l]:
            return True
    for s in range(part[S_FIRST], part[S_LAST]):
        level = stocks[rows.ARM_COVER, s]
        if level > -np.inf:
            level *= stocks[rows.BASE_NEED, s]
            if stocks[rows.STOCK, s] < level * (1.0 - RELATIVE_SLACK):
                return True
    return False
