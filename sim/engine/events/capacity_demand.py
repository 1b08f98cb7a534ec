"""Outages, capacity and demand: factors on what plants can make and customers want."""

from __future__ import annotations

from sim.engine.plan import Planned
from sim.engine.simulation import ProcessGenerator, Simulation


def outage(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Take capacity away, then give it back linearly over the recovery."""
    event, name = planned.event, planned.name
    _set(world, "process", targets, name, event.remaining)
    if event.duration is not None:
        end = world.env.now + world.draw(event.duration, f"duration/{name}")
    else:
        end = float(world.day_of(event.until))
    groups: dict[float, list[int]] = {}
    for process in targets:
        groups.setdefault(_delay(world, event.service_from, process), []).append(process)
    for delay in sorted(groups)[1:]:
        world.env.process(_recover(world, planned, tuple(groups[delay]), end + delay))
    soonest = min(groups)
    yield from _recover(world, planned, tuple(groups[soonest]), end + soonest)


def _delay(world: Simulation, service: str | None, process: int) -> float:
    """Return for how long travel rules keep away those who repair."""
    if service is None:
        return 0.0
    country = world.network.process_country[process]
    return world.travel_delay(service, country) if country else 0.0


def _recover(world: Simulation, planned: Planned, targets: tuple[int, ...], end: float) -> ProcessGenerator:
    """Give capacity back linearly from the end of an outage on."""
    event, name = planned.event, planned.name
    yield world.until(end, ending=True)
    days = int(event.recovery)
    for day in range(1, days):
        value = event.remaining + (1.0 - event.remaining) * day / days
        _set(world, "process", targets, name, value)
        yield world.until(end + day)
    _set(world, "process", targets, name, None)


def capacity(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Multiply capacity, linearly over the ramp, until the event ends."""
    event = planned.event
    days = max(1, int(event.ramp))
    begin, first = world.env.now, 1.0 if planned.before is None else float(planned.before)
    for day in range(1, days + 1):
        yield world.until(begin + day - 1)
        if event.until is not None and world.env.now >= world.day_of(event.until):
            break
        _set(world, "process", targets, planned.name, first + (event.factor - first) * day / days)
    yield from _end(world, planned, "process", targets)


def demand(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Multiply final demand until the event ends."""
    _set(world, "demand", targets, planned.name, planned.event.factor)
    yield from _end(world, planned, "demand", targets)


def _set(world: Simulation, what: str, targets: tuple[int, ...], owner: str, value: float | None) -> None:
    for index in targets:
        world.set_factor(what, index, owner, value)


def _end(world: Simulation, planned: Planned, what: str, targets: tuple[int, ...]) -> ProcessGenerator:
    if planned.event.until is not None:
        yield world.until(world.day_of(planned.event.until), ending=True)
        _set(world, what, targets, planned.name, None)
