"""Quotas, and retaliation in kind."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass
from typing import Any

from sim.engine.events import licences
from sim.engine.plan import Planned, Targets
from sim.engine.regimes import hold_regime, lift, push, swap
from sim.engine.simulation import LinkRegime, ProcessGenerator, Simulation
from sim.scenario.schema.field_types import Amount, Rate, Share
from sim.units import unit_factor

ONE_DAY = datetime.timedelta(days=1)


def quota(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Bound shipments by an allowance per period; an allowance of none lifts the bound."""
    event, day = planned.event, max(0, int(simulation.now + 0.5))
    pool = simulation.new_pool(event.share_out) if event.pool == "shared" else -1
    allowance = PoolAllowance(simulation, event, targets, pool, _in_force(simulation, event, day))
    lifts = event.lifts or ()
    opening = allowance.opening if pool < 0 else None
    bound = LinkRegime("quota", planned.name, opening, pool=pool, lifts=lifts)
    lifted = LinkRegime("none", planned.name, lifts=lifts)
    for link in targets:
        push(simulation, link, lifted if allowance.amount is None else bound)
    fresh = True
    while True:
        if allowance.amount is not None:
            allowance.refill(bound, day, carry=event.carry_over and not fresh)
        following = allowance.next_day(day)
        if following >= min(simulation.days, simulation.end_of(event)):
            break
        yield simulation.until(following)
        day, fresh = following, allowance.amount is None
        date = simulation.clock.date(day)
        if date in event.steps:
            simulation.note(planned.name, event.kind, len(targets))
            allowance.amount = event.steps[date]
        if (allowance.amount is None) != fresh:
            for link in targets:
                swap(simulation, link, lifted if allowance.amount is None else bound)
    yield simulation.at_end(event)
    for link in targets:
        lift(simulation, link, planned.name)


def _in_force(simulation: Simulation, event: Any, day: int) -> Any:
    """Return the allowance of the latest step up to a day."""
    passed = [date for date in sorted(event.steps) if simulation.day_of(date) <= day]
    return event.steps[passed[-1]] if passed else event.allow


@dataclass
class PoolAllowance:
    """What a quota allows now, and the links that use it up: in a pool (-1: each on its own)."""

    simulation: Simulation
    event: Any
    targets: Targets
    pool: int
    amount: Any  # None: nothing is bounded

    def opening(self, simulation: Simulation, link: int) -> float:
        """Return the credit of its own that a link begins with: for the rest of the period."""
        day = int(simulation.now + 0.5)
        return self.rates(day)[self.targets.index(link)] * (self.next_day(day) - day)

    def next_day(self, day: int) -> int:
        """Return the next day on which credit is refilled or a step is taken."""
        day_of, date = self.simulation.day_of, self.simulation.clock.date(day)
        steps = [day_of(step) for step in self.event.steps if step > date]
        return min([day_of(next_boundary(date, self.event.period)), *steps])

    def refill(self, regime: LinkRegime, day: int, *, carry: bool) -> None:
        """Set credit to the allowance until the next refill, on top of what is left with `carry`."""
        state = self.simulation.state
        span, rates = self.next_day(day) - day, self.rates(day)
        if self.pool >= 0:
            left = state.pool_credit[self.pool] if carry else 0.0
            state.pool_credit[self.pool] = left + math.fsum(rates) * span
            return
        for link, rate in zip(self.targets, rates, strict=True):
            if regime not in self.simulation.gates.get(link, ()):
                continue
            if carry:
                self.simulation.add_credit(link, regime, rate * span)
            else:
                allowed = self.simulation.credits(link)
                self.simulation.set_credits(link, allowed | {regime: rate * span})

    def rates(self, day: int) -> list[float]:
        """Return what each link may ship a day; the sum is what a shared pool may ship."""
        simulation, amount = self.simulation, self.amount
        flow = [float(simulation.network.arrays.base_flow[link]) for link in self.targets]
        if isinstance(amount, Share):
            return [amount.value * f for f in flow]
        material = simulation.document.materials[simulation.material(self.targets[0])]
        total = amount.value * (unit_factor(amount.unit, material.unit) or 1.0)
        if isinstance(amount, Amount):
            total /= period_days(simulation.clock.date(day), self.event.period)
        elif not isinstance(amount, Rate):
            raise TypeError(f"cannot read the allowance {amount!r}")
        whole = math.fsum(flow)
        return [total * (f / whole if whole > 0.0 else 1.0 / len(flow)) for f in flow]


def next_boundary(date: datetime.date, period: str) -> datetime.date:
    """Return the first day of the next calendar period.

    Examples
    --------
    >>> next_boundary(datetime.date(2019, 7, 4), "month")
    datetime.date(2019, 8, 1)
    """
    if period == "day":
        return date + ONE_DAY
    if period == "week":
        return date + datetime.timedelta(days=7 - date.weekday())
    if period == "year":
        return datetime.date(date.year + 1, 1, 1)
    months = 3 * ((date.month - 1) // 3) + 3 if period == "quarter" else date.month
    return datetime.date(date.year + months // 12, months % 12 + 1, 1)


def period_days(date: datetime.date, period: str) -> int:
    """Return the length in days of the calendar period that holds `date`."""
    end = next_boundary(date, period)
    first = date
    while next_boundary(first - ONE_DAY, period) == end:
        first -= ONE_DAY
    return (end - first).days


def retaliation(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Hold a regime on links, like the event that it answers."""
    name = planned.event.regime
    if name == "quota":
        yield from quota(simulation, planned, targets)
    else:
        regime = licences.make_regime(name, planned.name, planned.event.lifts)
        yield from hold_regime(simulation, planned, targets, regime)
