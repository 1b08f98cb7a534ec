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
    document, network = world.document, world.network
    entry = document.links.get(network.links[link])  # tables have none
    listed = entry is not None and entry.regime is not None
    if listed or not network.origin(link) or world.regimes[link].owner:
        return False
    facility = document.facilities.get(network.process_facility[network.arrays.supplier[link]])
    firm = document.firms.get(facility.firm) if facility else None
    return firm is None or not firm.compliance_programme


def screen(world: World, link: int, event: CatchAllEvent) -> None:
    """Ask for a clearance per lot: at once, or a licence where the screening finds one is needed."""
    holder = make_holder(world, link, lot=event.lot, reorder=event.reorder)
    holder.screening = event.screening
    world.env.process(keep_filing(world, holder))
