"""Licence regimes of links: what a link is under, what it returns to, and pools (section 9)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.oracle import orders
from tests.oracle.clock import Days, Phase, Steps
from tests.oracle.licences import Ministry
from tests.oracle.world import Link

if TYPE_CHECKING:
    from tests.oracle.quotas import Quota

FREE = ("bulk", "special_bulk", "")


@dataclass(eq=False)
class Hold:
    """A regime that an event has put a link under; the last hold of a link is in force."""

    event: str
    regime: str
    quota: Quota | None = None


@dataclass(eq=False)
class Pool:
    """Credit that several links share."""

    first_come: bool
    credit: float = 0.0
    tight: bool = False
    links: list[Link] = field(default_factory=list)


class Office:
    """Keeps the regimes of all links."""

    def __init__(self, env: Days, ministry: Ministry) -> None:
        self.env = env
        self.ministry = ministry
        self.pools: list[Pool] = []

    def put(self, link: Link, hold: Hold, x: float) -> None:
        """Put a link under a regime; a later event replaces an earlier one."""
        link.holds.append(hold)
        self.begin(link, x)

    def lift(self, link: Link, event: str, x: float) -> None:
        """End what an event holds; if it is in force the link returns to what it had before."""
        in_force = bool(link.holds) and link.holds[-1].event == event
        link.holds = [hold for hold in link.holds if hold.event != event]
        if in_force:
            self.begin(link, x)

    def begin(self, link: Link, x: float) -> None:
        """Begin the regime in force afresh; files, credit and membership of the last one are void."""
        self.ministry.leave(link)
        if link.pool is not None:
            link.pool.links.remove(link)
        link.pool, link.controlled, link.credit, link.drawn = None, False, 0.0, 0.0
        hold = link.holds[-1] if link.holds else Hold("", "")
        if hold.quota is not None:
            hold.quota.join(link, x)
        elif hold.regime not in FREE:
            link.controlled = True
            if hold.regime == "individual":
                self.ministry.enter(link, x)


def apply_pools(env: Days, pools: list[Pool]) -> Steps:
    """Apply pools each day, when orders are first split and when all are placed."""
    day = 0
    while True:
        for phase in (Phase.POOL, Phase.POOL_AGAIN):
            yield env.phase(day, phase)
            for pool in pools:
                orders.apply_pool(pool)
        day += 1
