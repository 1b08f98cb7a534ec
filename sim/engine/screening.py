"""Catch-all screening: what is on no list may need a licence all the same (MODEL.md section 9)."""

from __future__ import annotations

from sim.engine.licensing import keep_filing, make_holder
from sim.engine.plan import Planned
from sim.engine.regimes import hold_regime
from sim.engine.world import ProcessGenerator, Regime, World
from sim.scenario.events import CatchAllEvent


def catch_all(world: World, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Screen the lots of unlisted links of exporters without a compliance programme."""
    event: CatchAllEvent = planned.event
    regime = Regime("catch_all", planned.name, lambda w, link: screen(w, link, event))
    caught = tuple(link for link in targets if is_caught(world, link))
    yield from hold_regime(world, planned, caught, regime)


def is_caught(world: World, link: int) -> bool:
    """Tell whether a link is on no list and its exporter has no compliance programme."""
    entry = world.document.links.get(world.network.links[link])
    if entry is None or entry.regime is not None or world.regimes[link].owner:
        return False
    firm = world.document.firms.get(world.document.facilities[entry.from_].firm)
    return firm is None or not firm.compliance_programme


def screen(world: World, link: int, event: CatchAllEvent) -> None:
    """Ask for a clearance per lot: at once, or a licence where the screening finds one is needed."""
    holder = make_holder(world, link, lot=event.lot, reorder=event.reorder)
    holder.screening = event.screening
    world.env.process(keep_filing(world, holder))
