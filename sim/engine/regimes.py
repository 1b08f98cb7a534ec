"""Curbs on links (MODEL.md section 9): all that are in force on a link hold together.

Each gives the link a credit of its own, or takes it into a pool; the link ships what the least of them
allows. The day step knows that least credit only: shipments draw on all alike, so what a curb allows beyond
it changes at events alone and is kept here, in `Simulation.gates`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.engine.plan import Planned, Targets
from sim.engine.simulation import Hold, LinkRegime, ProcessGenerator, Simulation
from sim.scenario.schema.looks import lifted_unnamed, strictness

BULK = LinkRegime("bulk", "")


def push(simulation: Simulation, link: int, regime: LinkRegime) -> None:
    """Put a link under the regime of an event, beside those of others."""
    start = simulation.started.get(regime.owner)
    begun: Any = start.value if start is not None and start.triggered else simulation.now
    hold = Hold(regime, begun if regime.owner else -np.inf, simulation.now, frozenset(regime.lifts))
    others = [held for held in simulation.imposed.get(link, ()) if held.regime.owner != regime.owner]
    simulation.imposed[link] = eased([*others, hold], simulation.now)
    settle(simulation, link)


def lift(simulation: Simulation, link: int, owner: str) -> None:
    """End the regime of an event on a link."""
    holds = simulation.imposed.get(link, ())
    simulation.imposed[link] = [hold for hold in holds if hold.regime.owner != owner]
    settle(simulation, link)


def swap(simulation: Simulation, link: int, regime: LinkRegime) -> None:
    """Change the regime that an event holds on a link; when it began and what has lifted it stay.

    What it lifts without naming it comes back when it turns into a curb.
    """
    swapped = [
        hold._replace(regime=regime, lifts=frozenset(regime.lifts) if regime.bounds else hold.lifts)
        if hold.regime.owner == regime.owner
        else hold
        for hold in simulation.imposed[link]
    ]
    simulation.imposed[link] = eased(swapped, simulation.now)
    settle(simulation, link)


def links_of(simulation: Simulation, owner: str) -> list[int]:
    """Return the links that an event holds a regime on, by name."""
    held = [link for link, holds in simulation.imposed.items() if owner in {h.regime.owner for h in holds}]
    return sorted(held, key=simulation.network.links.__getitem__)


def eased(holds: list[Hold], now: float) -> list[Hold]:
    """Let the reliefs of this moment that name nothing lift what stands; they do not see each other."""
    plain = [hold.regime.eases and hold.since == now for hold in holds]
    rest = [hold._replace(lifts=frozenset()) if own else hold for hold, own in zip(holds, plain, strict=True)]
    curbs = [hold for hold in rest if hold.regime.bounds and not is_lifted(hold, rest)]
    lifts = lifted_unnamed([(h.regime.owner, h.begun, bool(h.regime.files)) for h in curbs], now)
    return [hold._replace(lifts=lifts) if own else hold for hold, own in zip(rest, plain, strict=True)]


def is_lifted(hold: Hold, holds: list[Hold]) -> bool:
    """Tell whether an event lifts a curb that has begun by its own beginning, at the same moment included."""
    owner, begun = hold.regime.owner, hold.begun
    return any(owner in other.lifts and begun <= other.since for other in holds if other is not hold)


def in_force(holds: list[Hold]) -> list[LinkRegime]:
    """Return the regimes that bound a link; of licence duties the strictest, for one file serves all."""
    standing = [hold.regime for hold in holds if not is_lifted(hold, holds)]
    bounds = [regime for regime in standing if not regime.files and regime.bounds]
    duties = [regime for regime in reversed(standing) if regime.files]
    return [*bounds, *([max(duties, key=lambda duty: strictness(duty.name))] if duties else [])]


def settle(simulation: Simulation, link: int) -> None:
    """Bring a link under what is in force now: what goes on keeps its credit and files, the rest is void."""
    holds = simulation.imposed[link]
    regimes = in_force(holds)
    reliefs = [hold.regime for hold in holds if not hold.regime.bounds and hold.regime.name != "none"]
    simulation.regimes[link] = max(regimes or reliefs[-1:] or [BULK], key=lambda one: strictness(one.name))
    allowed = simulation.credits(link)
    wanted = {regime.key: regime for regime in regimes if regime.apply is not None}
    for key in set(allowed) - set(wanted):
        del allowed[key]
        if isinstance(key, str):
            void_files(simulation, link)
    join_pools(simulation, link, regimes)
    for key, regime in wanted.items():
        if key not in allowed and regime.apply is not None:
            allowed[key] = regime.apply(simulation, link)
    simulation.set_credits(link, allowed)


def void_files(simulation: Simulation, link: int) -> None:
    """Let the licences of a link be void: open files, and whoever waits for its credit."""
    simulation.version[link] = simulation.version.get(link, 0) + 1
    simulation.forget_credit(link)
    for file in simulation.licences:
        if file.link == link and not (np.isfinite(file.decided) or np.isfinite(file.closed)):
            file.closed = simulation.now


def join_pools(simulation: Simulation, link: int, regimes: list[LinkRegime]) -> None:
    """Let a link be in the pools of the quotas in force on it, and in no other."""
    pools = sum(1 << regime.pool for regime in regimes if regime.pool >= 0)
    if simulation.state.pools_of[link] != pools:
        simulation.state.pools_of[link] = pools


def record(simulation: Simulation, link: int) -> None:
    """Note that a link has had a licence, and let it join the regime that waited for that."""
    simulation.granted.add(link)
    regime, version = simulation.awaiting.pop(link, (None, -1))
    if regime is not None and simulation.version.get(link, 0) == version:
        push(simulation, link, regime)


def hold_regime(
    simulation: Simulation, planned: Planned, targets: Targets, regime: LinkRegime
) -> ProcessGenerator:
    """Set a regime on links until the event ends, or until its next step takes the links over."""
    held = set(links_of(simulation, planned.name)) if planned.before is not None else set()
    for link in targets:
        (swap if link in held else push)(simulation, link, regime)
    if planned.event.until is None:
        return
    yield simulation.until(simulation.day_of(planned.event.until), ending=True)
    for link, (waiting, _) in list(simulation.awaiting.items()):
        if waiting is regime:
            del simulation.awaiting[link]
    for link in links_of(simulation, planned.name):
        if planned.goes_on:
            swap(simulation, link, LinkRegime("none", planned.name, lifts=regime.lifts))
        else:
            lift(simulation, link, planned.name)
