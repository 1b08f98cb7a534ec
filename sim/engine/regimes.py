"""Regimes of links: each event puts its own on top of what a link has, and takes it away at its end."""

from __future__ import annotations

import numpy as np

from sim.engine.plan import Planned
from sim.engine.simulation import LinkRegime, ProcessGenerator, Simulation


def set_regime(world: Simulation, link: int, regime: LinkRegime) -> None:
    """Put a link under a regime: open files, unused credit and pool membership are void."""
    world.version[link] = world.version.get(link, 0) + 1
    world.regimes[link] = regime
    world.void_credit(link)
    for file in world.licences:
        if file.link == link and not (np.isfinite(file.decided) or np.isfinite(file.closed)):
            file.closed = world.env.now
    regime.apply(world, link)


def push(world: Simulation, link: int, regime: LinkRegime) -> None:
    """Put a link under the regime of an event, on top of what it has."""
    world.stack.setdefault(link, [world.regimes[link]]).append(regime)
    set_regime(world, link, regime)


def lift(world: Simulation, link: int, owner: str) -> None:
    """End the regime of an event; where it was in force the link returns to the one below."""
    stack = world.stack[link]
    top = stack[-1].owner == owner
    stack[:] = [regime for regime in stack if regime.owner != owner]
    if top:
        set_regime(world, link, stack[-1])


def swap(world: Simulation, link: int, regime: LinkRegime) -> None:
    """Change the regime that an event holds, at once where it is in force."""
    stack = world.stack[link]
    for place, entry in enumerate(stack):
        if entry.owner == regime.owner:
            stack[place] = regime
    if stack[-1] is regime:
        set_regime(world, link, regime)


def record(world: Simulation, link: int) -> None:
    """Note that a link has had a licence, and let it join the regime that waited for that."""
    world.granted.add(link)
    regime, before = world.awaiting.pop(link, (None, None))
    if regime is not None and world.regimes[link] is before:
        push(world, link, regime)


def links_of(world: Simulation, owner: str) -> list[int]:
    """Return the links on which an event holds a regime, in force or below another, by id."""
    links = [link for link, stack in world.stack.items() if any(entry.owner == owner for entry in stack)]
    return sorted(links, key=world.network.links.__getitem__)


def holds(world: Simulation, link: int, version: int) -> bool:
    """Tell whether the regime set as `version` still holds."""
    return world.version.get(link, 0) == version


def await_records(world: Simulation, targets: tuple[int, ...], regime: LinkRegime) -> None:
    """Let links without a grant join a regime with their first one, while nothing else happens to them."""
    for link in targets:
        if link not in world.granted:
            world.awaiting[link] = (regime, world.regimes[link])


def hold_regime(
    world: Simulation, planned: Planned, targets: tuple[int, ...], regime: LinkRegime
) -> ProcessGenerator:
    """Set a regime on links until the event ends, unless another event replaces it first."""
    for link in targets:
        push(world, link, regime)
    if planned.event.until is None:
        return
    yield world.until(world.day_of(planned.event.until), ending=True)
    for link, (waiting, _) in list(world.awaiting.items()):
        if waiting is regime:
            del world.awaiting[link]
    for link in links_of(world, planned.name):
        lift(world, link, planned.name)
