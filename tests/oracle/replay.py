"""The oracle lives through a log instead of events of its own: every morning it applies the rows of the day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from tests.oracle.clock import Days, Rank, Steps
from tests.oracle.log import Row, pool_name
from tests.oracle.regimes import Pool
from tests.oracle.world import World

# Kinds of events that the oracle does not run by itself but takes from the log: why, and what holds them.
TAKEN_FROM_LOG = {
    "catch_all": "its lots pass an office: tests/verification/test_office.py, tests/engine/test_event_order.py",
    "office": "offices exist once, in the engine, against queueing theory: tests/verification/test_office.py",
    "retaliation": "it holds a regime that the oracle runs as a kind of its own: tests/engine/test_talks.py",
    "condition": "it moves no goods, talks ask for it: tests/engine/test_talks.py",
    "travel": "it moves no goods, visits ask for it: tests/engine/test_talks.py",
    "talks": "they move no goods, hazards have exact answers: tests/engine/test_talks.py",
    "expedite": "it sets lead times, which the log says: tests/engine/test_behaviour.py",
    "diversion": "it sets factors of demand, which the log says: tests/engine/test_behaviour.py",
}


class Replay:
    """Applies a log.

    Attributes
    ----------
    pools : list of Pool
        Those that the log has named so far.
    """

    def __init__(self, env: Days, world: World, log: Iterable[Row]) -> None:
        self.env, self.world = env, world
        self.pools: list[Pool] = []
        self.named: dict[str, Pool] = {}
        self.lapsed: dict[str, float] = {}  # on each link, since licences last began
        self.credit: dict[str, float] = {}  # of links, also where nothing draws on it
        self.laws = {link.id: link.chances for link in world.links.values()}
        self.days: dict[int, list[Row]] = defaultdict(list)
        for row in log:
            self.days[row.day].append(row)
        for day in sorted(self.days):
            env.process(self.morning(day))

    def morning(self, day: int) -> Steps:
        """Do what events did on the morning of a day, in their order."""
        yield self.env.at(float(day), Rank.START)
        for row in self.days[day]:
            do: Callable[[str, float], None] = getattr(self, f"set_{row.what}")
            do(row.id, row.value)

    def pool(self, name: str) -> Pool:
        """Return a pool by its name; the first mention makes it."""
        if name not in self.named:
            self.named[name] = Pool(first_come=False)
            self.pools.append(self.named[name])
        return self.named[name]

    # capacity, demand, stocks -----------------------------------------------------------------

    def set_factor(self, name: str, value: float) -> None:
        self.world.processes[name].factors = {"log": value}

    def set_yield(self, name: str, value: float) -> None:
        self.world.processes[name].yield_ = value

    def set_demand(self, name: str, value: float) -> None:
        self.world.demands[name].factors = {"log": value}

    def set_cover(self, name: str, value: float) -> None:
        self.world.stocks[name].cover = value

    def set_thrift_saving(self, name: str, value: float) -> None:
        stock = self.world.stocks[name]
        stock.thrifts = [("log", value, stock.thrifts[-1][2] if stock.thrifts else 0.0)]

    def set_thrift_below(self, name: str, value: float) -> None:
        stock = self.world.stocks[name]
        stock.thrifts = [("log", stock.thrifts[-1][1] if stock.thrifts else 0.0, value)]

    # what a link may carry, and how fast ------------------------------------------------------

    def set_share(self, name: str, value: float) -> None:
        self.world.links[name].share = value

    def set_max_share(self, name: str, value: float) -> None:
        self.world.links[name].max_share = value

    def set_lead(self, name: str, value: float) -> None:
        self.world.links[name].lead = int(value)

    def set_law(self, name: str, value: float) -> None:
        """Make a lead time certain, or follow the law of the link again."""
        self.world.links[name].chances = None if value < 0.0 else self.laws[name]

    # licences ---------------------------------------------------------------------------------

    def set_controlled(self, name: str, value: float) -> None:
        """Let credit bound a link, or nothing."""
        link = self.world.links[name]
        if link.controlled:
            self.credit[name] = link.credit
        link.credits = {"log": self.credit.get(name, 0.0)} if value == 1.0 else {}

    def set_credit(self, name: str, value: float) -> None:
        self.credit[name] = value
        if self.world.links[name].controlled:
            self.world.links[name].credits["log"] = value

    def set_credited(self, name: str, value: float) -> None:
        link = self.world.links[name]
        self.set_credit(name, value + (link.credit if link.controlled else self.credit.get(name, 0.0)))

    def set_drawn(self, name: str, value: float) -> None:
        """Begin a regime afresh: what was drawn and lapsed before does not count."""
        self.world.links[name].drawn = value
        self.lapsed[name] = 0.0

    def set_lapsed(self, name: str, value: float) -> None:
        """Take back what is left of a lot, `value` having been credited up to and with it."""
        link, lapsed = self.world.links[name], self.lapsed.get(name, 0.0)
        old = min(link.credit, max(0.0, value - link.drawn - lapsed))
        self.lapsed[name] = lapsed + old
        self.set_credited(name, -old)

    def set_lapsed_aside(self, name: str, value: float) -> None:
        """Count a lot that lapsed while another curb bounded its link."""
        self.lapsed[name] = self.lapsed.get(name, 0.0) + value

    # pools ------------------------------------------------------------------------------------

    def set_pool(self, name: str, value: float) -> None:
        """Let a link be in the pools that the bits of a number stand for."""
        link = self.world.links[name]
        for pool in link.pools:
            pool.links.remove(link)
        link.pools = [
            self.pool(pool_name(bit)) for bit in range(int(value).bit_length()) if int(value) >> bit & 1
        ]
        for pool in link.pools:
            pool.links.append(link)

    def set_first_come(self, name: str, value: float) -> None:
        self.pool(name).first_come = value == 1.0

    def set_pool_credit(self, name: str, value: float) -> None:
        self.pool(name).credit = value

    def set_pool_credited(self, name: str, value: float) -> None:
        self.pool(name).credit += value

    # emergency purchases ----------------------------------------------------------------------

    def set_bought(self, name: str, value: float) -> None:
        self.world.links[name].extra += value

    def set_returned(self, name: str, value: float) -> None:
        """End a purchase of `value`: nothing more is wanted, and what has come is no reserve any longer."""
        link = self.world.links[name]
        link.stock.reserve -= value - link.extra
        link.extra = 0.0
