"""Travel rules and conditions: events that other processes ask about (MODEL.md section 9)."""

from __future__ import annotations

from sim.engine.plan import Planned
from sim.engine.world import ProcessGenerator, World


def travel(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Put travel rules in force until the event ends; `World.visit_time` reads them."""
    event = planned.event
    world.travel[planned.name] = event
    if event.until is not None:
        yield world.until(world.day_of(event.until), ending=True)
        del world.travel[planned.name]


def condition(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Do nothing: `World.holding` tells others that the event has started and not ended."""
    yield from ()
