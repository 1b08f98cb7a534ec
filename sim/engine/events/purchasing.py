"""How buyers and sellers answer: stock targets, emergency purchases, thrift, air freight, diversion."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.plan import Planned
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.engine.state_rows import LEAD, LEAD_LAW
from sim.network.index import OUTSIDE
from sim.scenario.schema.field_types import Amount, Change
from sim.units import unit_factor

NEGLIGIBLE = 1e-6  # part of a change of cover that is as good as gone


def stock_target(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Change the cover that stocks aim at until the event ends."""
    if planned.event.half_life is None:
        yield from keep_active(world, planned, targets, planned.event.target, _set_cover)
    else:
        yield from _fade(world, planned, targets)


@dataclass(frozen=True)
class Fading:
    """What is left of a change of cover."""

    target: Any
    weight: float


def _fade(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Change the cover that stocks aim at, day by day less (E35)."""
    event, begin = planned.event, world.env.now
    end = math.inf if event.until is None else world.day_of(event.until)
    for day in itertools.count():
        weight = 0.5 ** (day / event.half_life)
        if weight < NEGLIGIBLE:
            break
        for stock in targets:
            active = world.active.setdefault((event.kind, stock), {})
            active[planned.name] = Fading(event.target, weight)
            _set_cover(world, stock, list(active.values()))
        if begin + day + 1 >= end:
            yield world.until(end, ending=True)
            break
        yield world.until(begin + day + 1)
    for stock in targets:
        active = world.active[(event.kind, stock)]
        del active[planned.name]
        _set_cover(world, stock, list(active.values()))


def thrift(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Use less per unit while cover is low, until the event ends."""
    yield from keep_active(world, planned, targets, planned.event, _set_thrift)


def keep_active(
    world: Simulation, planned: Planned, targets: tuple[int, ...], value: Any, apply: Any
) -> ProcessGenerator:
    """Add `value` to what is active on each target, and take it away at the end."""
    for stock in targets:
        active = world.active.setdefault((planned.event.kind, stock), {})
        active[planned.name] = value
        apply(world, stock, list(active.values()))
    if planned.event.until is None:
        return
    yield world.until(world.day_of(planned.event.until), ending=True)
    for stock in targets:
        active = world.active[(planned.event.kind, stock)]
        active.pop(planned.name, None)
        apply(world, stock, list(active.values()))


def _set_cover(world: Simulation, stock: int, targets: list[Any]) -> None:
    cover = float(world.network.cover[stock])
    for target in targets:
        if isinstance(target, Fading):
            cover += (_changed(cover, target.target) - cover) * target.weight
        else:
            cover = _changed(cover, target)
    world.state.cover[stock] = max(0.0, cover)


def _changed(cover: float, target: Any) -> float:
    if not isinstance(target, Change):
        return float(target)
    return cover + target.value if target.unit == "days" else cover * (1.0 + target.value)


def _set_thrift(world: Simulation, stock: int, events: list[Any]) -> None:
    latest = events[-1] if events else None
    world.state.thrift_saving[stock] = latest.saving if latest else 0.0
    world.state.thrift_below[stock] = latest.below if latest else 0.0


def emergency_purchase(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Order a fixed amount beyond the usual, and keep it as a reserve until the event ends."""
    event, state = planned.event, world.state
    links = {stock: purchase_link(world, planned, stock) for stock in targets}
    for stock, link in links.items():
        world.want_extra(link, amount_of(world, event.amount, stock), planned.name)
    if event.until is None:
        return
    yield world.until(world.day_of(event.until), ending=True)
    for stock, link in links.items():
        state.reserve[stock] -= brought(world, link, planned.name)
        state.extra[link] = 0.0


def brought(world: Simulation, link: int, owner: str) -> float:
    """Return what a purchase that ends has brought; goods ship for the purchase that began first.

    What is still wanted on the link then is void, that of other purchases, too.
    """
    asked = world.wanted[link]
    left = sum(asked.values()) - float(world.state.extra[link])
    for name, amount in asked.items():
        asked[name] = min(amount, max(0.0, left))
        left -= amount
    return asked.pop(owner)


def purchase_link(world: Simulation, planned: Planned, stock: int) -> int:
    """Return the link that an emergency purchase for a stock travels on."""
    network = world.network
    facility, material = network.stock_facility[stock], network.stock_material[stock]
    if planned.event.outside is not None:
        return network.links.index(f"{material}/{OUTSIDE}_{planned.name}-{facility}")
    arrays = network.arrays
    for link in range(arrays.link_ptr[stock], arrays.link_ptr[stock + 1]):
        if network.process_facility[arrays.supplier[link]] == planned.event.supplier:
            return link
    raise LookupError(f"{planned.event.supplier} has no link to {network.stocks[stock]}")


def amount_of(world: Simulation, level: Any, stock: int) -> float:
    """Turn days of baseline use, or an amount, into an amount."""
    if not isinstance(level, Amount):
        return float(level) * float(np.asarray(world.network.arrays.need)[stock])
    unit = world.document.materials[world.network.stock_material[stock]].unit
    return level.value * (unit_factor(level.unit, unit) or 1.0)


def expedite(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Ship faster on links until the event ends; goods on their way keep their day."""
    yield from keep_active(world, planned, targets, planned.event, _set_lead)


def _set_lead(world: Simulation, link: int, events: list[Any]) -> None:
    arrays, ints = world.network.arrays, world.state.link_ints
    lead, law = int(arrays.lead[link]), int(arrays.lead_law[link])
    for event in events[-1:]:
        faster = lead * event.factor if event.factor is not None else lead - event.saves
        lead, law = max(0, math.floor(faster + 0.5)), -1
    ints[LEAD, link], ints[LEAD_LAW, link] = lead, law


def diversion(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
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


def unsold(world: Simulation, process: int) -> float:
    """Return by how much yesterday's shipments on blocked links of a process fell short of the baseline."""
    arrays, state = world.network.arrays, world.state
    links = arrays.out_link[arrays.out_ptr[process] : arrays.out_ptr[process + 1]]
    blocked = links[(state.controlled[links] == 1) | (state.pool[links] >= 0)]
    return float(np.maximum(0.0, arrays.base_flow[blocked] - state.shipped[blocked]).sum())
