"""Orders: how much a stock asks for in the evening, and which links carry it the next day (section 4)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.oracle.world import PROBE, ROUNDING, Link, Stock, World

if TYPE_CHECKING:
    from tests.oracle.regimes import Pool


def decide(stock: Stock) -> None:
    """Set the order that acts tomorrow (E9-E11)."""
    if stock.forecast == "ario":
        gap = stock.wanted_use * (stock.cover + stock.lead_days) - stock.amount - stock.transit
        stock.order = stock.use + max(0.0, gap) / stock.adjust
        return
    if stock.forecast == "average":
        stock.need += (stock.wanted_use - stock.need) * stock.weight
    target = stock.need * (stock.cover + stock.lead_days) if math.isnan(stock.level) else stock.level
    gap = target + stock.reserve - stock.amount - stock.transit
    stock.order = max(0.0, stock.need + gap / stock.adjust)


def limit(link: Link) -> float:
    """Return the most that a link may carry today by licence and qualification."""
    share = math.inf if math.isinf(link.max_share) else link.max_share * link.stock.need
    return min(link.credit, share) if link.controlled else share


def trust_in(link: Link, world: World) -> float:
    """Return belief as it bears on orders; never so low that nothing more would be learnt."""
    return float(max(PROBE, link.available**world.exponent))


def split(world: World, stock: Stock) -> None:
    """Offer the order to qualified links by baseline share and belief (E12)."""
    qualified = [link for link in stock.links if link.max_share > 0.0]
    weight = sum(link.share for link in qualified)
    for link in stock.links:
        link.ordered = link.extra_ordered = 0.0
    for link in qualified:
        share = link.share / weight if weight > 0.0 else 0.0
        trust = 1.0 - stock.switching * (1.0 - trust_in(link, world))
        link.ordered = min(stock.order * share * trust, limit(link))


def place_left(world: World, stock: Stock) -> None:
    """Offer what is left to links with room (E13), then add emergency orders."""
    left = stock.order - sum(link.ordered for link in stock.links)
    outside = [k for k in stock.links if k.max_share > 0.0 and not any(pool.tight for pool in k.pools)]
    rooms = [max(0.0, min(limit(link), stock.order) - link.ordered) for link in outside]
    trusts = [trust_in(link, world) for link in outside]
    total = sum(room * trust for room, trust in zip(rooms, trusts, strict=True))
    if left > ROUNDING * stock.order and total > 0.0:
        for link, room, trust in zip(outside, rooms, trusts, strict=True):
            link.ordered += min(room, stock.switching * left * room * trust / total)
    for link in gamed(stock):
        link.ordered = min(limit(link), link.ordered * inflation(world, link))
    for link in stock.links:
        room = max(0.0, link.credit - link.ordered) if link.controlled else math.inf
        link.extra_ordered = min(link.extra, room)
        link.ordered += link.extra_ordered


def gamed(stock: Stock) -> list[Link]:
    """Return the links on which more may be asked for than is needed."""
    return [link for link in stock.links if link.ordered > 0.0 and stock.inflation > 0.0]


def inflation(world: World, link: Link) -> float:
    """Return how much more is asked of a supplier that fills badly (E36)."""
    least = 1.0 / world.most_inflation
    return float((1.0 / max(least, link.available)) ** link.stock.inflation)


def apply_pools(pools: list[Pool]) -> None:
    """Cut orders to the credit of all pools at once: a link gets the least that any of its pools gives it."""
    allowed: dict[Link, float] = {}
    for pool in pools:
        for link, amount in _granted(pool).items():
            allowed[link] = min(amount, allowed.get(link, math.inf))
    for link, amount in allowed.items():
        if link.ordered > 0.0:
            link.extra_ordered *= amount / link.ordered
        link.ordered = amount


def _granted(pool: Pool) -> dict[Link, float]:
    """Return what a pool would give each of its links."""
    asked = sum(link.ordered for link in pool.links)
    pool.tight = asked > pool.credit
    if not pool.tight:
        return {link: link.ordered for link in pool.links}
    if not pool.first_come:
        return {link: link.ordered * (pool.credit / asked) for link in pool.links}
    left, given = pool.credit, {}
    for link in sorted(pool.links, key=lambda link: link.id):
        given[link] = min(link.ordered, left)
        left -= given[link]
    return given
