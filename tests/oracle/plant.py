"""One facility as a SimPy process that does its part of every step of the day."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable

from tests.oracle import orders, production, rationing
from tests.oracle.clock import Days, Phase, Steps
from tests.oracle.draws import Draws, poisson, ratio
from tests.oracle.world import DUST, Demand, Link, Lot, Process, Stock, World


class Plant:
    """A facility: its processes, its stocks, and what they do each day."""

    def __init__(self, env: Days, world: World, draws: Draws, name: str) -> None:
        self.env = env
        self.world = world
        self.draws = draws
        self.processes: list[Process] = [p for p in world.processes.values() if p.facility == name]
        self.stocks: list[Stock] = [s for s in world.stocks.values() if s.facility == name]

    def live(self) -> Steps:
        """Go through the steps of every day."""
        steps: tuple[tuple[Phase, Callable[[int], None]], ...] = (
            (Phase.EXPIRE, self.expire),
            (Phase.SPLIT, self.split),
            (Phase.SWITCH, self.switch),
            (Phase.START, self.start),
            (Phase.COMPLETE, self.complete),
            (Phase.SHIP, self.ship),
            (Phase.BELIEVE, self.believe),
            (Phase.ORDER, self.order),
        )
        for day in itertools.count():
            for phase, step in steps:
                yield self.env.phase(day, phase)
                step(day)

    def expire(self, day: int) -> None:
        """Scrap lots that have reached their shelf life (E1, lot by lot)."""
        for stock in self.stocks:
            gone = [lot for lot in stock.lots if stock.life and lot.day + stock.life <= day]
            stock.lots = [lot for lot in stock.lots if lot not in gone]
            old = min(stock.amount, sum(lot.left for lot in gone))
            stock.amount -= old
            stock.expired += old
            stock.reserve = max(0.0, stock.reserve - old)

    def split(self, day: int) -> None:
        """Split last evening's orders over links, and learn today's final demand."""
        for stock in self.stocks:
            orders.split(self.world, stock)
        for process in self.processes:
            for demand in process.demands:
                demand.final = self.final_demand(demand, day)

    def switch(self, day: int) -> None:
        """Place what could not be placed on the usual links."""
        for stock in self.stocks:
            orders.place_left(self.world, stock)

    def start(self, day: int) -> None:
        """Start production with the inputs at hand."""
        for process in self.processes:
            production.ask(process)
            production.want(process)
        production.start(self.world, self.processes, self.stocks)

    def complete(self, day: int) -> None:
        """Finish what was started a cycle time ago."""
        for process in self.processes:
            process.line[day + process.cycle] = process.line.get(day + process.cycle, 0.0) + process.starts
            process.output = process.yield_ * process.line.pop(day, 0.0)
            process.finished += process.output

    def ship(self, day: int) -> None:
        """Serve final demand and orders, sharing what there is when it is short."""
        for process in self.processes:
            claims = [rationing.Claim(d.final + d.backlog, d.priority, d.rate) for d in process.demands]
            claims += [rationing.Claim(k.ordered, k.priority, k.ration_base) for k in process.out]
            given = rationing.serve(process.rationing, process.finished, claims)
            process.finished = max(0.0, process.finished - sum(given))
            for demand, amount in zip(process.demands, given, strict=False):
                _serve(demand, amount)
            for link, amount in zip(process.out, given[len(process.demands) :], strict=True):
                self.send(link, amount, day)

    def send(self, link: Link, amount: float, day: int) -> None:
        """Ship on a link: draw credit down and put the goods on their way."""
        link.shipped = amount
        link.drawn += amount
        link.credits = {curb: max(0.0, credit - amount) for curb, credit in link.credits.items()}
        for pool in link.pools:
            pool.credit = max(0.0, pool.credit - amount)
        if link.extra_ordered > 0.0:
            bought = amount * link.extra_ordered / link.ordered
            link.extra = max(0.0, link.extra - bought)
            _share_out(link, bought)
            link.stock.reserve += bought
        if amount > 0.0:
            lead = self.lead(link, day)
            link.stock.transit += amount if lead else 0.0
            self.env.process(shipment(self.env, link, amount, day, day + lead))

    def lead(self, link: Link, day: int) -> int:
        """Return the lead time of what is shipped on a day."""
        if link.chances is None:
            return link.lead
        u = self.draws.uniform(f"lead/{link.id}", day)
        return next(days for days, chance in enumerate(link.chances) if chance > u)

    def believe(self, day: int) -> None:
        """Update beliefs in suppliers by the share of orders they filled."""
        if self.world.exponent == 0.0:
            return
        for stock in self.stocks:
            for link in stock.links:
                if link.ordered > DUST * max(stock.base_need, stock.order):
                    link.available += (link.shipped / link.ordered - link.available) / self.world.memory

    def order(self, day: int) -> None:
        """Decide the orders that act tomorrow."""
        for stock in self.stocks:
            orders.decide(stock)

    def final_demand(self, demand: Demand, day: int) -> float:
        """Return final demand of a day (section 7)."""
        entry = demand.entry
        season = entry.season.get(self.env.date(day).month, 1.0)
        level: float = demand.rate * (1.0 + entry.growth) ** (day / 365.0) * season
        if entry.noise is None:
            return level * demand.factor()
        u = self.draws.uniform(f"demand/{demand.id}", day)
        if entry.noise.law == "poisson":
            return poisson(level, u) * demand.factor()
        return level * ratio(entry.noise.law, entry.noise.cv, u) * demand.factor()


def _share_out(link: Link, bought: float) -> None:
    """Count emergency goods for the purchases on a link, the earliest first."""
    for want in link.wants.values():
        part = min(want.open, bought)
        want.open, want.came, bought = want.open - part, want.came + part, bought - part


def _serve(demand: Demand, amount: float) -> None:
    """Serve final demand; what is not served waits or is lost."""
    demand.served = amount
    demand.unmet = max(0.0, demand.final + demand.backlog - amount)
    demand.backlog = demand.unmet if demand.waits else 0.0


def shipment(env: Days, link: Link, amount: float, sent: int, arrives: int) -> Steps:
    """Arrive on a later morning, or at the end of the day when the lead time is 0."""
    stock = link.stock
    if arrives > sent:
        yield env.phase(arrives, Phase.ARRIVE)
        stock.transit -= amount
    else:
        yield env.phase(sent, Phase.DELIVER)
    stock.amount += amount
    if stock.life:
        day = arrives - link.age if arrives > sent else sent + 1
        bisect.insort(stock.lots, Lot(day, amount), key=lambda lot: lot.day)
