"""Regimes of links: each event puts its own on top of what a link has, and takes it away at its end."""

from __future__ import annotations

import numpy as np

from sim.engine.plan import Planned, Targets
from sim.engine.simulation import LinkRegime, ProcessGenerator, Simulation


def set_regime(simulation: Simulation, link: int, regime: LinkRegime) -> None:
    """Put a link under a regime: open files, unused credit and pool membership are void."""
    simulation.version[link] = simulation.version.get(link, 0) + 1
    simulation.regimes[link] = regime
    simulation.void_credit(link)
    for file in simulation.licences:
        if file.link == link and not (np.isfinite(file.decided) or np.isfinite(file.closed)):
            file.closed = simulation.now
    regime.apply(simulation, link)


def push(simulation: Simulation, link: int, regime: LinkRegime) -> None:
    """Put a link under the regime of an event, on top of what it has."""
    simulation.stack.setdefault(link, [simulation.regimes[link]]).append(regime)
    set_regime(simulation, link, regime)


def lift(simulation: Simulation, link: int, owner: str) -> None:
    """End the regime of an event; where it was in force the link returns to the one below."""
    stack = simulation.stack[link]
    top = stack[-1].owner == owner
    stack[:] = [regime for regime in stack if regime.owner != owner]
    if top:
        set_regime(simulation, link, stack[-1])


def swap(simulation: Simulation, link: int, regime: LinkRegime) -> None:
    """Change the regime that an event holds, at once where it is in force."""
    stack = simulation.stack[link]
    for place, entry in enumerate(stack):
        if entry.owner == regime.owner:
            stack[place] = regime
    if stack[-1] is regime:
        set_regime(simulation, link, regime)


def record(simulation: Simulation, link: int) -> None:
    """Note that a link has had a licence, and let it join the regime that waited for that."""
    simulation.granted.add(link)
    regime, before = simulation.awaiting.pop(link, (None, None))
    if regime is not None and simulation.regimes[link] is before:
        push(simulation, link, regime)


def hold_regime(
    simulation: Simulation, planned: Planned, targets: Targets, regime: LinkRegime
) -> ProcessGenerator:
    """Set a regime on links until the event ends, unless another event replaces it first."""
    for link in targets:
        push(simulation, link, regime)
    if planned.event.until is None:
        return
    yield simulation.until(simulation.day_of(planned.event.until), ending=True)
    for link, (waiting, _) in list(simulation.awaiting.items()):
        if waiting is regime:
            del simulation.awaiting[link]
    owners = {link: {entry.owner for entry in stack} for link, stack in simulation.stack.items()}
    held = [link for link in owners if planned.name in owners[link]]  # in force or below another
    for link in sorted(held, key=simulation.network.links.__getitem__):
        lift(simulation, link, planned.name)
