"""How firms act beyond their orders: faster freight, sales to third countries (MODEL.md section 9)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.engine.plan import Planned
from sim.engine.rows import LEAD, LEAD_LAW
from sim.engine.sourcing import keep_active
from sim.engine.world import ProcessGenerator, World


def expedite(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Ship faster on links until the event ends; goods on their way keep their day."""
    yield from keep_active(world, planned, targets, planned.event, _set_lead)


def _set_lead(world: World, link: int, events: list[Any]) -> None:
    arrays, ints = world.network.arrays, world.state.link_ints
    lead, law = int(arrays.lead[link]), int(arrays.lead_law[link])
    for event in events[-1:]:
        faster = lead * event.factor if event.factor is not None else lead - event.saves
        lead, law = max(0, math.floor(faster + 0.5)), -1
    ints[LEAD, link], ints[LEAD_LAW, link] = lead, law


def diversion(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Let suppliers sell part of what blocked links no longer take to demand in third countries (E37)."""
    event, arrays = planned.event, world.network.arrays
    sellers = {d: int(np.searchsorted(arrays.demand_ptr, d, side="right")) - 1 for d in targets}
    rates = {
        p: sum(float(arrays.demand_rate[d]) for d in targets if sellers[d] == p) for p in sellers.values()
    }
    extra = dict.fromkeys(rates, 0.0)
    end = math.inf if event.until is None else world.day_of(event.until)
    while (morning := math.floor(world.env.now) + 1.0) < end:
        yield world.until(morning)
        for process in extra:
            goal = event.share * unsold(world, process)
            extra[process] += (goal - extra[process]) / max(1.0, event.lag)
        for demand, process in sellers.items():
            world.set_factor("demand", demand, planned.name, 1.0 + extra[process] / rates[process])
    yield world.until(end, ending=True)
    for demand in targets:
        world.set_factor("demand", demand, planned.name, None)


def unsold(world: World, process: int) -> float:
    """Return by how much yesterday's shipments on blocked links of a process fell short of the baseline."""
    arrays, state = world.network.arrays, world.state
    links = arrays.out_link[arrays.out_ptr[process] : arrays.out_ptr[process + 1]]
    blocked = links[(state.controlled[links] == 1) | (state.pool[links] >= 0)]
    return float(np.maximum(0.0, arrays.base_flow[blocked] - state.shipped[blocked]).sum())
