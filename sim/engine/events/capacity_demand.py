"""Outages, capacity and demand: factors on what plants can make and customers want."""

from __future__ import annotations

from sim.engine.plan import Planned, Targets
from sim.engine.simulation import ProcessGenerator, Simulation


def outage(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Take capacity away, then give it back linearly over the recovery."""
    event, name = planned.event, planned.name
    simulation.set_factor("process", targets, name, event.remaining)
    end = simulation.end_of(event)
    if event.duration is not None:
        end = simulation.now + simulation.draw(event.duration, f"duration/{name}")
    groups: dict[float, list[int]] = {}
    for process in targets:
        groups.setdefault(_delay(simulation, event.service_from, process), []).append(process)
    for delay in sorted(groups)[1:]:
        simulation.env.process(_recover(simulation, planned, tuple(groups[delay]), end + delay))
    soonest = min(groups)
    yield from _recover(simulation, planned, tuple(groups[soonest]), end + soonest)


def _delay(simulation: Simulation, service: str | None, process: int) -> float:
    """Return for how long travel rules keep away those who repair."""
    country = simulation.network.process_country[process]
    return simulation.visit_time(service, country, 0.0) if service and country else 0.0


def _recover(simulation: Simulation, planned: Planned, targets: Targets, end: float) -> ProcessGenerator:
    """Give capacity back linearly from the end of an outage on."""
    event, name = planned.event, planned.name
    yield simulation.until(end, ending=True)
    days = int(event.recovery)
    for day in range(1, days):
        value = event.remaining + (1.0 - event.remaining) * day / days
        simulation.set_factor("process", targets, name, value)
        yield simulation.until(end + day)
    simulation.set_factor("process", targets, name, None)


def capacity(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Multiply capacity, linearly over the ramp, until the event ends."""
    event, name = planned.event, planned.name
    days = max(1, int(event.ramp))
    begin, first = simulation.now, 1.0 if planned.before is None else float(planned.before)
    for day in range(1, days + 1):
        yield simulation.until(begin + day - 1)
        if simulation.now >= simulation.end_of(event):
            break
        simulation.set_factor("process", targets, name, first + (event.factor - first) * day / days)
    yield simulation.at_end(event)
    simulation.set_factor("process", targets, name, None)


def demand(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Multiply final demand until the event ends."""
    simulation.set_factor("demand", targets, planned.name, planned.event.factor)
    yield simulation.at_end(planned.event)
    simulation.set_factor("demand", targets, planned.name, None)
