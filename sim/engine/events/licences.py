"""Licences, embargoes and catch-all controls: regimes of links."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

import simpy

from sim.engine.events import licence_lots, licence_office, release
from sim.engine.licence_terms import Holder, read_terms
from sim.engine.plan import Planned, Targets
from sim.engine.regimes import hold_regime
from sim.engine.simulation import Licence, LinkRegime, ProcessGenerator, Simulation
from sim.scenario.schema.events import CatchAllEvent
from sim.types import RELATIVE_SLACK


def licence(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Switch links to the regime of the event; at its end give back what was before."""
    regime = make_regime(planned.event.regime, planned.name, planned.event.lifts)
    if planned.event.record == "needed":
        # the others join with their first grant, unless their licences become void before
        others = [link for link in targets if link not in simulation.granted]
        simulation.awaiting.update((link, (regime, simulation.version.get(link, 0))) for link in others)
        targets = tuple(link for link in targets if link in simulation.granted)
    yield from hold_regime(simulation, planned, targets, regime)


def embargo(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Block links until the event ends, whatever else holds there."""
    regime = make_regime("embargo", planned.name, planned.event.lifts)
    yield from hold_regime(simulation, planned, targets, regime)


def block(simulation: Simulation, link: int) -> float:
    """Let nothing through."""
    return 0.0


def individual(simulation: Simulation, link: int) -> float:
    """Ask for a licence per lot: nothing ships before the first grant."""
    if simulation.document.regimes["individual"].releases(simulation.material(link)):
        return release.begin(simulation, link)
    simulation.env.process(keep_filing(simulation, make_holder(simulation, link)))
    return 0.0


def make_holder(simulation: Simulation, link: int, *, lot: Any = None, reorder: Any = None) -> Holder:
    """Bring a link under licences and return their terms; of lots drawn nothing counts from before."""
    simulation.state.drawn[link] = 0.0
    terms = read_terms(
        simulation.document.regimes["individual"],
        simulation.material(link),
        expected=licence_office.expected_days(simulation, link),
        lot=lot,
        reorder=reorder,
    )
    return Holder(
        link=link,
        version=simulation.version.get(link, 0),
        terms=terms,
        rules=licence_office.rules_of(simulation, link, terms.review),
        daily=float(simulation.network.arrays.ration_base[link]),
    )


def keep_filing(simulation: Simulation, holder: Holder) -> ProcessGenerator:
    """File lots whenever the licence position is below the reorder level, or one for every day."""
    if holder.daily <= 0.0:
        return
    if holder.terms.lot == "order":
        while simulation.holds(holder):
            file_lot(simulation, holder, holder.daily)
            yield simulation.env.timeout(1.0)
        return
    amount = float(holder.terms.lot) * holder.daily
    while simulation.holds(holder):
        level = holder.reorder_level
        while simulation.licensed(holder.link) + holder.pending < level * (1.0 - RELATIVE_SLACK):
            file_lot(simulation, holder, amount)
        yield simulation.credit_below(holder.link, level - holder.pending)


def file_lot(simulation: Simulation, holder: Holder, amount: float) -> None:
    """Begin an application for one lot."""
    number = simulation.files[holder.link] = simulation.files.get(holder.link, -1) + 1
    filing = holder.terms.filing
    file = Licence(holder.link, simulation.now + filing, amount, number=number, filing_days=filing)
    rules = holder.rules
    file.required = simulation.happens(holder.screening, "catch_all", rules.name, number)
    file.expedited = simulation.happens(rules.expedite, "expedite", rules.name, number)
    simulation.licences.append(file)
    holder.pending += amount
    simulation.begin(follow(simulation, holder, file))


def follow(simulation: Simulation, holder: Holder, file: Licence) -> ProcessGenerator:
    """Take one application through filing, review, decision, dispatch and the end of its validity."""
    dispatch = holder.terms.dispatch
    if not file.required:
        file.filed, file.filing_days, dispatch = simulation.now, 0.0, 0.0
    elif not (yield from apply_for(simulation, holder, file)):
        return
    yield from licence_lots.use(simulation, holder, file, dispatch)


def apply_for(simulation: Simulation, holder: Holder, file: Licence) -> Generator[simpy.Event, Any, bool]:
    """File until the lot is granted; tell whether it was, or became void or was given up."""
    terms, rules = holder.terms, holder.rules
    if terms.filing > 0.0 or simulation.busy():
        yield simulation.until(simulation.now + terms.filing)
    while simulation.holds(holder):
        outcome, count = yield from licence_office.review(simulation, holder, file)
        if outcome == "void":
            return False
        if outcome == "limit":
            return True
        denied = outcome == "away" or simulation.happens(terms.denial, "denial", rules.name, count)
        if not denied:
            file.part = licence_office.part_granted(simulation, rules, count)
            return True
        file.denials += 1
        file.rounds += 1
        if simulation.happens(rules.office.section.give_up, "give_up", rules.name, count):
            file.closed = simulation.now
            return False
        file.stop_days += terms.resubmit
        yield simulation.until(simulation.now + terms.resubmit)
    return False


# what a regime does to a link; None: it bounds nothing, it is a relief
APPLY: dict[str, Callable[[Simulation, int], float] | None] = {
    "bulk": None,
    "special_bulk": None,
    "individual": individual,
    "embargo": block,
}


def make_regime(name: str, owner: str = "", lifts: tuple[str, ...] | None = None) -> LinkRegime:
    """Return a licence regime or an embargo, and what it lifts; that of a link itself has no owner."""
    apply = APPLY[name]
    files = name if apply is individual else ""
    eases = apply is None and lifts is None and bool(owner)
    return LinkRegime(name, owner, apply, files=files, eases=eases, lifts=lifts or ())


LISTED = frozenset(name for name, apply in APPLY.items() if apply is None)  # of goods on a list, by events


def catch_all(simulation: Simulation, planned: Planned, targets: Targets) -> ProcessGenerator:
    """Screen the lots of unlisted links of exporters without a compliance programme."""
    event: CatchAllEvent = planned.event
    files = f"catch_all/{planned.name}"
    regime = LinkRegime(
        "catch_all",
        planned.name,
        lambda w, link: screen(w, link, event, files),
        files=files,
        lifts=event.lifts or (),
    )
    caught = tuple(link for link in targets if is_caught(simulation, link))
    yield from hold_regime(simulation, planned, caught, regime)


def is_caught(simulation: Simulation, link: int) -> bool:
    """Tell whether a link is on no list and its exporter has no compliance programme."""
    document, network = simulation.document, simulation.network
    entry = document.links.get(network.links[link])  # tables have none
    listed = entry is not None and entry.regime is not None
    listed |= any(hold.regime.name in LISTED for hold in simulation.imposed.get(link, ()))
    if listed or not network.origin(link):
        return False
    facility = document.facilities.get(network.process_facility[network.arrays.supplier[link]])
    firm = document.firms.get(facility.firm) if facility else None
    return firm is None or not firm.compliance_programme


def screen(simulation: Simulation, link: int, event: CatchAllEvent, files: str) -> float:
    """Ask for a clearance per lot: at once, or a licence where the screening finds one is needed."""
    holder = make_holder(simulation, link, lot=event.lot, reorder=event.reorder)
    holder.screening, holder.files = event.screening, files
    simulation.env.process(keep_filing(simulation, holder))
    return 0.0
