"""Licences, embargoes and catch-all controls: regimes of links."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import simpy

from sim.engine.events import licence_office
from sim.engine.licence_terms import Holder, read_terms
from sim.engine.plan import Planned
from sim.engine.regimes import await_records, hold_regime, holds, record
from sim.engine.simulation import Licence, LinkRegime, ProcessGenerator, Simulation
from sim.scenario.schema.events import CatchAllEvent

SLACK = 1e-9


def licence(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Switch links to the regime of the event; at its end give back what was before."""
    regime = LinkRegime(planned.event.regime, planned.name, APPLY[planned.event.regime])
    if planned.event.record == "needed":
        await_records(world, targets, regime)
        targets = tuple(link for link in targets if link in world.granted)
    yield from hold_regime(world, planned, targets, regime)


def embargo(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Block links; at the end give back what was before."""
    yield from hold_regime(world, planned, targets, LinkRegime("embargo", planned.name, block))


def free(world: Simulation, link: int) -> None:
    """Lift every bound (bulk, special bulk, uncontrolled)."""


def block(world: Simulation, link: int) -> None:
    """Let nothing through."""
    world.state.controlled[link] = 1


def individual(world: Simulation, link: int) -> None:
    """Ask for a licence per lot: nothing ships before the first grant."""
    world.env.process(keep_filing(world, make_holder(world, link)))


def make_holder(world: Simulation, link: int, *, lot: Any = None, reorder: Any = None) -> Holder:
    """Bring a link under licences, without credit, and return its terms."""
    world.state.controlled[link] = 1
    material = world.network.stock_material[world.network.arrays.stock[link]]
    section = world.document.regimes["individual"]
    expected = licence_office.expected_days(world, link)
    terms = read_terms(section, material, expected=expected, lot=lot, reorder=reorder)
    return Holder(
        link=link,
        version=world.version.get(link, 0),
        terms=terms,
        rules=licence_office.rules_of(world, link, terms.review),
        daily=float(world.network.arrays.ration_base[link]),
    )


def keep_filing(world: Simulation, holder: Holder) -> ProcessGenerator:
    """File lots whenever the licence position is below the reorder level, or one for every day."""
    if holder.daily <= 0.0:
        return
    if holder.terms.lot == "order":
        while holds(world, holder.link, holder.version):
            file_lot(world, holder, holder.daily)
            yield world.env.timeout(1.0)
        return
    amount = float(holder.terms.lot) * holder.daily
    while holds(world, holder.link, holder.version):
        level = holder.reorder_level
        while world.state.credit[holder.link] + holder.pending < level * (1.0 - SLACK):
            file_lot(world, holder, amount)
        yield world.credit_below(holder.link, level - holder.pending)


def file_lot(world: Simulation, holder: Holder, amount: float) -> None:
    """Begin an application for one lot."""
    number = world.files[holder.link] = world.files.get(holder.link, -1) + 1
    filing = holder.terms.filing
    file = Licence(holder.link, world.env.now + filing, amount, number=number, filing_days=filing)
    file.required = screened(world, holder, number)
    file.expedited = licence_office.is_expedited(world, holder.rules, number)
    world.licences.append(file)
    holder.pending += amount
    world.begin(follow(world, holder, file))


def screened(world: Simulation, holder: Holder, number: int) -> bool:
    """Tell whether a lot needs a licence."""
    share = holder.screening
    return share >= 1.0 or world.uniform(f"catch_all/{holder.rules.name}", number) < share


def follow(world: Simulation, holder: Holder, file: Licence) -> ProcessGenerator:
    """Take one application through filing, review, decision, dispatch and the end of its validity."""
    dispatch, validity = holder.terms.dispatch, holder.terms.validity
    if file.required:
        granted = yield from apply_for(world, holder, file)
        if not granted:
            return
    else:
        file.filed, file.filing_days, dispatch = world.env.now, 0.0, 0.0
    file.decided = world.env.now
    if file.required:
        record(world, holder.link)
    yield world.until(file.decided + min(dispatch, validity))
    credit(world, holder, file)
    if validity > dispatch:
        yield world.until(file.decided + validity)
    lapse(world, holder, file)


def apply_for(world: Simulation, holder: Holder, file: Licence) -> Generator[simpy.Event, Any, bool]:
    """File until the lot is granted; tell whether it was, or became void or was given up."""
    terms = holder.terms
    if terms.filing > 0.0 or world.busy():
        yield world.until(world.env.now + terms.filing)
    while holds(world, holder.link, holder.version):
        outcome, count = yield from licence_office.review(world, holder, file)
        if outcome == "void":
            return False
        if outcome == "limit":
            return True
        if outcome == "reviewed" and not denied(world, holder, count):
            file.part = licence_office.part_granted(world, holder.rules, count)
            return True
        file.denials += 1
        file.rounds += 1
        if licence_office.gives_up(world, holder.rules, count):
            file.closed = world.env.now
            return False
        file.stop_days += terms.resubmit
        yield world.until(world.env.now + terms.resubmit)
    return False


def denied(world: Simulation, holder: Holder, count: int) -> bool:
    """Draw the decision that belongs to the review that has just ended."""
    if holder.terms.denial <= 0.0:
        return False
    return world.uniform(f"denial/{holder.rules.name}", count) < holder.terms.denial


def credit(world: Simulation, holder: Holder, file: Licence) -> None:
    """Add a granted lot to the credit of its link."""
    if not holds(world, holder.link, holder.version):
        return
    file.usable = world.env.now
    holder.pending -= file.amount
    holder.credited += file.granted
    file.upto = holder.credited
    world.state.credit[holder.link] += file.granted
    world.rearm(holder.link, holder.reorder_level - holder.pending)


def lapse(world: Simulation, holder: Holder, file: Licence) -> None:
    """Take back what is left of a lot, lots being drawn first in, first out."""
    if not holds(world, holder.link, holder.version):
        return
    left = file.upto - float(world.state.drawn[holder.link]) - holder.lapsed
    file.lapsed = max(0.0, min(left, float(world.state.credit[holder.link])))
    holder.lapsed += file.lapsed
    world.state.credit[holder.link] -= file.lapsed


APPLY = {"bulk": free, "special_bulk": free, "individual": individual, "embargo": block}


def catch_all(world: Simulation, planned: Planned, targets: tuple[int, ...]) -> ProcessGenerator:
    """Screen the lots of unlisted links of exporters without a compliance programme."""
    event: CatchAllEvent = planned.event
    regime = LinkRegime("catch_all", planned.name, lambda w, link: screen(w, link, event))
    caught = tuple(link for link in targets if is_caught(world, link))
    yield from hold_regime(world, planned, caught, regime)


def is_caught(world: Simulation, link: int) -> bool:
    """Tell whether a link is on no list and its exporter has no compliance programme."""
    document, network = world.document, world.network
    entry = document.links.get(network.links[link])  # tables have none
    listed = entry is not None and entry.regime is not None
    if listed or not network.origin(link) or world.regimes[link].owner:
        return False
    facility = document.facilities.get(network.process_facility[network.arrays.supplier[link]])
    firm = document.firms.get(facility.firm) if facility else None
    return firm is None or not firm.compliance_programme


def screen(world: Simulation, link: int, event: CatchAllEvent) -> None:
    """Ask for a clearance per lot: at once, or a licence where the screening finds one is needed."""
    holder = make_holder(world, link, lot=event.lot, reorder=event.reorder)
    holder.screening = event.screening
    world.env.process(keep_filing(world, holder))
