"""A response in kind: a regime on links that run against those of the event it answers."""

from __future__ import annotations

from sim.engine import licensing, quotas
from sim.engine.plan import Planned
from sim.engine.regimes import hold_regime
from sim.engine.world import ProcessGenerator, Regime, World


def retaliation(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Hold a regime on links, like the event that it answers."""
    name = planned.event.regime
    if name == "quota":
        yield from quotas.quota(world, planned, targets)
    else:
        regime = Regime(name, planned.name, licensing.APPLY[name])
        yield from hold_regime(world, planned, targets, regime)
