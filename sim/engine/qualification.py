"""Qualification in stages: each raises the share of need that a link may carry (MODEL.md section 9)."""

from __future__ import annotations

import itertools

from sim.engine import candidates, switching
from sim.engine.plan import Planned
from sim.engine.world import ProcessGenerator, World
from sim.scenario.sections import Stage


def qualification(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Walk every selected link through the stages of the event, or its own, or through the work."""
    event = planned.event
    if event.keeps > 0.0 or event.yield_loss > 0.0:
        world.env.process(switching.settle(world, planned, targets))
    if event.process is not None:
        yield from candidates.work(world, planned, targets)
        return
    begin = world.env.now
    due = sorted(
        (stage.after, name, link, stage.max_share)
        for link in targets
        for name, stage in stages_of(world, planned, link).items()
    )
    for after, stages in itertools.groupby(due, key=lambda stage: stage[0]):
        yield world.until(begin + after)
        if planned.event.until is not None and world.env.now >= world.day_of(planned.event.until):
            return
        for _, _, link, max_share in stages:
            world.state.max_share[link] = max_share


def stages_of(world: World, planned: Planned, link: int) -> dict[str, Stage]:
    """Return the stages of a link."""
    own: dict[str, Stage] = planned.event.stages
    entry = world.document.links.get(world.network.links[link])  # tables have none
    return own or (entry.stages if entry else {})
