"""The kinds of events: which process each runs, and how events are triggered.

A new kind is one schema class, one process function, one row here.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

import simpy

from sim.engine.events import (
    capacity_demand,
    licence_office,
    licences,
    purchasing,
    qualification,
    quotas,
    talks,
)
from sim.engine.plan import Planned, Targets
from sim.engine.regimes import BULK, push
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.scenario.schema.events import After, Curb

PROCESSES: dict[str, Callable[[Simulation, Planned, Targets], ProcessGenerator]] = {
    "licence": licences.licence,
    "embargo": licences.embargo,
    "quota": quotas.quota,
    "catch_all": licences.catch_all,
    "office": licence_office.change_office,
    "retaliation": quotas.retaliation,
    "condition": talks.condition,
    "travel": talks.travel,
    "talks": talks.talks,
    "outage": capacity_demand.outage,
    "capacity": capacity_demand.capacity,
    "demand": capacity_demand.demand,
    "stock_target": purchasing.stock_target,
    "emergency_purchase": purchasing.emergency_purchase,
    "thrift": purchasing.thrift,
    "qualification": qualification.qualification,
    "expedite": purchasing.expedite,
    "diversion": purchasing.diversion,
}


def launch(simulation: Simulation, plan: tuple[Planned, ...]) -> None:
    """Set the opening regimes and start one process per event, in the order of the plan."""
    simulation.regimes = defaultdict(lambda: BULK)
    for link, regime in simulation.network.opening:
        push(simulation, link, licences.make_regime(regime))
    for name in simulation.document.events:
        simulation.started[name] = simpy.Event(simulation.env)
    for planned in plan:
        if planned.event.kind == "talks":
            for outcome in ("round", *planned.event.outcomes):
                simulation.reached[(planned.name, outcome)] = simpy.Event(simulation.env)
    for planned in plan:
        simulation.env.process(run_event(simulation, planned))


def run_event(simulation: Simulation, planned: Planned) -> ProcessGenerator:
    """Wait for the trigger of an event, draw whether it happens, and run it."""
    event = planned.event
    yield from wait_for(simulation, planned)
    if simulation.now >= simulation.end_of(event):
        return
    targets = drawn_targets(simulation, planned)
    if targets:
        simulation.note(planned.name, event.kind, len(targets))
        simulation.started[planned.name].succeed(simulation.now)
        yield from step_by_step(simulation, planned, targets)


def step_by_step(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Run an event once for each of its steps; each begins after all starts of its day."""
    event = planned.event
    if not (event.stepped and event.steps):
        yield from PROCESSES[event.kind](simulation, planned, targets)
        return
    dates = sorted(event.steps)
    values = [getattr(event, event.stepped), *(event.steps[date] for date in dates)]
    passed = sum(simulation.day_of(date) <= simulation.now for date in dates)  # an event may start late
    before = None
    for number, (value, following) in enumerate(
        itertools.zip_longest(values[passed:], dates[passed:]), passed
    ):
        if before is not None:
            yield simulation.until(simulation.now)
            simulation.note(planned.name, event.kind, len(targets))
        changes = {event.stepped: value, "until": following or event.until, "steps": {}}
        if number and isinstance(event, Curb):
            changes["lifts"] = event.lifts or ()  # a step is no relief of what others have begun
        step = replace(
            planned, event=event.model_copy(update=changes), before=before, goes_on=following is not None
        )
        yield from PROCESSES[event.kind](simulation, step, targets)
        before = value


def wait_for(simulation: Simulation, planned: Planned) -> ProcessGenerator:
    """Wait for the date of an event, for another event and a lag, or for low cover."""
    event = planned.event
    if event.date is not None:
        yield simulation.until(max(0, simulation.day_of(event.date)))
    elif event.after is not None:
        yield _start_of(simulation, event.after)
        yield simulation.until(simulation.now + simulation.draw(event.after.lag, f"lag/{planned.name}"))
    elif event.when is not None:
        yield simulation.cover_below(planned.watched, event.when.cover_below)


def _start_of(simulation: Simulation, after: After) -> simpy.Event:
    """Return the start of an event, or the first time that talks come to an outcome."""
    if after.outcome is None:
        return simulation.started[after.event]
    # talks that are left out of this run never come to anything
    return simulation.reached.get((after.event, after.outcome)) or simpy.Event(simulation.env)


def drawn_targets(simulation: Simulation, planned: Planned) -> tuple[int, ...]:
    """Return the targets that the event happens to."""
    event = planned.event
    if event.probability >= 1.0:
        return planned.targets
    scopes = {
        "once": [""] * len(planned.targets),
        "per_facility": [f"/{name}" for name in planned.facilities],
        "per_link": [f"/{name}" for name in planned.names],
    }[event.draw]
    return tuple(
        target
        for target, scope in zip(planned.targets, scopes, strict=True)
        if simulation.happens(event.probability, "event", f"{planned.name}{scope}")
    )
