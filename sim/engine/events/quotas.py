"""Quotas, and retaliation in kind."""

from __future__ import annotations

import datetime
from typing import Any

from sim.engine.events import licences
from sim.engine.events.licences import free
from sim.engine.plan import Planned
from sim.engine.regimes import hold_regime, lift, push, swap
from sim.engine.simulation import LinkRegime, ProcessGenerator, Simulation
from sim.scenario.schema.field_types import Amount, Rate, Share
from sim.units import unit_factor

ONE_DAY = datetime.timedelta(days=1)


def quota(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Bound shipments by an allowance per period; an allowance of none lifts the bound."""
    event = planned.event
    pool = world.new_pool(event.share_out) if event.pool == "shared" else -1
    now = {"allow": event.allow}
    regime = LinkRegime(
        "quota", planned.name, lambda w, link: _join(w, event, targets, now["allow"], pool, link)
    )
    lifted = LinkRegime("bulk", planned.name, free)
    day = max(0, int(world.env.now + 0.5))
    now["allow"] = _in_force(world, event, day)
    for link in targets:
        push(world, link, regime if now["allow"] is not None else lifted)
    fresh = True
    while True:
        if now["allow"] is not None:
            _refill(
                world, event, targets, regime, pool, now["allow"], day, carry=event.carry_over and not fresh
            )
        following = _next(world, event, day)
        if following >= world.days or (event.until and following >= world.day_of(event.until)):
            break
        yield world.until(following)
        day, before = following, now["allow"]
        if world.clock.date(day) in event.steps:
            world.log.append((world.env.now, planned.name, event.kind, len(targets)))
        now["allow"] = event.steps.get(world.clock.date(day), before)
        fresh = before is None
        if (now["allow"] is None) != fresh:
            for link in targets:
                swap(world, link, lifted if now["allow"] is None else regime)
    if event.until is not None and world.day_of(event.until) < world.days:
        yield world.until(world.day_of(event.until), ending=True)
        for link in targets:
            lift(world, link, planned.name)


def _in_force(world: Simulation, event: Any, day: int) -> Any:
    """Return the allowance of the latest step up to a day."""
    passed = [date for date in sorted(event.steps) if world.day_of(date) <= day]
    return event.steps[passed[-1]] if passed else event.allow


def _join(world: Simulation, event: Any, targets: tuple[int, ...], allow: Any, pool: int, link: int) -> None:
    """Take a link into the pool, or give it credit of its own for the rest of the period."""
    if pool >= 0:
        world.state.pool[link] = pool
        return
    world.state.controlled[link] = 1
    day = int(world.env.now + 0.5)
    rate = _rates(world, event, targets, allow, day)[targets.index(link)]
    world.state.credit[link] = rate * (_next(world, event, day) - day)


def _next(world: Simulation, event: Any, day: int) -> int:
    """Return the next day on which credit is refilled or a step is taken."""
    boundary = world.day_of(next_boundary(world.clock.date(day), event.period))
    steps = [world.day_of(date) for date in event.steps if world.day_of(date) > day]
    return min([boundary, *steps])


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


def _refill(
    world: Simulation,
    event: Any,
    targets: tuple[int, ...],
    regime: LinkRegime,
    pool: int,
    allow: Any,
    day: int,
    *,
    carry: bool,
) -> None:
    """Set credit to the allowance until the next refill, on top of what is left with `carry_over`."""
    state = world.state
    span = _next(world, event, day) - day
    rates = _rates(world, event, targets, allow, day)
    if pool >= 0:
        kept = state.pool_credit[pool] if carry else 0.0
        state.pool_credit[pool] = kept + sum(rates) * span
        return
    for link, rate in zip(targets, rates, strict=True):
        if world.regimes[link] is regime:
            kept = state.credit[link] if carry else 0.0
            state.credit[link] = kept + rate * span


def _rates(world: Simulation, event: Any, targets: tuple[int, ...], allow: Any, day: int) -> list[float]:
    """Return what each link may ship a day; the sum is what a shared pool may ship."""
    flow = [float(world.network.arrays.base_flow[link]) for link in targets]
    if isinstance(allow, Share):
        return [allow.value * f for f in flow]
    material = world.network.stock_material[world.network.arrays.stock[targets[0]]]
    factor = unit_factor(allow.unit, world.document.materials[material].unit) or 1.0
    total = allow.value * factor
    if isinstance(allow, Amount):
        total /= period_days(world.clock.date(day), event.period)
    elif not isinstance(allow, Rate):
        raise TypeError(f"cannot read the allowance {allow!r}")
    whole = sum(flow)
    return [total * (f / whole if whole > 0.0 else 1.0 / len(flow)) for f in flow]


def retaliation(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Hold a regime on links, like the event that it answers."""
    name = planned.event.regime
    if name == "quota":
        yield from quota(world, planned, targets)
    else:
        regime = LinkRegime(name, planned.name, licences.APPLY[name])
        yield from hold_regime(world, planned, targets, regime)
