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

FREE = ("bulk", "special_bulk", "between steps")
EMBARGO = "embargo"


@dataclass(eq=False)
class Hold:
    """What an event holds over a link, since when, and which events it lifts there."""

    event: str
    regime: str
    begun: float
    lifts: set[str] = field(default_factory=set)
    quota: Quota | None = None
    eases: bool = False  # whether it is a relief from its start on and does not say what it lifts

    @property
    def curbs(self) -> bool:
        """Whether the link may ship less for it."""
        return self.regime not in FREE and (self.quota is None or self.quota.allow is not None)


def choose(holds: list[Hold], relief: Hold) -> set[str]:
    """Return what a relief without names lifts on a link: duties to ask for a licence, else what is older."""
    standing = [h for h in holds if h.curbs and h.begun <= relief.begun and not lifted(h, holds, relief)]
    duties = {hold.event for hold in standing if hold.regime == "individual"}
    return duties or {hold.event for hold in standing if hold.begun < relief.begun}


def lifted(hold: Hold, holds: list[Hold], but_by: Hold | None = None) -> bool:
    """Tell whether any other hold lifts this one."""
    others = [other for other in holds if other is not hold and other is not but_by]
    return any(hold.event in other.lifts and other.begun >= hold.begun for other in others)


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
        """Put a link under one more regime; reliefs of one moment see all that begins at it."""
        link.holds.append(hold)
        self.ease(link, x)
        self.settle(link, x)

    def ease(self, link: Link, x: float) -> None:
        """Let the reliefs of this moment that do not say what they lift choose it, on what there is by now."""
        reliefs = [hold for hold in link.holds if hold.begun == x and hold.eases]
        for relief in reliefs:
            relief.lifts = set()
        for relief, lifts in [(relief, choose(link.holds, relief)) for relief in reliefs]:
            relief.lifts = lifts

    def turn(self, link: Link, event: str, regime: str, x: float) -> None:
        """Give what an event holds another regime; once it curbs, it eases nothing any more."""
        for hold in link.holds:
            if hold.event == event:
                hold.regime = regime
                if hold.curbs and hold.eases:
                    hold.lifts, hold.eases = set(), False
        self.ease(link, x)
        self.settle(link, x)

    def lift(self, link: Link, event: str, x: float) -> None:
        """End what an event holds."""
        link.holds = [hold for hold in link.holds if hold.event != event]
        self.settle(link, x)

    def settle(self, link: Link, x: float) -> None:
        """Let whatever is in force on a link hold, each for itself, and nothing else."""
        standing = [hold for hold in link.holds if not lifted(hold, link.holds)]
        regimes = {hold.regime for hold in standing}
        if EMBARGO in regimes:
            link.credits[EMBARGO] = 0.0
        else:
            link.credits.pop(EMBARGO, None)
        if "individual" in regimes and link.spell is None:
            self.ministry.enter(link, x)
        elif "individual" not in regimes and link.spell is not None:
            self.ministry.leave(link)
        wanted = [h.quota for h in standing if h.quota is not None and h.quota.allow is not None]
        for quota in {hold.quota: None for hold in link.holds if hold.quota is not None}:
            if quota not in wanted:
                quota.leave(link)
        for quota in wanted:
            quota.join(link, x)


def apply_pools(env: Days, pools: list[Pool]) -> Steps:
    """Apply pools each day, when orders are first split and when all are placed."""
    day = 0
    while True:
        for phase in (Phase.POOL, Phase.POOL_AGAIN):
            yield env.phase(day, phase)
            orders.apply_pools(pools)
        day += 1
