"""Quotas: credit per period, in one pool or by link (section 9)."""

from __future__ import annotations

import datetime

from sim.scenario.schema.events import QuotaEvent
from sim.scenario.schema.field_types import Amount, Rate, Share
from sim.units import unit_factor
from tests.oracle.clock import Days, Steps, day_of
from tests.oracle.regimes import Hold, Office, Pool
from tests.oracle.world import Link

MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Quota:
    """A quota event while it is in force."""

    def __init__(self, env: Days, office: Office, name: str, event: QuotaEvent, unit: str) -> None:
        self.env = env
        self.office = office
        self.name = name
        self.event = event
        self.unit = unit
        self.links: list[Link] = []
        self.allow: Share | Rate | Amount | None = event.allow
        self.pool = Pool(first_come=event.share_out == "first_come")
        self.over = False

    def begin(self, links: list[Link], x: float) -> None:
        """Put links under the quota and give the first credit."""
        self.links = links
        self.office.pools.append(self.pool)
        for link in links:
            self.office.put(link, Hold(self.name, "quota", x, set(self.event.lifts or ()), self), x)
        self.give(day_of(x), carry=False)

    def live(self, x: float, rank: int) -> Steps:
        """Act at every step and at every calendar boundary."""
        steps = {max(day_of(x), self.env.number(date)): date for date in sorted(self.event.steps)}
        day = day_of(x)
        while not self.over:
            if day in steps:
                self.step(self.event.steps[steps[day]], day)
            elif day > day_of(x) and self.is_boundary(day):
                self.give(day, carry=self.event.carry_over)
            day += 1
            yield self.env.at(day, rank)

    def step(self, allow: Share | Rate | Amount | None, day: int) -> None:
        """Change the allowance; none lets go of the links, an amount after none takes them in again."""
        idle, self.allow = self.allow is None, allow
        for link in self.links:
            self.office.ease(link, day)
            self.office.settle(link, day)
        self.give(day, carry=self.event.carry_over and not idle)

    def end(self, x: float) -> None:
        """Let go of the links for good."""
        self.over = True
        for link in self.links:
            self.leave(link)
            self.office.lift(link, self.name, x)

    def join(self, link: Link, x: float) -> None:
        """Take a link in that is not: into the pool, or with credit of its own for the rest of the period."""
        if self.event.pool == "shared":
            if self.pool not in link.pools:
                link.pools.append(self.pool)
                self.pool.links.append(link)
        elif self.name not in link.credits:
            link.credits[self.name] = self.rate(day_of(x)) * self.part(link) * self.days_left(day_of(x))

    def leave(self, link: Link) -> None:
        """Let a link go, if it was in."""
        link.credits.pop(self.name, None)
        if self.pool in link.pools:
            link.pools.remove(self.pool)
            self.pool.links.remove(link)

    def give(self, day: int, *, carry: bool) -> None:
        """Set credit to the allowance until the next boundary, added to what is left when carried over."""
        if self.allow is None:
            return
        amount = self.rate(day) * self.days_left(day)
        self.pool.credit = amount + (self.pool.credit if carry else 0.0)
        for link in self.links:
            if self.name in link.credits:
                left = link.credits[self.name] if carry else 0.0
                link.credits[self.name] = amount * self.part(link) + left

    def base(self) -> float:
        """Return the baseline flow of all links of the quota."""
        return sum(link.base_flow for link in self.links)

    def part(self, link: Link) -> float:
        """Return the part of the allowance of one link."""
        return link.base_flow / self.base() if self.base() > 0.0 else 1.0 / len(self.links)

    def rate(self, day: int) -> float:
        """Return the allowance a day."""
        if self.allow is None:
            return 0.0
        if isinstance(self.allow, Share):
            return self.allow.value * self.base()
        value = self.allow.value * (unit_factor(self.allow.unit, self.unit) or 1.0)
        return value / self.length(day) if isinstance(self.allow, Amount) else value

    def is_boundary(self, day: int) -> bool:
        """Tell whether a period of the calendar begins on a day."""
        return self.begins(self.env.date(day))

    def begins(self, date: datetime.date) -> bool:
        """Tell whether a period begins on a date."""
        if self.event.period == "day":
            return True
        if self.event.period == "week":
            return date.isoweekday() == 1
        return date.day == 1 and (date.month - 1) % MONTHS[self.event.period] == 0

    def days_left(self, day: int) -> int:
        """Return the days until the next boundary or step, today included."""
        steps = [self.env.number(date) - day for date in self.event.steps]
        return min([self.to_boundary(day), *(days for days in steps if days > 0)])

    def to_boundary(self, day: int) -> int:
        """Return the days until the next boundary, today included."""
        number = 1
        while not self.is_boundary(day + number):
            number += 1
        return number

    def length(self, day: int) -> int:
        """Return the days of the calendar period that a day is in."""
        passed = 0
        while not self.is_boundary(day - passed):
            passed += 1
        return passed + self.to_boundary(day)
