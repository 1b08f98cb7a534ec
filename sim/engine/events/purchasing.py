"""How buyers and sellers answer: stock targets, emergency purchases, thrift, air freight, diversion."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.plan import Planned, Targets
from sim.engine.simulation import ProcessGenerator, Simulation
from sim.engine.state_rows import LEAD, LEAD_LAW
from sim.network.index import OUTSIDE
from sim.scenario.schema.field_types import Amount, Change
from sim.units import unit_factor

Apply = Callable[[Simulation, int, list[Any]], None]

NEGLIGIBLE = 1e-6  # part of a change of cover that is as good as gone


def stock_target(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Change the cover that stocks aim at until the event ends."""
    if planned.event.half_life is None:
        yield from keep_active(simulation, planned, targets, planned.event.target, _set_cover)
    else:
        yield from _fade(simulation, planned, targets)


@dataclass(frozen=True)
class Fading:
    """What is left of a change of cover."""

    target: Any
    weight: float


def _fade(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Change the cover that stocks aim at, day by day less (E35)."""
    event, begin, end = planned.event, simulation.now, simulation.end_of(planned.event)
    for day in itertools.count():
        weight = 0.5 ** (day / event.half_life)
        if weight < NEGLIGIBLE:
            break
        _activate(simulation, planned, targets, Fading(event.target, weight), _set_cover)
        if begin + day + 1 >= end:
            yield simulation.until(end, ending=True)
            break
        yield simulation.until(begin + day + 1)
    _activate(simulation, planned, targets, None, _set_cover)


def thrift(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Use less per unit while cover is low, until the event ends."""
    yield from keep_active(simulation, planned, targets, planned.event, _set_thrift)


def keep_active(
    simulation: Simulation, planned: Planned, targets: Targets, value: Any, apply: Apply
) -> ProcessGenerator:
    """Add `value` to what is active on each target, and take it away at the end."""
    _activate(simulation, planned, targets, value, apply)
    yield simulation.at_end(planned.event)
    _activate(simulation, planned, targets, None, apply)


def _activate(simulation: Simulation, planned: Planned, targets: Targets, value: Any, apply: Apply) -> None:
    """Let the value of an event act on each target beside those of others; None takes it back."""
    for target in targets:
        active = simulation.active.setdefault((planned.event.kind, target), {})
        if value is None:
            active.pop(planned.name, None)
        else:
            active[planned.name] = value
        apply(simulation, target, list(active.values()))


def _set_cover(simulation: Simulation, stock: int, targets: list[Any]) -> None:
    cover = float(simulation.network.cover[stock])
    for target in targets:
        if isinstance(target, Fading):
            cover += (_changed(cover, target.target) - cover) * target.weight
        else:
            cover = _changed(cover, target)
    simulation.state.cover[stock] = max(0.0, cover)


def _changed(cover: float, target: Any) -> float:
    if not isinstance(target, Change):
        return float(target)
    return cover + target.value if target.unit == "days" else cover * (1.0 + target.value)


def _set_thrift(simulation: Simulation, stock: int, events: list[Any]) -> None:
    latest = events[-1] if events else None
    simulation.state.thrift_saving[stock] = latest.saving if latest else 0.0
    simulation.state.thrift_below[stock] = latest.below if latest else 0.0


def emergency_purchase(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Order an amount beyond the usual once; keep it as a reserve until the event ends or it expires."""
    event, state = planned.event, simulation.state
    links = {stock: purchase_link(simulation, planned, stock) for stock in targets}
    for stock, link in links.items():
        simulation.want_extra(link, amount_of(simulation, event.amount, stock), planned.name)
    yield simulation.at_end(event)
    for stock, link in links.items():
        # what of it has expired is no reserve any longer
        state.reserve[stock] -= min(float(state.reserve[stock]), brought(simulation, link, planned.name))
        state.extra[link] = 0.0


def brought(simulation: Simulation, link: int, owner: str) -> float:
    """Return what a purchase that ends has brought; goods ship for the purchase that began first.

    What is still wanted on the link then is void, that of other purchases, too.
    """
    asked = simulation.wanted[link]
    left = math.fsum(asked.values()) - float(simulation.state.extra[link])
    for name, amount in asked.items():
        asked[name] = min(amount, max(0.0, left))
        left -= amount
    return asked.pop(owner)


def purchase_link(simulation: Simulation, planned: Planned, stock: int) -> int:
    """Return the link that an emergency purchase for a stock travels on."""
    network = simulation.network
    facility, material = network.stock_facility[stock], network.stock_material[stock]
    if planned.event.outside is not None:
        return network.links.index(f"{material}/{OUTSIDE}_{planned.name}-{facility}")
    arrays = network.arrays
    for link in range(arrays.link_ptr[stock], arrays.link_ptr[stock + 1]):
        if network.process_facility[arrays.supplier[link]] == planned.event.supplier:
            return link
    raise LookupError(f"{planned.event.supplier} has no link to {network.stocks[stock]}")


def amount_of(simulation: Simulation, level: Any, stock: int) -> float:
    """Turn days of baseline use, or an amount, into an amount."""
    if not isinstance(level, Amount):
        return float(level) * float(simulation.network.arrays.need[stock])
    unit = simulation.document.materials[simulation.network.stock_material[stock]].unit
    return level.value * (unit_factor(level.unit, unit) or 1.0)


def expedite(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Ship faster on links until the event ends; goods on their way keep their day."""
    yield from keep_active(simulation, planned, targets, planned.event, _set_lead)


def _set_lead(simulation: Simulation, link: int, events: list[Any]) -> None:
    arrays, ints = simulation.network.arrays, simulation.state.link_ints
    lead, law = int(arrays.lead[link]), int(arrays.lead_law[link])
    for event in events[-1:]:
        faster = lead * event.factor if event.factor is not None else lead - event.saves
        lead, law = max(0, math.floor(faster + 0.5)), -1
    ints[LEAD, link], ints[LEAD_LAW, link] = lead, law


def diversion(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Let suppliers sell part of what blocked links no longer take to demand in third countries (E37)."""
    event, arrays = planned.event, simulation.network.arrays
    sellers = {d: int(np.searchsorted(arrays.demand_ptr, d, side="right")) - 1 for d in targets}
    rates = {
        p: math.fsum(float(arrays.demand_rate[d]) for d in targets if sellers[d] == p)
        for p in sellers.values()
    }
    extra = dict.fromkeys(rates, 0.0)
    end = simulation.end_of(event)
    while (morning := math.floor(simulation.now) + 1.0) < end:
        yield simulation.until(morning)
        for process in extra:
            goal = event.share * unsold(simulation, process)
            extra[process] += (goal - extra[process]) / max(1.0, event.lag)
        for demand, process in sellers.items():
            simulation.set_factor("demand", (demand,), planned.name, 1.0 + extra[process] / rates[process])
    yield simulation.until(end, ending=True)
    simulation.set_factor("demand", targets, planned.name, None)


def unsold(simulation: Simulation, process: int) -> float:
    """Return by how much yesterday's shipments on blocked links of a process fell short of the baseline."""
    arrays, state = simulation.network.arrays, simulation.state
    links = arrays.out_link[arrays.out_ptr[process] : arrays.out_ptr[process + 1]]
    blocked = links[(state.controlled[links] == 1) | (state.pools_of[links] != 0)]
    return float(np.maximum(0.0, arrays.base_flow[blocked] - state.shipped[blocked]).sum())
